package resource

import (
	"cmp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
)

// The file: one struct per noun. The tag yaml names a field, oneof lists the words it
// may hold, about is its line in the schema and in docs/resources.md.

type declarations struct {
	Resources document.Rows[declared] `yaml:"resources,required" about:"Types of data by kind, such as campaign."`
}

type declared struct {
	Title    string                `yaml:"title,required" about:"Name for people, such as Campaign."`
	Plural   string                `yaml:"plural,required" about:"The same for several."`
	Node     string                `yaml:"node,required" about:"Name of the type on the wire."`
	About    string                `yaml:"about,required" about:"One sentence: what it is."`
	Asset    string                `yaml:"asset,required" about:"Kind of asset whose data it is. Who may do what is decided by the asset."`
	Parents  []string              `yaml:"parents" about:"What one hangs on: the kind of asset, or kinds of data. The asset without it."`
	By       string                `yaml:"by" about:"Field that names what a new one hangs on, where it is made on something else."`
	Edges    []edge                `yaml:"edges" about:"The lists on which they stand."`
	Read     right                 `yaml:"read,required" about:"What reading takes."`
	Write    right                 `yaml:"write" about:"What making, changing and deleting takes; without it no call does."`
	Level    string                `yaml:"level" oneof:"development basic standard" about:"The level that an app needs at least; development without it."`
	Limiter  string                `yaml:"limiter,required" oneof:"platform pages ads_management ads_insights custom_audience catalog_management catalog_batch instagram leadgen messenger whatsapp_business_management" about:"Whose budget calls count for. Reading costs 1 point, writing 3."`
	Key      string                `yaml:"key" about:"Field whose value no other one of the kind has in the asset."`
	Prefixed bool                  `yaml:"prefixed" about:"Its id is written with that of the asset before it, as 1_2."`
	Most     int64                 `yaml:"most" about:"So many in one asset at most; without end without it."`
	Batch    batch                 `yaml:"batch" about:"Calls that change many at once."`
	Order    string                `yaml:"order" oneof:"newest oldest" about:"What lists begin with; oldest without it."`
	Webhook  webhook               `yaml:"webhook" about:"What apps are told of it; nothing without it."`
	Code     string                `yaml:"code" about:"It is known outside by this and its id in base64, such as wamid.MTIz."`
	Answer   document.Rows[told]   `yaml:"answer" about:"What making one answers, by key; its id without it."`
	Errors   codes                 `yaml:"errors" about:"Codes of errors about what is given, where they are not those of all types."`
	Touches  bool                  `yaml:"touches" about:"A new one changes the time at which what it hangs on was last changed."`
	Also     also                  `yaml:"also" about:"Another one that is made with it, and ends with it."`
	Ready    ready                 `yaml:"ready" about:"What that has to be on which calls make one."`
	Actions  document.Rows[action] `yaml:"actions" about:"Calls on one that change it, by name: POST /{id}/register."`
	Since    string                `yaml:"since" about:"The first version of the API that has it, as v26.0; all without it."`
	Retired  string                `yaml:"retired" about:"The first version of the API that does not have it any more."`
	Fields   document.Rows[field]  `yaml:"fields" about:"Its fields by name. Of what a service has there are none."`
	Upstream string                `yaml:"upstream" about:"Address of the platform's own service that has the data. Calls are decided about and counted here, and answered there."`
}

type edge struct {
	On      string `yaml:"on,required" about:"Kind of asset, or of data that one hangs on."`
	Name    string `yaml:"name,required" about:"Name of the edge."`
	Create  bool   `yaml:"create" about:"POST makes one there."`
	Since   string `yaml:"since" about:"The first version of the API that has it."`
	Retired string `yaml:"retired" about:"The first version of the API that does not have it any more."`

	With    string `yaml:"with" about:"Only those stand on it in which this field holds something."`
	Without string `yaml:"without" about:"Only those stand on it in which this field holds nothing."`
	Find    string `yaml:"find" about:"POST makes one on what has the key that this parameter gives; a point leads into an object."`
	Marks   string `yaml:"marks" about:"POST with the parameter mark_by changes one of this kind of data instead."`
	MarkBy  string `yaml:"mark_by" about:"The parameter that names that one, as it is known outside."`
	Rule    string `yaml:"rule" about:"It stands on a kind that chooses, by the rule in this field of its own."`
	Named   string `yaml:"named" about:"It stands on a kind that those on it name in this field."`
}

type batch struct {
	Edge     string                `yaml:"edge,required" about:"Name of the edge of the asset that takes them."`
	Status   string                `yaml:"status,required" about:"Name of the edge that tells what became of them."`
	ItemType string                `yaml:"item_type,required" about:"What such a call says that its items are."`
	Most     int64                 `yaml:"most,required" about:"So many in one call at most; 5,000 at most."`
	Limiter  string                `yaml:"limiter,required" about:"Whose budget such a call counts for."`
	Names    document.Rows[string] `yaml:"names" about:"Fields by what such calls call them."`
	Money    document.Rows[string] `yaml:"money" about:"Fields that such calls write as amount and currency: the field of the currency."`
}

