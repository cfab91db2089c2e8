package wire

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/jsontext"
)

// Call is one decoded request, or one operation of a batch: what an edge gets.
type Call struct {
	Context context.Context
	Method  string          // GET, POST or DELETE, after the override
	Version prokura.Version // served; until Resolve has run it is zero when the path names none
	Node    string          // first word of the path: an id, act_<id>, me, app, or a root word
	Edge    string          // second word; "" for the node itself
	Params  Params
	Fields  Fields

	Token     prokura.Secret // at most 255 bytes; "" when none was sent
	TokenFrom TokenFrom
	Proof     prokura.Secret // appsecret_proof (R-TOKEN-08)
	ProofTime string         // appsecret_time: unix seconds as text, "" when not sent

	TraceID string     // fbtrace_id: 23 URL-safe characters, also written to the journal
	Address netip.Addr // of the client; invalid when unknown

	// Set by Handler.Resolve.
	Kind     Kind       // of the node
	ID       prokura.ID // of the node: what me, app and app-scoped ids stand for
	Owner    string     // whose cursors these are: the token's or the subject's id
	Entitled bool       // may see Error.Detail: a role on the app
	Caller   any        // who calls, in the type of the package that resolves; not read here
	App      prokura.ID // whose call it is in Handler.Count; 0: nobody's

	// Set by Handler.Admit; of ids, by one after the other.
	Extra []Header // of the answer, beside the usual
	Spent any      // what was counted for the ids before; not read here
	Many  bool     // the call is one of ids

	words   []string
	basicID string
	basic   prokura.Secret
	ifNone  string         // If-None-Match
	legacy  prokura.Legacy // ways that the call uses and that are not judged yet
	ignored prokura.Legacy // of those, the ones without effect
	planned bool           // Fields and nodes are known
	nodes   int            // that the call may read
	nested  bool           // one of ids, or an embedded edge
	notes   []note
	warning string            // about the version that was asked for
	place   string            // that Redirect names
	relayed prokura.Forwarded // that Relay found
	batched bool              // an operation of a batch
	handler *Handler
	request *http.Request

	// room is memory of the call itself for what nearly every call has.
	room struct {
		params [4]param
		words  [maxWords]string
		extra  [1]Header
	}
}

// BaseURL is the scheme and host that the client used, without a slash at the end.
func (c *Call) BaseURL() string { return c.handler.BaseURL(c.request) }

// TokenFrom is where a token was found. Only tokens from a URL or body are
// repeated in paging URLs.
type TokenFrom byte

// Places of a token.
const (
	NoToken TokenFrom = iota
	TokenInQuery
	TokenInBody
	TokenInHeader
)

const maxToken = 255

// Redirect sends the client to an absolute address. The object that the edge
// writes goes along, for clients that do not follow.
func (c *Call) Redirect(to string) { c.place = to }

// note is one message of debug=all.
type note struct{ level, text string }

// Note adds a message for debug=info, and for debug=all.
func (c *Call) Note(text string) { c.notes = append(c.notes, note{"info", text}) }

// Warn adds a message for debug=warning, and for debug=all.
func (c *Call) Warn(text string) { c.notes = append(c.notes, note{"warning", text}) }

// input is what a call is decoded from.
type input struct {
	method, path, query string // path and query still percent-encoded
	header              http.Header
	body                []byte
	form                bodyForm
	boundary            string
}

// read decodes a call.
func (c *Call) read(in input) error {
	if err := c.decode(in); err != nil {
		return err
	}
	return c.settle(in.header)
}

// decode reads method, path and parameters.
func (c *Call) decode(in input) error {
	switch in.method {
	case http.MethodGet, http.MethodHead:
		c.Method = http.MethodGet
	case http.MethodPost, http.MethodPut:
		c.Method = http.MethodPost
	case http.MethodDelete:
		c.Method = http.MethodDelete
	default:
		return prokura.Errorf(prokura.Unsupported, "This method is not supported.")
	}
	if len(in.query) > maxQuery {
		return prokura.Errorf(prokura.InvalidParameter, "The query is longer than %d KiB: send parameters in the body.", maxQuery>>10)
	}
	if err := c.Params.decodeForm(in.query, false, in.form == rawFormBody); err != nil {
		return err
	}
	if err := c.Params.decodeBody(in.body, in.form, in.boundary); err != nil {
		return err
	}
	return c.parsePath(in.path)
}

// settle finds the credentials and then the method override, which counts only
// together with a token: a plain link must never delete anything.
func (c *Call) settle(header http.Header) error {
	if err := c.credentials(header); err != nil {
		return err
	}
	if c.Params.Text("callback") != "" {
		return invalid("callback", "JSONP is not offered: the API answers cross-origin requests.")
	}
	sent := c.Method
	if m := c.Params.Text("method"); m != "" && c.Token != "" {
		switch jsontext.FoldASCII(m) {
		case "get":
			c.Method = http.MethodGet
		case "post", "put":
			c.Method = http.MethodPost
		case "delete":
			c.Method = http.MethodDelete
		default:
			return invalid("method", "The parameter method must be get, post or delete.")
		}
	}
	if len(c.Params.Text("date_format")) > 64 {
		return invalid("date_format", "The date format is too long.")
	}
	// One client repeats the parent's id beside the path; the path decides.
	c.Params.drop("method", "id", "format")
	c.ifNone = header.Get("If-None-Match")
	c.legacy = c.legacyOf(sent)
	return nil
}

