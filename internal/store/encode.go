package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// set reads a comma list of permission names.
func (s *Store) set(text string) prokura.PermissionSet {
	if text == "" {
		return prokura.PermissionSet{}
	}
	set, _ := s.texts.sets.read(text)
	return set
}

// readSet leaves out names that the catalog no longer has: a smaller catalog narrows.
func readSet(catalog *prokura.Catalog, text string) prokura.PermissionSet {
	var names []prokura.Permission
	for n := range strings.SplitSeq(text, ",") {
		names = append(names, prokura.Permission(n))
	}
	set, _ := catalog.Set(names...)
	return set
}

func (s *Store) names(set prokura.PermissionSet) string {
	var b strings.Builder
	for i, n := range s.catalog.Names(set) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(n))
	}
	return b.String()
}

// ids reads a comma list of ids into ascending order.
func ids(text string) []prokura.ID {
	if text == "" {
		return nil
	}
	out := make([]prokura.ID, 0, strings.Count(text, ",")+1)
	for n := range strings.SplitSeq(text, ",") {
		id, err := strconv.ParseInt(n, 10, 64)
		if err == nil {
			out = append(out, prokura.ID(id))
		}
	}
	slices.Sort(out)
	return out
}

func idText(list []prokura.ID) string {
	var b strings.Builder
	for i, id := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(id.String())
	}
	return b.String()
}

// idObject is a JSON object whose names are ids.
func idObject(list []prokura.ID) string {
	b := make([]byte, 0, 2+len(list)*21)
	b = append(b, '{')
	for i, id := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = strconv.AppendInt(b, int64(id), 10)
		b = append(b, `":0`...)
	}
	return string(append(b, '}'))
}

// shape names a child's (scopes, assets) pair: equal sets, equal text.
func (s *Store) shape(scopes prokura.PermissionSet, assets []prokura.ID) string {
	return s.names(scopes) + "|" + idText(assets)
}

// tasks reads a comma list, in which a task may stand more than once.
func tasks(text string) []prokura.Task {
	if text == "" {
		return nil
	}
	var out []prokura.Task
	for n := range strings.SplitSeq(text, ",") {
		if !slices.Contains(out, prokura.Task(n)) {
			out = append(out, prokura.Task(n))
		}
	}
	return out
}

func taskText(list []prokura.Task) string {
	var b strings.Builder
	for i, t := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(t))
	}
	return b.String()
}

func permissionText(list []prokura.Permission) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(p))
	}
	return b.String()
}

func permissions(text string) []prokura.Permission {
	if text == "" {
		return nil
	}
	var out []prokura.Permission
	for n := range strings.SplitSeq(text, ",") {
		out = append(out, prokura.Permission(n))
	}
	return out
}

// toJSON encodes values that cannot fail to encode: structs and maps of strings,
// numbers and lists made by this program.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("store: encode: " + err.Error())
	}
	return string(b)
}

func fromJSON(text string, v any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), v)
}
