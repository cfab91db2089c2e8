package test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// form sends a form of a page, as a browser without JavaScript does: with what
// the page has filled in, changed by the step's parameters. A parameter that is
// named replaces all fields of that name.
func (p *player) form(t *testing.T, s *step) bool {
	t.Helper()
	page, action, err := p.formPlaces(s)
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	shown := p.answers[s.shown]
	if s.shown == "" {
		get, err := http.NewRequest(http.MethodGet, page, nil)
		if err != nil {
			t.Errorf("%s: %v", s.title, err)
			return false
		}
		shown = p.send(t, &step{title: s.title + ", the page"}, get)
	}
	if shown == nil || shown.status != http.StatusOK {
		t.Errorf("%s: the page was not shown", s.title)
		return false
	}
	fields, kind, err := filledIn(shown.body, action)
	if s.forged && err != nil {
		fields, err = proofOf(shown.body)
	}
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	replaced := map[string]bool{}
	for _, line := range s.lines {
		line, err := p.expand(line)
		if err != nil {
			t.Errorf("%s: %v", s.title, err)
			return false
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Errorf("%s: no parameter: %s", s.title, line)
			return false
		}
		if !replaced[name] {
			replaced[name] = true
			fields.Del(name)
		}
		fields.Add(name, value)
	}
	body, kind, err := encodeForm(fields, kind)
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	post, err := http.NewRequest(http.MethodPost, p.base+action, bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	post.Header.Set("Content-Type", kind)
	a := p.send(t, s, post)
	if err := p.match(s.want, a); err != nil {
		t.Errorf("%s: %v\nanswered: %d %.2000s", s.title, err, a.status, secretPatterns.ReplaceAll(a.body, []byte("<secret>")))
		return false
	}
	return true
}

// formPlaces are the address of the page and the path that its form goes to.
func (p *player) formPlaces(s *step) (page, action string, err error) {
	if page, err = p.expand(s.words[1]); err == nil {
		action, err = p.expand(s.words[2])
	}
	return p.base + page, action, err
}

// filledIn reads what a form of a page would send, the fields without the buttons, and
// in which encoding.
func filledIn(page []byte, action string) (fields url.Values, kind string, err error) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, "", err
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "form" && attribute(n, "action") == action {
			return fieldsOf(n), attribute(n, "enctype"), nil
		}
	}
	return nil, "", fmt.Errorf("the page has no form for %s", action)
}

// proofOf is all that somebody can take for a form of their own from a page that does not
// have it: the proof that they have seen a page.
func proofOf(page []byte) (url.Values, error) {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "name") == "csrf" {
			return url.Values{"csrf": {attribute(n, "value")}}, nil
		}
	}
	return nil, fmt.Errorf("the page has no form at all")
}

func fieldsOf(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range form.Descendants() {
		name := attribute(n, "name")
		if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch n.Data {
		case "input":
			kind := attribute(n, "type")
			if (kind == "checkbox" || kind == "radio") && !has(n, "checked") || kind == "submit" || kind == "file" {
				continue
			}
			fields.Add(name, attribute(n, "value"))
		case "textarea":
			if n.FirstChild != nil {
				fields.Add(name, n.FirstChild.Data)
			}
		case "select":
			for option := range n.Descendants() {
				if option.Data == "option" && has(option, "selected") {
					fields.Add(name, valueOf(option))
				}
			}
		}
	}
	return fields
}

// valueOf is what an option of a list stands for: without a value, what it says.
func valueOf(option *html.Node) string {
	if has(option, "value") || option.FirstChild == nil {
		return attribute(option, "value")
	}
	return option.FirstChild.Data
}

// matchPage looks at elements of a page, one in each line by its id: "#id
// pattern" is what a field holds, or what the element says.
func (n *narrator) matchPage(want string, page []byte) error {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return err
	}
	for line := range strings.Lines(want) {
		id, pattern, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), " ")
		found := false
		for e := range root.Descendants() {
			if e.Type != html.ElementNode || attribute(e, "id") != id {
				continue
			}
			text := attribute(e, "value")
			for child := range e.Descendants() {
				if child.Type == html.TextNode {
					text += child.Data
				}
			}
			found = true
			if err := n.matchText(pattern, strings.Join(strings.Fields(text), " ")); err != nil {
				return fmt.Errorf("#%s: %w", id, err)
			}
		}
		if !found {
			return fmt.Errorf("the page has nothing with the id %s", id)
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
