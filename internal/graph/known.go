package graph

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/prokura/prokura/internal/graph/wire"
)

//go:embed fields.txt
var fieldsOfClients string

// known are the fields that clients know of a type of node, ascending.
func known(node string) []string { return knownFields()[node] }

// knownFields reads the list once, for all servers of a process.
var knownFields = sync.OnceValue(func() map[string][]string {
	fields, node := map[string][]string{}, ""
	for line := range strings.Lines(fieldsOfClients) {
		words := strings.Fields(line)
		switch {
		case line[0] == '#':
		case line[0] != ' ':
			node = strings.Join(words, " ")
		default:
			fields[node] = append(fields[node], words...)
		}
	}
	for _, names := range fields {
		slices.Sort(names)
	}
	return fields
})

// complete gives a shape what clients know of its types beside what it answers:
// many ask for all that a class of their SDK has, and take an error for a failure.
func complete[T any](s *wire.Shape[T], types ...string) *wire.Shape[T] {
	s.Absent = nil
	for _, node := range types {
		s.Absent = append(s.Absent, known(node)...)
	}
	slices.Sort(s.Absent)
	s.Absent = slices.DeleteFunc(slices.Compact(s.Absent), func(name string) bool {
		return name == "id" || slices.ContainsFunc(s.Attrs, func(a wire.Attr[T]) bool { return a.Name == name })
	})
	return s
}
