package prokura

import "testing"

func TestPlainName(t *testing.T) {
	for _, name := range []string{"", "Nordwind Outdoor", "Søren & Ægir’s", "北風", "مكتبة", "🏔 Gear", "a\u00a0b"} {
		if !PlainName(name) {
			t.Errorf("%q is refused", name)
		}
	}
	for _, name := range []string{"a\x00b", "a\nb", "a\x7fb", "a\u0085b", "Meta\u200b", "\u202eatem", "\u2066x\u2069", "a\ufeffb", "a\u2028b", "a\xffb", "a\ufffdb"} {
		if PlainName(name) {
			t.Errorf("%q is taken", name)
		}
	}
}
