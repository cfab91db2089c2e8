package store

import (
	"strings"
	"testing"
)

func TestValuesText(t *testing.T) {
	every := ""
	for c := range rune(300) {
		every += string(c)
	}
	for _, v := range []map[string]any{
		{}, {"b": "x", "a": "y", "ab": "z"}, {"a<b": "<&>\u2028\"\\\x7f", "e": every, "bad": "\xff"}, {"n": 1.5, "i": float64(1 << 53), "t": true, "nil": nil, "list": []any{"x", 1.0, map[string]any{"b": "&"}}},
		{"o": map[string]any{"z": "1", "a": map[string]any{}}, "empty": map[string]any(nil)}, {"long": strings.Repeat("x", 10000)},
	} {
		if got, want := valuesText(v), toJSON(v); got != want {
			t.Errorf("%.300s\nis not\n%.300s", got, want)
		}
	}
}
