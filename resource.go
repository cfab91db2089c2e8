package prokura

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// ResourceKind names a declared type of data, such as campaign.
type ResourceKind string

// Resource is one object of a declared type: data of an asset.
type Resource struct {
	ID      ID
	Kind    ResourceKind
	Asset   ID // whose data it is: by it is decided who may do what
	Parent  ID // what it hangs on: the asset, or another resource
	Above   ID // what Parent hangs on, where both are resources; 0: nothing
	Place   ID // its number in lists: a later one is larger
	Key     string
	Values  map[string]any // by field; JSON's types
	Created Instant
	Updated Instant
}

// Right is what reading or changing data takes beside reaching its asset.
type Right struct {
	Any   []Permission // a token needs one of these
	Tasks []Task       // the caller needs one of these on the asset; none: any task
}

// ResourceType is one declaration: everything that is known of a type of data.
// Declarations are read from files; nothing else knows any type by name.
type ResourceType struct {
	Kind   ResourceKind
	Title  string // "Campaign"
	Plural string // "Campaigns"
	Node   string // type name on the wire: "Campaign"
	About  string

	Asset   AssetKind // whose data it is
	Parents []string  // what it may hang on: the asset's kind, or kinds of data
	By      string    // the field that names its parent, where the path names another
	Edges   []ResourceEdge
	Fields  []ResourceField

	Read     Right
	Write    *Right // nil: nobody writes it by calls
	Level    Level
	Limiter  Limiter
	Key      string // the field whose value is nobody else's of its kind in the asset
	Prefixed bool   // its node id is <asset>_<id>; the number alone names it too
	Most     int    // so many in one asset; 0: without end
	Newest   bool   // lists begin with the newest one
	Upstream string // address of the platform's own service that has the data; "": it is here
	Batch    *ResourceBatch
	Webhook  *ResourceWebhook // nil: nobody is told of it
	Span                      // the versions that have it, with all its calls
	Code     string           // with which the id begins by which it is known outside; "": it has none
	Answer   []ResourceTold   // what making one answers; none: its id
	Codes    *ResourceCodes   // nil: errors have the codes of all types
	Touches  bool             // a new one changes the time of what it hangs on
	Also     *ResourceAlso    // nil: nothing else is made with it
	Ready    *ResourceReady   // nil: one is made on anything
	Actions  []ResourceAction

	ancestors []ResourceKind // from the parent up, without the asset
	field     map[string]int
	called    map[string]int // fields by the parameter that gives them, where that has another name
}

// ResourceEdge is a list of resources on an asset or on another resource.
type ResourceEdge struct {
	On     string // the asset's kind, or a kind of data
	Name   string
	Create bool // POST makes one
	Span        // the versions that have it

	With    string // the list has those alone in which this field holds something
	Without string // and those in which this one holds nothing
	Find    string // what a new one hangs on is the one whose key this parameter has
	Marks   string // POST with MarkBy changes one of this kind instead
	MarkBy  string // the parameter with the id by which that one is known outside
	Rule    string // it stands on what chooses by this field of its own which are on the list
	Named   string // it stands on what they name by this field
}

// FieldType is what a field holds, and how it is written.
type FieldType string

// The types of fields.
const (
	FieldText    FieldType = "text"
	FieldURL     FieldType = "url"   // an address on the web, https or http
	FieldPhone   FieldType = "phone" // a phone number: 5 to 15 digits (E.164), and what people write between them
	FieldInteger FieldType = "integer"
	FieldNumeric FieldType = "numeric" // a whole number that answers write as text
	FieldDecimal FieldType = "decimal"
	FieldBool    FieldType = "boolean"
	FieldTime    FieldType = "time"
	FieldEnum    FieldType = "enum"
	FieldList    FieldType = "list"
	FieldObject  FieldType = "object"
	FieldID      FieldType = "id"   // of the asset, or of what the resource hangs on
	FieldNode    FieldType = "node" // another resource of the asset: of what it hangs on, or one that it names
)