// legacyOf is which legacy ways a call uses that was sent with a method of HTTP,
// beside its fields, which are parsed later.
func (c *Call) legacyOf(sent string) (used prokura.Legacy) {
	if c.Method != sent && c.Params.Text("sdk") == "" { // the SDK of pages calls so, to keep tokens out of addresses
		used |= prokura.LegacyMethod
	}
	if c.ifNone != "" && c.Method == http.MethodGet {
		used |= prokura.LegacyETag
	}
	for i := range c.Params.list {
		switch p := &c.Params.list[i]; {
		case p.text == "":
		case p.name == "pretty" && c.Params.Flag("pretty"):
			used |= prokura.LegacyPretty
		case p.name == "debug":
			used |= prokura.LegacyDebug
		case p.name == "date_format":
			used |= prokura.LegacyDateFormat
		}
	}
	return used
}

// judge has the legacy ways of a call counted and judged, once its caller is known.
func (h *Handler) judge(c *Call, w *Writer) (err error) {
	if c.legacy == 0 || h.Legacy == nil {
		return nil
	}
	c.ignored, err = h.Legacy(c, c.legacy)
	if c.legacy = 0; c.ignored&prokura.LegacyDateFormat != 0 {
		w.date = ""
	}
	return err
}

// credentials finds the token; a parameter wins over the header, because one
// client inspects a token with an app token as parameter while its header
// still holds the user's. An operation of a batch keeps the batch's token and
// proof unless it brings its own; a proof belongs to the token beside it.
func (c *Call) credentials(header http.Header) error {
	sent := header["Authorization"]
	if len(sent) > 1 {
		return prokura.Errorf(prokura.InvalidParameter, "The Authorization header was sent twice.")
	}
	own := false
	for _, p := range c.Params.list {
		if p.name == "access_token" && p.text != "" {
			own, c.Token, c.TokenFrom = true, prokura.Secret(p.text), TokenInQuery
			if p.body {
				c.TokenFrom = TokenInBody
			}
		}
	}
	if len(sent) == 1 {
		scheme, value, _ := strings.Cut(strings.TrimSpace(sent[0]), " ")
		switch value = strings.TrimSpace(value); jsontext.FoldASCII(scheme) {
		case "bearer", "oauth":
			if !own && value != "" {
				own, c.Token, c.TokenFrom = true, prokura.Secret(value), TokenInHeader
			}
		case "basic":
			id, secret, ok := (&http.Request{Header: header}).BasicAuth()
			if !ok {
				return prokura.Errorf(prokura.InvalidParameter, "The Authorization header cannot be read.")
			}
			c.basicID, c.basic = formDecoded(id), prokura.Secret(formDecoded(secret))
		}
	}
	if own || c.Params.Has("appsecret_proof") {
		c.Proof, c.ProofTime = c.Params.Secret("appsecret_proof"), c.Params.Text("appsecret_time")
	}
	if len(c.Token) > maxToken {
		return prokura.Errorf(prokura.TokenMalformed, "The access token is malformed.")
	}
	if len(c.Proof) > maxToken {
		return prokura.Errorf(prokura.ProofWrong, "The parameter appsecret_proof is not valid.").WithField("appsecret_proof")
	}
	return checkText(c.Token.Reveal() + c.basicID + c.basic.Reveal())
}

// formDecoded undoes the form encoding that RFC 6749 section 2.3.1 puts on
// both halves of HTTP Basic; clients that skip it are taken literally.
func formDecoded(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// Client returns the app's id and secret as the token endpoint was given them,
// in parameters or HTTP Basic; either may be empty. Both ways at once must
// agree. A Bearer header is no client authentication and is ignored.
func (c *Call) Client() (id string, secret prokura.Secret, err error) {
	id, secret = c.Params.Text("client_id"), c.Params.Secret("client_secret")
	if c.basicID == "" {
		return id, secret, nil
	}
	if id != "" && id != c.basicID || secret != "" && secret != c.basic {
		return "", "", invalid("client_id", "The Authorization header and the parameters name different apps.")
	}
	return c.basicID, c.basic, nil
}

// sub starts a call below this one: same caller, same clock, own parameters.
func (c *Call) sub(node, edge string) *Call {
	s := *c
	s.Node, s.Edge, s.words = node, edge, nil
	if edge != "" {
		s.words = []string{node, edge}
	}
	s.Params, s.Fields, s.notes = Params{}, nil, nil
	s.Kind, s.ID, s.ifNone, s.legacy = "", 0, "", 0
	s.planned, s.nested, s.Extra, s.Many = false, true, nil, false
	return &s
}
