// Package kittest draws the pages of a room for its tests, with data like that of
// the demo world, and checks what must hold on every page. It serves nothing.
package kittest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"maps"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// Element is one start tag of a page.
type Element struct {
	Name string
	Attr map[string]string
	In   []string // the names of the elements around it, outermost first
	Text string   // directly inside it
}

// Parse reads a page as the templates write it: every element closed, but for
// the void ones. It fails the test on anything that does not nest.
func Parse(t *testing.T, html string) []*Element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all, open []*Element
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
			e := &Element{Name: token.Name.Local, Attr: map[string]string{}}
			for _, a := range token.Attr {
				e.Attr[a.Name.Local] = a.Value
			}
			for _, o := range open {
				e.In = append(e.In, o.Name)
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(token)
			}
		}
	}
}

// Draw draws a page of the rooms.
func Draw(t *testing.T, p kit.Page, rooms ...kit.Room) (string, *httptest.ResponseRecorder) {
	t.Helper()
	r, err := kit.NewRenderer([]kit.Language{kit.English}, rooms)
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	if err := r.Render(rec, 200, p); err != nil {
		t.Fatal(err)
	}
	return rec.Body.String(), rec
}

var (
	unfilled  = regexp.MustCompile(`\{[a-z]+\}`)
	forScript = regexp.MustCompile(`data-(single|other|count)="[^"]*"|(?s)<pre.*?</pre>`)
)

// EveryPage draws every sample of a room and checks what must hold on every page:
// language, one heading, landmarks, labels, unique ids, no inline script or style
// (T61), the session's token in every form that posts (T10), no text with a value
// left out. A template without a sample would not be checked, so there is none.
// With -artifacts the pages are kept.
func EveryPage(t *testing.T, room kit.Room, samples ...map[string]kit.Page) {
	rooms := []kit.Room{room}
	if room.Name == kit.Shared.Name {
		rooms = nil // it is there anyway
	}
	r, err := kit.NewRenderer([]kit.Language{kit.English}, rooms)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]kit.Page{}
	for _, some := range samples {
		maps.Copy(all, some)
	}
	dir := t.ArtifactDir()
	drawn := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		drawn[all[name].TemplateName()] = true
		shadows(t, all[name])
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			if err := r.Render(rec, 200, all[name]); err != nil {
				t.Fatal(err)
			}
			page := rec.Body.String()
			if err := os.WriteFile(filepath.Join(dir, name+".html"), rec.Body.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"ZgotmplZ", "<no value>", "javascript:", "%!", "&lt;time"} {
				if strings.Contains(page, bad) {
					t.Errorf("page holds %q", bad)
				}
			}
			if value := unfilled.FindString(forScript.ReplaceAllString(page, "")); value != "" {
				t.Errorf("page shows %s", value)
			}
			CheckPage(t, Parse(t, page))
		})
	}
	templates, err := fs.Glob(room.Pages, "page/*.html")
	if err != nil || len(templates) == 0 {
		t.Fatalf("%d templates: %v", len(templates), err)
	}
	for _, file := range templates {
		if name := room.Name + "/" + strings.TrimSuffix(path.Base(file), ".html"); !drawn[name] {
			t.Errorf("no sample of page %s", name)
		}
	}
}

// shadows fails for a page with a field of its own that hides one of every page's:
// the frame around the page would show the one for the other.
func shadows(t *testing.T, page kit.Page) {
	t.Helper()
	own, base := reflect.TypeOf(page).Elem(), reflect.TypeFor[kit.Base]()
	for i := range own.NumField() {
		if name := own.Field(i).Name; !own.Field(i).Anonymous {
			if _, hidden := base.FieldByName(name); hidden {
				t.Errorf("%s.%s hides Base.%s", own.Name(), name, name)
			}
		}
	}
}

// CheckPage checks what must hold on every page, whatever it is about.
func CheckPage(t *testing.T, all []*Element) {
	t.Helper()
	ids, labelled, count := map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, e := range all {
		count[e.Name]++
		if id := e.Attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q twice", id)
			}
			ids[id] = true
		}
		if e.Name == "label" {
			labelled[e.Attr["for"]] = true
		}
	}
	for _, name := range []string{"html", "title", "h1", "main"} {
		if count[name] != 1 {
			t.Errorf("%d × <%s>, want 1", count[name], name)
		}
	}
	heading, form := 1, (*Element)(nil)
	tokens := map[*Element]bool{}
	for _, e := range all {
		switch e.Name {
		case "html":
			if e.Attr["lang"] != "en" {
				t.Errorf("lang is %q", e.Attr["lang"])
			}
		case "h1", "h2", "h3":
			level := int(e.Name[1] - '0')
			if level > heading+1 {
				t.Errorf("<%s> after <h%d>", e.Name, heading)
			}
			heading = level
		case "script":
			if e.Attr["src"] == "" || strings.TrimSpace(e.Text) != "" {
				t.Error("inline script")
			}
		case "style":
			t.Error("inline style element")
		case "form":
			form = e
			if e.Attr["method"] == "post" {
				tokens[form] = false
			}
		case "input", "textarea", "select":
			if e.Attr["name"] == "csrf" {
				tokens[form] = true
			}
			if e.Attr["type"] == "hidden" {
				continue
			}
			if !labelled[e.Attr["id"]] && !inside(e, "label") && e.Attr["aria-label"] == "" && e.Attr["aria-hidden"] == "" {
				t.Errorf("<%s name=%q> without a label", e.Name, e.Attr["name"])
			}
		case "img":
			if _, ok := e.Attr["alt"]; !ok {
				t.Error("img without alt")
			}
		case "a":
			if e.Attr["target"] == "_blank" && !strings.Contains(e.Attr["rel"], "noopener") {
				t.Errorf("link to %s opens a window that can reach back", e.Attr["href"])
			}
		}
		for name, value := range e.Attr {
			if name == "style" || strings.HasPrefix(name, "on") {
				t.Errorf("<%s> has an inline %s", e.Name, name)
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
			t.Errorf("form to %s without csrf", form.Attr["action"])
		}
	}
}

