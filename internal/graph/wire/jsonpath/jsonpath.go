// Package jsonpath finds parts of a decoded JSON value by the paths that operations
// of a batch name: .key ..key [n] [*] .* one after the other, with the leading $ cut
// off. It looks at no more values than it is let.
package jsonpath

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Errors of paths.
var (
	ErrSyntax = errors.New("not a path")
	ErrMany   = errors.New("the path finds too much")
)

const maxSteps = 32

// Path is what a text selects.
type Path []step

type step struct {
	key   string
	index int
	kind  byte // 'k' key, 'd' key at any depth, 'i' index, '*' every member
}

// Parse reads a path; the error is [ErrSyntax].
func Parse(text string) (path Path, err error) {
	for text != "" {
		if len(path) == maxSteps {
			return nil, ErrSyntax
		}
		if rest, ok := strings.CutPrefix(text, "["); ok {
			inner, after, ok := strings.Cut(rest, "]")
			n, err := strconv.Atoi(inner)
			switch {
			case !ok, inner != "*" && (err != nil || n < 0):
				return nil, ErrSyntax
			case inner == "*":
				path = append(path, step{kind: '*'})
			default:
				path = append(path, step{kind: 'i', index: n})
			}
			text = after
			continue
		}
		kind := byte('k')
		rest, ok := strings.CutPrefix(text, "..")
		if ok {
			kind = 'd'
		} else if rest, ok = strings.CutPrefix(text, "."); !ok {
			return nil, ErrSyntax
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		key := rest[:end]
		switch {
		case key == "":
			return nil, ErrSyntax
		case key == "*" && kind == 'k':
			path = append(path, step{kind: '*'})
		default:
			path = append(path, step{kind: kind, key: key})
		}
		text = rest[end:]
	}
	return path, nil
}

// Bounds say how far a search goes.
type Bounds struct {
	Matches int             // that a step may find; beyond: [ErrMany]
	Values  int             // that one search below a value looks at, about
	Looked  func(int) error // pays for values that were looked at; its error ends the search
}

// Find lists what a path selects in a value of any, map[string]any and []any.
func (p Path) Find(root any, b Bounds) ([]any, error) {
	matches := []any{root}
	for _, s := range p {
		var next []any
		for _, v := range matches {
			seen := 0
			next = s.apply(next, v, &seen, b)
			if len(next) > b.Matches {
				return nil, ErrMany
			}
			if err := b.Looked(seen); err != nil {
				return nil, err
			}
		}
		matches = next
	}
	return matches, nil
}

// apply appends what the step selects in v, and counts the values that it looks
// at.
func (s step) apply(dst []any, v any, seen *int, b Bounds) []any {
	*seen++
	switch v := v.(type) {
	case map[string]any:
		if s.kind == 'k' || s.kind == 'd' {
			if m, ok := v[s.key]; ok {
				dst = append(dst, m)
			}
		}
		if s.kind == '*' || s.kind == 'd' {
			for _, name := range slices.Sorted(maps.Keys(v)) {
				*seen++
				if s.kind == '*' {
					dst = append(dst, v[name])
				} else if len(dst) <= b.Matches && *seen <= b.Values {
					dst = s.apply(dst, v[name], seen, b)
				}
			}
		}
	case []any:
		if s.kind == 'i' {
			if s.index < len(v) {
				dst = append(dst, v[s.index])
			}
			break
		}
		for _, m := range v {
			*seen++
			switch {
			case s.kind == '*':
				dst = append(dst, m)
			case s.kind == 'd' && len(dst) <= b.Matches && *seen <= b.Values:
				dst = s.apply(dst, m, seen, b)
			}
		}
	}
	return dst
}
