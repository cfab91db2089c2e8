package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// AssetQuery selects one page of a list of assets, in id order unless ByName is
// set: programs page through lists, people read them.
type AssetQuery struct {
	Kind     prokura.AssetKind // empty: every kind
	Search   string            // part of the name, in any case, or of the id
	Owner    prokura.ID        // not 0: only what this business owns
	Client   prokura.ID        // not 0: only what others share with this business
	After    prokura.ID
	Limit    int
	Backward bool // the page before After, still answered in the list's order
	ByName   bool
}

// OwnedAssets lists what a business owns.
func (t *View) OwnedAssets(business prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	l := t.assetList(q)
	return listed(l, "list owned assets", assetColumns, scanAsset, l.owned(business))
}

// GrantAssets lists the chosen assets of a grant.
func (t *View) GrantAssets(grant prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	l := t.assetList(q)
	return listed(l, "list granted assets", assetColumns, scanAsset, branch{from: `grant_asset x JOIN asset a ON a.id = x.asset`, joined: true,
		key: `x.asset`, kind: `a.kind`, where: []string{`x.access_grant = ` + l.arg(grant)}})
}

// ReachedAssets lists what lies in an extent.
func (t *View) ReachedAssets(e prokura.Extent, q AssetQuery) ([]prokura.Asset, error) {
	return windows(e, q, func(e prokura.Extent, q AssetQuery) ([]prokura.Asset, error) {
		l := t.assetList(q)
		return listed(l, "list reached assets", assetColumns, scanAsset, l.extent(e)...)
	})
}

// ReachedNames lists what lies in an extent without attributes, thousands at a
// time.
func (t *View) ReachedNames(e prokura.Extent, q AssetQuery) ([]prokura.Asset, error) {
	return windows(e, q, func(e prokura.Extent, q AssetQuery) ([]prokura.Asset, error) {
		l := t.assetList(q)
		return listed(l, "list names of assets", `a.id, a.kind, a.business, a.name`, func(s scanner) (a prokura.Asset, err error) {
			err = s.Scan(&a.ID, &a.Kind, &a.Business, &a.Name)
			return a, err
		}, l.extent(e)...)
	})
}

// ReachedOf lists those of some assets that a system user reaches, by name.
func (t *View) ReachedOf(u prokura.SystemUser, ids []prokura.ID) ([]prokura.Asset, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	e := u.Facts().Extent("")
	e.Limited, e.Chosen = true, slices.Compact(slices.Sorted(slices.Values(ids)))
	return t.ReachedNames(e, AssetQuery{ByName: true, Limit: prokura.MaxGrantAssets + 1})
}

// ReachedFacts lists what lies in an extent, with what must be known to decide
// about it for a person or system user.
func (t *View) ReachedFacts(e prokura.Extent, subject prokura.ID, q AssetQuery) ([]*prokura.AssetFacts, error) {
	return windows(e, q, func(e prokura.Extent, q AssetQuery) ([]*prokura.AssetFacts, error) {
		l := t.assetList(q)
		return listed(l, "list reached assets", assetFactColumns(l.arg(subject)), scanAssetFacts, l.extent(e)...)
	})
}

// CountReached counts what lies in an extent, on all pages.
func (t *View) CountReached(e prokura.Extent, q AssetQuery) (int, error) {
	q.After, q.Limit, q.ByName = 0, 0, false
	l := t.assetList(q)
	l.apart = true
	branches := l.extent(e)
	if len(branches) == 0 {
		return 0, nil
	}
	return one(t, "count reached assets", scanOne[int], `SELECT count(*) FROM (`+l.merged(` UNION ALL `, branches)+`) p`, l.args...)
}

// CountAssets counts a business's own assets by kind.
func (t *View) CountAssets(business prokura.ID) (map[prokura.AssetKind]int, error) {
	out := map[prokura.AssetKind]int{}
	type row struct {
		kind prokura.AssetKind
		n    int
	}
	rows, err := all(t, "count assets", func(s scanner) (r row, err error) {
		err = s.Scan(&r.kind, &r.n)
		return r, err
	}, `SELECT kind, count(*) FROM asset WHERE business = $1 GROUP BY kind`, business)
	for _, r := range rows {
		out[r.kind] = r.n
	}
	return out, err
}

func assetFactColumns(subject string) string {
	return assetColumns + `,
		COALESCE((SELECT string_agg(CAST(s.business AS TEXT) || ':' || s.tasks, ';') FROM share s WHERE s.asset = a.id), ''),
		COALESCE((SELECT string_agg(g.tasks, ',') FROM assignment g WHERE g.asset = a.id AND g.subject = ` + subject + ` AND g.tasks <> ''), '')`
}

