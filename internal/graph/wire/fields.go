package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// Fields is a parsed fields parameter: what to answer of a node or of each
// item of an edge, in this order. Empty means the node's defaults.
type Fields []Field

// Field is one wanted field or embedded edge, such as
// adaccounts.limit(5){name} as(accounts).
type Field struct {
	Name      string
	Alias     string // the key in the answer, when not Name
	Modifiers []Modifier
	Fields    Fields // what is wanted of the object or of each item
}

// aliased reports whether a field has another name in the answer.
func (f Fields) aliased() bool {
	return slices.ContainsFunc(f, func(f Field) bool { return f.Alias != "" || f.Fields.aliased() })
}

// Modifier is .Name(Args); to an embedded edge it is a parameter.
type Modifier struct{ Name, Args string }

// Limits of expansion (T66): known before anything runs.
const (
	maxFieldDepth = 4
	maxFieldCount = 300  // more than clients know of any two types
	maxNodes      = 5000 // nodes that one request may ask for
	pageCap       = 100  // answered
	defaultPage   = 25
)

// Key is the name under which the field is answered.
func (f Field) Key() string {
	if f.Alias != "" {
		return f.Alias
	}
	return f.Name
}

// ParseFields reads the fields parameter:
//
//	fields   := item ("," item)*
//	item     := name modifier* ["{" fields "}"] modifier* [" as(" alias ")"]
//	modifier := "." name "(" args ")"
//
// or a JSON array of such items. .as(alias) and .fields(…) are other spellings
// of " as(alias)" and "{…}". Text that does not follow the grammar is
// [prokura.BadPath]; beyond the limits it is [prokura.InvalidParameter]. nodes
// is how many nodes the request reads before expansion (1 for a node, the
// limit for an edge); the whole must stay within 5,000. The table tells which
// names are read for; with none, only braces and limits do.
func ParseFields(text string, nodes int, t *Table) (Fields, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		list, err := members("fields", text, ",")
		if err != nil {
			return nil, err
		}
		text = strings.Join(list, ",")
	}
	if text == "" {
		return nil, nil
	}
	p := fieldParser{text: text}
	fields, err := p.fields(1)
	if err != nil {
		return nil, err
	}
	if p.blanks(); p.at < len(p.text) {
		return nil, p.syntax()
	}
	if total := fields.nodes(nodes, t); nodes+total > maxNodes {
		return nil, invalid("fields", "The fields ask for up to %d nodes, at most %d are allowed: use smaller limits.", nodes+total, maxNodes)
	}
	return fields, nil
}

// nodes counts what expansion may read below each of outer nodes. The kinds
// of the nodes are not known yet, so a name costs what it costs on any of
// them. Neither braces nor a limit make an edge an edge: it answers a page
// without them, and reads even for a page of none.
func (f Fields) nodes(outer int, t *Table) int {
	total := 0
	for _, field := range f {
		n := outer * field.each(t)
		total += n + field.Fields.nodes(n, t)
	}
	return total
}

// each counts what the field may read for one node. A braced or limited field
// that the table does not know is taken for an edge.
func (f Field) each(t *Table) int {
	known := 0
	if t != nil {
		known = t.reads[f.Name]
	}
	if known == 1 {
		return 1 // no list: a limit changes nothing
	}
	for _, m := range f.Modifiers {
		if m.Name == "limit" {
			n, _ := strconv.Atoi(m.Args) // checked by the parser
			return max(1, min(n, pageCap))
		}
	}
	if len(f.Fields) > 0 {
		return defaultPage
	}
	return known
}

type fieldParser struct {
	text  string
	at    int
	count int
}

// syntax is the error at the present place. It does not repeat the text.
func (p *fieldParser) syntax() error {
	return prokura.Errorf(prokura.BadPath, "Syntax error in fields at character %d.", p.at+1).WithField("fields")
}

func (p *fieldParser) blanks() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\t' || p.text[p.at] == '\r') {
		p.at++
	}
}

