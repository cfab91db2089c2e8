package prokura

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Reason names why something was refused or failed. Each wire has exactly one
// row per reason; a test walks [Reasons] so that none is without a row.
type Reason string

// Reasons shared by all surfaces.
const (
	Internal         Reason = "internal"          // a fault of ours; the cause is logged, not shown
	Unavailable      Reason = "unavailable"       // outcome unknown or not possible now; repeat later
	InvalidParameter Reason = "invalid_parameter" // a value is missing or malformed
	UnknownField     Reason = "unknown_field"     // fields names something the node does not have
	Unsupported      Reason = "unsupported"       // the node has no such edge or method
	NotFound         Reason = "not_found"         // missing, or not visible to the caller: one answer for both
	BadAlias         Reason = "bad_alias"         // an id that is not a number and no known word
	BadPath          Reason = "bad_path"          // path or fields cannot be parsed
	TooLarge         Reason = "too_large"         // beyond a size limit
	BadEncoding      Reason = "bad_encoding"      // compressed or otherwise unreadable body
	Conflict         Reason = "conflict"          // what was read has changed meanwhile
	LimitReached     Reason = "limit_reached"     // a cap of the platform
	TooManyCalls     Reason = "too_many_calls"    // slow down
	Deprecated       Reason = "deprecated"        // a way of calling that the platform took away

	// Data of declared types.
	FieldMissing     Reason = "field_missing"      // a field that has to be given
	FieldUnknown     Reason = "field_unknown"      // the type has none of this name
	FieldMistyped    Reason = "field_mistyped"     // a value of another type
	FieldNotListed   Reason = "field_not_listed"   // a word that is none of its words, a number out of its range
	FieldReadOnly    Reason = "field_read_only"    // no call gives it a value, or another one
	FieldTaken       Reason = "field_taken"        // another one has this key
	ParentForeign    Reason = "parent_foreign"     // what it would hang on, or names, is none that it can be
	StateRefused     Reason = "state_refused"      // from its state it does not come to that one
	ResourceTooLarge Reason = "resource_too_large" // more than one object may hold
	ResourcesFull    Reason = "resources_full"     // as many as there may be
	ReportUnfinished Reason = "report_unfinished"  // a report whose pages are asked for too early

	// Tokens (R-TOKEN-09 tells them apart in debug_token).
	NoToken            Reason = "no_token"             // none was sent
	NoTokenForMe       Reason = "no_token_for_me"      // none was sent, and the path is relative to one
	TokenMalformed     Reason = "token_malformed"      // not one of ours; refused without I/O
	TokenUnknown       Reason = "token_unknown"        // well-formed, but gone
	TokenExpired       Reason = "token_expired"        // its time has passed
	TokenRevoked       Reason = "token_revoked"        // revoked by itself, logged out, code replayed
	AppRemoved         Reason = "app_removed"          // the person or business removed the app
	PasswordChanged    Reason = "password_changed"     // the person changed the password
	SystemUserGone     Reason = "system_user_gone"     // the system user or its business is gone
	PageRoleLost       Reason = "page_role_lost"       // the person lost the page
	DataAccessExpired  Reason = "data_access_expired"  // 90 days without the person
	AppSecretReset     Reason = "app_secret_reset"     // an app token of an earlier secret
	AppDisabled        Reason = "app_disabled"         // the app was disabled or deleted
	ForeignToken       Reason = "foreign_token"        // a live token, of another app
	WrongTokenKind     Reason = "wrong_token_kind"     // this call does not take this kind of token
	AppModeDevelopment Reason = "app_mode_development" // development mode, caller without a role on the app
	AppStopped         Reason = "app_stopped"          // by the platform's staff, until they let it go on

	// Proofs of possession (R-TOKEN-08).
	ProofMissing Reason = "proof_missing" // the app demands one, or this call does
	ProofWrong   Reason = "proof_wrong"   // it was not made of this token with a live secret
	ProofExpired Reason = "proof_expired" // a timed proof older than five minutes

	// The token endpoint (R-TOKEN-01, -02).
	AppUnknown           Reason = "app_unknown"            // no such app, or it was deleted
	AppMissing           Reason = "app_missing"            // no client_id
	AppSecretWrong       Reason = "app_secret_wrong"       // client_secret is not a live secret of the app
	RedirectMissing      Reason = "redirect_missing"       // the code was sent to a redirect URI that the exchange does not name
	RedirectInvalid      Reason = "redirect_invalid"       // a redirect URI that cannot be one
	CodeMalformed        Reason = "code_malformed"         // no code of this app
	CodeExpired          Reason = "code_expired"           // its time has passed, or what it was for has ended
	CodeRedirectMismatch Reason = "code_redirect_mismatch" // another redirect URI than at the dialog
	CodeUsed             Reason = "code_used"              // it was exchanged before; what was cut from it is dead now
	CodeVerifierWrong    Reason = "code_verifier_wrong"    // PKCE: the verifier does not belong to the challenge, or one of them is missing
	UnsupportedGrantType Reason = "unsupported_grant_type" // the token endpoint does not know it
	DevicePending        Reason = "device_pending"         // a device's login: the person has not answered yet
	DeviceTooFast        Reason = "device_too_fast"        // it asks more often than it was told
	DeviceDeclined       Reason = "device_declined"        // the person has declined
	DeviceExpired        Reason = "device_expired"         // the code's time has passed, or it was collected

	// Authority.
	PermissionMissing Reason = "permission_missing"  // the token lacks a permission
	RoleMissing       Reason = "role_missing"        // the caller lacks a role on business, app or asset
	StaffOnly         Reason = "staff_only"          // platform staff only
	LevelTooLow       Reason = "level_too_low"       // the app's Marketing API level
	AccountListFull   Reason = "account_list_full"   // the app's level allows no further ad account
	AccountNotListed  Reason = "account_not_listed"  // an ad account was taken off the app's list
	UnknownPermission Reason = "unknown_permission"  // a scope name that does not exist
	Widening          Reason = "widening"            // a child asked for more than its parent has
	TwoFactorRequired Reason = "two_factor_required" // the business demands a second factor of the caller

	ConflictOfInterest Reason = "conflict_of_interest" // who would decide has a part in it (R-REVIEW-03)

	// Businesses at work (R-SU-01 … -06).
	AppNotInBusiness     Reason = "app_not_in_business"     // the app is neither the business's own nor shared with it
	SystemUserLimit      Reason = "system_user_limit"       // the app's level allows no further system user
	AdminSystemUserLimit Reason = "admin_system_user_limit" // nor a further admin system user
	NotInstalled         Reason = "not_installed"           // the system user has not installed the app
	EdgeClosed           Reason = "edge_closed"             // open only to apps that used it lately, or served to nobody here
	TasksInvalid         Reason = "tasks_invalid"           // no such combination of tasks for the kind
	AssignmentInvalid    Reason = "assignment_invalid"      // the assignee is not of the caller's business, or the like
	AlreadyRequested     Reason = "already_requested"       // the same is pending
	AlreadyHasAccess     Reason = "already_has_access"      // there is nothing to ask for
	InvitationGone       Reason = "invitation_gone"         // accepted, withdrawn, expired, or somebody else's
	CallbackRefused      Reason = "callback_refused"        // a webhook's address did not answer the challenge

	// The dialog; shown, never redirected (R-LOGIN-03 … -10).
	ConfigurationInvalid Reason = "configuration_invalid" // config_id names no living configuration of the app
	ResponseTypeInvalid  Reason = "response_type_invalid" // not one that this login can answer with
	MobileUnsupported    Reason = "mobile_unsupported"    // a system-user login on a mobile browser
	RedirectNotListed    Reason = "redirect_not_listed"   // the redirect URI is not on the app's list
	OAuthLoginOff        Reason = "oauth_login_off"       // the app has switched logins off
	OriginNotAllowed     Reason = "origin_not_allowed"    // JavaScript SDK: the page is not on the list of allowed domains
	ScopeInvalid         Reason = "scope_invalid"         // scope names what does not exist or cannot be asked for here
	AppNotAvailable      Reason = "app_not_available"     // the app may not serve this person or business
	AppWithoutBusiness   Reason = "app_without_business"  // a system-user login of an app that no business owns
	CookiesRefused       Reason = "cookies_refused"       // the browser keeps no cookies
	LoginExpired         Reason = "login_expired"         // an hour has passed, or another browser owns the login
	LoginDone            Reason = "login_done"            // it was confirmed or cancelled already

	// Pages.
	SecondFactorRequired Reason = "second_factor_required" // the password was right; the second factor is awaited
	SecondFactorWrong    Reason = "second_factor_wrong"    // no such code, or a passkey of somebody else
	SignInFailed         Reason = "sign_in_failed"         // the same for unknown people and wrong passwords
	SignInRequired       Reason = "sign_in_required"       // no session, or it ended
	SignInThrottled      Reason = "sign_in_throttled"      // too many failed passwords
	PasswordWeak         Reason = "password_weak"          // too short or too easy to guess
	EmailTaken           Reason = "email_taken"            // somebody has an account with it
	FormForged           Reason = "form_forged"            // a form without the session's token
)

