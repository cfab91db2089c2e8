package wire

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/phpdate"
)

// Writer builds a JSON answer by appending; it puts the commas and never
// writes null. A key waits for its value: after Key("x"), an absent value
// (empty string, zero id, zero time, nil list) writes nothing and the key is
// forgotten, which is the wire's way of saying "none". Inside a list, where
// there is no key, empty strings are written.
//
//	w.Open('{')
//	w.Key("id").ID(business.ID)
//	w.Key("name").String(business.Name)
//	w.Close('}')
type Writer struct {
	buf      []byte
	key      string
	date     string   // PHP date letters; "": the default form
	volatile [][2]int // ranges that differ between equal answers: left out of the ETag
}

var writers = sync.Pool{New: func() any { return &Writer{buf: make([]byte, 0, 1024)} }}

func newWriter() *Writer { return writers.Get().(*Writer) }

// release returns the writer to the pool; nobody may hold its bytes any more.
func (w *Writer) release() {
	if cap(w.buf) > 256<<10 { // one huge answer must not pin its memory
		return
	}
	w.reset(0)
	w.date = ""
	writers.Put(w)
}

// reset drops everything written after the first n bytes.
func (w *Writer) reset(n int) {
	w.buf, w.key = w.buf[:n], ""
	for len(w.volatile) > 0 && w.volatile[len(w.volatile)-1][1] > n {
		w.volatile = w.volatile[:len(w.volatile)-1]
	}
}

// Key names the next value of an object.
func (w *Writer) Key(name string) *Writer { w.key = name; return w }

// begin writes what stands before a value.
func (w *Writer) begin() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' && w.buf[n-1] != '[' {
		w.buf = append(w.buf, ',')
	}
	if w.key != "" {
		w.buf = append(appendQuoted(w.buf, w.key), ':')
		w.key = ""
	}
}

// skip forgets the key of an absent value; it reports false where there is no
// key, because a list cannot leave a member out.
func (w *Writer) skip(absent bool) bool {
	if absent && w.key != "" {
		w.key = ""
		return true
	}
	return false
}

// Open begins an object '{' or a list '['.
func (w *Writer) Open(bracket byte) *Writer {
	w.begin()
	w.buf = append(w.buf, bracket)
	return w
}

// Close ends an object '}' or a list ']'.
func (w *Writer) Close(bracket byte) *Writer {
	w.key = ""
	w.buf = append(w.buf, bracket)
	return w
}

// String writes text.
func (w *Writer) String(s string) {
	if w.skip(s == "") {
		return
	}
	w.begin()
	w.buf = appendQuoted(w.buf, s)
}

// Secret writes a credential in the clear: into the answer that hands it out.
func (w *Writer) Secret(s prokura.Secret) { w.String(s.Reveal()) }

// ID writes an id, which is always a string on this wire.
func (w *Writer) ID(id prokura.ID) { w.prefixed("", id) }

// AccountID writes an ad account's node id, act_<digits>.
func (w *Writer) AccountID(id prokura.ID) { w.prefixed(prokura.AdAccountPrefix, id) }

func (w *Writer) prefixed(prefix string, id prokura.ID) {
	if w.skip(id == 0) {
		return
	}
	w.begin()
	w.buf = append(append(w.buf, '"'), prefix...)
	w.buf = append(strconv.AppendInt(w.buf, int64(id), 10), '"')
}

// Int writes a number, zero too.
func (w *Writer) Int(n int64) {
	w.begin()
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

// Number writes a number that may have a fraction, in the shortest form.
func (w *Writer) Number(n float64) {
	w.begin()
	w.buf = strconv.AppendFloat(w.buf, n, 'f', -1, 64)
}

// Unix writes an instant in whole seconds; 0 is written and means "never".
func (w *Writer) Unix(t prokura.Instant) { w.Int(t.Unix()) }

// Bool writes true or false.
func (w *Writer) Bool(b bool) {
	w.begin()
	w.buf = strconv.AppendBool(w.buf, b)
}

// Time writes an instant as 2013-12-24T00:34:20+0000, or as the request's
// date_format wants it; unset instants are absent.
func (w *Writer) Time(t prokura.Instant) {
	if w.skip(t == 0) {
		return
	}
	w.begin()
	switch w.date {
	case "":
		w.buf = append(t.Time().AppendFormat(append(w.buf, '"'), "2006-01-02T15:04:05-0700"), '"')
	case "U":
		w.buf = strconv.AppendInt(w.buf, t.Unix(), 10)
	default:
		w.buf = appendQuoted(w.buf, string(phpdate.Append(nil, w.date, t.Time())))
	}
}

// JSON writes a value as decoding JSON gave it, objects by their names; none is absent.
func (w *Writer) JSON(v any) {
	switch v := v.(type) {
	case string:
		w.String(v)
	case bool:
		w.Bool(v)
	case float64:
		w.Number(v)
	case []any:
		w.Open('[')
		for _, item := range v {
			w.JSON(item)
		}
		w.Close(']')
	case map[string]any:
		w.Open('{')
		for _, key := range slices.Sorted(maps.Keys(v)) {
			w.Key(key).JSON(v[key])
		}
		w.Close('}')
	}
}

// Strings writes a list of words; nil is absent, empty is [].
func Strings[S ~string](w *Writer, list []S) {
	if w.skip(list == nil) {
		return
	}
	w.Open('[')
	for _, s := range list {
		w.String(string(s))
	}
	w.Close(']')
}

// IDs writes a list of ids; nil is absent, empty is [].
func (w *Writer) IDs(list []prokura.ID) {
	if w.skip(list == nil) {
		return
	}
	w.Open('[')
	for _, id := range list {
		w.ID(id)
	}
	w.Close(']')
}

// Success writes {"success":true}, the answer of writes that make no node.
func (w *Writer) Success() { w.Open('{').Key("success").Bool(true); w.Close('}') }

// Created writes {"id":"…"}.
func (w *Writer) Created(id prokura.ID) { w.Open('{').Key("id").ID(id); w.Close('}') }

// changing writes text that differs each time although nothing has changed,
// such as a freshly sealed cursor.
func (w *Writer) changing(s string) {
	w.begin()
	from := len(w.buf)
	w.buf = appendQuoted(w.buf, s)
	w.volatile = append(w.volatile, [2]int{from, len(w.buf)})
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string, without HTML escaping; broken UTF-8
// becomes U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, `\ufffd`...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