// FieldTypes lists the types of fields.
var FieldTypes = []FieldType{FieldText, FieldURL, FieldPhone, FieldInteger, FieldNumeric, FieldDecimal, FieldBool, FieldTime, FieldEnum, FieldList, FieldObject, FieldID, FieldNode}

// Computed says from what a field is made that nobody writes.
type Computed string

// What fields are made from.
const (
	ComputedNothing Computed = ""
	ComputedCreated Computed = "created"
	ComputedUpdated Computed = "updated"
	ComputedAsset   Computed = "asset"  // its id and name
	ComputedStatus  Computed = "status" // of itself, and of what it hangs on
	ComputedCopy    Computed = "copy"   // of another field
	// How far what is made in the background has come: by its type a word, a part of 100,
	// whether it goes on, or when it was done.
	ComputedProgress Computed = "progress"
	ComputedCount    Computed = "count"  // of the resources of a kind that hang on it
	ComputedNewest   Computed = "newest" // a field of the newest one of a kind that hangs on it
)

// ComputedFrom lists what fields are made from.
var ComputedFrom = []Computed{ComputedCreated, ComputedUpdated, ComputedAsset, ComputedStatus, ComputedCopy, ComputedProgress, ComputedCount, ComputedNewest}

// ResourceField is a field of a declared type.
type ResourceField struct {
	Name       string
	Type       FieldType
	About      string
	Of         string   // of FieldID, FieldNode and ComputedCount: the kind
	Enum       []string // of FieldEnum, and of the members of a list
	Default    any      // what one has that was made without it; nil: nothing
	Required   bool     // of who makes one
	CreateOnly bool     // no call changes it
	ReadOnly   bool     // no call writes it
	Computed   Computed
	From       string            // of ComputedStatus and ComputedCopy: the field
	Over       map[string]string // of ComputedStatus: what it is while one of a kind above is not in its first state
	Unasked    bool              // answered when no fields are asked for
	Filter     bool              // a parameter of lists, by which they are narrowed
	Least      *float64          // of a number
	Most       *float64          // of a number; of a text in characters, of a list in members
	Next       map[string][]string
	Ends       []string // the states that delete it
	Span                // the versions that have it
	Called     string   // the parameter that gives it when one is made, or narrows lists by it; "": its name
	Parts      []ResourcePart
	Chooses    bool          // the word is the name of a field that has to be given, and of no other
	Look       *ResourceLook // of an object: it names a row; nil: none
	Takes      string        // what this field of the parent holds, where nobody gives it
	Rule       string        // of an object: it chooses rows of this kind

	ruled   *ResourceType
	Samples []string // what generated ones hold
}

// Field looks a field up.
func (t *ResourceType) Field(name string) (*ResourceField, bool) {
	i, ok := t.field[name]
	if !ok {
		return nil, false
	}
	return &t.Fields[i], true
}

// Ancestors are the kinds of data that one of the type may hang on, from its parent up.
func (t *ResourceType) Ancestors() []ResourceKind { return t.ancestors }

// HangsOn reports whether a kind of asset or data is one that the type hangs on itself.
func (t *ResourceType) HangsOn(kind string) bool { return slices.Contains(t.Parents, kind) }

// Written reports whether calls may give the field a value.
func (f *ResourceField) Written() bool { return !f.ReadOnly && f.Computed == ComputedNothing }

// FromPlace reports whether the field tells what the resource hangs on.
func (f *ResourceField) FromPlace(t *ResourceType) bool {
	return f.Computed == ComputedNothing && (f.Type == FieldID || f.Type == FieldNode) &&
		(f.Of == string(t.Asset) || slices.Contains(t.ancestors, ResourceKind(f.Of)))
}

// Resource looks a declared type up.
func (c *Catalog) Resource(kind ResourceKind) (*ResourceType, bool) {
	i, ok := c.resource[kind]
	if !ok {
		return nil, false
	}
	return &c.Resources[i], true
}

// ResourceError is what is wrong with a declaration. At is its kind and field, joined
// by dots, as the file has them.
type ResourceError struct {
	At  string
	Why string
}