// Reasons lists every reason, for the tests that keep wires complete.
var Reasons = []Reason{
	Internal, Unavailable, InvalidParameter, UnknownField, Unsupported, NotFound, BadAlias, BadPath, TooLarge,
	BadEncoding, Conflict, LimitReached, TooManyCalls, Deprecated,
	FieldMissing, FieldUnknown, FieldMistyped, FieldNotListed, FieldReadOnly, FieldTaken, ParentForeign, StateRefused, ResourceTooLarge, ResourcesFull, ReportUnfinished,
	NoToken, NoTokenForMe, TokenMalformed, TokenUnknown, TokenExpired, TokenRevoked, AppRemoved, PasswordChanged,
	SystemUserGone, PageRoleLost, DataAccessExpired, AppSecretReset, AppDisabled, ForeignToken, WrongTokenKind,
	AppModeDevelopment, AppStopped,
	ProofMissing, ProofWrong, ProofExpired,
	AppUnknown, AppMissing, AppSecretWrong, RedirectMissing, RedirectInvalid, CodeMalformed, CodeExpired,
	CodeRedirectMismatch, CodeUsed, CodeVerifierWrong, UnsupportedGrantType,
	DevicePending, DeviceTooFast, DeviceDeclined, DeviceExpired,
	PermissionMissing, RoleMissing, StaffOnly, LevelTooLow, AccountListFull, AccountNotListed, UnknownPermission, Widening, TwoFactorRequired, ConflictOfInterest,
	AppNotInBusiness, SystemUserLimit, AdminSystemUserLimit, NotInstalled, EdgeClosed, TasksInvalid, AssignmentInvalid,
	AlreadyRequested, AlreadyHasAccess, InvitationGone, CallbackRefused,
	ConfigurationInvalid, ResponseTypeInvalid, MobileUnsupported, RedirectNotListed, OAuthLoginOff, OriginNotAllowed,
	ScopeInvalid, AppNotAvailable, AppWithoutBusiness, CookiesRefused, LoginExpired, LoginDone,
	SecondFactorRequired, SecondFactorWrong, SignInFailed, SignInRequired, SignInThrottled, PasswordWeak, EmailTaken, FormForged,
}