func scanAssetFacts(s scanner) (*prokura.AssetFacts, error) {
	return scanAssetFactsWith(s, parseJSON[map[string]any])
}

func scanAssetFactsWith(s scanner, attributesOf func(string) (map[string]any, error)) (f *prokura.AssetFacts, err error) {
	f = &prokura.AssetFacts{}
	var attributes, shares, assigned string
	a := &f.Asset
	if err := s.Scan(&a.ID, &a.Kind, &a.Business, &a.Name, &attributes, &a.Created, &shares, &assigned); err != nil {
		return nil, err
	}
	f.Assigned = tasks(assigned)
	for part := range strings.SplitSeq(shares, ";") {
		b, list, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(b, 10, 64)
		if err != nil {
			return nil, err
		}
		f.Shares = append(f.Shares, prokura.Share{Business: prokura.ID(n), Tasks: tasks(list)})
	}
	a.Attributes, err = attributesOf(attributes)
	return f, err
}

// windows reads one page of an extent. Chosen assets are looked up in windows of
// their own order, so that the first page does not carry all of them. Each window
// is twice the one before: a kind that few of them have takes six.
func windows[T any](e prokura.Extent, q AssetQuery, read func(prokura.Extent, AssetQuery) ([]T, error)) ([]T, error) {
	if !e.Limited || q.ByName {
		return read(e, q)
	}
	left := behind(e.Chosen, q)
	out := []T{}
	limit := q.Limit
	for window := max(4*limit, 100); len(left) > 0 && len(out) < limit; window *= 2 {
		q.Limit = limit - len(out)
		n := min(window, len(left))
		if q.Backward {
			e.Chosen, left = left[len(left)-n:], left[:len(left)-n]
		} else {
			e.Chosen, left = left[:n], left[n:]
		}
		list, err := read(e, q)
		if err != nil {
			return nil, err
		}
		if q.Backward {
			out = append(list, out...)
		} else {
			out = append(out, list...)
		}
	}
	return out, nil
}

// behind are the chosen ids on the far side of the query's cursor.
func behind(chosen []prokura.ID, q AssetQuery) []prokura.ID {
	at, found := slices.BinarySearch(chosen, q.After)
	switch {
	case q.Backward:
		return chosen[:at]
	case found:
		return chosen[at+1:]
	}
	return chosen[at:]
}

// assetList is the text of one list while it is put together.
type assetList struct {
	*view
	query AssetQuery
	args  []any
	apart bool // no asset may lie in two branches: they are counted, not merged
}

func (t *View) assetList(q AssetQuery) *assetList { return &assetList{view: t, query: q} }

// arg adds a parameter.
func (l *assetList) arg(v any) string {
	l.args = append(l.args, v)
	return "$" + strconv.Itoa(len(l.args))
}

// branch is one way in which assets come to be on a list: a table with an index
// in the list's order. A list reads one page from each of its branches and
// merges them; one condition with OR would make planners walk all assets.
type branch struct {
	from   string
	joined bool   // asset a is in from
	key    string // the asset's id
	kind   string
	owner  string // empty: asset a says it
	name   string // the same
	where  []string
	about  []string // conditions on asset a, which is not in from
	twice  bool     // an asset may stand in it more than once
}

func (l *assetList) owned(business prokura.ID) branch {
	return branch{from: `asset a`, joined: true, key: `a.id`, kind: `a.kind`, owner: `a.business`, name: `a.name`, where: []string{`a.business = ` + l.arg(business)}}
}

func (l *assetList) shared(business prokura.ID) branch {
	return branch{from: `share h`, key: `h.asset`, kind: `h.kind`, owner: `h.owner`, name: `h.name`, where: []string{`h.business = ` + l.arg(business), `h.tasks <> ''`}}
}

func (l *assetList) assigned(subject prokura.ID) branch {
	return branch{from: `assignment g`, key: `g.asset`, kind: `g.kind`, twice: true, where: []string{`g.subject = ` + l.arg(subject), `g.tasks <> ''`}}
}

// only narrows a branch by a condition on its own table.
func (b branch) only(condition string) branch {
	b.where = append(slices.Clip(b.where), condition)
	return b
}

// and narrows a branch by a condition on asset a.
func (b branch) and(condition string) branch {
	if b.joined {
		return b.only(condition)
	}
	b.about = append(slices.Clip(b.about), condition)
	return b
}

func (b branch) ownedBy(business string) branch {
	if b.owner == `` {
		return b.and(`a.business = ` + business)
	}
	return b.only(b.owner + ` = ` + business)
}

