package resource

import (
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// The built-in declarations hold; each catalog has its own copy.
func TestBuiltIn(t *testing.T) {
	a, err := Catalog("")
	if err != nil {
		t.Fatal(err)
	}
	b := BuiltIn()
	f, _ := a.Resource("campaign")
	f.Fields[0].Name = "spoilt"
	if g, ok := b.Resource("campaign"); !ok || g.Fields[0].Name != "name" || len(a.Resources) < 15 {
		t.Errorf("%d types, %+v", len(a.Resources), g.Fields[0])
	}
	for _, kind := range []prokura.AssetKind{prokura.KindAdAccount, prokura.KindProductCatalog, prokura.KindPage, prokura.KindInstagramAccount, prokura.KindWhatsAppBusinessAccount} {
		n := 0
		for _, r := range b.Resources {
			if r.Asset == kind {
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s has no data", kind)
		}
	}
}

const good = `resources:
  invoice:
    title: Invoice
    plural: Invoices
    node: Invoice
    about: A bill.
    asset: ad_account
    edges:
      - {on: ad_account, name: invoices, create: true}
    read: {permissions: [ads_read], tasks: [ANALYZE]}
    write: {permissions: [ads_management]}
    limiter: platform
    key: number
    fields:
      number: {type: text, required: true, about: The number.}
      state: {type: enum, enum: [open, paid], default: open, next: [{from: paid, to: []}], about: The state.}
`

// What is wrong with declarations is told where it stands, all of it at once.
func TestFaults(t *testing.T) {
	if _, err := Parse("own.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown field", "    key: number", "    keys: number", "own.yaml:13:5: resources.invoice.keys: There is no such field"},
		{"another type", "    title: Invoice", "    title: [Invoice]", "own.yaml:3:12: resources.invoice.title: Here belongs a text, not a list."},
		{"missing", "    node: Invoice\n", "", "own.yaml:2:3: resources.invoice: The field node is missing."},
		{"an anchor", "    title: Invoice", "    title: &t Invoice", "own.yaml:3:12: resources.invoice.title: Here belongs a text, not an anchor, which a catalog does not use."},
		{"a word", "    limiter: platform", "    limiter: mine", `own.yaml:12:14: resources.invoice.limiter: "mine" is not one of: platform`},
		{"declared already", "  invoice:", "  campaign:", "own.yaml:2:3: campaign is declared already"},
		{"kind of asset", "asset: ad_account\n", "asset: vault\n", `own.yaml:7:5: invoice.asset: there is no kind of asset "vault".`},
		{"node", "node: Invoice", "node: Campaign", "own.yaml:5:5: invoice.node: another kind is called Campaign on the wire."},
		{"an edge that there is", "name: invoices", "name: campaigns", `own.yaml:9:26: invoice.edges.0.name: ad_account has the edge "campaigns" already, or cannot have it.`},
		{"on nothing", "{on: ad_account", "{on: page", `own.yaml:9:10: invoice.edges.0.on: it hangs neither on "page" nor on anything of it.`},
		{"permission", "[ads_read]", "[ads_write]", `own.yaml:10:12: invoice.read.permissions: it takes one of some permissions, and there is none, or not ["ads_write"].`},
		{"permission for something else", "[ads_read]", "[pages_messaging]", "own.yaml:10:12: invoice.read.permissions: who has pages_messaging alone does not see a ad_account"},
		{"task", "[ANALYZE]", "[DANCE]", "own.yaml:10:37: invoice.read.tasks: ad_account has no task DANCE."},
		{"key", "key: number", "key: state", `own.yaml:13:5: invoice.key: a key is a text, and "state" is none.`},
		{"parent", "    edges:\n", "    parents: [nothing]\n    edges:\n", `own.yaml:8:5: invoice.parents: invoice hangs on "nothing"`},
		{"parent of another asset", "    edges:\n", "    parents: [page_post]\n    edges:\n", `own.yaml:8:5: invoice.parents: page_post is data of page, not of ad_account.`},
		{"on itself", "    edges:\n", "    parents: [invoice]\n    edges:\n", `own.yaml:8:5: invoice.parents: nothing that it hangs on hangs on its asset "ad_account".`},
		{"no list of its parent", "    edges:\n", "    parents: [ad_account, campaign]\n    edges:\n", "own.yaml:9:5: invoice.edges: none is the list of those that hang on campaign."},
		{"default", "default: open", "default: shut", "own.yaml:16:47: invoice.fields.state.default: The parameter state must be one of: open, paid."},
		{"state", "from: paid", "from: gone", `own.yaml:16:62: invoice.fields.state.next: "gone" is none of its words.`},
		{"no version", "    key: number", "    key: number\n    since: v26", "own.yaml:14:5: invoice.since: a version has the form v27.0."},
		{"a number for a version", "    key: number", "    key: number\n    since: 26.0", "own.yaml:14:12: resources.invoice.since: Here belongs a text"},
		{"gone before it is there", "name: invoices", "name: invoices, since: v26.0, retired: v25.0", "own.yaml:9:56: invoice.edges.0.retired: it is gone in v25.0, before it is there."},
		{"required of some versions", "required: true, about: The number.", "required: true, retired: v26.0, about: The number.", "own.yaml:15:7: invoice.fields.number: what every one has is there in all versions."},
		{"a step of none", "    key: number", "    webhook: {object: bank, field: bills, on: [create], value: {step: {from: step}}}", "invoice.webhook.value.step.from: it has no step."},
		{"outside", "    key: number", "    answer: {id: {from: outside}}", "invoice.answer.id.from: it has no outside."},
		{"nothing beside", "    key: number", "    also: {kind: page_post, into: number, values: {message: {field: state}}}", `invoice.also.kind: "page_post" is no data that hangs on ad_account and comes alone.`},
		{"beside, in what is written", "    key: number", "    also: {kind: campaign, into: number, values: {name: {field: state}}}", `invoice.also.into: "number" is no text that nobody writes.`},
		{"a key of nothing", "create: true}", "create: true, find: number}", `invoice.edges.0.find: "number" gives no key of what it hangs on.`},
		{"marks", "create: true}", "create: true, marks: campaign, mark_by: x}", `invoice.edges.0.marks: "campaign" is no data that hangs on ad_account, is written and known outside.`},
		{"no such field of a list", "create: true}", "create: true, with: author}", `invoice.edges.0: "author" is no field.`},
		{"a rule of nobody", "{on: ad_account, name: invoices, create: true}", "{on: ad_account, name: invoices, create: true}\n      - {on: campaign, name: bills, rule: name}", "invoice.edges.1: it lists those that a rule of campaign keeps"},
		{"chooses", "default: open,", "default: open, chooses: true,", "invoice.fields.state.chooses: one of its words is no field."},
		{"parts of a text", "required: true,", "required: true, parts: {x: {type: text}},", "invoice.fields.number.parts.x: parts are of objects"},
		{"takes", "required: true,", "required: true, takes: name,", `invoice.fields.number.takes: what it hangs on has no field "name".`},
		{"an action", "    key: number", "    actions: {pay: {about: Pays it., sets: {state: gone}}}", `invoice.actions.0: "state" cannot become "gone".`},
		{"parameter of all calls", "      number: {", "      limit: {", "own.yaml:15:7: invoice.fields.limit: every call has a parameter of this name."},
	} {
		text := strings.Replace(good, c.from, c.to, 1)
		if text == good {
			t.Fatalf("%s changes nothing", c.name)
		}
		_, err := Parse("own.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
	}
	cycle := strings.NewReplacer("  invoice:", "  one:", "    edges:\n      - {on: ad_account, name: invoices, create: true}", "    parents: [two]\n    edges:\n      - {on: two, name: ones}").Replace(good) +
		strings.NewReplacer("resources:\n", "", "  invoice:", "  two:", "node: Invoice", "node: Other", "    edges:\n      - {on: ad_account, name: invoices, create: true}", "    parents: [one]\n    edges:\n      - {on: one, name: twos}").Replace(good)
	if _, err := Parse("own.yaml", []byte(cycle)); err == nil || !strings.Contains(err.Error(), "one.parents: it hangs on itself") || !strings.Contains(err.Error(), "two.parents: it hangs on itself") {
		t.Errorf("a cycle of parents: %v", err)
	}
}
