package kit

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// Words is the catalog of one language: every text of every page, by key.
//
// A text may name values in braces, as in "Welcome, {name}". A counted text is
// two or more entries whose keys end in a plural form, as in "asset.count.one"
// and "asset.count.other"; {n} is the number.
type Words struct {
	Language
	texts map[string]string
}

// Language is how a language counts and writes a date. Its texts are the rooms'.
type Language struct {
	Lang   string // BCP 47, the value of the pages' lang attribute
	Name   string // of the language, in itself
	Plural func(n int) string
	Date   func(t time.Time) string
}

// Texts are what the pages of a room say: by language, by key. All languages
// have the same keys, which a test enforces.
type Texts map[string]map[string]string

// English is the language that every room has texts in.
var English = Language{
	Lang:   "en",
	Name:   "English",
	Plural: pluralOneOther,
	Date:   func(t time.Time) string { return t.Format("2 January 2006") },
}

func pluralOneOther(n int) string {
	if n == 1 {
		return "one"
	}
	return "other"
}

// wordsOf joins what all rooms say in one language. A key in two rooms would hide
// one of its texts.
func wordsOf(l Language, rooms []Room) (*Words, error) {
	w := &Words{Language: l, texts: map[string]string{}}
	for _, r := range rooms {
		for key, text := range r.Words[l.Lang] {
			if w.Has(key) {
				return nil, fmt.Errorf("words of %s in %s: another room has the key %q", r.Name, l.Lang, key)
			}
			w.texts[key] = text
		}
	}
	return w, nil
}

// Has reports whether the catalog holds the key.
func (w *Words) Has(key string) bool { _, ok := w.texts[key]; return ok }

// T gives a text as plain text. Values come in pairs, name then value.
func (w *Words) T(key string, values ...any) (string, error) {
	text, ok := w.texts[key]
	if !ok {
		return "", fmt.Errorf("no words for key %q", key)
	}
	return fill(text, values, func(v any) string { return fmt.Sprint(v) })
}

// HTML gives a text whose values stand out: each is escaped, set in bold and
// isolated from the direction of the text around it, so that a name in another
// script, or one made to deceive, cannot reorder the sentence (T11). What is HTML
// already, such as a date, stands as it is.
func (w *Words) HTML(key string, values ...any) (template.HTML, error) {
	text, ok := w.texts[key]
	if !ok {
		return "", fmt.Errorf("no words for key %q", key)
	}
	s, err := fill(template.HTMLEscapeString(text), values, func(v any) string {
		if whole, ok := v.(template.HTML); ok {
			return string(whole)
		}
		return "<strong><bdi>" + template.HTMLEscapeString(fmt.Sprint(v)) + "</bdi></strong>"
	})
	return template.HTML(s), err
}

// N gives a counted text; {n} in it is the number.
func (w *Words) N(key string, n int, values ...any) (string, error) {
	return w.T(key+"."+w.Plural(n), append(values, "n", strconv.Itoa(n))...)
}

// Or gives the text of a key that only some languages or catalogs have, such
// as the name of a permission, and falls back to the text at hand.
func (w *Words) Or(key, fallback string) string {
	if text, ok := w.texts[key]; ok {
		return text
	}
	return fallback
}

func fill(text string, values []any, shape func(any) string) (string, error) {
	if len(values)%2 != 0 {
		return "", fmt.Errorf("words: a name without a value in %q", text)
	}
	if len(values) == 0 {
		return text, nil
	}
	pairs := make([]string, 0, len(values))
	for i := 0; i < len(values); i += 2 {
		name, ok := values[i].(string)
		if !ok {
			return "", fmt.Errorf("words: value name %v is not a string", values[i])
		}
		pairs = append(pairs, "{"+name+"}", shape(values[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text), nil
}

// Words is a text of the catalog; "" where it has none.
func (q *Request) Words(key string) string { return q.pages.words[0].Or(key, "") }
