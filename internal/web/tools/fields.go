package tools

import "strings"

// selection is what a fields parameter asks for: id,name,accounts.limit(5){name}. What
// is not understood stays as it was written.
type selection []chosen

type chosen struct {
	name string    // "" for what is none
	mods string    // .limit(5).as(x), as written
	sub  selection // in braces
	has  bool      // there are braces
}

// parseFields reads a fields parameter; rest is what stands behind it.
func parseFields(s string) selection {
	list, _ := fieldsUntil(s, 0)
	return list
}

// deepest is how deep fields may lie in each other; the API allows less.
const deepest = 16

func fieldsUntil(s string, depth int) (list selection, rest string) {
	for s != "" && s[0] != '}' {
		var c chosen
		end := strings.IndexAny(s, ".,{}(")
		if end < 0 {
			end = len(s)
		}
		c.name, s = strings.TrimSpace(s[:end]), s[end:]
		open, i := 0, 0
		for ; i < len(s) && (open > 0 || s[i] != ',' && s[i] != '{' && s[i] != '}'); i++ {
			switch s[i] {
			case '(':
				open++
			case ')':
				open--
			}
		}
		c.mods, s = s[:i], s[i:]
		if strings.HasPrefix(s, "{") && depth < deepest {
			c.has = true
			c.sub, s = fieldsUntil(s[1:], depth+1)
			s = strings.TrimPrefix(s, "}")
		} else if strings.HasPrefix(s, "{") {
			return list, ""
		}
		if c.name != "" || c.mods != "" || c.has {
			list = append(list, c)
		}
		s = strings.TrimPrefix(s, ",")
	}
	return list, s
}

func (s selection) String() string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.name + c.mods)
		if c.has {
			b.WriteString("{" + c.sub.String() + "}")
		}
	}
	return b.String()
}

// find follows names downwards.
func (s selection) find(path []string) *chosen {
	for i := range s {
		switch {
		case s[i].name != path[0]:
		case len(path) == 1:
			return &s[i]
		default:
			return s[i].sub.find(path[1:])
		}
	}
	return nil
}

// set adds a field, or takes it away; path are names downwards. What lies in braces
// that become empty goes with them.
func (s selection) set(path []string, on bool) selection {
	for i := range s {
		if s[i].name != path[0] {
			continue
		}
		switch {
		case len(path) == 1 && on:
		case len(path) == 1:
			return append(s[:i:i], s[i+1:]...)
		default:
			s[i].sub = s[i].sub.set(path[1:], on)
			s[i].has = len(s[i].sub) > 0
		}
		return s
	}
	if !on {
		return s
	}
	c := chosen{name: path[0]}
	if len(path) > 1 {
		c.sub, c.has = c.sub.set(path[1:], true), true
	}
	return append(s, c)
}
