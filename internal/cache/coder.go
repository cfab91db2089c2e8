package cache

import (
	"encoding/binary"
	"slices"

	"github.com/prokura/prokura"
)

// A Coder turns a value into bytes, or reads it from them: one function walks over
// the fields for both, so that they cannot differ. What is zero costs one bit; an
// id that was there before in the same value, a byte; a time, its distance to the
// first one.
//
// The bytes are: how many flags, numbers and ids of lists there are; the flags, a
// bit each; the numbers; all texts, one after the other.
type Coder struct {
	pool    *pool
	reading bool
	broken  bool // what was read is not there any more, or what was written cannot be

	flags, numbers []byte
	flag, number   int // read so far
	listed         int // ids in lists, written so far
	texts          []byte
	text           string // read: what is left of all texts
	ids            []prokura.ID
	seen           [maxSeen]prokura.ID
	known          int
	base           prokura.Instant
	app            uint64 // the part of the last app
}

const maxSeen = 64

// How an id is written that was not there before.
const (
	id7 = 254 // seven bytes
	id8 = 255 // eight
)

// empty is a list that is not nil.
var empty [0]prokura.ID

// longList is from how many ids on a list is shared.
const longList = 12

// prime has the ids of a key known before the first field.
func (c *Coder) prime(k Key) {
	c.see(prokura.ID(k.A))
	if k.B != 0 {
		c.see(prokura.ID(k.B))
	}
}

// bytes are what was written.
func (c *Coder) bytes() []byte {
	out := binary.AppendUvarint(nil, uint64(len(c.flags)))
	out = binary.AppendUvarint(out, uint64(len(c.numbers)))
	out = binary.AppendUvarint(out, uint64(len(c.texts)))
	out = binary.AppendUvarint(out, uint64(c.listed))
	return slices.Concat(out, c.flags, c.numbers, c.texts)
}

// read prepares for reading what bytes returned; what follows it is not looked at.
func (c *Coder) read(p *pool, k Key, b []byte) {
	c.flag, c.number, c.known, c.base, c.broken = 0, 0, 0, 0, false
	var head [4]int
	for i := range head {
		v, n := binary.Uvarint(b)
		head[i], b = int(v), b[n:]
	}
	c.pool, c.reading = p, true
	c.prime(k)
	c.flags, b = b[:head[0]], b[head[0]:]
	c.numbers, b = b[:head[1]], b[head[1]:]
	c.text = string(b[:head[2]])
	if head[3] > 0 {
		c.ids = make([]prokura.ID, 0, head[3])
	} else {
		c.ids = empty[:]
	}
}

// done lets go of what was read.
func (c *Coder) done() { c.flags, c.numbers, c.text, c.ids = nil, nil, "", nil }

// Flag codes a bit.
func (c *Coder) Flag(v *bool) {
	at, bit := c.flag/8, byte(1)<<(c.flag%8)
	c.flag++
	if c.reading {
		*v = c.flags[at]&bit != 0
		return
	}
	if at == len(c.flags) {
		c.flags = append(c.flags, 0)
	}
	if *v {
		c.flags[at] |= bit
	}
}

// there codes whether something follows.
func (c *Coder) there(v bool) bool {
	c.Flag(&v)
	return v
}

func (c *Coder) putUint(v uint64) { c.numbers = binary.AppendUvarint(c.numbers, v) }

func (c *Coder) getUint() uint64 {
	v, n := binary.Uvarint(c.numbers[c.number:])
	c.number += n
	return v
}

// number codes a number, short if it is small and not negative.
func number[T ~int | ~int64 | ~uint64 | ~byte](c *Coder, v *T) {
	switch {
	case !c.there(*v != 0):
	case c.reading:
		*v = T(c.getUint())
	default:
		c.putUint(uint64(*v))
	}
}

// Instant codes a time.
func (c *Coder) Instant(v *prokura.Instant) {
	if !c.there(*v != 0) {
		return
	}
	if c.reading {
		d := c.getUint()
		*v = c.base + (prokura.Instant(d>>1) ^ -prokura.Instant(d&1))
	} else {
		d := int64(*v - c.base)
		c.putUint(uint64(d)<<1 ^ uint64(d>>63))
	}
	if c.base == 0 {
		c.base = *v
	}
}

