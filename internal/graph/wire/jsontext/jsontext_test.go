package jsontext

import (
	"errors"
	"strings"
	"testing"
)

var texts = map[string]error{
	`{"a": [1, "b", {"c": null}]}`: nil, `"plain"`: nil, `7`: nil, ` [] `: nil, `{"a": "}{]["}`: nil, `"a\"b\\"`: nil, `"\n\/"`: nil, `"\u00e9"`: nil, "\"\uFFFD\"": nil, `"\uD83D\uDE00"`: nil,
	``: ErrSyntax, `{`: ErrSyntax, `[}`: ErrSyntax, `1 2`: ErrSyntax, `{"a" 1}`: ErrSyntax, `"\x"`: ErrSyntax, "\"\n\"": ErrSyntax, `"\`: ErrSyntax, "\"\x00\"": ErrSyntax,
	`"\u0000"`: ErrText, `"\uD800"`: ErrText, "\"\xff\"": ErrText,
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth):       nil,
	strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1):   ErrDepth,
	strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", 33): ErrDepth,
}

func TestCheck(t *testing.T) {
	for text, want := range texts {
		if got := Check(text); !errors.Is(got, want) {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}

// FuzzCheck compares the quick look with the close one.
func FuzzCheck(f *testing.F) {
	for text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := Check(text), closely(text); !errors.Is(got, want) {
			t.Errorf("%q: %v, and closely %v", text, got, want)
		}
	})
}