// extent gives the branches in which everything lies that is in an extent and
// on the query's list.
func (l *assetList) extent(e prokura.Extent) []branch {
	q := l.query
	var out []branch
	switch {
	case e.Limited:
		if len(e.Chosen) > 0 && len(e.Full)+len(e.Part) > 0 {
			out = append(out, l.chosen(e))
		}
	case q.Owner != 0 && slices.Contains(e.Full, q.Owner):
		return []branch{l.owned(q.Owner)}
	case q.Client != 0 && slices.Contains(e.Full, q.Client):
		return []branch{l.shared(q.Client)}
	case q.Client != 0 && len(e.Full) > 0:
		out = append(out, l.shared(q.Client).and(l.had(e.Full, ``)))
	case q.Client == 0:
		for i, b := range e.Full {
			if q.Owner == 0 {
				out = append(out, l.owned(b))
			}
			h := l.shared(b)
			if l.apart {
				h = h.only(`NOT ` + l.in(`h.owner`, e.Full))
			}
			if l.apart && i > 0 {
				h = h.only(`NOT ` + l.shares(`h.asset`, e.Full[:i], ``))
			}
			out = append(out, h)
		}
	}
	if !e.Limited && len(e.Part) > 0 {
		g := l.assigned(e.Subject).and(l.had(e.Part, l.overlap()))
		if l.apart && len(e.Full) > 0 {
			g = g.and(`NOT ` + l.had(e.Full, ``))
		}
		out = append(out, g)
	}
	for i := range out {
		if q.Owner != 0 {
			out[i] = out[i].ownedBy(l.arg(q.Owner))
		}
		if q.Client != 0 {
			out[i] = out[i].and(l.shares(`a.id`, []prokura.ID{q.Client}, ``))
		}
	}
	return out
}

// chosen is the branch of chosen assets, as far as they lie in the rest of the
// extent.
func (l *assetList) chosen(e prokura.Extent) branch {
	b := branch{from: `asset a`, joined: true, key: `a.id`, kind: `a.kind`, owner: `a.business`, name: `a.name`, where: []string{l.in(`a.id`, e.Chosen)}}
	var ways []string
	if len(e.Full) > 0 {
		agreed := ``
		if e.Agreed != nil {
			agreed = l.either(e.Agreed, `s.tasks`)
		}
		ways = append(ways, l.had(e.Full, agreed))
	}
	if len(e.Part) > 0 {
		ways = append(ways, there(`assignment g`, `g.asset = a.id AND g.subject = `+l.arg(e.Subject)+` AND g.tasks <> '' AND `+l.had(e.Part, l.overlap())))
	}
	return b.and(`(` + strings.Join(ways, ` OR `) + `)`)
}

// had is true where one of the businesses owns asset a, or has it by a share s
// that fulfils the condition.
func (l *assetList) had(businesses []prokura.ID, condition string) string {
	return `(` + l.in(`a.business`, businesses) + ` OR ` + l.shares(`a.id`, businesses, condition) + `)`
}

// shares is true where one of the businesses has the asset by a share s that
// fulfils the condition.
func (l *assetList) shares(asset string, businesses []prokura.ID, condition string) string {
	if condition != `` {
		condition = ` AND ` + condition
	}
	return there(`share s`, `s.asset = `+asset+` AND s.tasks <> '' AND `+l.in(`s.business`, businesses)+condition)
}

// there is true where a row is. PostgreSQL makes a join or a hash of the whole
// table out of EXISTS, as if no page had an end; this it looks up row by row.
func there(from, where string) string {
	return `(SELECT 1 FROM ` + from + ` WHERE ` + where + ` LIMIT 1) IS NOT NULL`
}

// overlap is true where assignment g and share s have a task in common. Tasks
// that the catalog no longer has do not count.
func (l *assetList) overlap() string {
	var list []prokura.Task
	for _, k := range l.store.catalog.Kinds {
		for _, task := range k.Tasks {
			if (l.query.Kind == "" || l.query.Kind == k.Kind) && !slices.Contains(list, task.Task) {
				list = append(list, task.Task)
			}
		}
	}
	return l.either(list, `g.tasks`, `s.tasks`)
}

// either is true where all of the columns hold one of the tasks.
func (l *assetList) either(list []prokura.Task, columns ...string) string {
	ways := []string{`1 = 0`}
	for _, task := range list {
		pattern := l.arg(contains("," + string(task) + ","))
		way := make([]string, len(columns))
		for i, c := range columns {
			way[i] = `',' || ` + c + ` || ',' LIKE ` + pattern + ` ESCAPE '\'`
		}
		ways = append(ways, strings.Join(way, ` AND `))
	}
	return `(` + strings.Join(ways, ` OR `) + `)`
}

// in is true where the column is one of the ids, as many as there may be: they
// are one parameter, an object with the ids as its names, which both databases
// take apart by the same function.
func (l *assetList) in(column string, list []prokura.ID) string {
	if len(list) == 1 {
		return column + ` = ` + l.arg(list[0])
	}
	return column + ` IN (SELECT CAST(j.key AS BIGINT) FROM json_each(` + l.arg(idObject(list)) + `) j)`
}

