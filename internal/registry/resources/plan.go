package resources

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// MostPlanted is how many rows one world holds at most.
const MostPlanted = 1_000_000

// Fault is what is wrong with a part of what is to be planted.
type Fault struct {
	At  string // from the asset on, joined by dots
	Err error
}

// Plan is the rows that a scenario wants in an asset: given one by one, or as a number
// of them that are made up, the same ones each time.
type Plan struct {
	rows   []planned
	faults []Fault

	given []store.Insight // daily rows of ads that are said one by one
	days  int64           // how many days are made up for each ad
	parts int64
	seed  [2]uint64
}

type planned struct {
	row    prokura.Resource
	t      *prokura.ResourceType
	up     int // the row that it hangs on; -1: the asset
	naming []string
	at     string
}

// Rows is how many there are.
func (p *Plan) Rows() int { return len(p.rows) }

// Faults are what is wrong with it.
func (p *Plan) Faults() []Fault { return p.faults }

// NewPlan reads what a scenario says of the data of an asset: by the name of an edge, a
// list of rows or how many are to be made up. key makes what is made up differ from
// that of other assets.
func NewPlan(catalog *prokura.Catalog, kind prokura.AssetKind, key string, data map[string]any) *Plan {
	p := &planner{catalog: catalog, asset: kind, Plan: &Plan{}, pool: map[string][]prokura.ID{}}
	said, daily := data[insights]
	p.edges(string(kind), -1, "data", key, data, func(name string) bool { return kind == prokura.KindAdAccount && name == insights })
	p.name()
	if daily && kind == prokura.KindAdAccount {
		p.insights(key, said)
	}
	return p.Plan
}

// insights is what daily rows of ads are called among the data of an account.
const insights = "insights"

type planner struct {
	*Plan
	catalog *prokura.Catalog
	asset   prokura.AssetKind
	pool    map[string][]prokura.ID // the rows that others may name, by kind
}

func (p *planner) wrong(at, format string, args ...any) {
	p.faults = append(p.faults, Fault{at, prokura.Errorf(prokura.InvalidParameter, format, args...)})
}

// listOn finds the type whose list stands on a kind under a name.
func (p *planner) listOn(kind, name string) *prokura.ResourceType {
	for i := range p.catalog.Resources {
		t := &p.catalog.Resources[i]
		if t.Asset == p.asset && t.Upstream == "" && t.HangsOn(kind) && slices.ContainsFunc(t.Edges, func(e prokura.ResourceEdge) bool { return e.On == kind && e.Name == name }) {
			return t
		}
	}
	return nil
}

// lists are the names of what can be planted on a kind.
func (p *planner) lists(kind string) []string {
	var names []string
	for _, t := range p.catalog.Resources {
		for _, e := range t.Edges {
			if e.On == kind && t.Asset == p.asset && t.Upstream == "" && t.HangsOn(kind) {
				names = append(names, e.Name)
			}
		}
	}
	return names
}

// edges plans what hangs on one row or on the asset. skip are names that mean something
// else there.
func (p *planner) edges(kind string, up int, at, key string, data map[string]any, skip func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(data)) {
		if skip != nil && skip(name) {
			continue
		}
		below := at + "." + name
		t := p.listOn(kind, name)
		if t == nil {
			p.wrong(below, "There is no such field or list here; lists are: %s.", strings.Join(p.lists(kind), ", "))
			continue
		}
		switch v := data[name].(type) {
		case []any:
			for i, item := range v {
				values, ok := item.(map[string]any)
				if !ok {
					p.wrong(below+"."+strconv.Itoa(i), "Here belongs a mapping with the fields of one of: %s.", strings.ToLower(t.Plural))
					continue
				}
				p.one(t, up, below+"."+strconv.Itoa(i), key, values)
			}
		case map[string]any:
			p.many(t, up, below, key, v)
		default:
			p.wrong(below, "Here belongs a list, or how many are made up: {count: 10, seed: 1}.")
		}
	}
}

