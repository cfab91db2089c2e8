package usage

import (
	"strconv"
	"time"

	"github.com/prokura/prokura"
)

// expiresHeader tells when the token of a call ends, in unix seconds, once that is near
// (R-CARE-01).
const expiresHeader = "X-Token-Expires-At"

// near is how long before the end calls are told; of tokens that live no longer than
// that from the beginning, none is.
const near = 7 * 24 * time.Hour

// Ending tells in a header of the answer that the caller's token, or its access to data,
// ends within days. Other answers have no such header, and cost nothing for it.
func Ending(f *prokura.Facts, clock interface{ Now() prokura.Instant }, extra *[]Header) {
	ends, begun := f.Expires(), f.Token.Issued
	if data := f.DataAccess(); data != 0 && (ends == 0 || data < ends) {
		ends, begun = data, f.Grant.DataAccess
	}
	if ends == 0 || ends <= begun.Add(near) || ends > clock.Now().Add(near) {
		return
	}
	(*headers)(extra).set(Header{Name: expiresHeader, Value: []string{strconv.FormatInt(ends.Unix(), 10)}})
}
