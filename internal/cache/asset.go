package cache

import (
	"maps"
	"math"
	"slices"

	"github.com/prokura/prokura"
)

// AssetFacts codes what is known about an asset.
func (c *Coder) AssetFacts(f *prokura.AssetFacts) {
	a := &f.Asset
	c.ID(&a.ID)
	c.sort(a)
	c.ID(&a.Business)
	text(c, &a.Name)
	c.Instant(&a.Created)
	list(c, &f.Shares, func(c *Coder, s *prokura.Share) {
		c.ID(&s.Business)
		Texts(c, &s.Tasks)
	})
	Texts(c, &f.Assigned)
}

// assetSort is what many assets share.
type assetSort struct {
	kind       prokura.AssetKind
	attributes map[string]any
}

// sort codes an asset's kind and attributes. What recurs, such as a currency and a
// time zone, is a part of the pool; what one asset has alone is not.
func (c *Coder) sort(a *prokura.Asset) {
	var content []byte
	if !c.reading {
		w := Coder{pool: c.pool}
		text(&w, &a.Kind)
		w.object(&a.Attributes)
		c.broken = c.broken || w.broken
		content = append([]byte{partSort}, w.bytes()...)
	}
	switch {
	case !c.there(!c.reading && c.pool.recurs(content)):
		text(c, &a.Kind)
		c.object(&a.Attributes)
	case c.reading:
		if s, ok := c.part().(*assetSort); ok {
			a.Kind, a.Attributes = s.kind, s.attributes
		}
	default:
		c.share(content, 4*len(content), func() any { return &assetSort{a.Kind, a.Attributes} })
	}
}

// any codes what JSON can say.
func (c *Coder) any(v *any) {
	const (
		null = iota
		yes
		no
		num
		str
		arr
		obj
	)
	if c.reading {
		switch c.getUint() {
		case yes:
			*v = true
		case no:
			*v = false
		case num:
			*v = math.Float64frombits(c.getUint())
		case str:
			var s string
			text(c, &s)
			*v = s
		case arr:
			var l []any
			list(c, &l, (*Coder).any)
			*v = l
		case obj:
			var m map[string]any
			c.object(&m)
			*v = m
		}
		return
	}
	switch x := (*v).(type) {
	case nil:
		c.putUint(null)
	case bool:
		c.putUint(map[bool]uint64{true: yes, false: no}[x])
	case float64:
		c.putUint(num)
		c.putUint(math.Float64bits(x))
	case string:
		c.putUint(str)
		text(c, &x)
	case []any:
		c.putUint(arr)
		list(c, &x, (*Coder).any)
	case map[string]any:
		c.putUint(obj)
		c.object(&x)
	default:
		c.broken = true
	}
}

// object codes an object of JSON.
func (c *Coder) object(v *map[string]any) {
	if !c.there(*v != nil) {
		return
	}
	if c.reading {
		n := c.getUint()
		*v = make(map[string]any, n)
		for range n {
			var key string
			var value any
			text(c, &key)
			c.any(&value)
			(*v)[key] = value
		}
		return
	}
	c.putUint(uint64(len(*v)))
	for _, key := range slices.Sorted(maps.Keys(*v)) {
		value := (*v)[key]
		text(c, &key)
		c.any(&value)
	}
}

// ListedAccount codes whether an ad account is on an app's list.
func (c *Coder) ListedAccount(l *prokura.ListedAccount) {
	c.Instant(&l.Added)
	c.Instant(&l.Removed)
}

// Resource codes a row of data.
func (c *Coder) Resource(r *prokura.Resource) {
	text(c, &r.Kind)
	text(c, &r.Key)
	for _, id := range []*prokura.ID{&r.ID, &r.Asset, &r.Parent, &r.Above, &r.Place} {
		c.ID(id)
	}
	c.object(&r.Values)
	c.Instant(&r.Created)
	c.Instant(&r.Updated)
}