type codes struct {
	Product string  `yaml:"product" about:"Stands beside the error as messaging_product."`
	Missing refusal `yaml:"missing" about:"Something is missing inside an object, or beside a word."`
	Wrong   refusal `yaml:"wrong" about:"A value cannot be."`
	Parent  refusal `yaml:"parent" about:"What it would hang on is not there."`
}

type refusal struct {
	Code    int64  `yaml:"code,required" about:"The code."`
	Subcode int64  `yaml:"subcode" about:"The subcode; none without it."`
	Status  int64  `yaml:"status" about:"The HTTP status; 400 without it."`
	Text    string `yaml:"text,required" about:"The message."`
}

type also struct {
	Kind   string              `yaml:"kind,required" about:"The kind of data."`
	When   string              `yaml:"when" about:"Field that has to be true; always without it."`
	Into   string              `yaml:"into,required" about:"Field that has the id of the other one."`
	Values document.Rows[told] `yaml:"values,required" about:"What fields of the other one hold."`
}

type ready struct {
	State   document.Rows[string] `yaml:"state,required" about:"What its fields hold."`
	Missing refusal               `yaml:"missing,required" about:"The error if they do not."`
}

type action struct {
	About string                `yaml:"about,required" about:"One sentence: what it does."`
	Sets  document.Rows[string] `yaml:"sets,required" about:"What fields hold afterwards."`
	Takes document.Rows[part]   `yaml:"takes" about:"Its parameters."`
}

type part struct {
	Type     string   `yaml:"type,required" oneof:"text url integer boolean list object" about:"What it holds."`
	About    string   `yaml:"about" about:"One sentence."`
	Required bool     `yaml:"required" about:"Who gives the object must give it."`
	Max      *float64 `yaml:"max" about:"The most characters or members."`
	Digits   int64    `yaml:"digits" about:"It is so many digits."`
	Into     string   `yaml:"into" about:"Field that gets its value as well."`
}

type look struct {
	Kind    string                `yaml:"kind,required" about:"The kind of data that has a key."`
	Match   document.Rows[string] `yaml:"match,required" about:"Fields of that one by the part of the object that is like them."`
	State   document.Rows[string] `yaml:"state" about:"What fields of that one hold; anything without it."`
	Missing refusal               `yaml:"missing,required" about:"The error if there is none."`
}

type right struct {
	Permissions []string `yaml:"permissions,required" about:"The token needs one of these."`
	Tasks       []string `yaml:"tasks" about:"The caller needs one of these on the asset; any without it."`
}

type webhook struct {
	Object string                `yaml:"object,required" about:"The object that apps subscribe to, such as page."`
	Field  string                `yaml:"field,required" about:"The field of that object, such as feed. Several types may have the same."`
	On     []string              `yaml:"on,required" oneof:"create update delete receive" about:"Of what: create, update, delete; receive is of what no call made, and instead of create."`
	Verbs  document.Rows[string] `yaml:"verbs" about:"What create, update and delete are called in verb; so without it."`
	Value  document.Rows[told]   `yaml:"value,required" about:"What is told, by key. A point in a key makes an object, [] a list of one: media.id, messages[].id."`

	Steps     []string `yaml:"steps" about:"Each change is told once for each of these words, in this order."`
	Messaging bool     `yaml:"messaging" about:"It stands in the list messaging of an entry, as messages of pages do, and not in changes."`
}

type told struct {
	Field string `yaml:"field" about:"What this field holds, or a part of it after a point; times in seconds. Nothing is told where it holds nothing."`
	From  string `yaml:"from" oneof:"id parent asset asset_name verb created updated outside step" about:"Its id, that of what it hangs on, the asset's id or name, what happened, when it was made or changed, in seconds, the id by which it is known outside, the step."`
	Of    string `yaml:"of" about:"The id of what it hangs on, of this kind of data, at once or through another one; with field that of it."`
	Text  string `yaml:"text" about:"Always this text."`
	As    string `yaml:"as" oneof:"text milliseconds digits" about:"A time in seconds as text, a time in milliseconds, the digits of a text."`
}

