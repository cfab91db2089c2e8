package prokura

import (
	"strings"
	"unicode/utf8"
)

// PlainName reports whether people may give this name to something: valid UTF-8
// without characters that nobody sees. Control characters, bidirectional
// controls and characters without a width make one name look like another
// (T11).
func PlainName(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unseen) }

func unseen(c rune) bool {
	return c < ' ' || c >= 0x7f && c <= 0x9f || c >= 0x200b && c <= 0x200f || c >= 0x2028 && c <= 0x202e ||
		c >= 0x2060 && c <= 0x206f || c == 0xfeff || c == utf8.RuneError
}
