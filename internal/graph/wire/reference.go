package wire

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// A reference {result=name:$.data.*.id} inside an operation of a batch stands
// for what a JSONPath finds in the answer of the operation called name. It is
// filled in after path and parameters have been taken apart, so whatever an
// answer contains, it stays inside the one value that named it.
const referenceOpen = "{result="

const (
	maxMatches     = maxMembers
	maxPathSteps   = 32
	maxReferenced  = maxBody // characters that references may add to one value
	maxReferences  = 100     // of one call
	maxVisited     = 250_000 // values that all references of a batch look at, and per 64 characters that they write (T65)
	errorReference = "A reference has the form {result=name:$.path}."
)

// references lists the operations that a call's values name.
func (c *Call) references() (names []string) {
	_ = c.eachValue(func(text string, _ bool) (string, error) {
		for len(names) < maxReferences {
			_, name, _, rest, ok := cutReference(text)
			if !ok {
				break
			}
			names, text = append(names, name), rest
		}
		return "", errStop
	})
	return names
}

// errStop tells eachValue to leave a value as it is.
var errStop = prokura.Errorf(prokura.Internal, "stop")

// expand replaces the references in path and parameter values by what result
// returns for them.
func (c *Call) expand(result func(name, path string) (string, error)) error {
	count := 0
	return c.eachValue(func(text string, quoted bool) (string, error) {
		var b strings.Builder
		for {
			before, name, path, rest, ok := cutReference(text)
			if !ok {
				if strings.Contains(text, referenceOpen) {
					return "", invalid("batch", errorReference)
				}
				b.WriteString(text)
				return b.String(), nil
			}
			if count++; count > maxReferences {
				return "", invalid("batch", "An operation takes at most %d references.", maxReferences)
			}
			value, err := result(name, path)
			if err != nil {
				return "", err
			}
			if quoted {
				q := appendQuoted(nil, value)
				value = string(q[1 : len(q)-1])
			}
			if b.Len()+len(value) > maxReferenced {
				return "", invalid("batch", "A reference stands for too much.")
			}
			b.WriteString(before)
			b.WriteString(value)
			text = rest
		}
	})
}

// eachValue gives every word of the path and every parameter value to f and
// puts back what it returns. quoted tells that the value is JSON text, where a
// reference stands inside a string.
func (c *Call) eachValue(f func(text string, quoted bool) (string, error)) error {
	replace := func(dst *string, quoted bool) error {
		if !strings.Contains(*dst, referenceOpen) {
			return nil
		}
		s, err := f(*dst, quoted)
		if err == error(errStop) {
			return nil
		}
		if err == nil {
			*dst = s
		}
		return err
	}
	for i := range c.words {
		if err := replace(&c.words[i], false); err != nil {
			return err
		}
	}
	if len(c.words) > 0 {
		c.Node = c.words[0]
	}
	if len(c.words) > 1 {
		c.Edge = c.words[1]
	}
	for i := range c.Params.list {
		p := &c.Params.list[i]
		if err := replace(&p.text, isJSON(p.text)); err != nil {
			return err
		}
	}
	return nil
}

// isJSON reports whether a value is JSON text rather than plain text that
// happens to begin with a reference.
func isJSON(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") && !strings.HasPrefix(text, referenceOpen)
}

func cutReference(text string) (before, name, path, rest string, ok bool) {
	before, inner, ok := strings.Cut(text, referenceOpen)
	if !ok {
		return
	}
	if inner, rest, ok = strings.Cut(inner, "}"); !ok {
		return
	}
	name, path, ok = strings.Cut(inner, ":$")
	return before, name, path, rest, ok && name != ""
}

// source is the answer of an operation that later ones refer to. It is decoded
// once, however often it is referred to: 49 operations with 100 references each
// would otherwise decode the largest answer 4,900 times.
type source struct {
	body    []byte // nil once decoded
	root    any
	decoded bool
	err     error
	found   map[string]string // what paths stood for already
}