// one plans a row that is given.
func (p *planner) one(t *prokura.ResourceType, up int, at, key string, given map[string]any) {
	id := store.DrawID()
	if v, ok := given["id"]; ok {
		n, _ := v.(int64)
		if id = prokura.ID(n); n < 1 || id > prokura.MaxID {
			p.wrong(at+".id", "Here belongs an id.")
			return
		}
	}
	values := map[string]any{}
	for name, v := range given {
		if _, ok := t.Field(name); ok {
			values[name] = v
		}
	}
	me := p.add(t, up, id, at, values)
	if me >= 0 {
		p.edges(string(t.Kind), me, at, key, given, func(name string) bool { _, field := t.Field(name); return field || name == "id" })
	}
}

// many plans rows that are made up.
func (p *planner) many(t *prokura.ResourceType, up int, at, key string, given map[string]any) {
	count, ok := given["count"].(int64)
	seed, _ := given["seed"].(int64)
	if !ok || count < 0 || count > MostPlanted {
		p.wrong(at+".count", "Here belongs how many are made up: up to %d.", MostPlanted)
		return
	}
	hash := fnv.New64a()
	fmt.Fprint(hash, key, "/", at)
	draw := rand.New(rand.NewPCG(uint64(seed), hash.Sum64()))
	own := func(name string) bool { _, field := t.Field(name); return field || name == "count" || name == "seed" }
	for i := range count {
		if len(p.rows) >= MostPlanted {
			p.wrong(at, "A world holds at most %d rows of data.", MostPlanted)
			return
		}
		values := made(t, int(i), draw)
		for name, v := range given {
			if _, ok := t.Field(name); ok {
				values[name] = v
			}
		}
		me := p.add(t, up, prokura.MinID+prokura.ID(draw.Int64N(int64(prokura.MaxID-prokura.MinID))), at, values)
		if me < 0 {
			return // the others are as wrong
		}
		below := map[string]any{} // each with a seed of its own
		for name, v := range given {
			if inner, ok := v.(map[string]any); ok && !own(name) {
				inner = maps.Clone(inner)
				inner["seed"] = int64(draw.Uint64() >> 1)
				v = inner
			}
			below[name] = v
		}
		p.edges(string(t.Kind), me, at, key, below, own)
	}
}

// made are the values of a row that is made up: the samples of its fields, and where
// something must be said, the least.
func made(t *prokura.ResourceType, i int, draw *rand.Rand) map[string]any {
	values := map[string]any{}
	for j := range t.Fields {
		f := &t.Fields[j]
		switch {
		case f.Computed != prokura.ComputedNothing, f.FromPlace(t):
		case len(f.Samples) > 0:
			at := i
			if f.Name != t.Key {
				at = draw.IntN(len(f.Samples))
			}
			values[f.Name] = strings.ReplaceAll(f.Samples[at%len(f.Samples)], "{n}", strconv.Itoa(i+1))
		case !f.Required, f.Default != nil:
		case f.Type == prokura.FieldText:
			values[f.Name] = f.Name + " " + strconv.Itoa(i+1)
		case f.Type == prokura.FieldEnum:
			values[f.Name] = f.Enum[draw.IntN(len(f.Enum))]
		case f.Type == prokura.FieldInteger, f.Type == prokura.FieldNumeric, f.Type == prokura.FieldDecimal:
			values[f.Name] = int64(draw.IntN(1000))
			if f.Least != nil {
				values[f.Name] = *f.Least
			}
		case f.Type == prokura.FieldBool:
			values[f.Name] = draw.IntN(2) == 0
		case f.Type == prokura.FieldTime:
			values[f.Name] = int64(1_800_000_000)
		case f.Type == prokura.FieldList:
			values[f.Name] = []any{}
		case f.Type == prokura.FieldObject:
			values[f.Name] = map[string]any{}
		}
	}
	return values
}

