package prokura

import (
	"slices"
	"strings"
)

// ResourceBatch declares that many resources of a type are made, changed and deleted by
// one call, under a handle by which is asked what became of it.
type ResourceBatch struct {
	Edge     string // POST on the asset
	Status   string // GET on the asset
	ItemType string // what the call says that its items are
	Most     int    // of one call
	Limiter  Limiter
	Names    map[string]string // fields by what such calls call them
	Money    map[string]string // fields that are written as amount and currency: the field of the currency
}

// ID is what such calls call the key.
func (b *ResourceBatch) ID(t *ResourceType) string {
	for name, field := range b.Names {
		if field == t.Key {
			return name
		}
	}
	return t.Key
}

// Item reads what a call of a version gives of an item, but for its key. What the type
// does not have there, or nobody writes, is left out, which the warnings tell.
func (b *ResourceBatch) Item(t *ResourceType, data map[string]any, version Version) (given map[string]any, warnings []string, e *Error) {
	given = make(map[string]any, len(data))
	for name, v := range data {
		target := name
		if field, ok := b.Names[name]; ok {
			target = field
		}
		f, ok := t.Field(target)
		switch {
		case ok && target == t.Key:
			continue
		case !ok || !f.Has(version) || !f.Written() || f.FromPlace(t):
			warnings = append(warnings, "There is no parameter "+clip(name, 60)+" of "+strings.ToLower(t.Plural)+"; it is left out.")
			continue
		}
		if currency, ok := b.Money[target]; ok {
			amount, unit, ok := money(v)
			if !ok {
				return nil, nil, Errorf(FieldMistyped, "The parameter %s must be an amount and a currency, such as 9.99 EUR.", name).WithField(name)
			}
			given[target], given[currency] = amount, unit
			continue
		}
		given[target] = addresses(f, v)
	}
	slices.Sort(warnings)
	return given, warnings, nil
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// addresses reads the form in which clients may write pictures: a list of objects with
// an address each. A text takes the first one.
func addresses(f *ResourceField, v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	out := make([]any, len(list))
	for i, item := range list {
		out[i] = item
		if m, ok := item.(map[string]any); ok && m["url"] != nil {
			out[i] = m["url"]
		}
	}
	if f.Type == FieldText && len(out) > 0 {
		return out[0]
	}
	return out
}

// Currencies whose smallest unit is not a hundredth (ISO 4217).
var (
	wholeCurrencies    = strings.Fields("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF")
	thousandCurrencies = strings.Fields("BHD IQD JOD KWD LYD OMR TND")
)

// money reads "9.99 EUR" as an amount in the currency's smallest unit.
func money(v any) (amount, currency string, ok bool) {
	text, _ := v.(string)
	number, currency, ok := strings.Cut(strings.TrimSpace(text), " ")
	whole, part, _ := strings.Cut(number, ".")
	digits := 2
	switch {
	case slices.Contains(wholeCurrencies, currency):
		digits = 0
	case slices.Contains(thousandCurrencies, currency):
		digits = 3
	}
	all := func(s string, from, to byte) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return r < rune(from) || r > rune(to) })
	}
	if !ok || len(currency) != 3 || !all(currency, 'A', 'Z') || whole == "" || len(whole) > 12 || !all(whole, '0', '9') || !all(part, '0', '9') {
		return "", "", false
	}
	if strings.Trim(part[min(len(part), digits):], "0") != "" {
		return "", "", false // less than the smallest unit
	}
	part = part[:min(len(part), digits)]
	amount = strings.TrimLeft(whole+part+strings.Repeat("0", digits-len(part)), "0")
	if amount == "" {
		amount = "0"
	}
	return amount, currency, true
}

// batch checks the declaration of a batch.
func (v *resourceCheck) batch(t *ResourceType, at string) {
	b := t.Batch
	if b == nil {
		return
	}
	if t.Key == "" || t.Write == nil || t.Upstream != "" || !t.HangsOn(string(t.Asset)) || b.ItemType == "" || b.Most < 1 || b.Most > MaxBatchItems {
		v.wrong(at, "it is for what is here, has a key, hangs on its asset and is written, with a type of items and at most %d of them", MaxBatchItems)
	}
	if !slices.Contains(Limiters, b.Limiter) || b.Limiter == LimitNothing {
		v.wrong(at+".limiter", "there is no limiter %q", b.Limiter)
	}
	for _, name := range []string{b.Edge, b.Status} {
		v.edge(t, at+".edge", ResourceEdge{On: string(t.Asset), Name: name})
	}
	for _, list := range []map[string]string{b.Names, b.Money} {
		for name, field := range list {
			if f, ok := t.Field(field); !ok || !f.Written() {
				v.wrong(at+".names."+name, "%q is no field that is written", field)
			}
		}
	}
	for name := range b.Money {
		if f, ok := t.Field(name); !ok || f.Type != FieldText {
			v.wrong(at+".money."+name, "it is no field that holds a text")
		}
	}
}

// MaxBatchItems is how many items one call changes at most, whatever is declared.
const MaxBatchItems = 5000
