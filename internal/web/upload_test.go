package web_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/internal/web/kit"
)

// fileSite is a site with a room that takes files and gives them out again.
type fileSite struct {
	*site
	got   []prokura.File
	names []string
	fail  error // of the sending, behind the first bytes
}

func newFileSite(t *testing.T, within time.Duration) *fileSite {
	s := &fileSite{site: newSite(t)}
	room := kit.Room{Name: "files", Pages: fstest.MapFS{}, Routes: []kit.Route{
		{Pattern: "POST /files", Files: true, Serve: func(q *kit.Request) error {
			if err := q.EachFile(func(name string, content io.Reader) error {
				f, err := files.Receive(q.Context(), q.Registry, q.Caller, prokura.File{Owner: 1, Place: "papers", Name: name}, content)
				s.got, s.names = append(s.got, f), append(s.names, q.Field("before")+name)
				return err
			}); err != nil {
				return err
			}
			return q.Redirect("/")
		}},
		{Pattern: "GET /files/last", Serve: func(q *kit.Request) error {
			f := s.got[len(s.got)-1]
			return q.SendFile(f, func(ctx context.Context, w io.Writer) error {
				if s.fail != nil {
					fmt.Fprint(w, "half")
					return s.fail
				}
				return files.Send(ctx, q.Registry, f, w)
			})
		}},
	}}
	pages, err := kit.New(kit.Config{Registry: s.registry, BaseURL: s.url}, web.Languages, append(web.Rooms[:len(web.Rooms):len(web.Rooms)], room))
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		pages.ServeHTTP(w, r.WithContext(ctx))
	}))
	ts.Config.ReadTimeout, ts.Config.WriteTimeout = within, within
	ts.Start()
	t.Cleanup(ts.Close)
	s.url = ts.URL
	return s
}

// part is a field of a form, or with a file name a file.
type part struct{ name, file, text string }

func formOf(parts ...part) (body *bytes.Buffer, kind string) {
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		var to io.Writer
		if p.file == "" {
			to, _ = w.CreateFormField(p.name)
		} else {
			to, _ = w.CreateFormFile(p.name, strings.TrimPrefix(p.file, "none"))
		}
		io.WriteString(to, p.text)
	}
	w.Close()
	return body, w.FormDataContentType()
}

func (b *browser) token() string {
	b.t.Helper()
	b.goTo("/business")
	values, _ := b.form("/logout")
	return values.Get("csrf")
}

const smallPDF = "%PDF-1.7\nhello\n%%EOF\n"

// R-WORK-05: files of a form are read as they arrive, behind the fields by which the sender is
// known, and come out for saving only (T61).
func TestFileForms(t *testing.T) {
	s := newFileSite(t, time.Minute)
	b := s.site.browser().logIn("ada")
	csrf := part{"csrf", "", b.token()}
	for _, c := range []struct {
		name  string
		parts []part
		want  int
		got   string // names of the files that were received
	}{
		{"two files", []part{csrf, {"before", "", "x:"}, {"file", "a.pdf", smallPDF}, {"file", "b.pdf", smallPDF}}, 303, "x:a.pdf x:b.pdf"},
		{"none chosen", []part{csrf, {"file", "none", ""}}, 400, ""},
		{"no file", []part{csrf}, 400, ""},
		{"no token", []part{{"file", "a.pdf", smallPDF}}, 403, ""},
		{"the token behind the file", []part{{"file", "a.pdf", smallPDF}, csrf}, 403, ""},
		{"a field behind the file", []part{csrf, {"file", "a.pdf", smallPDF}, {"more", "", "x"}}, 400, "a.pdf"},
		{"the token twice", []part{csrf, csrf, {"file", "a.pdf", smallPDF}}, 400, ""},
		{"an SVG", []part{csrf, {"file", "a.pdf", "<svg/>"}, {"file", "b.pdf", smallPDF}}, 400, "a.pdf"},
		{"large fields", []part{csrf, {"before", "", strings.Repeat("x", maxForm)}, {"file", "a.pdf", smallPDF}}, 413, ""},
	} {
		s.got, s.names = nil, nil
		body, kind := formOf(c.parts...)
		if status := b.send("POST", "/files", body, kind); status != c.want || strings.Join(s.names, " ") != c.got {
			t.Errorf("%s: %d with %q, want %d with %q", c.name, status, s.names, c.want, c.got)
		}
	}

	body, kind := formOf(csrf, part{"file", "Jahresabschluß.pdf", smallPDF})
	b.send("POST", "/files", body, kind)
	b.get("/files/last")
	for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Content-Length": fmt.Sprint(len(smallPDF)),
		"Content-Disposition": "attachment; filename*=utf-8''Jahresabschlu%C3%9F.pdf", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store"} {
		if got := b.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if b.status != 200 || b.page != smallPDF {
		t.Errorf("the file is %d %q", b.status, b.page)
	}
	s.fail = errors.New("the disk is gone")
	if resp, err := b.client.Get(s.url + "/files/last"); err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil {
			t.Error("half a file looks whole")
		}
	}
}

