package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/jsontext"
)

// Params is the bag of a call's parameters, wherever they came from: query,
// form, multipart and JSON body are merged, the body wins. Every value is kept
// as text; a native JSON number keeps its digits and a native array its JSON
// text, so that nothing is lost before a getter knows the wanted type.
//
// All getters answer [prokura.InvalidParameter] with the parameter's name when
// the text is not of the wanted type. An absent parameter is the zero value
// and no error; what is required is stated in the edge's row.
type Params struct {
	list []param
}

type param struct {
	name, text string
	body       bool // the body named it last
}

// Limits of a request (docs/security.md).
const (
	maxParams  = 200
	maxScopes  = 60
	maxMembers = 5000 // of a list parameter
)

// security names the parameters that must never have two values, because two
// readers could disagree about which one counts.
var security = []string{
	"access_token", "client_id", "client_secret", "code", "redirect_uri", "input_token",
	"appsecret_proof", "appsecret_time",
}

// String masks the bag: it holds credentials.
func (p Params) String() string { return "[params]" }

// GoString masks the bag: it holds credentials.
func (p Params) GoString() string { return "[params]" }

func (p *Params) set(name, text string, body bool) error {
	for i := range p.list {
		if p.list[i].name != name {
			continue
		}
		if p.list[i].text != text && slices.Contains(security, name) {
			return invalid(name, "The parameter %s was given twice with different values.", name)
		}
		p.list[i].text, p.list[i].body = text, body || p.list[i].body
		return nil
	}
	if len(p.list) == maxParams {
		return prokura.Errorf(prokura.InvalidParameter, "A request takes at most %d parameters.", maxParams)
	}
	p.list = append(p.list, param{name, text, body})
	return nil
}

func (p *Params) drop(names ...string) {
	p.list = slices.DeleteFunc(p.list, func(q param) bool { return slices.Contains(names, q.name) })
}

// Lookup returns the raw text and whether the parameter was given at all.
func (p *Params) Lookup(name string) (string, bool) {
	for i := range p.list {
		if p.list[i].name == name {
			return p.list[i].text, true
		}
	}
	return "", false
}

// Names are the parameters that were given, in their order.
func (p *Params) Names() (names []string) {
	for i := range p.list {
		names = append(names, p.list[i].name)
	}
	return names
}

// With are the parameters with texts in the place of those of the same names.
func (p *Params) With(texts map[string]string) (out Params) {
	for name, text := range texts {
		out.list = append(out.list, param{name: name, text: text})
	}
	return Params{append(out.list, slices.DeleteFunc(slices.Clone(p.list), func(q param) bool { return out.Has(q.name) })...)}
}

// Has reports whether the parameter was given, be it empty.
func (p *Params) Has(name string) bool { _, ok := p.Lookup(name); return ok }

// Text returns a parameter as it was sent, or the empty string.
func (p *Params) Text(name string) string { s, _ := p.Lookup(name); return s }

// Secret returns a credential.
func (p *Params) Secret(name string) prokura.Secret { return prokura.Secret(p.Text(name)) }

// ID reads an id, with or without the ad account prefix; 0 when absent or
// empty.
func (p *Params) ID(name string) (prokura.ID, error) {
	s := p.Text(name)
	if s == "" {
		return 0, nil
	}
	id, err := prokura.ParseNodeID(s)
	if err != nil {
		return 0, invalid(name, "The parameter %s must be an id.", name)
	}
	return id, nil
}

// Bool reads true, false, 1 or 0 (as text or JSON); false when absent or
// empty. Only ASCII spellings count: Unicode folding would let look-alikes in.
func (p *Params) Bool(name string) (bool, error) {
	switch p.Text(name) {
	case "true", "1", "True", "TRUE":
		return true, nil
	case "", "false", "0", "False", "FALSE":
		return false, nil
	}
	return false, invalid(name, "The parameter %s must be true or false.", name)
}

// Flag is Bool for the switches of the wire itself (pretty, summary, metadata),
// where nonsense means off.
func (p *Params) Flag(name string) bool { b, err := p.Bool(name); return err == nil && b }

// Summary reports whether a list is asked for its total: by a switch or, as
// clients of the Marketing API do, by a list that names total_count.
func (p *Params) Summary() bool {
	list, err := p.Strings("summary")
	return p.Flag("summary") || err == nil && slices.Contains(list, "total_count")
}

