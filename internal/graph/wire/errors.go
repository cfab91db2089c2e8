package wire

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/prokura/prokura"
)

// errorRow is what one reason looks like on this wire.
type errorRow struct {
	code, subcode int
	status        int
	strict        int    // status under StrictHTTP, when it differs
	method        bool   // type GraphMethodException instead of OAuthException
	plain         bool   // the message has no "(#code) " before it
	transient     bool   // the same call may succeed later
	challenge     string // kind in WWW-Authenticate; none: no header
	title         string // for people, with the message; none: neither is told
}

// Kinds of WWW-Authenticate.
const (
	invalidToken   = "invalid_token"
	invalidCode    = "invalid_code"
	invalidRequest = "invalid_request"
	aliasNotFound  = "not_found"
)

// errorRows has one row for each reason; a test keeps it complete. Where the
// public record disagrees about a status (190, 4) the row has the one seen in
// practice and strict the one that gateways expect.
var errorRows = map[prokura.Reason]errorRow{
	prokura.Internal:         {code: 1, status: 500},
	prokura.Unavailable:      {code: 2, status: 503, transient: true},
	prokura.InvalidParameter: {code: 100, status: 400, challenge: invalidRequest},
	prokura.UnknownField:     {code: 100, status: 400, challenge: invalidRequest},
	prokura.Unsupported:      {code: 100, subcode: 33, status: 400, method: true, challenge: invalidRequest},
	prokura.NotFound:         {code: 100, subcode: 33, status: 400, method: true, challenge: invalidRequest},
	prokura.BadAlias:         {code: 803, status: 404, method: true, challenge: aliasNotFound},
	prokura.BadPath:          {code: 2500, status: 400, challenge: invalidRequest},
	prokura.TooLarge:         {code: 100, status: 413},
	prokura.BadEncoding:      {code: 100, status: 415},
	prokura.Conflict:         {code: 2, status: 409, transient: true},
	prokura.LimitReached:     {code: 100, status: 400, challenge: invalidRequest},
	prokura.Deprecated:       {code: 12, status: 400, challenge: invalidRequest},
	prokura.TooManyCalls:     {code: 4, status: 403, strict: 429, transient: true, challenge: invalidRequest},

	prokura.FieldMissing:     {code: 100, subcode: 33011, status: 400, challenge: invalidRequest, title: "Something Is Missing"},
	prokura.FieldUnknown:     {code: 100, subcode: 33012, status: 400, challenge: invalidRequest, title: "Unknown Parameter"},
	prokura.FieldMistyped:    {code: 100, subcode: 33013, status: 400, challenge: invalidRequest, title: "Wrong Kind of Value"},
	prokura.FieldNotListed:   {code: 100, subcode: 33014, status: 400, challenge: invalidRequest, title: "Value Not Possible"},
	prokura.FieldReadOnly:    {code: 100, subcode: 33015, status: 400, challenge: invalidRequest, title: "Cannot Be Changed"},
	prokura.FieldTaken:       {code: 100, subcode: 33016, status: 400, challenge: invalidRequest, title: "Already There"},
	prokura.ParentForeign:    {code: 100, subcode: 33017, status: 400, challenge: invalidRequest, title: "Belongs Elsewhere"},
	prokura.StateRefused:     {code: 100, subcode: 33018, status: 400, challenge: invalidRequest, title: "Change of State Not Possible"},
	prokura.ResourceTooLarge: {code: 100, subcode: 33019, status: 400, challenge: invalidRequest, title: "Too Large"},
	prokura.ResourcesFull:    {code: 100, subcode: 33020, status: 400, challenge: invalidRequest, title: "No More Room"},
	prokura.ReportUnfinished: {code: 2601, status: 400, transient: true, challenge: invalidRequest, title: "Not Ready Yet"},

	prokura.NoToken:            {code: 104, status: 400, strict: 401, challenge: invalidRequest},
	prokura.NoTokenForMe:       {code: 2500, status: 400, strict: 401, plain: true, challenge: invalidRequest},
	prokura.TokenMalformed:     {code: 190, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.TokenUnknown:       {code: 190, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.TokenExpired:       {code: 190, subcode: 463, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.TokenRevoked:       {code: 190, subcode: 467, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.AppRemoved:         {code: 190, subcode: 458, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.PasswordChanged:    {code: 190, subcode: 460, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.SystemUserGone:     {code: 190, subcode: 465, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.PageRoleLost:       {code: 190, subcode: 492, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.DataAccessExpired:  {code: 190, subcode: 493, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.AppSecretReset:     {code: 190, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.AppDisabled:        {code: 190, status: 400, strict: 401, plain: true, challenge: invalidToken},
	prokura.ForeignToken:       {code: 100, status: 400, challenge: invalidRequest},
	prokura.WrongTokenKind:     {code: 200, status: 403, challenge: invalidRequest},
	prokura.AppModeDevelopment: {code: 200, status: 403, challenge: invalidRequest},
	prokura.AppStopped:         {code: 200, status: 403, challenge: invalidRequest},

	prokura.ProofMissing: {code: 100, status: 400, method: true, plain: true, challenge: invalidRequest},
	prokura.ProofWrong:   {code: 100, status: 400, method: true, plain: true, challenge: invalidRequest},
	prokura.ProofExpired: {code: 100, status: 400, method: true, plain: true, challenge: invalidRequest},

	prokura.AppUnknown:           {code: 101, status: 400, challenge: invalidCode},
	prokura.AppMissing:           {code: 101, status: 400, challenge: invalidCode},
	prokura.AppSecretWrong:       {code: 1, status: 400, challenge: invalidCode},
	prokura.RedirectMissing:      {code: 191, status: 400, challenge: invalidCode},
	prokura.RedirectInvalid:      {code: 191, status: 400, challenge: invalidCode},
	prokura.CodeMalformed:        {code: 100, status: 400, challenge: invalidCode},
	prokura.CodeExpired:          {code: 100, subcode: 36007, status: 400, challenge: invalidCode},
	prokura.CodeRedirectMismatch: {code: 100, subcode: 36008, status: 400, challenge: invalidCode},
	prokura.CodeUsed:             {code: 100, subcode: 36009, status: 400, challenge: invalidCode},
	prokura.CodeVerifierWrong:    {code: 100, status: 400, challenge: invalidCode},
	prokura.UnsupportedGrantType: {code: 100, status: 400, challenge: invalidCode},
	prokura.DevicePending:        {code: 31, subcode: 1349174, status: 400, challenge: invalidCode},
	prokura.DeviceTooFast:        {code: 17, subcode: 1349172, status: 400, challenge: invalidCode},
	prokura.DeviceDeclined:       {code: 31, subcode: 1349173, status: 400, challenge: invalidCode},
	prokura.DeviceExpired:        {code: 463, subcode: 1349152, status: 400, challenge: invalidCode},

	prokura.PermissionMissing: {code: 200, status: 403, challenge: invalidRequest},
	prokura.RoleMissing:       {code: 200, status: 403, challenge: invalidRequest},
	prokura.StaffOnly:         {code: 200, status: 403, challenge: invalidRequest},
	prokura.LevelTooLow:       {code: 3, status: 400, challenge: invalidRequest},
	prokura.AccountListFull:   {code: 294, subcode: 33001, status: 403, challenge: invalidRequest},
	prokura.AccountNotListed:  {code: 294, subcode: 33002, status: 403, challenge: invalidRequest},
	prokura.UnknownPermission: {code: 3962, status: 400, challenge: invalidRequest},
	prokura.Widening:          {code: 100, status: 400, challenge: invalidRequest},
	prokura.TwoFactorRequired: {code: 415, status: 400, challenge: invalidRequest},

	prokura.ConflictOfInterest: {code: 200, status: 403, challenge: invalidRequest},

	prokura.AppNotInBusiness:     {code: 104001, status: 400, challenge: invalidRequest},
	prokura.SystemUserLimit:      {code: 3949, status: 400, challenge: invalidRequest},
	prokura.AdminSystemUserLimit: {code: 3965, status: 400, challenge: invalidRequest},
	prokura.NotInstalled:         {code: 412, status: 400, challenge: invalidRequest},
	prokura.EdgeClosed:           {code: 3, status: 400, challenge: invalidRequest},
	prokura.TasksInvalid:         {code: 100, subcode: 1752129, status: 400, challenge: invalidRequest},
	prokura.AssignmentInvalid:    {code: 2620, status: 400, challenge: invalidRequest},
	prokura.AlreadyRequested:     {code: 3936, status: 400, challenge: invalidRequest},
	prokura.AlreadyHasAccess:     {code: 3944, status: 400, challenge: invalidRequest},
	prokura.InvitationGone:       {code: 100, status: 400, challenge: invalidRequest},
	prokura.CallbackRefused:      {code: 2200, status: 400, challenge: invalidRequest},

	// Shown by the dialog and the pages; here so that an act they share with
	// this wire has an answer on both.
	prokura.ConfigurationInvalid: {code: 100, status: 400},
	prokura.ResponseTypeInvalid:  {code: 100, status: 400},
	prokura.MobileUnsupported:    {code: 100, status: 400},
	prokura.RedirectNotListed:    {code: 191, status: 400},
	prokura.OAuthLoginOff:        {code: 191, status: 400},
	prokura.OriginNotAllowed:     {code: 191, status: 400},
	prokura.ScopeInvalid:         {code: 3962, status: 400},
	prokura.AppNotAvailable:      {code: 101, status: 400},
	prokura.AppWithoutBusiness:   {code: 104001, status: 400},
	prokura.LoginExpired:         {code: 100, status: 400},
	prokura.CookiesRefused:       {code: 100, status: 400},
	prokura.LoginDone:            {code: 100, status: 400},
	prokura.SecondFactorRequired: {code: 102, status: 400, strict: 401},
	prokura.SecondFactorWrong:    {code: 102, status: 400, strict: 401},
	prokura.SignInFailed:         {code: 102, status: 400, strict: 401},
	prokura.SignInRequired:       {code: 102, status: 400, strict: 401},
	prokura.SignInThrottled:      {code: 4, status: 403, strict: 429, transient: true},
	prokura.PasswordWeak:         {code: 100, status: 400},
	prokura.EmailTaken:           {code: 100, status: 400},
	prokura.FormForged:           {code: 100, status: 400},
}

// asError is [prokura.AsError], except that a call which ran out of time may
// be repeated.
func asError(err error) *prokura.Error {
	if _, ok := errors.AsType[*prokura.Error](err); !ok &&
		(errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		return prokura.Errorf(prokura.Unavailable, "The call took too long. Please retry it later.").WithCause(err)
	}
	return prokura.AsError(err)
}

func rowOf(e *prokura.Error) errorRow {
	row, ok := errorRows[e.Reason]
	if !ok {
		row = errorRows[prokura.Internal]
	}
	if l := e.Limit; l.Code != 0 {
		row.code, row.subcode, row.status = l.Code, l.Subcode, l.Status
	}
	return row
}

func (r errorRow) kind() string {
	if r.method {
		return "GraphMethodException"
	}
	return "OAuthException"
}

func (r errorRow) message(e *prokura.Error) string {
	if r.plain {
		return e.Public
	}
	return "(#" + strconv.Itoa(r.code) + ") " + cmp.Or(e.Limit.Text, e.Public)
}

// ErrorCode gives the code, subcode (0: none) and message of an error, for
// debug_token, which reports the error of another token inside its data.
func ErrorCode(err error) (code, subcode int, message string) {
	e := asError(err)
	row := rowOf(e)
	return row.code, row.subcode, row.message(e)
}

// putError writes the error envelope (docs/wire.md).
func putError(w *Writer, e *prokura.Error, trace string) {
	row := rowOf(e)
	w.Open('{').Key("error").Open('{')
	w.Key("message").String(row.message(e))
	w.Key("type").String(row.kind())
	w.Key("code").Int(int64(row.code))
	if row.subcode != 0 {
		w.Key("error_subcode").Int(int64(row.subcode))
	}
	if row.transient {
		w.Key("is_transient").Bool(true)
	}
	if row.title != "" {
		w.Key("error_user_title").String(row.title)
		w.Key("error_user_msg").String(e.Public)
	}
	if e.Field != "" {
		w.Key("error_data").Open('{')
		if e.Limit.Product != "" {
			w.Key("messaging_product").String(e.Limit.Product)
			w.Key("details").String(e.Public)
		}
		w.Key("blame_field_specs").Open('[').Open('[').String(e.Field)
		w.Close(']').Close(']').Close('}')
	}
	w.Key("fbtrace_id").String(trace)
	w.Close('}').Close('}')
}

// errorAnswer renders a refusal. It logs nothing: the caller does, once.
func (h *Handler) errorAnswer(c *Call, e *prokura.Error) *Answer {
	row := rowOf(e)
	a := newAnswer(row.status)
	if h.StrictHTTP && row.strict != 0 {
		a.Status = row.strict
	}
	if row.challenge != "" {
		text := append(append(append(a.body.buf, `OAuth "Facebook Platform" "`...), row.challenge...), `" "`...)
		a.challenge = string(append(appendHeaderText(text, row.message(e)), '"'))
	}
	a.close, a.retry = a.Status == http.StatusRequestEntityTooLarge, e.RetryAfter()
	putError(a.body, e, c.TraceID)
	return a
}

// appendHeaderText appends text so that it is safe inside a quoted string of a
// header.
func appendHeaderText(dst []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r < ' ' || r > '~':
			dst = append(dst, '?')
		case r == '\\' || r == '"':
			dst = append(dst, '\\', byte(r))
		default:
			dst = append(dst, byte(r))
		}
	}
	return dst
}
