package prokura

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// maxNote bounds what a line of the journal keeps of one side of a change, in
// bytes. The journal grows with every act, so a line must not grow with what a
// caller sends (T35).
const maxNote = 1000

// NoteText is a value as the journal keeps it: JSON of at most 1,000 bytes, empty
// for nil. Of what is longer the large parts are named by their hash, so that
// whoever has them can show that they are the ones.
func NoteText(v any) string {
	if v == nil {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	if len(b) <= maxNote {
		return string(b)
	}
	var parts any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&parts); err != nil {
		return ""
	}
	for _, most := range []int{160, 80, 40} {
		if short, err := json.Marshal(shortened(parts, most)); err == nil && len(short) <= maxNote {
			return string(short)
		}
	}
	whole, _ := json.Marshal(digest(b))
	return string(whole)
}

// shortened names texts of more than most bytes by their hash, and what follows
// the first few of a list.
func shortened(v any, most int) any {
	switch v := v.(type) {
	case string:
		if len(v) > most {
			return digest([]byte(v))
		}
	case []any:
		kept := min(len(v), most/8)
		out := make([]any, 0, kept+1)
		for _, e := range v[:kept] {
			out = append(out, shortened(e, most))
		}
		if rest := v[kept:]; len(rest) > 0 {
			b, _ := json.Marshal(rest)
			out = append(out, fmt.Sprintf("%d more, %s", len(rest), digest(b)))
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = shortened(e, most)
		}
		return out
	}
	return v
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return fmt.Sprintf("sha256:%s, %d bytes", hex.EncodeToString(sum[:]), len(b))
}