type field struct {
	Type       string                `yaml:"type,required" oneof:"text url phone integer numeric decimal boolean time enum list object id node" about:"What it holds. url is an address on the web, phone a phone number, numeric a whole number that answers write as text, id what it hangs on, node another one by its id."`
	About      string                `yaml:"about,required" about:"One sentence."`
	Of         string                `yaml:"of" about:"Of id, node, count and newest: the kind."`
	Enum       []string              `yaml:"enum" about:"The words of an enum, or of the members of a list. The first one of a status is the one in which it works."`
	Default    any                   `yaml:"default" about:"What one has that was made without it."`
	Required   bool                  `yaml:"required" about:"Who makes one must give it."`
	CreateOnly bool                  `yaml:"create_only" about:"No call changes it."`
	ReadOnly   bool                  `yaml:"read_only" about:"No call writes it; scenarios do."`
	Computed   string                `yaml:"computed" oneof:"created updated asset status copy progress count newest" about:"What it is made from: when it was made or changed, the asset's id and name, the status with that of what it hangs on, another field, how far it has come, the number of what hangs on it, a field of the newest that does."`
	From       string                `yaml:"from" about:"Of status: the field with the own one; of copy and newest: the field; of asset: the field that is answered instead where it holds something."`
	Over       document.Rows[string] `yaml:"over" about:"Of status: what it is while one of a kind above does not work."`
	Unasked    bool                  `yaml:"unasked" about:"Answered when no fields are asked for."`
	Filter     bool                  `yaml:"filter" about:"Lists take it as a parameter and keep those that have one of its values. filtering takes every field."`
	Min        *float64              `yaml:"min" about:"The least number."`
	Max        *float64              `yaml:"max" about:"The largest number; of a text the most characters, of a list the most members."`
	Next       []next                `yaml:"next" about:"Into which states it may come from a state; into any from one that is not named."`
	Ends       []string              `yaml:"ends" about:"States that delete it."`
	Called     string                `yaml:"called" about:"The parameter that gives it when one is made, or narrows lists by it; its name without it."`
	Parts      document.Rows[part]   `yaml:"parts" about:"Of an object: what it must have, and what of it is checked, by name; a point leads into objects in it."`
	Chooses    bool                  `yaml:"chooses" about:"Of an enum: its word is the name of a field that has to be given, and no other of these may be."`
	Look       look                  `yaml:"look" about:"Of an object: it names one of a kind by its key."`
	Takes      string                `yaml:"takes" about:"What this field of what it hangs on holds, where nobody gives it."`
	Rule       string                `yaml:"rule" about:"Of an object: it is a rule that chooses data of this kind."`
	Samples    []string              `yaml:"samples" about:"What generated ones hold, one after the other; {n} is a number."`
	Since      string                `yaml:"since" about:"The first version of the API that has it. What is required is there in all."`
	Retired    string                `yaml:"retired" about:"The first version of the API that does not have it any more. What it holds stays."`
}

type next struct {
	From string   `yaml:"from,required" about:"A state."`
	To   []string `yaml:"to,required" about:"Those that may follow; none: it stays."`
}

func (d declarations) types() []prokura.ResourceType {
	out := make([]prokura.ResourceType, len(d.Resources))
	for i, row := range d.Resources {
		v := row.Value
		t := prokura.ResourceType{Kind: prokura.ResourceKind(row.Key), Title: v.Title, Plural: v.Plural, Node: v.Node, About: v.About, Asset: prokura.AssetKind(v.Asset),
			Parents: v.Parents, By: v.By, Read: v.Read.right(), Level: prokura.Level(v.Level), Limiter: prokura.Limiter(v.Limiter), Key: v.Key, Prefixed: v.Prefixed,
			Most: int(v.Most), Newest: v.Order == "newest", Upstream: v.Upstream, Span: span(v.Since, v.Retired)}
		if len(t.Parents) == 0 {
			t.Parents = []string{v.Asset}
		}
		if t.Level == "" {
			t.Level = prokura.LevelDevelopment
		}
		if len(v.Write.Permissions) > 0 {
			write := v.Write.right()
			t.Write = &write
		}
		t.Batch = v.Batch.batch()
		t.Code, t.Answer, t.Codes, t.Touches, t.Also = v.Code, toldOf(v.Answer), v.Errors.codes(), v.Touches, v.Also.also()
		if v.Webhook.Object != "" {
			t.Webhook = v.Webhook.webhook()
		}
		if len(v.Ready.State) > 0 {
			t.Ready = &prokura.ResourceReady{State: words(v.Ready.State), Refusal: v.Ready.Missing.refusal()}
		}
		for _, row := range v.Actions {
			t.Actions = append(t.Actions, prokura.ResourceAction{Name: row.Key, About: row.Value.About, Set: words(row.Value.Sets), Params: parts(row.Value.Takes)})
		}
		for _, e := range v.Edges {
			t.Edges = append(t.Edges, prokura.ResourceEdge{On: e.On, Name: e.Name, Create: e.Create, Span: span(e.Since, e.Retired),
				With: e.With, Without: e.Without, Find: e.Find, Marks: e.Marks, MarkBy: e.MarkBy, Rule: e.Rule, Named: e.Named})
		}
		for _, f := range v.Fields {
			t.Fields = append(t.Fields, f.Value.field(f.Key))
		}
		out[i] = t
	}
	return out
}

