package webhooks

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// together is how many changes one message tells of at most.
const together = 100

// Told is a change of data that apps are told of.
type Told struct {
	Change prokura.Change
	Value  map[string]any
}

// Tell puts changes of data of one type in an asset in the outbox of every app that
// subscribed to them, is on the asset's list where its kind has one, and may read such
// data of it. make makes what is told, and is called only if anybody is.
func Tell(r *registry.Registry, d *registry.Door, t *prokura.ResourceType, asset prokura.ID, make func(prokura.Asset) ([]map[string]any, error)) error {
	a, err := d.AssetFacts(asset, 0)
	if err != nil {
		return err
	}
	list, err := d.AssetSubscriptions(t.Webhook.Object, a, prokura.AppLists[t.Asset] != nil)
	if err != nil {
		return err
	}
	var values []any
	for _, s := range list {
		if !slices.Contains(s.Fields, t.Webhook.Field) {
			continue
		}
		if problem, err := wants(r, d.View(), t, a, s.App); err != nil || problem != "" {
			if err != nil {
				return err
			}
			continue
		}
		if values == nil {
			made, err := make(a.Asset)
			if err != nil {
				return err
			}
			for _, v := range made {
				values = append(values, v)
			}
		}
		for some := range slices.Chunk(values, together) {
			m := store.Message{Subject: asset.String(), Asset: asset, Data: t.Kind, Messaging: t.Webhook.Messaging}
			if err := d.DeliverData(s, t.Webhook.Field, asset.String(), m, some...); err != nil {
				return err
			}
		}
	}
	return nil
}

// Why what is in the outbox about data is not sent; the delivery log shows it.
const (
	ProblemUnlisted  = "The app is no longer subscribed to the object, or not to this field."
	ProblemUnread    = "The app may not read this any more: no token that it holds reaches it with the permission that it takes."
	ProblemAssetGone = "The object that this is about is gone."
)

// unwanted says why a message about data is not sent any more; "": it is sent.
func unwanted(r *registry.Registry, tx *store.View, m store.Message) (problem string, err error) {
	t, ok := r.Catalog().Resource(m.Data)
	if !ok || t.Webhook == nil { // an earlier catalog declared it
		return ProblemUnlisted, nil
	}
	a, err := tx.AssetFacts(m.Asset, 0)
	if errors.Is(err, prokura.NotFound) {
		return ProblemAssetGone, nil
	}
	if err != nil {
		return "", err
	}
	return wants(r, tx, t, a, m.App)
}

// wants asks whether an app is on the list of an asset, where that has one, and may
// read data of a type in it now.
func wants(r *registry.Registry, tx *store.View, t *prokura.ResourceType, a *prokura.AssetFacts, app prokura.ID) (problem string, err error) {
	if prokura.AppLists[t.Asset] != nil {
		s, err := tx.SubscribedApp(a.Asset.ID, app)
		if errors.Is(err, prokura.NotFound) || err == nil && len(s.Fields) > 0 && !slices.Contains(s.Fields, t.Webhook.Field) {
			return ProblemUnlisted, nil
		}
		if err != nil {
			return "", err
		}
	}
	if ok, err := reads(r, tx, t, a, app); err != nil || ok {
		return "", err
	}
	return ProblemUnread, nil
}

// familiesAtOnce and tokensAtOnce are how many are read with one statement.
const (
	familiesAtOnce = 50
	tokensAtOnce   = 50
)

// reads asks whether one of the tokens that an app holds reads data of a type in an
// asset: by the same decision as a call with it.
func reads(r *registry.Registry, tx *store.View, t *prokura.ResourceType, a *prokura.AssetFacts, app prokura.ID) (bool, error) {
	for _, business := range store.Holders(a) {
		q := store.FamilyQuery{App: app, Asset: a.Asset.ID, Limit: familiesAtOnce}
		for {
			list, err := tx.Families(business, r.Now(), q)
			if err != nil {
				return false, err
			}
			for _, f := range list {
				if ok, err := familyReads(r, tx, t, a, f); err != nil || ok {
					return ok, err
				}
			}
			if len(list) < q.Limit {
				break
			}
			q.After = list[len(list)-1].ID
		}
	}
	return false, nil
}

