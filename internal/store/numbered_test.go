package store

import (
	"slices"
	"testing"
)

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		query, text string
		takes       []int
	}{
		{"SELECT 1", "SELECT 1", nil},
		{"SELECT $1, $2 WHERE a = $1", "SELECT ?, ? WHERE a = ?1", []int{0, 1}},
		{"SELECT $2 WHERE a = $10 AND b = $2", "SELECT ? WHERE a = ? AND b = ?1", []int{1, 9}},
		{`SELECT '$.a', '''$1', "$2", $3`, `SELECT '$.a', '''$1', "$2", ?`, []int{2}},
		{"SELECT $a", "SELECT $a", nil},
	} {
		if text, takes := numbered(c.query); text != c.text || !slices.Equal(takes, c.takes) {
			t.Errorf("%s: %s takes %v", c.query, text, takes)
		}
	}
}
