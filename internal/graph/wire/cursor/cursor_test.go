package cursor

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

func cursors(t testing.TB, fill byte) *Sealer {
	t.Helper()
	c, err := New(bytes.Repeat([]byte{fill}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// T47: there is no default key, and short ones are refused.
func TestCursorKey(t *testing.T) {
	for _, key := range [][]byte{nil, make([]byte, 32), bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{1}, 33)} {
		if _, err := New(key); err == nil {
			t.Errorf("a key of %d bytes was taken", len(key))
		}
	}
}

// T47: only the same list and caller open a cursor; it begins as clients know
// cursors to begin and shows nothing of what it holds.
func TestCursorBinding(t *testing.T) {
	c := cursors(t, 7)
	key := []string{"100000000000301", "Nordwind EU", ""}
	text := c.Seal("77/parts", "5", key)
	if !strings.HasPrefix(text, "QVFI") || strings.ContainsAny(text, "+/=&?") {
		t.Errorf("cursor %s", text)
	}
	if again := c.Seal("77/parts", "5", key); again == text {
		t.Error("two cursors of one item are equal: the nonce repeats")
	}
	if got, err := c.Open("77/parts", "5", text); err != nil || !slices.Equal(got, key) {
		t.Errorf("opened %q, %v", got, err)
	}
	for name, open := range map[string]func() ([]string, error){
		"another list":         func() ([]string, error) { return c.Open("78/parts", "5", text) },
		"another caller":       func() ([]string, error) { return c.Open("77/parts", "6", text) },
		"shifted border":       func() ([]string, error) { return c.Open("77/part", "s5", text) },
		"another installation": func() ([]string, error) { return cursors(t, 8).Open("77/parts", "5", text) },
		"cut":                  func() ([]string, error) { return c.Open("77/parts", "5", text[:len(text)-2]) },
		"nothing":              func() ([]string, error) { return c.Open("77/parts", "5", "QVFI") },
		"huge":                 func() ([]string, error) { return c.Open("77/parts", "5", "QVFI"+strings.Repeat("A", 1<<20)) },
	} {
		if got, err := open(); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for i := range text {
		if forged := text[:i] + string(flip(text[i])) + text[i+1:]; forged != text {
			if _, err := c.Open("77/parts", "5", forged); err == nil {
				t.Errorf("character %d changed and nobody noticed", i)
			}
		}
	}
}

func flip(c byte) byte {
	if c == 'A' {
		return 'B'
	}
	return 'A'
}

// F6: only own, unmodified cursors are accepted.
func FuzzCursor(f *testing.F) {
	c := cursors(f, 7)
	own := c.Seal("r", "o", []string{"1"})
	f.Add(own)
	f.Add("QVFIAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := c.Open("r", "o", text)
		if err != nil {
			if !errors.Is(err, prokura.InvalidParameter) {
				t.Fatalf("%v", err)
			}
			return
		}
		if strings.TrimRight(text, "=") != own && !slices.Equal(key, []string{"1"}) {
			t.Fatalf("%q opened as %q", text, key)
		}
	})
}

func BenchmarkCursor(b *testing.B) {
	c := cursors(b, 7)
	for b.Loop() {
		if _, err := c.Open("77/parts", "5", c.Seal("77/parts", "5", []string{"100000000000301"})); err != nil {
			b.Fatal(err)
		}
	}
}