// take consumes s if it comes next.
func (p *fieldParser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *fieldParser) name() (string, error) {
	start := p.at
	for p.at < len(p.text) && isNameByte(p.text[p.at]) {
		p.at++
	}
	if p.at == start || p.at-start > 64 {
		return "", p.syntax()
	}
	return p.text[start:p.at], nil
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

func (p *fieldParser) fields(depth int) (Fields, error) {
	if depth > maxFieldDepth {
		return nil, invalid("fields", "The fields nest at most %d levels deep.", maxFieldDepth)
	}
	fields := make(Fields, 0, min(1+strings.Count(p.text[p.at:], ","), 8))
	for {
		f, err := p.field(depth)
		if err != nil {
			return nil, err
		}
		again := false
		for _, g := range fields {
			if g.Key() != f.Key() {
				continue
			}
			if again = g.String() == f.String(); !again {
				return nil, prokura.Errorf(prokura.BadPath, "The fields name %s twice; give one an alias.", f.Key()).WithField("fields")
			}
		}
		if !again {
			fields = append(fields, f)
		}
		if p.blanks(); !p.take(",") {
			return fields, nil
		}
	}
}

func (p *fieldParser) field(depth int) (f Field, err error) {
	if p.count++; p.count > maxFieldCount {
		return f, invalid("fields", "At most %d fields can be asked for.", maxFieldCount)
	}
	p.blanks()
	if f.Name, err = p.name(); err != nil {
		return f, err
	}
	for {
		switch {
		case p.take("."):
			err = p.modifier(&f, depth)
		case p.take("{"):
			err = p.nested(&f, depth, "}")
		default:
			start := p.at
			if p.blanks(); p.at > start && p.take("as(") {
				err = p.alias(&f)
				break
			}
			p.at = start
			return f, nil
		}
		if err != nil {
			return f, err
		}
	}
}

func (p *fieldParser) nested(f *Field, depth int, closing string) (err error) {
	if f.Fields != nil {
		return p.syntax()
	}
	if f.Fields, err = p.fields(depth + 1); err != nil {
		return err
	}
	if p.blanks(); !p.take(closing) {
		return p.syntax()
	}
	return nil
}

func (p *fieldParser) alias(f *Field) (err error) {
	p.blanks()
	if f.Alias != "" {
		return p.syntax()
	}
	if f.Alias, err = p.name(); err != nil {
		return err
	}
	if p.blanks(); !p.take(")") {
		return p.syntax()
	}
	if f.Alias == "id" && f.Name != "id" {
		return p.syntax() // every node answers its id under that key
	}
	if f.Alias == f.Name {
		f.Alias = ""
	}
	return nil
}

func (p *fieldParser) modifier(f *Field, depth int) error {
	name, err := p.name()
	if err != nil {
		return err
	}
	if !p.take("(") {
		return p.syntax()
	}
	switch name {
	case "as":
		return p.alias(f)
	case "fields":
		return p.nested(f, depth, ")")
	}
	args, err := p.args()
	if err != nil {
		return err
	}
	for _, m := range f.Modifiers {
		if m.Name == name {
			return p.syntax()
		}
	}
	if name == "limit" {
		n, err := strconv.Atoi(args)
		if err != nil || n < 0 {
			return invalid("fields", "A limit inside fields must be a number, and not negative.")
		}
		args = strconv.Itoa(min(n, pageCap))
	}
	f.Modifiers = append(f.Modifiers, Modifier{name, args})
	return nil
}

// args reads up to the closing parenthesis; parentheses may nest, and those
// inside JSON strings do not count.
func (p *fieldParser) args() (string, error) {
	start, open, quoted := p.at, 1, false
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case quoted && c == '\\':
			p.at++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			open++
		case c == ')':
			if open--; open == 0 {
				p.at++
				return strings.TrimSpace(p.text[start : p.at-1]), nil
			}
		}
	}
	p.at = min(p.at, len(p.text))
	return "", p.syntax()
}

// String prints the canonical form: parsing it again gives the same fields.
func (f Fields) String() string {
	var b strings.Builder
	f.print(&b)
	return b.String()
}

// String prints the canonical form of one field.
func (f Field) String() string { return Fields{f}.String() }

func (f Fields) print(b *strings.Builder) {
	for i, field := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(field.Name)
		for _, m := range field.Modifiers {
			b.WriteString("." + m.Name + "(" + m.Args + ")")
		}
		if len(field.Fields) > 0 {
			b.WriteByte('{')
			field.Fields.print(b)
			b.WriteByte('}')
		}
		if field.Alias != "" {
			b.WriteString(" as(" + field.Alias + ")")
		}
	}
}