func (s *source) decode() (any, error) {
	if !s.decoded {
		dec := json.NewDecoder(bytes.NewReader(s.body))
		dec.UseNumber()
		if dec.Decode(&s.root) != nil {
			s.root, s.err = nil, invalid("batch", "A reference names an operation without an answer.")
		}
		s.decoded, s.body = true, nil
	}
	return s.root, s.err
}

// evaluate finds what path selects in the answer: $ .key ..key [n] [*] .*
// with the leading $ already cut off. Several matches are joined by commas;
// none is an error, because an empty value could widen what the call does.
func (s *source) evaluate(path string, spent *budget) (string, error) {
	value, known := s.found[path]
	if !known {
		var err error
		if value, err = s.follow(path, spent); err != nil {
			return "", err
		}
		if s.found == nil {
			s.found = map[string]string{}
		}
		s.found[path] = value
	}
	return value, spent.visit(1 + len(value)/64)
}

// visit pays for values that were looked at.
func (b *budget) visit(n int) error {
	if b.visited += n; b.visited > maxVisited {
		return invalid("batch", "The references of the batch look at too much.")
	}
	return nil
}

func (s *source) follow(path string, spent *budget) (string, error) {
	steps, err := parsePathSteps(path)
	if err != nil {
		return "", err
	}
	root, err := s.decode()
	if err != nil {
		return "", err
	}
	matches := []any{root}
	for _, s := range steps {
		var next []any
		for _, v := range matches {
			seen := 0
			next = s.apply(next, v, &seen)
			if len(next) > maxMatches {
				return "", invalid("batch", "A reference stands for too much.")
			}
			if err := spent.visit(seen); err != nil {
				return "", err
			}
		}
		matches = next
	}
	if len(matches) == 0 {
		return "", invalid("batch", "A reference found nothing in the answer it names.")
	}
	var b strings.Builder
	for i, m := range matches {
		if i > 0 {
			b.WriteByte(',')
		}
		if s, ok := m.(string); ok {
			b.WriteString(s)
			continue
		}
		text, err := json.Marshal(m)
		if err != nil {
			return "", invalid("batch", errorReference)
		}
		b.Write(text)
		if b.Len() > maxReferenced {
			return "", invalid("batch", "A reference stands for too much.")
		}
	}
	return b.String(), nil
}

// pathStep is one step of a JSONPath.
type pathStep struct {
	key   string
	index int
	kind  byte // 'k' key, 'd' key at any depth, 'i' index, '*' every member
}

func parsePathSteps(path string) (steps []pathStep, err error) {
	wrong := invalid("batch", errorReference)
	for path != "" {
		if len(steps) == maxPathSteps {
			return nil, wrong
		}
		if rest, ok := strings.CutPrefix(path, "["); ok {
			inner, after, ok := strings.Cut(rest, "]")
			n, err := strconv.Atoi(inner)
			switch {
			case !ok, inner != "*" && (err != nil || n < 0):
				return nil, wrong
			case inner == "*":
				steps = append(steps, pathStep{kind: '*'})
			default:
				steps = append(steps, pathStep{kind: 'i', index: n})
			}
			path = after
			continue
		}
		kind := byte('k')
		rest, ok := strings.CutPrefix(path, "..")
		if ok {
			kind = 'd'
		} else if rest, ok = strings.CutPrefix(path, "."); !ok {
			return nil, wrong
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		key := rest[:end]
		switch {
		case key == "":
			return nil, wrong
		case key == "*" && kind == 'k':
			steps = append(steps, pathStep{kind: '*'})
		default:
			steps = append(steps, pathStep{kind: kind, key: key})
		}
		path = rest[end:]
	}
	return steps, nil
}

// apply appends what the step selects in v, and counts the values that it looks
// at.
func (s pathStep) apply(dst []any, v any, seen *int) []any {
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
				} else if len(dst) <= maxMatches && *seen <= maxVisited {
					dst = s.apply(dst, v[name], seen)
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
			case s.kind == 'd' && len(dst) <= maxMatches && *seen <= maxVisited:
				dst = s.apply(dst, m, seen)
			}
		}
	}
	return dst
}
