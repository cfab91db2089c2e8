package registry

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/prokura/prokura"
)

// GrantNote is what the journal says of a grant.
func GrantNote(cat *prokura.Catalog, g prokura.Grant) any {
	return map[string]any{"scopes": cat.Names(g.Scopes), "assets": g.Assets, "configuration": g.Configuration, "version": g.ConfigurationVersion}
}

// Mark names a token towards people: the first 16 digits of the SHA-256 of its
// string, in hex, which whoever holds the token can work out and nobody can
// turn round. Numbers of tokens are shown to nobody. A token whose key is gone
// verifies nowhere and has none.
func (r *Registry) Mark(t prokura.Token) string {
	secret, err := r.TokenString(t)
	if err != nil {
		return ""
	}
	return Mark(secret)
}

// Mark names a token by its string.
func Mark(token prokura.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:8])
}

// MaxSystemUserTokens bounds the working tokens of a system user for one app
// (T35).
const MaxSystemUserTokens = 200

// Issued is a token that was just cut, with what the wire tells about it.
type Issued struct {
	Secret  prokura.Secret
	Kind    prokura.TokenKind
	Expires prokura.Instant // 0: never
	In      int64           // seconds until Expires; 0: never
}

// Cut is the only place where a token row is made (T20). The subject comes from
// the grant or app that the caller read in the same transaction.
func (r *Registry) Cut(d *Door, t prokura.Token, code string) (prokura.Token, error) {
	t.ID, t.KeyID, t.Issued = newTokenID(), r.keys.current, d.Now
	return t, d.AddToken(t, code)
}

// Issued is what the wire tells about a token that was cut or found at an instant.
func (r *Registry) Issued(t prokura.Token, now prokura.Instant) (Issued, error) {
	secret, err := r.TokenString(t)
	out := Issued{Secret: secret, Kind: t.Kind, Expires: t.Expires}
	if t.Expires != 0 {
		out.In = (t.Expires - now).Unix()
	}
	return out, err
}

// Bounds of what hangs on one grant (T35).
const (
	maxChildren    = 200  // of one token, working
	maxGrantTokens = 5000 // working ones, page tokens apart
)

// RoomForToken refuses one more token of a system user and an app, of a parent
// or of a grant than may work at a time (T35).
func (r *Registry) RoomForToken(d *Door, t *prokura.Token) error {
	if t.Kind == prokura.TokenSystemUser {
		n, err := d.CountSystemUserTokens(t.SystemUser, t.App, d.Now)
		if err == nil && n >= MaxSystemUserTokens {
			err = prokura.Errorf(prokura.LimitReached, "A system user has at most %d working tokens for an app. End some first.", MaxSystemUserTokens)
		}
		return err
	}
	parent := t.Parent
	if t.Kind != prokura.TokenChild {
		parent = 0
	}
	n, children, err := d.CountGrantTokens(t.Grant, t.Made, parent, d.Now, min(maxChildren, maxGrantTokens), maxGrantTokens)
	if err == nil && children >= maxChildren {
		err = prokura.Errorf(prokura.LimitReached, "A token has at most %d granular children. Revoke some first.", maxChildren)
	}
	if err == nil && n >= maxGrantTokens {
		err = prokura.Errorf(prokura.LimitReached, "At most %d access tokens work at a time for what was granted once. Revoke some first.", maxGrantTokens)
	}
	return err
}