func (e *ResourceError) Error() string { return "catalog: " + e.At + ": " + e.Why }

// Of is the kind of the declaration.
func (e *ResourceError) Of() ResourceKind {
	kind, _, _ := strings.Cut(e.At, ".")
	return ResourceKind(kind)
}

// maxDepth is how many resources hang on each other at most.
const maxDepth = 3

// indexResources checks the declarations and prepares their look-ups.
func (c *Catalog) indexResources() error {
	if bad := c.CheckResources(); len(bad) > 0 {
		return bad[0]
	}
	return nil
}

// CheckResources tells all that is wrong with the declarations, and prepares their
// look-ups.
func (c *Catalog) CheckResources() []*ResourceError {
	v := resourceCheck{catalog: c, edges: map[[2]string]bool{}, nodes: map[string]bool{}}
	c.resource = make(map[ResourceKind]int, len(c.Resources))
	for _, k := range c.Kinds {
		v.nodes[k.Node] = true
	}
	for i := range c.Resources {
		t := &c.Resources[i]
		if _, dup := c.resource[t.Kind]; dup || t.Kind == "" {
			v.wrong(string(t.Kind), "this kind is declared twice, or has no name")
		}
		if _, dup := c.kind[AssetKind(t.Kind)]; dup || slices.Contains(reservedKinds, string(t.Kind)) {
			v.wrong(string(t.Kind), "a kind of node has this name already")
		}
		c.resource[t.Kind] = i
		t.field, t.called = make(map[string]int, len(t.Fields)), map[string]int{}
		for j, f := range t.Fields {
			if _, dup := t.field[f.Name]; dup {
				v.wrong(string(t.Kind)+".fields."+f.Name, "this field is declared twice")
			}
			t.field[f.Name] = j
			if f.Called != "" {
				t.called[f.Called] = j
			}
		}
	}
	for i := range c.Resources {
		v.above(&c.Resources[i])
	}
	for i := range c.Resources {
		v.check(&c.Resources[i])
	}
	return v.found
}

// reservedKinds are the kinds of node that are no assets and no data.
var reservedKinds = []string{"root", string(NodePerson), string(NodeBusiness), string(NodeApp), string(NodeAsset), string(NodeSystemUser), string(NodeConfiguration),
	string(NodeMember), string(NodeAssetGroup), string(NodeResource), string(NodeScoped)}

type resourceCheck struct {
	catalog *Catalog
	edges   map[[2]string]bool
	nodes   map[string]bool
	found   []*ResourceError
}

func (v *resourceCheck) wrong(at, format string, args ...any) {
	v.found = append(v.found, &ResourceError{At: at, Why: fmt.Sprintf(format, args...)})
}

// above follows what a type hangs on up to its asset.
func (v *resourceCheck) above(t *ResourceType) {
	t.ancestors = nil
	kinds, at := []*ResourceType{t}, string(t.Kind)
	reached := false
	for depth := 0; len(kinds) > 0; depth++ {
		var next []*ResourceType
		for _, k := range kinds {
			for _, p := range k.Parents {
				up, ok := v.catalog.Resource(ResourceKind(p))
				switch {
				case p == string(t.Asset):
					reached = true
				case !ok:
					v.wrong(at+".parents", "%s hangs on %q, which is neither its asset %q nor declared", k.Kind, p, t.Asset)
				case up.Asset != t.Asset:
					v.wrong(at+".parents", "%s is data of %s, not of %s", p, up.Asset, t.Asset)
				case up == k: // one of its own kind, which hangs on something else
				case up == t, depth >= maxDepth-1:
					v.wrong(at+".parents", "it hangs on itself, or on more than %d others: by way of %s", maxDepth-1, p)
					return
				case !slices.Contains(t.ancestors, up.Kind):
					t.ancestors = append(t.ancestors, up.Kind)
					next = append(next, up)
				}
			}
		}
		kinds = next
	}
	if !reached {
		v.wrong(at+".parents", "nothing that it hangs on hangs on its asset %q", t.Asset)
	}
}

