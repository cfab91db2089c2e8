package wire

import (
	"net/url"
	"slices"
	"sort"
	"strconv"

	"github.com/prokura/prokura"
)

// Page is the part of a list that a call asks for. Lists ascend by id.
type Page struct {
	Limit    int        // 0 to 100
	From     prokura.ID // the page starts behind this id, or ends before it; 0: at the first item
	Backward bool       // the last Limit items before From, still in ascending order
	Summary  bool       // List.Total is wanted
}

// limit reads limit: 25 when absent. Whatever is asked for, a page has at most
// 100: clients ask for thousands, and go on to the next page.
func (c *Call) limit() (int, error) {
	n, err := c.Params.Int("limit", defaultPage)
	if err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, invalid("limit", "The limit must not be negative.")
	}
	return int(min(n, pageCap)), nil
}

// Page reads limit, after, before and summary. A cursor of another list or
// caller is [prokura.InvalidParameter].
func (c *Call) Page() (Page, error) {
	limit, err := c.limit()
	if err != nil {
		return Page{}, err
	}
	page := Page{Limit: limit, Summary: c.Params.Summary()}
	name, cursor := "after", c.Params.Text("after")
	if before := c.Params.Text("before"); before != "" {
		if cursor != "" {
			return Page{}, invalid("before", "A page starts after one cursor or ends before one, not both.")
		}
		name, cursor, page.Backward = "before", before, true
	}
	if n, err := c.Params.Int("offset", 0); err != nil || n != 0 {
		// Ignoring it would send a client in circles.
		return Page{}, invalid("offset", "This list is paged by cursors.")
	}
	if cursor == "" {
		return page, nil
	}
	key, err := c.handler.Cursors.Open(c.route(), c.Owner, cursor)
	if err == nil && len(key) == 1 {
		page.From, err = prokura.ParseID(key[0])
	}
	if err != nil || page.From == 0 {
		return Page{}, invalid(name, "The cursor does not belong to this list and caller.")
	}
	return page, nil
}

// route names the list for cursors, whatever alias the path used.
func (c *Call) route() string { return c.ID.String() + "/" + c.Edge }

// List is one page of items.
type List[T any] struct {
	Items []T                // ascending
	More  bool               // others follow in the page's direction
	Total int                // of the whole list; negative when unknown
	ID    func(T) prokura.ID // what the list ascends by; nil for lists that have one page
}

// Cut takes a page out of a whole list.
func Cut[T any](page Page, all []T, id func(T) prokura.ID) List[T] {
	list := List[T]{Total: len(all), ID: id}
	if page.Backward {
		to := sort.Search(len(all), func(i int) bool { return id(all[i]) >= page.From })
		from := max(0, to-page.Limit)
		list.Items, list.More = all[from:to], from > 0
		return list
	}
	from := sort.Search(len(all), func(i int) bool { return id(all[i]) > page.From })
	to := min(len(all), from+page.Limit)
	list.Items, list.More = all[from:to], to < len(all)
	return list
}

// PutList writes {"data":[…],"paging":{…},"summary":{…}}. Where nothing is
// left there are no cursors, which is how clients that follow cursors blindly
// learn to stop; next and previous are absent, never empty, at the ends.
func PutList[T any](c *Call, w *Writer, page Page, list List[T], put func(*Call, *Writer, T) error) error {
	w.Open('{')
	w.Key("data").Open('[')
	for _, v := range list.Items {
		if err := put(c, w, v); err != nil {
			return err
		}
	}
	w.Close(']')
	if n := len(list.Items); n > 0 && list.ID != nil {
		seal := func(v T) string {
			return c.handler.Cursors.Seal(c.route(), c.Owner, []string{list.ID(v).String()})
		}
		before, after := seal(list.Items[0]), seal(list.Items[n-1])
		w.Key("paging").Open('{')
		w.Key("cursors").Open('{')
		w.Key("before").changing(before)
		w.Key("after").changing(after)
		w.Close('}')
		// Behind the page is what it came from, ahead is whatever there is more.
		next, previous := list.More, page.From != 0
		if page.Backward {
			next, previous = previous, next
		}
		if next {
			w.Key("next").changing(c.url("after", after))
		}
		if previous {
			w.Key("previous").changing(c.url("before", before))
		}
		w.Close('}')
	}
	if page.Summary && list.Total >= 0 {
		w.Key("summary").Open('{').Key("total_count").Int(int64(list.Total))
		w.Close('}')
	}
	w.Close('}')
	return nil
}

// notRepeated are parameters that an absolute URL of ours states itself or
// does not need.
var notRepeated = []string{
	"access_token", "appsecret_proof", "appsecret_time", "after", "before", "fields", "ids", "limit", "metadata", "pretty", "method",
}

// url is the absolute address of this call, for clients that follow it as it
// stands: with every parameter, with the token when it came in a URL or body,
// and without it when it came in a header, which those clients send again.
func (c *Call) url(cursor ...string) string {
	var q []byte
	add := func(name, value string) {
		if len(q) > 0 {
			q = append(q, '&')
		}
		q = append(append(append(q, url.QueryEscape(name)...), '='), url.QueryEscape(value)...)
	}
	if c.TokenFrom == TokenInQuery || c.TokenFrom == TokenInBody {
		add("access_token", c.Token.Reveal())
		if c.Proof != "" {
			add("appsecret_proof", c.Proof.Reveal())
		}
		if c.ProofTime != "" {
			add("appsecret_time", c.ProofTime)
		}
	}
	add("pretty", "0")
	if len(c.Fields) > 0 {
		add("fields", c.Fields.String())
	}
	for _, p := range c.Params.list {
		if !slices.Contains(notRepeated, p.name) {
			add(p.name, p.text)
		}
	}
	if len(cursor) > 0 {
		limit, _ := c.limit() // read before the list was made
		add("limit", strconv.Itoa(limit))
		add(cursor[0], cursor[1])
	}
	path := "/" + c.served()
	for _, word := range []string{c.Node, c.Edge} {
		if word != "" {
			path += "/" + url.PathEscape(word)
		}
	}
	return c.BaseURL() + path + "?" + string(q)
}