// ID codes an id.
func (c *Coder) ID(v *prokura.ID) {
	if !c.there(*v != 0) {
		return
	}
	if c.reading {
		switch b := c.numbers[c.number]; b {
		case id7, id8:
			n := int(b) - id7 + 7
			var wide [8]byte
			copy(wide[:], c.numbers[c.number+1:c.number+1+n])
			*v = prokura.ID(binary.LittleEndian.Uint64(wide[:]))
			c.number += 1 + n
			c.see(*v)
		default:
			*v = c.seen[b]
			c.number++
		}
		return
	}
	if i := slices.Index(c.seen[:c.known], *v); i >= 0 {
		c.numbers = append(c.numbers, byte(i))
		return
	}
	c.see(*v)
	wide := binary.LittleEndian.AppendUint64(nil, uint64(*v))
	if wide[7] == 0 {
		c.numbers = append(append(c.numbers, id7), wide[:7]...)
	} else {
		c.numbers = append(append(c.numbers, id8), wide...)
	}
}

func (c *Coder) see(v prokura.ID) {
	if c.known < maxSeen {
		c.seen[c.known] = v
		c.known++
	}
}

// TokenID codes the number of a token.
func (c *Coder) TokenID(v *prokura.TokenID) {
	id := prokura.ID(*v)
	c.ID(&id)
	*v = prokura.TokenID(id)
}

// text codes a text.
func text[T ~string](c *Coder, v *T) {
	switch {
	case !c.there(*v != ""):
	case c.reading:
		n := c.getUint()
		*v, c.text = T(c.text[:n]), c.text[n:]
	default:
		c.putUint(uint64(len(*v)))
		c.texts = append(c.texts, *v...)
	}
}

// list codes a list of anything; what is nil stays so.
func list[T any](c *Coder, v *[]T, one func(*Coder, *T)) {
	if !c.there(*v != nil) {
		return
	}
	if c.reading {
		*v = make([]T, c.getUint())
	} else {
		c.putUint(uint64(len(*v)))
	}
	for i := range *v {
		one(c, &(*v)[i])
	}
}

// Text is a text.
func Text[T ~string](c *Coder, v *T) { text(c, v) }

// Texts codes a list of texts.
func Texts[T ~string](c *Coder, v *[]T) { list(c, v, text[T]) }

// Instants codes a list of times.
func (c *Coder) Instants(v *[]prokura.Instant) { list(c, v, (*Coder).Instant) }

// idList codes a list of ids, best in ascending order. A long one is shared: the
// grant, the token and what was cut from it often have the same.
func (c *Coder) idList(v *[]prokura.ID) {
	if !c.there(*v != nil) {
		return
	}
	if c.reading {
		n := int(c.getUint())
		if n >= longList {
			*v, _ = c.part().([]prokura.ID)
			return
		}
		last, from := uint64(0), len(c.ids)
		for range n {
			last += c.getUint()
			c.ids = append(c.ids, prokura.ID(last))
		}
		*v = c.ids[from:len(c.ids):len(c.ids)]
		return
	}
	c.putUint(uint64(len(*v)))
	if len(*v) >= longList {
		content := []byte{partIDs}
		for _, id := range *v {
			content = binary.LittleEndian.AppendUint64(content, uint64(id))
		}
		c.share(content, 8*len(*v), func() any { return slices.Clone(*v) })
		return
	}
	last := uint64(0)
	for _, id := range *v {
		c.putUint(uint64(id) - last)
		last = uint64(id)
	}
	c.listed += len(*v)
}

// What a part of the pool is; its content begins with it.
const (
	partIDs byte = iota
	partApp
	partFamily
	partSort
)

// share writes a reference to a part of the pool.
func (c *Coder) share(content []byte, weight int, value func() any) (ref uint64) {
	ref, ok := c.pool.share(content, weight, value)
	c.broken = c.broken || !ok
	c.putUint(ref)
	return ref
}

// part reads a reference; nil and a broken value if it leads nowhere.
func (c *Coder) part() any {
	v := c.pool.part(c.getUint())
	c.broken = c.broken || v == nil
	return v
}