// span reads versions; what is none has a major number below zero, which the check of
// the catalog tells.
func span(since, retired string) prokura.Span {
	read := func(text string) (v prokura.Version) {
		var err error
		if text != "" {
			if v, err = prokura.ParseVersion(text); err != nil {
				v.Major = -1
			}
		}
		return v
	}
	return prokura.Span{Since: read(since), Retired: read(retired)}
}

func (v batch) batch() *prokura.ResourceBatch {
	if v.Edge == "" {
		return nil
	}
	return &prokura.ResourceBatch{Edge: v.Edge, Status: v.Status, ItemType: v.ItemType, Most: int(v.Most), Limiter: prokura.Limiter(v.Limiter),
		Names: words(v.Names), Money: words(v.Money)}
}

func (v right) right() (r prokura.Right) {
	for _, p := range v.Permissions {
		r.Any = append(r.Any, prokura.Permission(p))
	}
	for _, t := range v.Tasks {
		r.Tasks = append(r.Tasks, prokura.Task(t))
	}
	return r
}

func (v webhook) webhook() *prokura.ResourceWebhook {
	h := &prokura.ResourceWebhook{Object: v.Object, Field: v.Field, Verbs: map[prokura.Change]string{}}
	for _, c := range v.On {
		h.On = append(h.On, prokura.Change(c))
	}
	for _, row := range v.Verbs {
		h.Verbs[prokura.Change(row.Key)] = row.Value
	}
	h.Value, h.Steps, h.Messaging = toldOf(v.Value), v.Steps, v.Messaging
	return h
}

func toldOf(rows document.Rows[told]) (out []prokura.ResourceTold) {
	for _, row := range rows {
		v := row.Value
		out = append(out, prokura.ResourceTold{Key: row.Key, Field: v.Field, From: v.From, Of: v.Of, Text: v.Text, As: v.As})
	}
	return out
}

func (v codes) codes() *prokura.ResourceCodes {
	if v == (codes{}) {
		return nil
	}
	return &prokura.ResourceCodes{Product: v.Product, Missing: v.Missing.refusal(), Wrong: v.Wrong.refusal(), Parent: v.Parent.refusal()}
}

func (v refusal) refusal() prokura.Refusal {
	if v.Code == 0 {
		return prokura.Refusal{}
	}
	return prokura.Refusal{Code: int(v.Code), Subcode: int(v.Subcode), Status: int(cmp.Or(v.Status, 400)), Text: v.Text}
}

func (v also) also() *prokura.ResourceAlso {
	if v.Kind == "" {
		return nil
	}
	return &prokura.ResourceAlso{Kind: prokura.ResourceKind(v.Kind), When: v.When, Into: v.Into, Values: toldOf(v.Values)}
}

func (v look) look() *prokura.ResourceLook {
	if v.Kind == "" {
		return nil
	}
	return &prokura.ResourceLook{Kind: prokura.ResourceKind(v.Kind), Match: words(v.Match), State: words(v.State), Refusal: v.Missing.refusal()}
}

func parts(rows document.Rows[part]) (out []prokura.ResourcePart) {
	for _, row := range rows {
		p := row.Value
		out = append(out, prokura.ResourcePart{Name: row.Key, Type: prokura.FieldType(p.Type), About: p.About, Required: p.Required, Most: p.Max, Digits: int(p.Digits), Into: p.Into})
	}
	return out
}

func words(rows document.Rows[string]) map[string]string {
	out := make(map[string]string, len(rows))
	for _, row := range rows {
		out[row.Key] = row.Value
	}
	return out
}

func (v field) field(name string) prokura.ResourceField {
	f := prokura.ResourceField{Name: name, Type: prokura.FieldType(v.Type), About: v.About, Of: v.Of, Enum: v.Enum, Default: v.Default, Required: v.Required,
		CreateOnly: v.CreateOnly, ReadOnly: v.ReadOnly, Computed: prokura.Computed(v.Computed), From: v.From, Unasked: v.Unasked, Filter: v.Filter,
		Least: v.Min, Most: v.Max, Ends: v.Ends, Samples: v.Samples,
		Called: v.Called, Chooses: v.Chooses, Look: v.Look.look(), Takes: v.Takes, Rule: v.Rule, Parts: parts(v.Parts), Span: span(v.Since, v.Retired)}
	for _, row := range v.Over {
		if f.Over == nil {
			f.Over = map[string]string{}
		}
		f.Over[row.Key] = row.Value
	}
	for _, n := range v.Next {
		if f.Next == nil {
			f.Next = map[string][]string{}
		}
		f.Next[n.From] = n.To
	}
	return f
}