func (v *resourceCheck) check(t *ResourceType) {
	at := string(t.Kind)
	if _, ok := v.catalog.Kind(t.Asset); !ok {
		v.wrong(at+".asset", "there is no kind of asset %q", t.Asset)
	}
	if v.nodes[t.Node] {
		v.wrong(at+".node", "another kind is called %s on the wire", t.Node)
	}
	v.nodes[t.Node] = true
	if !ValidLevel(t.Level) {
		v.wrong(at+".level", "there is no level %q", t.Level)
	}
	if !slices.Contains(Limiters, t.Limiter) || t.Limiter == LimitNothing {
		v.wrong(at+".limiter", "there is no limiter %q", t.Limiter)
	}
	v.span(at, t.Span)
	v.upstream(t, at)
	v.right(t, at+".read", &t.Read)
	v.right(t, at+".write", t.Write)
	v.by(t, at)
	v.webhook(t, at+".webhook")
	for _, p := range t.Parents {
		if len(t.Edges) > 0 && !slices.ContainsFunc(t.Edges, func(e ResourceEdge) bool { return e.On == p }) {
			v.wrong(at+".edges", "none is the list of those that hang on %s", p)
		}
	}
	for i, e := range t.Edges {
		v.edge(t, fmt.Sprintf("%s.edges.%d", at, i), e)
	}
	v.batch(t, at+".batch")
	v.call(t, at)
	if f, ok := t.Field(t.Key); t.Key != "" && (!ok || f.Type != FieldText || f.Computed != ComputedNothing) {
		v.wrong(at+".key", "a key is a text, and %q is none", t.Key)
	}
	for i := range t.Fields {
		v.field(t, at+".fields."+t.Fields[i].Name, &t.Fields[i])
	}
}

// upstream checks what a service of the platform's has: lists of an asset, of which
// nothing else is known here.
func (v *resourceCheck) upstream(t *ResourceType, at string) {
	if t.Upstream == "" {
		if len(t.Fields) == 0 {
			v.wrong(at+".fields", "it has none")
		}
		return
	}
	u, err := url.Parse(t.Upstream)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		v.wrong(at+".upstream", "%q is no address of a service: https, a host and perhaps a path", t.Upstream)
	}
	if len(t.Fields) > 0 || t.Key != "" || t.By != "" || t.Most != 0 || t.Prefixed || t.Newest || !slices.Equal(t.Parents, []string{string(t.Asset)}) {
		v.wrong(at+".upstream", "of what the service has only its lists on the asset are declared, and what reading and writing take")
	}
}

func (v *resourceCheck) right(t *ResourceType, at string, r *Right) {
	if r == nil {
		return
	}
	if _, unknown := v.catalog.Set(r.Any...); len(r.Any) == 0 || len(unknown) > 0 {
		v.wrong(at+".permissions", "it takes one of some permissions, and there is none, or not %q", unknown)
	}
	for _, name := range r.Any {
		if p, ok := v.catalog.Permission(name); ok && !slices.Contains(p.Kinds, t.Asset) {
			v.wrong(at+".permissions", "who has %s alone does not see a %s, and so none of its data", name, t.Asset)
		}
	}
	kind, _ := v.catalog.Kind(t.Asset)
	for _, task := range r.Tasks {
		if !slices.ContainsFunc(kind.Tasks, func(i TaskInfo) bool { return i.Task == task }) {
			v.wrong(at+".tasks", "%s has no task %s", t.Asset, task)
		}
	}
}

func (v *resourceCheck) by(t *ResourceType, at string) {
	f, ok := t.Field(t.By)
	switch {
	case t.By != "" && (!ok || f.Type != FieldID || !t.HangsOn(f.Of)):
		v.wrong(at+".by", "%q is no field with the id of what it hangs on", t.By)
	case t.By == "" && t.Write != nil && slices.ContainsFunc(t.Edges, func(e ResourceEdge) bool { return e.Create && e.Find == "" && !t.HangsOn(e.On) }):
		v.wrong(at+".edges", "one is made on what it does not hang on, and no field says (by) on what it does")
	}
}

