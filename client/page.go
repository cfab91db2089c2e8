package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/url"
	"strings"
)

// Link is an address of the API, as paging has it. What is decoded into it is
// cleared of tokens and proofs, which servers put there.
type Link string

// UnmarshalJSON reads an address and clears it.
func (l *Link) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil {
		return fmt.Errorf("client: a link of paging is no address") // the address may hold a token
	}
	q := u.Query()
	for _, name := range []string{"access_token", "appsecret_proof", "appsecret_time"} {
		q.Del(name)
	}
	u.RawQuery, u.User, u.Fragment = q.Encode(), nil, ""
	*l = Link(u.String())
	return nil
}

// Page is a part of a list.
type Page[T any] struct {
	Data   []T `json:"data"`
	Paging struct {
		Cursors struct {
			Before string `json:"before"`
			After  string `json:"after"`
		} `json:"cursors"`
		Next     Link `json:"next"`
		Previous Link `json:"previous"`
	} `json:"paging"`
	Summary struct {
		Total json.Number `json:"total_count"`
	} `json:"summary"`
}

// Pages reads a list page by page, each when it is asked for. It ends with the
// first error.
func Pages[T any](ctx context.Context, as *Caller, path string, params ...Param) iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		call := Call{Path: path, Params: params}
		for {
			page, err := Do[Page[T]](ctx, as, call)
			if !yield(page, err) || err != nil || page.Paging.Next == "" || len(page.Data) == 0 {
				return
			}
			next, err := as.c.follow(page.Paging.Next)
			if err == nil && next.same(call) {
				err = fmt.Errorf("%s: the next page is the same one", call.name())
			}
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			call = next
		}
	}
}

// All reads a list item by item, over all its pages. It ends with the first
// error.
func All[T any](ctx context.Context, as *Caller, path string, params ...Param) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages[T](ctx, as, path, params...) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Data {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// follow is the call that a link of paging stands for: on the server that the
// client knows, whatever host it names, as the token goes there.
func (c *Client) follow(l Link) (Call, error) {
	u, err := url.Parse(string(l))
	if err != nil {
		return Call{}, fmt.Errorf("client: a link of paging is no address")
	}
	if origin := u.Scheme + "://" + u.Host; origin != c.config.Graph {
		return Call{}, fmt.Errorf("client: a link of paging leads to another server, %q", origin)
	}
	path := strings.Trim(u.Path, "/")
	if first, rest, ok := strings.Cut(path, "/"); ok && isVersion(first) {
		path = rest
	}
	call := Call{Path: path}
	for name, values := range u.Query() {
		for _, v := range values {
			call.Params = append(call.Params, Param{name, v})
		}
	}
	return call, call.check()
}

func isVersion(s string) bool {
	major, minor, ok := strings.Cut(strings.TrimPrefix(s, "v"), ".")
	return strings.HasPrefix(s, "v") && ok && major != "" && minor != "" && strings.Trim(major+minor, "0123456789") == ""
}

// same reports whether two calls ask for the same page.
func (c Call) same(other Call) bool {
	if c.Path != other.Path {
		return false
	}
	values := func(list []Param) string {
		q := url.Values{}
		for _, p := range list {
			q.Add(p.Name, p.Value)
		}
		return q.Encode()
	}
	return values(c.Params) == values(other.Params)
}