// Int reads a decimal integer; otherwise is what an absent parameter means.
func (p *Params) Int(name string, otherwise int64) (int64, error) {
	s := p.Text(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] == '+' {
		return 0, invalid(name, "The parameter %s must be an integer.", name)
	}
	return n, nil
}

// OneOf reads a word of a fixed set; empty when absent.
func (p *Params) OneOf(name string, words ...string) (string, error) {
	s := p.Text(name)
	if s != "" && !slices.Contains(words, s) {
		return "", invalid(name, "The parameter %s must be one of: %s.", name, strings.Join(words, ", "))
	}
	return s, nil
}

// Strings reads a list: a,b or JSON array text, native JSON array, k[]=a or
// k[0]=a. Blanks around members and empty members of the comma form are
// dropped, repeated members count once, the order stays. It is nil when the
// parameter is absent and empty, not nil, when it was given without members:
// edges where "none" and "not said" differ can tell.
func (p *Params) Strings(name string) ([]string, error) {
	text, ok := p.Lookup(name)
	if !ok {
		return nil, nil
	}
	return members(name, text, ",")
}

// IDs reads a list of ids, as text or JSON numbers. See [Params.Strings] for
// absent and empty lists.
func (p *Params) IDs(name string) ([]prokura.ID, error) {
	list, err := p.Strings(name)
	if err != nil || list == nil {
		return nil, err
	}
	ids := make([]prokura.ID, 0, len(list))
	for _, s := range list {
		id, err := prokura.ParseNodeID(s)
		if err != nil {
			return nil, invalid(name, "The parameter %s must be a list of ids.", name)
		}
		if !slices.Contains(ids, id) { // act_1 and 1 are one id
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Permissions reads a list of permission names, which clients separate by
// commas, spaces or both. Whether they exist is for the registry to say.
func (p *Params) Permissions(name string) ([]prokura.Permission, error) {
	text, ok := p.Lookup(name)
	if !ok {
		return nil, nil
	}
	list, err := members(name, text, ", ")
	if err != nil {
		return nil, err
	}
	if len(list) > maxScopes {
		return nil, invalid(name, "The parameter %s takes at most %d permissions.", name, maxScopes)
	}
	out := make([]prokura.Permission, len(list))
	for i, s := range list {
		out[i] = prokura.Permission(s)
	}
	return out, nil
}

// Object decodes a JSON object or array, sent as text or native JSON, into
// dst. It reports whether the parameter was given.
func (p *Params) Object(name string, dst any) (bool, error) {
	text, ok := p.Lookup(name)
	if !ok || text == "" {
		return false, nil
	}
	if err := jsontext.Check(text); err != nil {
		return false, invalid(name, "The parameter %s must be JSON: %s.", name, err.Error())
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(dst); err != nil {
		return false, invalid(name, "The parameter %s does not have the expected shape.", name).WithCause(err)
	}
	return true, nil
}

// members splits list text at any of the separators, or reads it as a JSON
// array of strings and numbers.
func members(name, text, separators string) ([]string, error) {
	text = strings.TrimSpace(text)
	list := []string{}
	if strings.HasPrefix(text, "[") {
		if err := jsontext.Check(text); err != nil {
			return nil, invalid(name, "The parameter %s must be a list: %s.", name, err.Error())
		}
		var raw []json.RawMessage
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			return nil, invalid(name, "The parameter %s must be a list.", name)
		}
		for _, r := range raw {
			if c := r[0]; c != '"' && c != '-' && (c < '0' || c > '9') {
				return nil, invalid(name, "The parameter %s must be a list of words or numbers.", name)
			}
			s, _, err := jsontext.Of(r)
			if err != nil {
				return nil, invalid(name, "The parameter %s must be a list: %s.", name, err.Error())
			}
			list = append(list, s)
		}
	} else {
		list = strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(separators, r) })
		for i, s := range list {
			list[i] = strings.TrimSpace(s)
		}
	}
	if len(list) > maxMembers {
		return nil, invalid(name, "The parameter %s takes at most %d members.", name, maxMembers)
	}
	return distinct(list), nil
}

// distinct drops empty and repeated members in place.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		drop := s == "" || seen[s]
		seen[s] = true
		return drop
	})
}

func invalid(field, format string, args ...any) *prokura.Error {
	return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField(field)
}
