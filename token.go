package prokura

import (
	"slices"
	"time"
)

// TokenKind is the kind of a token; its string form is part of what the MAC
// covers, so kinds never substitute for each other (I-12).
type TokenKind string

// Token kinds.
const (
	TokenUser        TokenKind = "user"
	TokenPage        TokenKind = "page"
	TokenSystemUser  TokenKind = "system_user"
	TokenIntegration TokenKind = "integration" // business-integration system user (BISU), the root
	TokenChild       TokenKind = "child"       // granular child of a BISU token
	TokenApp         TokenKind = "app"
)

// Lifetimes (R-TOKEN-01, -03).
const (
	ShortLived       = 2 * time.Hour
	LongLived        = 60 * 24 * time.Hour
	DataAccessWindow = 90 * 24 * time.Hour
	CodeLifetime     = 10 * time.Minute
	StrictCode       = 60 * time.Second
	LoginLifetime    = time.Hour
)

// Generations are the counters of what a token hangs on, as they stood when it
// was cut. One that differs from the current value means the token is dead, so
// that a mass revoke is one bump (R-TOKEN-04).
type Generations struct {
	Person       int64
	Business     int64
	App          int64 // for app tokens: the secret generation
	Grant        int64
	SystemUser   int64
	Connection   int64 // page tokens: of (page's business, app)
	Installation int64 // tokens of system users: of (system user, app)
}

// Token is a credential cut from a grant. The string is not in it: it is
// re-derived from kind, key and id (R-TOKEN-04).
type Token struct {
	ID         TokenID
	Kind       TokenKind
	KeyID      byte
	App        ID
	Person     ID
	SystemUser ID
	Business   ID // client business of BISU and child, business of a system user
	Page       ID
	Grant      ID
	Parent     TokenID // child: the token that minted it; page: the user token
	Narrowed   bool    // Scopes and Assets limit what the grant gives
	Capped     bool    // of a system user: permissions were taken from it; what it cuts has no others
	Scopes     PermissionSet
	Assets     []ID // ascending; meaningful when Narrowed
	Made       Generations
	Issued     Instant
	Expires    Instant // 0: never
	Revoked    Instant
	ShortLived bool // cut by the implicit grant; may be exchanged for a long-lived one
	AuthNonce  string
}

// Includes reports whether the token's own narrowing lets the asset through.
func (t *Token) Includes(id ID) bool {
	if !t.Narrowed {
		return true
	}
	_, ok := slices.BinarySearch(t.Assets, id)
	return ok
}

// IntegrationPrincipal reports whether the token acts as an integration system
// user: a BISU root or one of its children.
func (k TokenKind) IntegrationPrincipal() bool { return k == TokenIntegration || k == TokenChild }

// Code is an authorization code (R-TOKEN-01).
type Code struct {
	Hash          string
	App           ID
	Person        ID
	Grant         ID
	Configuration ID
	RedirectURI   string // empty: the code went into a signed request, and is exchanged with none
	LaxRedirect   bool   // JavaScript SDK or config_id login: may be absent at the exchange
	Challenge     string
	Made          Generations
	Created       Instant
	Expires       Instant
	Used          Instant
	AuthNonce     string
}

// InCookie reports whether the code went into a signed request alone. The
// page's cookie shows it to the page's server again and again, so a second use
// tells of nobody who stole it.
func (c *Code) InCookie() bool { return c.RedirectURI == "" }
