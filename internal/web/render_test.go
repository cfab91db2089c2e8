package web

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// element is one start tag of a page.
type element struct {
	name string
	attr map[string]string
	in   []string // the names of the elements around it, outermost first
	text string   // directly inside it
}

// parse reads a page as the templates write it: every element closed, but for
// the void ones. It fails the test on anything that does not nest.
func parse(t *testing.T, html string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all, open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("page does not nest: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			for _, o := range open {
				e.in = append(e.in, o.name)
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		}
	}
}

// renderer parses the templates once for all tests.
var renderer = sync.OnceValues(NewRenderer)

func render(t *testing.T, p Page) (string, *httptest.ResponseRecorder) {
	t.Helper()
	r, err := renderer()
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if err := r.Render(rec, 200, p); err != nil {
		t.Fatal(err)
	}
	return rec.Body.String(), rec
}

// TestEveryPage draws every sample and checks what must hold on every page:
// language, one heading, landmarks, labels, unique ids, no inline script or
// style (T61), the session's token in every form that posts (T10). With
// -artifacts the pages are kept, for screenshots.
func TestEveryPage(t *testing.T) {
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.ArtifactDir()
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			if err := r.Render(rec, 200, s.page); err != nil {
				t.Fatal(err)
			}
			page := rec.Body.String()
			if err := os.WriteFile(filepath.Join(dir, s.name+".html"), rec.Body.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"ZgotmplZ", "<no value>", "javascript:", "%!"} {
				if strings.Contains(page, bad) {
					t.Errorf("page holds %q", bad)
				}
			}
			checkPage(t, parse(t, page))
		})
	}
}

func checkPage(t *testing.T, all []*element) {
	t.Helper()
	ids, labelled, count := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, e := range all {
		count[e.name]++
		if id := e.attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q twice", id)
			}
			ids[id] = true
		}
		if e.name == "label" {
			labelled[e.attr["for"]] = true
		}
	}
	for _, name := range []string{"html", "title", "h1", "main"} {
		if count[name] != 1 {
			t.Errorf("%d × <%s>, want 1", count[name], name)
		}
	}
	heading, form := 1, (*element)(nil)
	tokens := map[*element]bool{}
	for _, e := range all {
		switch e.name {
		case "html":
			if e.attr["lang"] != "en" {
				t.Errorf("lang is %q", e.attr["lang"])
			}
		case "h1", "h2", "h3":
			level := int(e.name[1] - '0')
			if level > heading+1 {
				t.Errorf("<%s> after <h%d>", e.name, heading)
			}
			heading = level
		case "script":
			if e.attr["src"] == "" || strings.TrimSpace(e.text) != "" {
				t.Error("inline script")
			}
		case "style":
			t.Error("inline style element")
		case "form":
			form = e
			if e.attr["method"] == "post" {
				tokens[form] = false
			}
		case "input", "textarea", "select":
			if e.attr["name"] == "csrf" {
				tokens[form] = true
			}
			if e.attr["type"] == "hidden" {
				continue
			}
			if !labelled[e.attr["id"]] && !inside(e, "label") && e.attr["aria-label"] == "" && e.attr["aria-hidden"] == "" {
				t.Errorf("<%s name=%q> without a label", e.name, e.attr["name"])
			}
		case "img":
			if _, ok := e.attr["alt"]; !ok {
				t.Error("img without alt")
			}
		case "a":
			if e.attr["target"] == "_blank" && !strings.Contains(e.attr["rel"], "noopener") {
				t.Errorf("link to %s opens a window that can reach back", e.attr["href"])
			}
		}
		for name, value := range e.attr {
			if name == "style" || strings.HasPrefix(name, "on") {
				t.Errorf("<%s> has an inline %s", e.name, name)
			}
			if name == "aria-labelledby" || name == "aria-describedby" {
				for id := range strings.FieldsSeq(value) {
					if !ids[id] {
						t.Errorf("%s names %q, which is not there", name, id)
					}
				}
			}
		}
	}
	for form, has := range tokens {
		if !has {
			t.Errorf("form to %s without csrf", form.attr["action"])
		}
	}
}

