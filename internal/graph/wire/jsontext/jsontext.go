// Package jsontext says which texts of JSON are taken from clients, and what a single
// value of one stands for.
package jsontext

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const maxDepth = 32

// Of is the text that a native JSON value stands for: a string's
// characters, everything else as written. null is no value.
func Of(raw json.RawMessage) (text string, ok bool, err error) {
	switch raw[0] {
	case 'n':
		return "", false, nil
	case '"':
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", false, err
		}
		return text, true, nil
	}
	return string(raw), true, nil
}

// What is wrong with a text, as the end of a sentence about it.
var (
	ErrSyntax = errors.New("it cannot be parsed")
	ErrDepth  = errors.New("it nests too deeply")
	ErrText   = errors.New("its text is not clean Unicode")
)

// Check accepts one JSON value whose nesting and text are harmless. The
// decoder replaces broken UTF-8 and lone surrogates silently, which would let
// two different requests look alike, so they are refused here.
func Check(text string) error {
	if !utf8.ValidString(text) {
		return ErrText
	}
	if depth, ok := plain(text); ok && depth <= maxDepth && json.Valid([]byte(text)) {
		return nil
	}
	return closely(text)
}

// closely is Check value by value, which also tells what is wrong.
func closely(text string) error {
	if !utf8.ValidString(text) {
		return ErrText
	}
	replaced := strings.Contains(text, "\uFFFD") || strings.Contains(FoldASCII(text), `\ufffd`)
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for depth := 0; ; {
		t, err := dec.Token()
		if err != nil {
			return ErrSyntax
		}
		switch t := t.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
			} else {
				depth--
			}
			if depth > maxDepth {
				return ErrDepth
			}
		case string:
			if strings.IndexByte(t, 0) >= 0 || !replaced && strings.Contains(t, "\uFFFD") {
				return ErrText
			}
		}
		if depth == 0 {
			break
		}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return ErrSyntax
	}
	return nil
}

// plain finds out how deep a text is nested, if it is JSON, and whether its strings hold
// what stands there: without escapes that could be NUL or half a character.
func plain(text string) (most int, ok bool) {
	depth, inside := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && inside:
			if i++; i < len(text) && text[i] == 'u' {
				return 0, false
			}
		case c == '"':
			inside = !inside
		case inside:
		case c == '{' || c == '[':
			depth++
			most = max(most, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return most, true
}

// FoldASCII lowers A to Z and nothing else: Unicode folding makes look-alikes
// of scheme and method names equal to the real ones.
func FoldASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
