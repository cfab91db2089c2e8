package cache

import "encoding/binary"

// An entry lies in its ring as
//
//	0  size in units, and flags      16  first number of the key
//	4  stamp                         24  kind, and whether there is a second number
//	8  epoch                         25  the second number; then the value
//
// padded to whole units.
const (
	unit      = 8
	atStamp   = 4
	atEpoch   = 8
	atKey     = 16
	atKind    = 24
	atSecond  = 25
	hasSecond = 0x80

	sizeBits = 24
	sizeMask = 1<<sizeBits - 1
	oneAsked = 1 << sizeBits // asked for, up to three times, since it came or was kept
	maxAsked = 3 * oneAsked
	dead     = 1 << (sizeBits + 2)
)

// ring is a queue of entries of any size in one piece of memory: they come in at
// the tail and leave at the head. What does not fit before the end goes to the
// beginning, and a dead entry fills the gap.
type ring struct {
	buf        []byte
	head, tail int
	used       int
}

func (r *ring) word(at int) uint32       { return binary.LittleEndian.Uint32(r.buf[at:]) }
func (r *ring) setWord(at int, v uint32) { binary.LittleEndian.PutUint32(r.buf[at:], v) }

// place makes room for n bytes at the tail, if there is any.
func (r *ring) place(n int) (at int, ok bool) {
	if r.used == 0 {
		r.head, r.tail = 0, 0
	}
	if r.used > 0 && r.tail <= r.head {
		if r.head-r.tail < n {
			return 0, false
		}
	} else if rest := len(r.buf) - r.tail; rest < n {
		if r.head < n {
			return 0, false
		}
		if rest > 0 {
			r.setWord(r.tail, uint32(rest/unit)|dead)
			r.used += rest
		}
		r.tail = 0
	}
	at = r.tail
	r.tail += n
	r.used += n
	return at, true
}

// pop takes the oldest entry off; its bytes stay until they are written over.
func (r *ring) pop() (at, n int, flags uint32) {
	at, flags = r.head, r.word(r.head)
	n = int(flags&sizeMask) * unit
	r.used -= n
	if r.head += n; r.head == len(r.buf) {
		r.head = 0
	}
	return at, n, flags
}

// Key names a value of one kind: a token, an app, an asset as somebody sees it.
type Key struct{ A, B uint64 }

func keyAt(e []byte) (kind byte, k Key) {
	k.A = binary.LittleEndian.Uint64(e[atKey:])
	if kind = e[atKind]; kind&hasSecond != 0 {
		k.B = binary.LittleEndian.Uint64(e[atSecond:])
	}
	return kind &^ hasSecond, k
}

// valueAt is where the value of an entry begins.
func valueAt(e []byte) []byte {
	if e[atKind]&hasSecond != 0 {
		return e[atSecond+8:]
	}
	return e[atSecond:]
}

// entrySize is what an entry takes with a value of n bytes.
func entrySize(k Key, n int) int {
	n += atSecond
	if k.B != 0 {
		n += 8
	}
	return (n + unit - 1) / unit * unit
}

// writeEntry fills the bytes of an entry.
func writeEntry(e []byte, kind byte, k Key, stamp uint32, epoch uint64, value []byte) {
	clear(e)
	binary.LittleEndian.PutUint32(e, uint32(len(e)/unit))
	binary.LittleEndian.PutUint32(e[atStamp:], stamp)
	binary.LittleEndian.PutUint64(e[atEpoch:], epoch)
	binary.LittleEndian.PutUint64(e[atKey:], k.A)
	if e[atKind] = kind; k.B != 0 {
		e[atKind] |= hasSecond
		binary.LittleEndian.PutUint64(e[atSecond:], k.B)
	}
	copy(valueAt(e), value)
}
