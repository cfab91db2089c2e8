package prokura

import (
	"testing"
	"unicode"
)

// T11: what may be a name.
func TestPlainName(t *testing.T) {
	for _, name := range []string{"", "Nordwind Outdoor", "Søren & Ægir’s", "北風", "مكتبة", "🏔 Gear", "a\u00a0b", "7", "क्षेत्र", "東京\u3000商会", "e\u0301"} {
		if !PlainName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"a\x00b", "a\nb", "a\x7fb", "a\u0085b", "Meta\u200b", "\u202eatem", "\u2066x\u2069", "a\ufeffb", "a\u2028b", "a\xffb", "a\ufffdb",
		" ", "\u00a0", "...", "🏔", "\u3164", "\u115f", "Meta\u3164", "Meta\uffa0", "Me\u00adta", "Me\u034fta", "Me\u061cta", "Me\u180eta", "Meta\ufe0f", "Meta\u2800",
		"Meta\U000e0041", "Meta\U000e0100", "Me\u2003ta", "Meta\ue000", "\u0301"} {
		if PlainName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

// T11, for every character that there is: none that is formatting, control,
// unassigned, private or ignorable makes a name another one, and none but a
// letter or digit makes a name.
func TestPlainNameOfEveryCharacter(t *testing.T) {
	for c := rune(0); c <= unicode.MaxRune; c++ {
		alone, with := PlainName(string(c)), PlainName("Meta"+string(c))
		if unicode.In(c, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) && (alone || with) {
			t.Errorf("%U is taken", c)
		}
		if alone && !unicode.In(c, unicode.L, unicode.Nd) || alone && !with {
			t.Errorf("%U is a name", c)
		}
	}
}
