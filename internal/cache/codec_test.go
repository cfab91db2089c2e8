//go:build !race

package cache

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// fill gives every field of a value, however deep, something random: the test
// fails when a field is added and its type is one that this does not know.
func fill(t *testing.T, r *rand.Rand, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				t.Fatalf("%s.%s is not exported", v.Type(), v.Type().Field(i).Name)
			}
			fill(t, r, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, r, v.Index(i))
		}
	case reflect.Slice:
		if r.IntN(4) == 0 {
			v.SetZero() // nil; an empty list is another thing
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		if v.Type() == reflect.TypeFor[[]prokura.ID]() && r.IntN(3) == 0 {
			v.Set(reflect.MakeSlice(v.Type(), longList+r.IntN(50), 100))
		}
		for i := range v.Len() {
			fill(t, r, v.Index(i))
		}
		if ids, ok := v.Interface().([]prokura.ID); ok {
			slices.Sort(ids)
		}
	case reflect.Map:
		if r.IntN(4) > 0 {
			v.Set(reflect.ValueOf(randomObject(r, 2)))
		}
	case reflect.String:
		v.SetString([]string{"", "a", "Brightline Campaigns", "völlig", fmt.Sprint(r.Uint64())}[r.IntN(5)])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int64, reflect.Int:
		v.SetInt([]int64{0, 1, r.Int64N(1 << 53), 1_800_000_000_000 + r.Int64N(1e12), -r.Int64()}[r.IntN(5)])
	case reflect.Uint64, reflect.Uint8:
		v.SetUint([]uint64{0, 1, r.Uint64()}[r.IntN(3)] & (1<<v.Type().Bits() - 1))
	default:
		t.Fatalf("%s: what is random of a %s?", v.Type(), v.Kind())
	}
}

func randomObject(r *rand.Rand, deep int) map[string]any {
	out := map[string]any{}
	for range r.IntN(4) {
		var v any
		switch n := r.IntN(6); {
		case n == 0:
			v = r.Float64()
		case n == 1:
			v = "text"
		case n == 2:
			v = r.IntN(2) == 0
		case n == 3 && deep > 0:
			v = randomObject(r, deep-1)
		case n == 4 && deep > 0:
			v = []any{1.0, "", nil, randomObject(r, deep-1)}
		}
		out[fmt.Sprint("key", r.IntN(10))] = v
	}
	return out
}

// leaves calls do with each field of a value that is not a struct of its own, by
// its path.
func leaves(path string, v reflect.Value, do func(path string, v reflect.Value)) {
	if v.Kind() != reflect.Struct {
		do(path, v)
		return
	}
	for i := range v.NumField() {
		leaves(path+"."+v.Type().Field(i).Name, v.Field(i), do)
	}
}

// carried writes a value and reads it again.
func carried[V any](t *testing.T, p *pool, code func(*Coder, *V), k Key, v *V) (*V, int) {
	t.Helper()
	w := Coder{pool: p}
	w.prime(k)
	code(&w, v)
	if w.broken {
		t.Fatal("a value cannot be written")
	}
	b := w.bytes()
	var c Coder
	c.read(p, k, append(slices.Clone(b), 1, 2, 3))
	out := new(V)
	code(&c, out)
	if c.broken {
		t.Fatal("a value cannot be read")
	}
	return out, len(b)
}

// everyField writes and reads random values, and for each field values that differ
// in it alone: none may be lost, and none may be taken for another's part of the
// pool.
func everyField[V any](t *testing.T, code func(*Coder, *V), key func(*V) Key) {
	r := rand.New(rand.NewPCG(1, 2))
	p := newPool(64 << 20)
	changed := map[string]bool{}
	for range 40 {
		v := new(V)
		fill(t, r, reflect.ValueOf(v).Elem())
		leaves("", reflect.ValueOf(v).Elem(), func(path string, field reflect.Value) {
			before := reflect.New(field.Type()).Elem()
			before.Set(field)
			fill(t, r, field)
			if !reflect.DeepEqual(before.Interface(), field.Interface()) {
				changed[path] = true
			}
			got, _ := carried(t, p, code, key(v), v)
			leaves("", reflect.ValueOf(got).Elem(), func(lost string, is reflect.Value) {
				if lost == path && !reflect.DeepEqual(is.Interface(), field.Interface()) {
					t.Fatalf("%s is lost: written %#v, read %#v", path, field, is)
				}
			})
			if !reflect.DeepEqual(got, v) {
				t.Fatalf("when %s changes, something else is lost:\nwritten\n%+v\nread\n%+v", path, v, got)
			}
			field.Set(before)
		})
	}
	leaves("", reflect.ValueOf(new(V)).Elem(), func(path string, _ reflect.Value) {
		if !changed[path] {
			t.Errorf("%s was never changed", path)
		}
	})
}

func TestEveryFieldOfFacts(t *testing.T) {
	everyField(t, (*Coder).Facts, func(f *prokura.Facts) Key { return Key{A: uint64(f.Token.ID)} })
}

func TestEveryFieldOfResource(t *testing.T) {
	everyField(t, (*Coder).Resource, func(r *prokura.Resource) Key { return Key{A: uint64(r.ID)} })
}

func TestEveryFieldOfAssetFacts(t *testing.T) {
	everyField(t, (*Coder).AssetFacts, func(f *prokura.AssetFacts) Key { return Key{uint64(f.Asset.ID), 7} })
}

func TestEveryFieldOfApp(t *testing.T) {
	everyField(t, (*Coder).App, func(a *prokura.App) Key { return Key{A: uint64(a.ID)} })
}

// Assets whose attributes recur share them; an asset that is like no other keeps
// its own, and nobody else's place in the pool.
func TestAttributesAreShared(t *testing.T) {
	p := newPool(1 << 20)
	sizes := map[bool]int{}
	for n := range 100 {
		for _, alone := range []bool{true, false} {
			a := &prokura.AssetFacts{Asset: prokura.Asset{ID: prokura.ID(1000 + n), Kind: "ad_account", Business: 7, Name: "Account",
				Attributes: map[string]any{"currency": "EUR", "timezone_name": "Europe/Berlin", "spend_cap": 0.0}}}
			if alone {
				a.Asset.Attributes["spend_cap"] = float64(n + 1)
			}
			got, size := carried(t, p, (*Coder).AssetFacts, Key{A: uint64(a.Asset.ID)}, a)
			if !reflect.DeepEqual(got, a) {
				t.Fatalf("written\n%+v\nread\n%+v", a, got)
			}
			sizes[alone] = size
		}
	}
	if len(p.known) != 1 || sizes[false] > sizes[true]/2 {
		t.Errorf("%d parts; an asset takes %d bytes, one like no other %d", len(p.known), sizes[false], sizes[true])
	}
}

// A family of the usual kind takes at most 128 bytes beside the index: a million
// of them fit into 150 MB with it.
func TestFactsAreSmall(t *testing.T) {
	p := newPool(1 << 20)
	var sum int
	for n := range uint64(100) {
		f := bisu(n)
		k := Key{A: uint64(f.Token.ID)}
		got, size := carried(t, p, (*Coder).Facts, k, f)
		if !reflect.DeepEqual(got, f) {
			t.Fatal("facts are lost")
		}
		sum += entrySize(k, size)
	}
	t.Logf("%d bytes", sum/100)
	if sum > 100*128 {
		t.Errorf("an entry takes %d bytes", sum/100)
	}
	if len(p.known) != 2 {
		t.Errorf("%d parts for one app with one login", len(p.known))
	}
}
