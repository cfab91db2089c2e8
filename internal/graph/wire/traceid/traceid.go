// Package traceid names requests, as the Graph API does. A name proves nothing.
package traceid

import "math/rand/v2"

// Length is that of a trace id.
const Length = 23

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// New makes a trace id: an A and 22 random URL-safe characters.
func New() string {
	var id [Length]byte
	id[0] = 'A'
	for i := 1; i < len(id); {
		for r, n := rand.Uint64(), 0; n < 10 && i < len(id); n++ {
			id[i] = letters[r&63]
			r >>= 6
			i++
		}
	}
	return string(id[:])
}