func inside(e *element, name string) bool {
	for _, in := range e.in {
		if in == name {
			return true
		}
	}
	return false
}

// TestSamplesCoverEveryTemplate: a page without a sample would not be checked.
func TestSamplesCoverEveryTemplate(t *testing.T) {
	r, err := NewRenderer()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range samples() {
		seen[s.page.TemplateName()] = true
	}
	for name := range r.sets["en"] {
		if !seen[name] {
			t.Errorf("no sample of page %s", name)
		}
	}
}

// TestPageHeaders checks T08 and T61 on a console page and in the dialog.
func TestPageHeaders(t *testing.T) {
	tests := []struct {
		name   string
		page   Page
		form   string
		opener string
	}{
		{"console", &BusinessesPage{Base: base(ada)}, "form-action 'self'", "same-origin"},
		{"dialog", &PasswordPage{Base: base(ada), Dialog: dialog("account")}, "form-action 'self' https:", ""},
		{"login by itself", &LoginPage{}, "form-action 'self'", "same-origin"},
		{"dialog error", &DialogErrorPage{Reason: "app_unknown"}, "form-action 'self'", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, rec := render(t, tt.page)
			csp := rec.Header().Get("Content-Security-Policy")
			if !strings.HasSuffix(csp, tt.form) {
				t.Errorf("CSP is %q, want it to end in %q", csp, tt.form)
			}
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} {
				if !strings.Contains(csp, want) {
					t.Errorf("CSP lacks %s", want)
				}
			}
			if strings.Contains(csp, "unsafe") {
				t.Errorf("CSP allows something unsafe: %s", csp)
			}
			for name, want := range map[string]string{
				"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
				"Cache-Control": "no-store", "Cross-Origin-Opener-Policy": tt.opener,
			} {
				if got := rec.Header().Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestNamesAreText puts markup and direction marks into every name that people
// choose: it must come out as text, isolated from the sentence (T11, T61).
func TestNamesAreText(t *testing.T) {
	evil := `<img src=x onerror=alert(1)>"'` + "\u202e"
	d := dialog("review")
	d.App.Name, d.App.Owner, d.App.PrivacyURL = evil, evil, "javascript:alert(1)"
	page, _ := render(t, &ReviewPage{
		Base: Base{Person: &PersonView{Name: evil, Email: evil}}, Dialog: d, Business: &BusinessView{Name: evil},
		Groups: powers, Assets: []AssetKindView{{Kind: "page", Title: "Pages", Assets: []AssetView{{Name: evil}}}},
	})
	if strings.Contains(page, "<img src=x") || strings.Contains(page, `href="javascript:`) {
		t.Error("a name became markup")
	}
	if !strings.Contains(page, "<li><bdi>&lt;img") {
		t.Error("an asset's name is not isolated")
	}
}

// TestReviewShowsEverything: every permission and asset of the snapshot stands
// on the review page by name, with its risk (R-LOGIN-08, T11).
func TestReviewShowsEverything(t *testing.T) {
	page, _ := render(t, &ReviewPage{Base: base(ada), Dialog: dialog("review"), Business: &nordwind, Groups: powers, Assets: given, Lifetime: "never"})
	var want []string
	for _, g := range powers {
		for _, p := range g.Permissions {
			want = append(want, p.Title, p.Does)
		}
	}
	for _, k := range given {
		for _, a := range k.Assets {
			want = append(want, a.Name)
		}
	}
	want = append(want, "Can spend money", "Can change who has access", "Brightline Ads", "app.brightline.example",
		"https://brightline.example/privacy", "Nordwind Outdoor", "Ada Lindqvist", "Connected apps")
	for _, w := range want {
		if !strings.Contains(page, template.HTMLEscapeString(w)) {
			t.Errorf("the review does not show %q", w)
		}
	}
	if n := strings.Count(page, `type="checkbox"`); n != 0 {
		t.Errorf("a configuration is all or nothing, but there are %d checkboxes", n)
	}
}
