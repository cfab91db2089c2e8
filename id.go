package prokura

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ID is the public number of a node. Ids are random in [MinID, MaxID]: large
// enough to be unguessable neighbours, small enough that clients which send
// them as JSON numbers lose nothing. The zero ID means "none".
type ID int64

// The range that ids are drawn from. Parsing accepts any positive number up to
// MaxID, because scenario files may fix shorter ids.
const (
	MinID ID = 100_000_000_000_000
	MaxID ID = 1<<53 - 1
)

// AdAccountPrefix is how an ad account's id is written as a node id
// (act_<digits>); the bare digits name the same node.
const AdAccountPrefix = "act_"

var errID = errors.New("not an id")

// ParseID reads a decimal id without sign, leading zero or blank.
func ParseID(s string) (ID, error) {
	if len(s) == 0 || len(s) > 16 || s[0] < '1' || s[0] > '9' {
		return 0, errID
	}
	var n int64
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, errID
		}
		n = n*10 + int64(c-'0')
	}
	if ID(n) > MaxID {
		return 0, errID
	}
	return ID(n), nil
}

// ParseNodeID reads an id that may carry the ad account prefix or, before a bar, the id
// of the asset that it is data of.
func ParseNodeID(s string) (ID, error) {
	if asset, id, ok := strings.Cut(s, "_"); ok && s[0] != AdAccountPrefix[0] {
		if _, err := ParseID(asset); err != nil {
			return 0, err
		}
		return ParseID(id)
	}
	return ParseID(strings.TrimPrefix(s, AdAccountPrefix))
}

// String gives the decimal form; the zero ID is the empty string.
func (id ID) String() string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(int64(id), 10)
}

// NodeKind says what an id names. All public ids share one numeric space, so
// /{id} alone identifies the node.
type NodeKind string

// The kinds of node. Asset nodes carry their asset kind beside it.
const (
	NodePerson        NodeKind = "person"
	NodeBusiness      NodeKind = "business"
	NodeApp           NodeKind = "app"
	NodeAsset         NodeKind = "asset"
	NodeSystemUser    NodeKind = "system_user"
	NodeConfiguration NodeKind = "configuration"
	NodeMember        NodeKind = "member"
	NodeGrant         NodeKind = "grant"        // never answered to: a grant is not a node of the wire
	NodeInstallation  NodeKind = "installation" // likewise
	NodeAssetGroup    NodeKind = "asset_group"
	NodeRequest       NodeKind = "request"
	NodeProblem       NodeKind = "problem"    // never answered to
	NodeComplaint     NodeKind = "complaint"  // likewise
	NodeSubmission    NodeKind = "submission" // never answered to, either
	NodeResource      NodeKind = "resource"   // data of an asset, of a declared type
	NodeScoped        NodeKind = "scoped"     // an app-scoped alias of a person or system user
)

// Secret is a string that masks itself when printed or marshalled, so that a
// credential cannot slip into a log or an error text. Reveal is the only way
// to the text.
type Secret string

// String returns a mask, never the secret.
func (Secret) String() string { return "[secret]" }

// GoString returns a mask, never the secret.
func (Secret) GoString() string { return "[secret]" }

// MarshalText returns a mask, never the secret.
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// Format masks the secret under every verb: numeric verbs would not ask String.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[secret]") }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }
