package kit

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// A Page is one of the rooms' page structs. What a page shows is in its exported
// fields; which template draws it is fixed by its type. It embeds Base.
type Page interface {
	// TemplateName names the room and the file under its page/, without the
	// ending: "apps/roles".
	TemplateName() string
	base() *Base
}

// popupPage is a page that may stand in the window an app opened. There its
// answer carries no Cross-Origin-Opener-Policy, because that would cut the
// window off from the app's page, and its forms may end in a redirect to what
// forms allows.
type popupPage interface {
	Page
	Window() (forms string, popup bool)
}

// Renderer draws pages. It is safe for concurrent use.
type Renderer struct {
	words  []*Words
	sets   map[string]map[string]pageTemplate // by language, by name
	static *Static
}

// pageTemplate parses a page's template when it is first drawn: parsing all of
// them would be most of what a start takes.
type pageTemplate func() (*template.Template, error)

// NewRenderer finds the pages of the rooms, and those that they share, in every
// language. Whether each template parses, and names only icons, words and static
// files that exist, is tested.
func NewRenderer(languages []Language, rooms []Room) (*Renderer, error) {
	static, err := NewStatic()
	if err != nil {
		return nil, err
	}
	rooms = append([]Room{Shared}, rooms...)
	r := &Renderer{sets: make(map[string]map[string]pageTemplate, len(languages)), static: static}
	for _, l := range languages {
		w, err := wordsOf(l, rooms)
		if err != nil {
			return nil, err
		}
		set := map[string]pageTemplate{}
		for _, room := range rooms {
			if err := findPages(set, room, w, static); err != nil {
				return nil, fmt.Errorf("find pages of %s in %s: %w", room.Name, l.Lang, err)
			}
		}
		r.words, r.sets[l.Lang] = append(r.words, w), set
	}
	return r, nil
}

// findPages makes a template of each page/*.html of a room, with the layouts and
// parts of page/part/*.html: its own and those that all rooms share.
func findPages(set map[string]pageTemplate, room Room, w *Words, static *Static) error {
	parts, err := fs.Glob(room.Pages, "page/part/*.html")
	if err != nil {
		return err
	}
	shared := sync.OnceValues(func() (*template.Template, error) {
		t, err := template.New("shared").Funcs(pageFuncs(w, static)).ParseFS(Shared.Pages, "page/part/*.html")
		if err != nil || len(parts) == 0 || room.Name == Shared.Name {
			return t, err
		}
		return t.ParseFS(room.Pages, parts...)
	})
	names, err := fs.Glob(room.Pages, "page/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		file := path.Base(name)
		set[room.Name+"/"+strings.TrimSuffix(file, ".html")] = sync.OnceValues(func() (*template.Template, error) {
			t, err := shared()
			if err != nil {
				return nil, err
			}
			if t, err = t.Clone(); err != nil {
				return nil, err
			}
			if t, err = t.ParseFS(room.Pages, name); err != nil {
				return nil, err
			}
			return t.Lookup(file), nil
		})
	}
	return nil
}

// Render answers with the page. It draws into memory first, so that a fault
// becomes an error for the caller to answer, never half a page; nothing has
// been written to w when it returns an error.
func (r *Renderer) Render(w http.ResponseWriter, status int, p Page) error {
	b := p.base()
	if b.Words == nil {
		b.Words = r.words[0]
	}
	parse := r.sets[b.Words.Lang][p.TemplateName()]
	if parse == nil {
		return fmt.Errorf("render page: no template %q", p.TemplateName())
	}
	t, err := parse()
	if err != nil {
		return fmt.Errorf("parse page %s: %w", p.TemplateName(), err)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, p); err != nil {
		return fmt.Errorf("render page %s: %w", p.TemplateName(), err)
	}
	origin, popup := "", false
	if pp, ok := p.(popupPage); ok {
		origin, popup = pp.Window()
	}
	setPageHeaders(w.Header(), origin, popup)
	w.Header().Set("Content-Language", b.Words.Lang)
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w) // fails only when the reader has gone; there is nobody left to answer
	return nil
}

// setPageHeaders sets what every page of ours carries (T08, T61).
//
// forms are the sources that form-action allows beside this server: Chromium
// applies it to the redirects that follow a form, so the dialog's last answer
// could not reach the app without them. Empty keeps forms on this server.
//
// Referrer-Policy is same-origin: no address of ours ever leaves for another
// site, as with no-referrer, but browsers keep sending a real Origin header
// with our own forms. Under no-referrer they send "Origin: null", which
// http.CrossOriginProtection must refuse wherever Sec-Fetch-Site is missing,
// as it is on plain HTTP off the loopback interface.
func setPageHeaders(h http.Header, forms string, popup bool) {
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'"
	if forms != "" {
		csp += " " + forms
	}
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !popup {
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
}
