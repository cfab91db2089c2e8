package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/jsonpath"
)

// A reference {result=name:$.data.*.id} inside an operation of a batch stands
// for what a JSONPath finds in the answer of the operation called name. It is
// filled in after path and parameters have been taken apart, so whatever an
// answer contains, it stays inside the one value that named it.
const referenceOpen = "{result="

const (
	maxMatches     = maxMembers
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

func (s *source) follow(text string, spent *budget) (string, error) {
	path, err := jsonpath.Parse(text)
	if err != nil {
		return "", invalid("batch", errorReference)
	}
	root, err := s.decode()
	if err != nil {
		return "", err
	}
	matches, err := path.Find(root, jsonpath.Bounds{Matches: maxMatches, Values: maxVisited, Looked: spent.visit})
	switch {
	case errors.Is(err, jsonpath.ErrMany):
		return "", invalid("batch", "A reference stands for too much.")
	case err != nil:
		return "", err
	case len(matches) == 0:
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
