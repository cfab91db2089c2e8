package outbound

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/prokura/prokura"
)

// IdentityHeader is the header field in which a service that the operator named finds
// who calls: a JWT (RFC 7519), signed with ES256 by a key of [Signer.Keys].
const IdentityHeader = "Prokura-Identity"

// KeysPath is where this server publishes the keys.
const KeysPath = "/.well-known/jwks.json"

// Signer signs who calls, for the services behind this server.
type Signer struct {
	issuer string
	key    *ecdsa.PrivateKey
	id     string // of the key
	keys   []byte
}

// NewSigner makes a signer from seeds, the newest one last: that one signs, and
// services go on to trust the others. The issuer is this server's public address.
func NewSigner(issuer string, seeds [][32]byte) (*Signer, error) {
	s := &Signer{issuer: issuer}
	var set struct {
		Keys []publicKey `json:"keys"`
	}
	for _, seed := range seeds {
		key, err := keyOf(seed)
		if err != nil {
			return nil, err
		}
		public, err := publicOf(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		s.key, s.id = key, public.ID
		set.Keys = append(set.Keys, public)
	}
	var err error
	s.keys, err = json.Marshal(set)
	return s, err
}

// Keys is the JSON Web Key Set (RFC 7517) by which signatures are checked.
func (s *Signer) Keys() []byte { return s.keys }

// keyOf makes a key of a seed. One seed in 2^32 is not a number that can be a key, and
// another one is made of it then.
func keyOf(seed [32]byte) (*ecdsa.PrivateKey, error) {
	for range 8 {
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
		if err == nil {
			return key, nil
		}
		seed = sha256.Sum256(seed[:])
	}
	return nil, fmt.Errorf("make the key that signs identities")
}

// publicKey is a key as services read it (RFC 7517, RFC 7518 6.2.1).
type publicKey struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
	ID    string `json:"kid"`
	Use   string `json:"use"`
	Alg   string `json:"alg"`
}

func publicOf(key *ecdsa.PublicKey) (publicKey, error) {
	raw, err := key.Bytes() // 4, x, y
	if err != nil {
		return publicKey{}, err
	}
	p := publicKey{Type: "EC", Curve: "P-256", Use: "sig", Alg: "ES256", X: base64.RawURLEncoding.EncodeToString(raw[1:33]), Y: base64.RawURLEncoding.EncodeToString(raw[33:])}
	// The thumbprint of RFC 7638: these members, in this order.
	print := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, p.X, p.Y))
	p.ID = base64.RawURLEncoding.EncodeToString(print[:])
	return p, nil
}

// identityClaims are what a service reads. Numbers of the platform are text, as on
// the wire.
type identityClaims struct {
	jwt.RegisteredClaims
	App         prokura.ID           `json:"client_id,string"`
	Business    prokura.ID           `json:"business,string,omitzero"`
	Asset       prokura.ID           `json:"asset,string"`
	Kind        prokura.AssetKind    `json:"asset_kind"`
	Tasks       []prokura.Task       `json:"tasks"`
	Permissions []prokura.Permission `json:"permissions"`
	Method      string               `json:"htm"` // as RFC 9449 calls them: a signature is for one request
	URL         string               `json:"htu"`
}

// sign signs an identity for one request.
func (s *Signer) sign(f *prokura.Forward, url string, now time.Time) (string, error) {
	v := &f.Identity
	claims := identityClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.issuer, Subject: v.Caller.String(), Audience: jwt.ClaimStrings{f.Upstream}, ID: v.Trace,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(prokura.IdentityFor)),
		},
		App: v.App, Business: v.Business, Asset: v.Asset, Kind: v.Kind, Tasks: v.Tasks, Permissions: v.Permissions, Method: f.Method, URL: url,
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = s.id
	return token.SignedString(s.key)
}
