package prokura

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// PlainName reports whether people may give this name to something. Every
// character is one that everybody sees: a letter, mark, number, sign or space
// as Unicode knows them, none that is formatting or may be ignored when it is
// displayed, and at least one is a letter or digit. What nobody sees makes one
// name look like another (T11). Empty is plain; who wants a name asks for it.
func PlainName(s string) bool {
	return s == "" || utf8.ValidString(s) && !strings.ContainsFunc(s, unseen) && strings.ContainsFunc(s, named)
}

func named(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

func unseen(c rune) bool {
	switch c {
	case ' ', '\u00a0', '\u3000': // spaces as keyboards make them
		return false
	case '\u2800', '\U0001d159', utf8.RuneError: // drawn as nothing, or stands for what was lost
		return true
	}
	return !unicode.IsGraphic(c) || unicode.In(c, unicode.Zs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