func familyReads(r *registry.Registry, tx *store.View, t *prokura.ResourceType, a *prokura.AssetFacts, f store.Family) (bool, error) {
	for offset := 0; ; offset += tokensAtOnce {
		list, err := tx.FamilyTokens(f, r.Now(), offset, tokensAtOnce)
		if err != nil {
			return false, err
		}
		for _, token := range list {
			if token.Kind == prokura.TokenPage && token.Page != a.Asset.ID {
				continue
			}
			if ok, err := tokenReads(r, tx, t, a, token.ID); err != nil || ok {
				return ok, err
			}
		}
		if len(list) < tokensAtOnce {
			return false, nil
		}
	}
}

func tokenReads(r *registry.Registry, tx *store.View, t *prokura.ResourceType, a *prokura.AssetFacts, token prokura.TokenID) (bool, error) {
	f, err := tx.Facts(token)
	if err != nil {
		return false, err
	}
	if subject := max(f.Person.ID, f.SystemUser.ID); subject != 0 { // who has tasks of their own
		if a, err = tx.AssetFacts(a.Asset.ID, subject); err != nil {
			return false, err
		}
	}
	f.Credential = prokura.CredentialToken
	if a.Asset.Kind == prokura.KindAdAccount && prokura.CallsOnAccount(f, r.TasksOn(registry.Caller{Facts: f}, a)) != nil {
		return false, nil
	}
	return f.Alive(r.Now()) == nil && prokura.LevelFor(f, prokura.Terms{Level: t.Level}) == nil &&
		prokura.Decide(r.Catalog(), f, prokura.ActReadData, prokura.Subject{Asset: a, Right: &t.Read}, r.Now()) == nil, nil
}

// testData is a made-up value of a field of which data is told, and whether it stands in
// the list messaging; nil: none is.
func testData(r *registry.Registry, object, field string) (value map[string]any, messaging bool) {
	for _, t := range r.Catalog().Resources {
		h := t.Webhook
		if h == nil || h.Object != object || h.Field != field {
			continue
		}
		return Value(h.Value, func(v prokura.ResourceTold) any {
			f, own := t.Field(v.Field)
			switch {
			case v.As == "digits":
				return "0"
			case v.Field != "" && (!own || v.Of != ""):
				return "test"
			case v.Text != "":
				return v.Text
			case v.Field != "":
				return testValue(f)
			case v.From == prokura.ToldStep:
				return h.Steps[0]
			case v.From == prokura.ToldVerb:
				return h.Verb(h.On[0])
			case v.From == prokura.ToldCreated, v.From == prokura.ToldUpdated:
				return int64(0)
			case v.From == prokura.ToldAssetName:
				return "test"
			}
			return "0"
		}), h.Messaging
	}
	return nil, false
}

// testValue is a made-up value of a field, of the type that a true one has.
func testValue(f *prokura.ResourceField) any {
	switch f.Type {
	case prokura.FieldInteger, prokura.FieldDecimal, prokura.FieldTime:
		return 0
	case prokura.FieldBool:
		return false
	case prokura.FieldList:
		return []any{}
	case prokura.FieldObject:
		return map[string]any{}
	case prokura.FieldText:
		return "test"
	case prokura.FieldEnum:
		if len(f.Enum) > 0 {
			return f.Enum[0]
		}
	}
	return "0"
}

// Value makes what is told of something. Where a source holds nothing, nothing is.
func Value(list []prokura.ResourceTold, source func(prokura.ResourceTold) any) map[string]any {
	out := map[string]any{}
	for _, told := range list {
		v := as(told.As, source(told))
		if v == nil {
			continue
		}
		into, key := out, told.Key
		for {
			outer, inner, dotted := strings.Cut(key, ".")
			if !dotted {
				break
			}
			into, key = inside(into, outer), inner
		}
		into[key] = v
	}
	return out
}

// inside is the object under a word; with [] behind it that in the list of one.
func inside(in map[string]any, word string) map[string]any {
	name, listed := strings.CutSuffix(word, "[]")
	if list, ok := in[name].([]any); ok {
		return list[0].(map[string]any)
	}
	if next, ok := in[name].(map[string]any); ok {
		return next
	}
	next := map[string]any{}
	if in[name] = next; listed {
		in[name] = []any{next}
	}
	return next
}

// as is a source in another form.
func as(form string, v any) any {
	at, isTime := v.(int64)
	switch {
	case form == "text" && isTime:
		return strconv.FormatInt(at, 10)
	case form == "milliseconds" && isTime:
		return at * 1000
	case form == "digits":
		text, _ := v.(string)
		return Digits(text)
	}
	return v
}

// Digits are the digits of a text, such as a phone number.
func Digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
