package prokura

import (
	"regexp"
	"slices"
	"strings"
)

// Change is what became of data.
type Change string

// The changes.
const (
	Created Change = "create"
	Updated Change = "update"
	Deleted Change = "delete"
	// Received is of what no call of the API made, such as a message from somebody: it is
	// told instead of Created.
	Received Change = "receive"
)

// Changes lists them.
var Changes = []Change{Created, Updated, Deleted}

// ResourceWebhook says what apps are told of data of a type: those that subscribed to
// the field of the object, and that reading such data of the asset is open to.
type ResourceWebhook struct {
	Object string
	Field  string
	On     []Change
	Verbs  map[Change]string // what a change is called there; its own name without it
	Value  []ResourceTold
	Steps  []string // each change is told once for each, in this order
	// Messaging has changes stand in the list messaging, without the field's name.
	Messaging bool
}

// ResourceTold is a key of what is told, with one source. A point in the key makes an
// object of the part before it.
type ResourceTold struct {
	Key   string
	Field string // a field of the data
	From  string // one of [ToldFrom]
	Of    string // the id of what it hangs on, of this kind; with Field that of it
	Text  string // always this
	As    string // one of [ToldAs]; "": as it is
}

// What apps may be told beside fields.
const (
	ToldID        = "id"
	ToldParent    = "parent" // the id of what it hangs on
	ToldAsset     = "asset"  // its id
	ToldAssetName = "asset_name"
	ToldVerb      = "verb"
	ToldCreated   = "created"
	ToldUpdated   = "updated"
	ToldOutside   = "outside" // the id by which it is known outside
	ToldStep      = "step"
)

// ToldFrom lists it.
var ToldFrom = []string{ToldID, ToldParent, ToldAsset, ToldAssetName, ToldVerb, ToldCreated, ToldUpdated, ToldOutside, ToldStep}

// ToldAs lists other forms of what is told: a time in seconds as text or in thousandths
// of them, the digits of a text.
var ToldAs = []string{"text", "milliseconds", "digits"}

// Verb is what a change is called.
func (h *ResourceWebhook) Verb(c Change) string {
	if verb, ok := h.Verbs[c]; ok {
		return verb
	}
	return string(c)
}

// NeedsParents reports whether it takes what the data hangs on to tell of it.
func (h *ResourceWebhook) NeedsParents() bool {
	return slices.ContainsFunc(h.Value, func(v ResourceTold) bool { return v.From == ToldParent || v.Of != "" })
}

// AppList is of a kind of asset that has a list of the apps that are told of its data.
type AppList struct {
	Right  Right // what reading and changing it takes beside reaching the asset
	Fields bool  // each app chooses fields; else it is told of all
}

// AppLists are the kinds with such a list (subscribed_apps).
var AppLists = map[AssetKind]*AppList{
	KindPage:                    {Right: Right{Any: []Permission{"pages_manage_metadata"}}, Fields: true},
	KindWhatsAppBusinessAccount: {Right: Right{Any: []Permission{"whatsapp_business_management"}}},
	KindAdAccount:               {Right: Right{Any: []Permission{"ads_management"}}},
}

// WebhookObjects are the objects of which data is told.
func (c *Catalog) WebhookObjects() (list []string) {
	for _, t := range c.Resources {
		if h := t.Webhook; h != nil && !slices.Contains(list, h.Object) {
			list = append(list, h.Object)
		}
	}
	slices.Sort(list)
	return list
}

// WebhookFields are the fields of an object of which data is told or, with a kind of
// asset, of all objects that tell of that.
func (c *Catalog) WebhookFields(object string, asset AssetKind) (list []string) {
	for _, t := range c.Resources {
		if h := t.Webhook; h != nil && (h.Object == object || t.Asset == asset) && !slices.Contains(list, h.Field) {
			list = append(list, h.Field)
		}
	}
	return list
}

var webhookName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// reservedObjects are objects of webhooks that no data has.
var reservedObjects = []string{"application", "permissions", "deliveries"}

func (v *resourceCheck) webhook(t *ResourceType, at string) {
	h := t.Webhook
	if h == nil {
		return
	}
	if !webhookName.MatchString(h.Object) || slices.Contains(reservedObjects, h.Object) {
		v.wrong(at+".object", "%q cannot be the name of an object", h.Object)
	}
	if !webhookName.MatchString(h.Field) {
		v.wrong(at+".field", "%q cannot be the name of a field", h.Field)
	}
	for _, c := range h.On {
		if !slices.Contains(Changes, c) && c != Received {
			v.wrong(at+".on", "%q is no change", c)
		}
	}
	for c := range h.Verbs {
		if !slices.Contains(h.On, c) {
			v.wrong(at+".verbs", "nobody is told of %q", c)
		}
	}
	v.told(t, at+".value", h.Value)
}

// told checks what is told of a type.
func (v *resourceCheck) told(t *ResourceType, at string, list []ResourceTold) {
	for _, told := range list {
		at := at + "." + told.Key
		sources := 0
		for _, s := range []string{told.Field + told.Of, told.From, told.Text} {
			if s != "" {
				sources++
			}
		}
		of := t
		if up, ok := v.catalog.Resource(ResourceKind(told.Of)); ok && told.Field != "" {
			of = up
		}
		name, _, _ := strings.Cut(told.Field, ".")
		f, ok := of.Field(name)
		switch {
		case sources != 1:
			v.wrong(at, "it is one of field, from, of and text")
		case told.From != "" && !slices.Contains(ToldFrom, told.From):
			v.wrong(at+".from", "nothing is told from %q", told.From)
		case told.Of != "" && !slices.Contains(t.ancestors, ResourceKind(told.Of)) && told.Of != string(t.Kind):
			v.wrong(at+".of", "it hangs on nothing of kind %q", told.Of)
		case told.From == ToldStep && (t.Webhook == nil || len(t.Webhook.Steps) == 0), told.From == ToldOutside && t.Code == "":
			v.wrong(at+".from", "it has no %s", told.From)
		case told.As != "" && !slices.Contains(ToldAs, told.As):
			v.wrong(at+".as", "nothing is told as %q", told.As)
		case told.Field != "" && (!ok || f.Computed != ComputedNothing && f.Computed != ComputedAsset || f.FromPlace(of)):
			v.wrong(at+".field", "%q is no field that holds something of its own", told.Field)
		}
	}
}