// most is how many branches go into one UNION; SQLite takes 500.
const most = 100

// merged puts the ids of the branches' pages together, or with a limit of 0 all
// of their ids.
func (l *assetList) merged(union string, branches []branch) string {
	texts := make([]string, len(branches))
	for i, b := range branches {
		texts[i] = l.text(b)
	}
	columns := `u.id`
	if l.query.ByName {
		columns += `, u.name`
	}
	for len(texts) > 1 {
		var next []string
		for group := range slices.Chunk(texts, most) {
			text := `SELECT ` + columns + ` FROM (SELECT ` + columns + ` FROM (` + strings.Join(group, `) u`+union+`SELECT `+columns+` FROM (`) + `) u) u`
			next = append(next, text+l.end(`u.name`, `u.id`))
		}
		texts = next
	}
	return texts[0]
}

// text reads one branch as far as the page needs it.
func (l *assetList) text(b branch) string {
	q := l.query
	switch {
	case q.Search == "":
	case b.name != "":
		b = b.only(l.matching(b.name, b.key))
	default:
		b = b.and(l.matching(`a.name`, b.key))
	}
	from, where, name := b.from, slices.Clip(b.where), `lower(`+cmp.Or(b.name, `a.name`)+`)`
	switch {
	case b.joined:
	case q.ByName && b.name == "" || q.Limit == 0 && len(b.about) > 0:
		from += ` JOIN asset a ON a.id = ` + b.key
		where = append(where, b.about...)
	case len(b.about) > 0:
		// A page looks its assets up one by one. A join might begin to merge both
		// tables at their first row.
		where = append(where, there(`asset a`, `a.id = `+b.key+` AND `+strings.Join(b.about, ` AND `)))
	}
	if q.Kind != "" {
		where = append(where, b.kind+` = `+l.arg(string(q.Kind)))
	}
	sign := ` > `
	if q.Backward {
		sign = ` < `
	}
	switch {
	case q.After == 0:
	case q.ByName:
		after := l.arg(q.After)
		from := `(SELECT lower(x.name) FROM asset x WHERE x.id = ` + after + `)`
		// Said twice: SQLite finds the place in an index of lower(name) by the first.
		where = append(where, name+strings.TrimSpace(sign)+`= `+from, `(`+name+`, `+b.key+`)`+sign+`(`+from+`, `+after+`)`)
	default:
		where = append(where, b.key+sign+l.arg(q.After))
	}
	columns := b.key + ` AS id`
	if q.ByName {
		columns += `, ` + name + ` AS name`
	}
	if b.twice {
		columns = `DISTINCT ` + columns
	}
	return `SELECT ` + columns + ` FROM ` + from + ` WHERE ` + strings.Join(where, ` AND `) + l.end(name, b.key)
}

// matching is true where a name holds the text that is searched for, in any
// case, or an id does.
func (l *assetList) matching(name, id string) string {
	search := l.query.Search
	pattern := l.arg(contains(search))
	text := `lower(` + name + `) LIKE lower(` + pattern + `) ESCAPE '\'`
	if _, err := strconv.ParseUint(search, 10, 64); err != nil {
		return text
	}
	return `(` + text + ` OR CAST(` + id + ` AS TEXT) LIKE ` + pattern + ` ESCAPE '\')`
}

// end orders and cuts. The limit is part of the text: PostgreSQL plans a page of
// 25 otherwise than a tenth of the table, which it takes a parameter for.
func (l *assetList) end(name, id string) string {
	q := l.query
	if q.Limit == 0 {
		return ``
	}
	direction := ``
	if q.Backward {
		direction = ` DESC`
	}
	if q.ByName {
		id = name + direction + `, ` + id
	}
	return ` ORDER BY ` + id + direction + ` LIMIT ` + strconv.Itoa(q.Limit)
}

// page is the text that reads a page of the branches. The join is written as
// CROSS JOIN because SQLite keeps that order: the page first, then its assets.
func (l *assetList) page(columns string, branches []branch) string {
	order := `a.id`
	if l.query.ByName {
		order = `lower(a.name), a.id`
	}
	return `SELECT ` + columns + ` FROM (` + l.merged(` UNION `, branches) + `) p CROSS JOIN asset a WHERE a.id = p.id ORDER BY ` + order
}

func listed[T any](l *assetList, what, columns string, scan func(scanner) (T, error), branches ...branch) ([]T, error) {
	if len(branches) == 0 || l.query.Limit <= 0 {
		return []T{}, nil
	}
	return all(l.view, what, scan, l.page(columns, branches), l.args...)
}