// R-WORK-05: the limit holds before the bytes are read: what says of itself that it is too large
// is refused by its head alone, and what does not say so when it becomes it.
func TestFileLimits(t *testing.T) {
	s := newFileSite(t, time.Minute)
	b := s.site.browser().logIn("ada")
	csrf := b.token()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	var cookies []string
	for _, c := range b.client.Jar.Cookies(u) {
		cookies = append(cookies, c.String())
	}
	ask := func(head string, body func(io.Writer) error) string {
		t.Helper()
		c, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /files HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: multipart/form-data; boundary=x\r\n%s\r\n", u.Host, strings.Join(cookies, "; "), head)
		sent := make(chan error, 1)
		go func() { sent <- body(c) }()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		<-sent
		return resp.Status[:3]
	}
	if got := ask("Content-Length: 2147483648\r\n", func(io.Writer) error { return nil }); got != "413" {
		t.Errorf("a film of 2 GB is answered with %s, before any byte of it", got)
	}
	begun := "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + csrf + "\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.mp4\"\r\n\r\n\x00\x00\x00\x18ftypisom"
	written := 0
	if got := ask("Transfer-Encoding: chunked\r\n", func(w io.Writer) error {
		fmt.Fprintf(w, "%x\r\n%s\r\n", len(begun), begun)
		more := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat("f", 1<<20))
		for range 100 {
			if _, err := io.WriteString(w, more); err != nil {
				return err
			}
			written++
		}
		return nil
	}); got != "400" {
		t.Errorf("a film without an end is answered with %s", got)
	}
	if written < 19 || written > 40 {
		t.Errorf("the server read %d MiB of it", written)
	}
}

// Whoever sends slowly, and goes on, is let finish: no bound of other requests is
// that of files.
func TestSlowFiles(t *testing.T) {
	s := newFileSite(t, 600*time.Millisecond)
	b := s.site.browser().logIn("ada")
	body, kind := formOf(part{"csrf", "", b.token()}, part{"file", "a.pdf", "%PDF-1.7\n" + strings.Repeat("slow", 1000) + "%%EOF"})
	rest := body.Bytes()
	slow := readFunc(func(p []byte) (int, error) {
		if len(rest) == 0 {
			return 0, io.EOF
		}
		time.Sleep(150 * time.Millisecond)
		n := copy(p[:min(len(p), 700)], rest)
		rest = rest[n:]
		return n, nil
	})
	if status := b.send("POST", "/files", slow, kind); status != 303 || len(s.got) != 1 {
		t.Errorf("a slow file is answered with %d", status)
	}
	if status := b.get("/files/last"); status != 200 || len(b.page) != 4014 {
		t.Errorf("and comes back as %d bytes, with %d", len(b.page), status)
	}
}

type readFunc func([]byte) (int, error)

func (r readFunc) Read(b []byte) (int, error) { return r(b) }