// Error implements error, so that a bare Reason can be matched and returned.
func (r Reason) Error() string { return string(r) }

// Error is a refusal or failure with a text that may be shown to the caller
// and a cause that only the log sees.
type Error struct {
	Reason Reason
	Public string // safe for anybody; never holds secrets, other tenants' ids or SQL
	Detail string // safe for people with a role on the app
	Field  string // the parameter or form field at fault, if one
	Cause  error  // for the log

	// Again is after how long the same may be let through; 0: nobody knows.
	Again time.Duration
	Of    Asked   // what was decided about; zero: it was no decision
	Limit Refusal // what the rate limit, or a declaration, has this answered with; zero: the wire's row
}

// Errorf makes an Error with a public text.
func Errorf(r Reason, format string, args ...any) *Error {
	if len(args) == 0 && strings.IndexByte(format, '%') < 0 {
		return &Error{Reason: r, Public: format}
	}
	return &Error{Reason: r, Public: fmt.Sprintf(format, args...)}
}

// WithField names the parameter at fault.
func (e *Error) WithField(name string) *Error { e.Field = name; return e }

// AtField is the error with another name for the field, if it is about that one.
func (e *Error) AtField(from, to string) *Error {
	if e.Field == from {
		e.Field = to
	}
	return e
}

// WithRefusal has it answered with codes of its own, unless it has such already.
func (e *Error) WithRefusal(r Refusal) *Error {
	if e.Limit.Code == 0 {
		e.Limit = r
	}
	return e
}

// WithDetail adds the text for people with a role on the app.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithAgain says after how long the same may be let through, for programs and in
// words (R-WORK-01).
func (e *Error) WithAgain(d time.Duration) *Error {
	e.Again = d
	e.Public += " Please try again " + InAbout(d) + "."
	return e
}

// RetryAfter is Again as the header says it (RFC 9110, 10.2.3): in whole seconds,
// rounded up, so that nobody comes back too early; "" when nobody knows.
func (e *Error) RetryAfter() string {
	if e.Again <= 0 {
		return ""
	}
	return strconv.FormatInt(int64((e.Again+time.Second-1)/time.Second), 10)
}

// InAbout says a time to wait in words, rounded up: "in about 2 minutes".
func InAbout(d time.Duration) string {
	for _, unit := range []struct {
		name  string
		takes time.Duration
		most  time.Duration // of which it is the unit
	}{{"second", time.Second, 59 * time.Second}, {"minute", time.Minute, 59 * time.Minute}, {"hour", time.Hour, 1 << 62}} {
		switch n := (d + unit.takes - 1) / unit.takes; {
		case d > unit.most:
		case n <= 1:
			return "in about one " + unit.name
		default:
			return "in about " + strconv.Itoa(int(n)) + " " + unit.name + "s"
		}
	}
	return ""
}

// WithCause adds what only the log may see.
func (e *Error) WithCause(err error) *Error { e.Cause = err; return e }

func (e *Error) Error() string {
	s := string(e.Reason) + ": " + e.Public
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap lets errors.Is match the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause != nil {
		return []error{e.Reason, e.Cause}
	}
	return []error{e.Reason}
}

// AsError turns any error into an *Error: unknown ones become Internal with a
// text that gives nothing away.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if r, ok := errors.AsType[Reason](err); ok {
		return &Error{Reason: r, Public: string(r), Cause: err}
	}
	return &Error{Reason: Internal, Public: "An unexpected error has occurred. Please retry your request later.", Cause: err}
}