// add plans a row, and answers its number; -1 if something is wrong with it.
func (p *planner) add(t *prokura.ResourceType, up int, id prokura.ID, at string, given map[string]any) int {
	values, e := t.Draft(given, true)
	if e != nil {
		if e.Field != "" {
			at += "." + e.Field
		}
		p.faults = append(p.faults, Fault{at, e})
		return -1
	}
	v := planned{t: t, up: up, at: at, row: prokura.Resource{ID: id, Kind: t.Kind, Values: values}}
	if t.Key != "" {
		v.row.Key, _ = values[t.Key].(string)
	}
	if up >= 0 {
		above := p.rows[up]
		v.row.Parent = above.row.ID
		if above.up >= 0 {
			v.row.Above = above.row.Parent
			if p.rows[above.up].up >= 0 {
				p.wrong(at, "It hangs on too much.")
				return -1
			}
		}
	}
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Type == prokura.FieldNode && !f.FromPlace(t) {
			v.naming = append(v.naming, f.Name)
		}
	}
	p.rows = append(p.rows, v)
	p.pool[string(t.Kind)] = append(p.pool[string(t.Kind)], id)
	return len(p.rows) - 1
}

// name has rows that name others, and do not say which, name one of those that there
// are, and checks the rest.
func (p *planner) name() {
	turn := map[string]int{}
	for i := range p.rows {
		v := &p.rows[i]
		for _, name := range v.naming {
			f, _ := v.t.Field(name)
			pool := p.pool[f.Of]
			text, given := v.row.Values[name].(string)
			id, _ := prokura.ParseID(text)
			switch {
			case given && !slices.Contains(pool, id):
				p.wrong(v.at+"."+name, "There is no %s %s in this asset.", f.Of, text)
			case !given && len(pool) > 0 && f.Required:
				v.row.Values[name] = pool[turn[f.Of]%len(pool)].String()
				turn[f.Of]++
			}
		}
	}
}

// Plant writes the rows of a plan inside the act that makes the world.
func (p *Plan) Plant(d *registry.Door, a prokura.Asset) error {
	asset := a.ID
	rows := make([]prokura.Resource, len(p.rows))
	for i, v := range p.rows {
		rows[i] = v.row
		rows[i].Asset, rows[i].Created, rows[i].Updated = asset, d.Now, d.Now
		if v.up < 0 {
			rows[i].Parent = asset
		}
	}
	if err := d.AddResources(rows); err != nil {
		return err
	}
	return d.AddInsights(p.daily(asset, Today(d.Now, Zone(a))))
}

// Planted is the data of an asset as a scenario says it.
func Planted(tx *store.View, catalog *prokura.Catalog, asset prokura.Asset) (map[string]any, error) {
	rows, err := tx.AllResources(asset.ID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out := map[string]any{}
	days, err := plantedDays(tx, asset.ID)
	if len(days) > 0 {
		out[insights] = days
	}
	on := map[prokura.ID]map[string]any{asset.ID: out}
	kinds := map[prokura.ID]string{asset.ID: string(asset.Kind)}
	for _, row := range rows {
		kinds[row.ID], on[row.ID] = string(row.Kind), map[string]any{"id": int64(row.ID)}
	}
	for _, row := range rows {
		t, ok := catalog.Resource(row.Kind)
		if !ok {
			continue
		}
		item := on[row.ID]
		for name, v := range row.Values {
			f, ok := t.Field(name)
			if !ok {
				continue
			}
			if n, number := v.(float64); number && f.Type == prokura.FieldTime {
				v = prokura.Instant(n).Time().Format("2006-01-02T15:04:05-0700")
			}
			item[name] = v
		}
		for _, e := range t.Edges {
			if e.On == kinds[row.Parent] {
				list, _ := on[row.Parent][e.Name].([]any)
				on[row.Parent][e.Name] = append(list, item)
				break
			}
		}
	}
	return out, err
}
