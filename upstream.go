package prokura

import (
	"io"
	"net/url"
	"time"
)

// Forward is a call that was decided about and counted, and that the platform's own
// service is to answer: what there is of it, without the credentials that it came
// with.
type Forward struct {
	Upstream string     // the service's address, as the operator declared it
	Method   string     // GET, POST or DELETE
	Path     []string   // below the address, not escaped
	Params   url.Values // without tokens, secrets and proofs
	Identity Identity
}

// Identity is what the service is told, signed, of who calls: the service asks
// nobody, and needs to know no token.
type Identity struct {
	Caller      ID // whom the token speaks for, by the number that the app knows: a person or a system user
	App         ID
	Business    ID // that gave the token; 0: a person's own
	Asset       ID
	Kind        AssetKind
	Tasks       []Task       // of the caller on the asset
	Permissions []Permission // of the token that hold on the asset
	Trace       string
}

// IdentityFor is how long a service may rely on an identity.
const IdentityFor = time.Minute

// Forwarded is the service's answer: JSON, whole and checked if it is small.
type Forwarded struct {
	Status int
	Whole  []byte        // nil: it is in Rest
	Rest   io.ReadCloser // ends with an error where the answer is longer than one may be
}

// Refusal is what a service's refusal counts as in the statistics of calls; nil: it
// has done what it was asked. Its own words say more.
func (f *Forwarded) Refusal() error {
	if f.Status < 400 {
		return nil
	}
	return Errorf(InvalidParameter, "The service answered with status %d.", f.Status)
}