func inside(e *Element, name string) bool {
	for _, in := range e.In {
		if in == name {
			return true
		}
	}
	return false
}

var (
	Day      = time.Date(2026, 3, 12, 14, 5, 0, 0, time.UTC)
	Ada      = &kit.PersonView{ID: "100000000000001", Name: "Ada Lindqvist", Email: "ada@nordwind.example"}
	Tess     = &kit.PersonView{ID: "100000000000003", Name: "Tess Moreau", Email: "tess@brightline.example"}
	Nordwind = kit.BusinessView{ID: "100000000000202", Name: "Nordwind Outdoor", Verified: true}
	Campaign = kit.AppView{ID: "100000000000101", Name: "Brightline Campaigns", Owner: "Brightline Ads", Verified: true,
		PrivacyURL: "https://brightline.example/privacy", Live: true}
	Moved = kit.AppView{ID: "100000000000101", Name: "Brightline Campaigns", Owner: "Cobalt Media", Live: true,
		Moved: Day.AddDate(0, 1, 0), FormerOwner: "Brightline Ads"}
	Trailmates = kit.AppView{ID: "100000000000103", Name: "Trailmates", Owner: "Theo Brandt", PrivacyURL: "https://trailmates.example/privacy", Live: true}

	Powers = []kit.PermissionGroup{
		{Title: "Advertising", Permissions: []kit.PermissionView{
			{Name: "ads_management", Title: "Manage ads", Does: "Create, change, pause and delete campaigns, and spend from the ad accounts.", Risk: prokura.RiskMoney},
			{Name: "ads_read", Title: "Read ad reports", Does: "See how ads perform and what they cost."},
		}},
		{Title: "Business", Permissions: []kit.PermissionView{
			{Name: "business_management", Title: "Manage the business", Does: "See the business's assets and change who works on them.", Risk: prokura.RiskPeople},
			{Name: "catalog_management", Title: "Manage catalogs", Does: "Create, change and delete products."},
		}},
		{Title: "Pages", Permissions: []kit.PermissionView{
			{Name: "pages_show_list", Title: "See your pages", Does: "See which pages there are."},
			{Name: "pages_read_engagement", Title: "Read page activity", Does: "Read posts, followers and figures of the pages."},
		}},
	}
	Given = []kit.AssetKindView{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: []string{"manage the account", "run campaigns", "see reports"},
			Assets: []kit.AssetView{{ID: "100000000000301", Name: "Nordwind EU"}, {ID: "100000000000302", Name: "Nordwind US"}}},
		{Kind: "page", Title: "Pages", Tasks: []string{"run ads", "see reports"},
			Paging: kit.Paging{Page: 2, Pages: 50, Matching: 5000}, Earlier: "?page.page=1#on-page", Later: "?page.page=3#on-page",
			Assets: []kit.AssetView{{ID: "100000000000311", Name: "Nordwind Outdoor"}, {ID: "100000000000312", Name: "Nordwind Repairs"}}},
		{Kind: "catalog", Title: "Catalogs", Tasks: []string{"manage products"}, Assets: []kit.AssetView{{ID: "100000000000321", Name: "Winter 2026"}}},
	}
	Optional = []kit.PermissionGroup{
		{Title: "Your account", Permissions: []kit.PermissionView{
			{Name: "public_profile", Title: "Your name", Does: "See your name and profile picture."},
			{Name: "email", Title: "Your e-mail address", Does: "See the address you log in with.", Optional: true, Checked: true},
		}},
		{Title: "Pages", Permissions: []kit.PermissionView{
			{Name: "pages_manage_posts", Title: "Publish on pages", Does: "Write, change and delete posts.", Optional: true, Risk: prokura.RiskSpeak},
		}},
	}
)

// Base is what a page of a person shows; nil: of nobody.
func Base(p *kit.PersonView) kit.Base {
	return kit.Base{CSRF: "c5r1f", Person: p, Controls: []string{Nordwind.ID}}
}

// Dialog is the frame of a login that is at a step; "": it is over.
func Dialog(here string) *kit.Dialog {
	d := &kit.Dialog{LoginID: "2718281828459045", App: Campaign, Origin: "https://app.brightline.example/", RedirectHost: "app.brightline.example",
		Forms: "https:"}
	done := true
	for _, key := range []string{"account", "business", "assets", "review"} {
		if key == here {
			done = false
		}
		d.Steps = append(d.Steps, kit.StepView{Key: key, Done: done, Here: key == here})
	}
	return d
}

// Picture has more than one colour.
func Picture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.NRGBA{R: uint8(x), G: uint8(y), B: 200, A: 255})
		}
	}
	return m
}

// PNG is a Picture as a file.
func PNG(w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, Picture(w, h)); err != nil {
		panic(err)
	}
	return b.Bytes()
}
