package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// person is somebody of the demo with a browser, as far as pages without scripts
// need one: they open pages, fill in forms and send them.
type person struct {
	name, id string
	base     string
	http     *http.Client
}

// meet logs somebody in.
func meet(ctx context.Context, w worldOf, name, email string) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{name: name, id: w.id(strings.ToLower(name)), base: w.url, http: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	_, err = p.send(ctx, "/login", "email", map[string]string{"email": email, "password": demoPassword})
	return p, err
}

// open answers a page's parts, and where it leads if it is none.
func (p *person) open(ctx context.Context, address string) (page *html.Node, place string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", err
	}
	return p.do(r)
}

func (p *person) do(r *http.Request) (page *html.Node, place string, err error) {
	resp, err := p.http.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode >= 400 {
		return nil, "", fmt.Errorf("%s %s answers %s %s", p.name, r.URL.Path, resp.Status, strings.TrimSpace(string(body[:min(len(body), 200)])))
	}
	page, err = html.Parse(bytes.NewReader(body))
	return page, resp.Header.Get("Location"), err
}

// send opens a page and sends that of its forms which has a field, or without one
// leads to the page itself, filled in.
func (p *person) send(ctx context.Context, path, field string, values map[string]string) (place string, err error) {
	page, _, err := p.open(ctx, p.base+path)
	if err != nil {
		return "", err
	}
	for form := range named(page, "form") {
		fields := fieldsOf(form)
		if field != "" && !fields.Has(field) || field == "" && attribute(form, "action") != path {
			continue
		}
		for name, value := range values {
			fields.Set(name, value)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+attribute(form, "action"), strings.NewReader(fields.Encode()))
		if err != nil {
			return "", err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		_, place, err := p.do(r)
		if err == nil && place == "" {
			err = fmt.Errorf("the form on %s was not accepted", path)
		}
		return place, err
	}
	return "", fmt.Errorf("%s has no form with %q", path, field)
}

// allow is the login dialog, confirmed: one call answers its pages; it exists in
// worlds for development alone. The browser goes where the dialog leads then.
func (p *person) allow(ctx context.Context, w worldOf, link string, business, asset string) error {
	_, dialog, err := p.open(ctx, link)
	for err == nil && dialog != "" && !strings.HasPrefix(dialog, w.url+"/v") {
		_, dialog, err = p.open(ctx, dialog)
	}
	if err != nil {
		return err
	}
	u, err := url.Parse(dialog)
	if err != nil {
		return err
	}
	answers := map[string]any{"person": p.id, "business": business, "assets": []string{asset}}
	for name, values := range u.Query() {
		if name != "client_id" { // config_id says it
			answers[name] = values[0]
		}
	}
	text, err := development(ctx, w, "consent", answers)
	if err != nil {
		return err
	}
	var to struct {
		Place string `json:"redirect_to"`
	}
	if err := json.Unmarshal(text, &to); err != nil {
		return err
	}
	_, _, err = p.open(ctx, to.Place)
	return err
}

// development calls one of the paths that worlds for development have.
func development(ctx context.Context, w worldOf, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/_dev/"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, answer)
	}
	return answer, err
}

// named are the elements of a page with a name.
func named(page *html.Node, names ...string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for n := range page.Descendants() {
			for _, name := range names {
				if n.Type == html.ElementNode && n.Data == name && !yield(n) {
					return
				}
			}
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// fieldsOf is what a browser would send of a form: a button is for who presses it to
// add.
func fieldsOf(form *html.Node) url.Values {
	out := url.Values{}
	for n := range named(form, "input", "textarea", "select") {
		name := attribute(n, "name")
		kind := attribute(n, "type")
		switch {
		case name == "" || kind == "submit" || kind == "file":
		case n.Data == "textarea":
			var text strings.Builder
			for c := range n.ChildNodes() {
				text.WriteString(c.Data)
			}
			out.Set(name, text.String())
		case n.Data == "select":
			out.Set(name, "")
		case (kind == "checkbox" || kind == "radio") && !has(n, "checked"):
			if !out.Has(name) && kind == "radio" {
				out.Set(name, "")
			}
		default:
			out.Set(name, attribute(n, "value"))
		}
	}
	return out
}

// mailbox takes mails by SMTP, as the mail server of the demo.
type mailbox struct {
	address string
	letters chan string // their text
	closing func() error
}

func openMailbox() (*mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &mailbox{address: l.Addr().String(), letters: make(chan string, 8), closing: l.Close}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			go m.talk(c)
		}
	}()
	return m, nil
}

func (m *mailbox) talk(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	in, out := textproto.NewReader(bufio.NewReader(c)), textproto.NewWriter(bufio.NewWriter(c))
	_ = out.PrintfLine("220 demo")
	for {
		line, err := in.ReadLine()
		if err != nil {
			return
		}
		switch word, _, _ := strings.Cut(strings.ToUpper(line), " "); word {
		case "DATA":
			_ = out.PrintfLine("354 go on")
			text, err := in.ReadDotBytes()
			if err != nil {
				return
			}
			if letter, err := readLetter(text); err == nil {
				m.letters <- letter
			}
			_ = out.PrintfLine("250 taken")
		case "QUIT":
			_ = out.PrintfLine("221 bye")
			return
		default:
			_ = out.PrintfLine("250 demo")
		}
	}
}

func readLetter(text []byte) (string, error) {
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	body := m.Body
	if m.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	plain, err := io.ReadAll(body)
	return "To: " + m.Header.Get("To") + "\nSubject: " + m.Header.Get("Subject") + "\n\n" + strings.ReplaceAll(string(plain), "\r", ""), err
}

// linkIn is the address in a mail.
func linkIn(letter string) (string, error) {
	for word := range strings.FieldsSeq(letter) {
		if strings.HasPrefix(word, "http") {
			return word, nil
		}
	}
	return "", errors.New("the mail has no link")
}