func (v *resourceCheck) edge(t *ResourceType, at string, e ResourceEdge) {
	kind, _ := v.catalog.Kind(t.Asset)
	v.span(at, e.Span)
	switch {
	case !v.filtered(t, at, e) && e.On != string(t.Asset) && !t.HangsOn(e.On) && !slices.Contains(t.ancestors, ResourceKind(e.On)):
		v.wrong(at+".on", "it hangs neither on %q nor on anything of it", e.On)
	case v.edges[[2]string{e.On, e.Name}] || slices.Contains([]string{"", "id", "insights", "assigned_users", "agencies", "picture", kind.Contained}, e.Name):
		v.wrong(at+".name", "%s has the edge %q already, or cannot have it", e.On, e.Name)
	case e.Create && t.Write == nil:
		v.wrong(at+".create", "nobody may write it")
	}
	for _, name := range []string{e.With, e.Without} {
		if _, ok := t.Field(name); name != "" && !ok {
			v.wrong(at, "%q is no field", name)
		}
	}
	v.edges[[2]string{e.On, e.Name}] = true
}

func (v *resourceCheck) field(t *ResourceType, at string, f *ResourceField) {
	v.span(at, f.Span)
	if f.Span != (Span{}) && (f.Required || f.Name == t.Key || f.Name == t.By) {
		v.wrong(at, "what every one has is there in all versions")
	}
	if !slices.Contains(FieldTypes, f.Type) {
		v.wrong(at+".type", "there is no type %q", f.Type)
	}
	if f.Name == "id" || f.Name != "locale" && slices.Contains(CommonParams, f.Name) {
		v.wrong(at, "every call has a parameter of this name")
	}
	if f.Computed != ComputedNothing && !slices.Contains(ComputedFrom, f.Computed) {
		v.wrong(at+".computed", "nothing is computed from %q", f.Computed)
	}
	_, declared := v.catalog.Resource(ResourceKind(f.Of))
	switch {
	case (f.Computed == ComputedCount || f.Computed == ComputedNewest) && !declared, f.Type == FieldNode && !declared, f.Type == FieldID && !f.FromPlace(t):
		v.wrong(at+".of", "%q is no kind that it can be of", f.Of)
	case f.Type == FieldNode && v.catalog.Resources[v.catalog.resource[ResourceKind(f.Of)]].Asset != t.Asset:
		v.wrong(at+".of", "%s is no data of %s", f.Of, t.Asset)
	case f.Type == FieldEnum && len(f.Enum) == 0 && f.Computed == ComputedNothing:
		v.wrong(at+".enum", "it names no words")
	}
	if from, ok := t.Field(f.From); f.Computed == ComputedStatus && (!ok || len(from.Enum) == 0) || f.Computed == ComputedCopy && (!ok || from.Computed != ComputedNothing) {
		v.wrong(at+".from", "%q is no field for that", f.From)
	}
	for kind := range f.Over {
		if !slices.Contains(t.ancestors, ResourceKind(kind)) {
			v.wrong(at+".over", "it hangs on nothing of kind %q", kind)
		}
	}
	for state, next := range f.Next {
		for _, s := range append([]string{state}, next...) {
			if !slices.Contains(f.Enum, s) {
				v.wrong(at+".next", "%q is none of its words", s)
			}
		}
	}
	for _, s := range f.Ends {
		if !slices.Contains(f.Enum, s) {
			v.wrong(at+".ends", "%q is none of its words", s)
		}
	}
	if f.Default != nil {
		value, e := f.Value(f.Default)
		if e != nil {
			v.wrong(at+".default", "%s", strings.TrimSuffix(e.Public, "."))
		}
		f.Default = value
	}
}

// CommonParams are parameters that every call of the API takes.
var CommonParams = []string{"access_token", "appsecret_proof", "appsecret_time", "fields", "format", "locale", "pretty", "debug", "date_format", "method", "sdk",
	"callback", "suppress_http_code", "include_headers", "metadata", "summary", "execution_options", "limit", "after", "before", "filtering", "order", "__cppo"}
