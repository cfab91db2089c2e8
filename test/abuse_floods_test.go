//go:build abuse

package test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// 60 connections that log in to one account with its own right password. 25
// people log in beside them, each within 2 seconds.
func TestAbuseLogins(t *testing.T) {
	scenario := filepath.Join(t.TempDir(), "people.yaml")
	var text strings.Builder
	fmt.Fprintln(&text, "people:")
	for i := range 26 {
		fmt.Fprintf(&text, "  p%d: {name: Person %d, email: p%d@example.org, password: %s}\n", i, i, i, demoPassword)
	}
	if err := os.WriteFile(scenario, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, serverOptions{scenario: scenario})
	login := func(c *http.Client, email string) (int, error) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return 0, err
		}
		c = &http.Client{Jar: jar, Transport: c.Transport, Timeout: c.Timeout}
		resp, err := c.Get(s.url + "/login")
		if err != nil {
			return 0, err
		}
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return 0, err
		}
		fields, err := filledIn(page, "/login")
		if err != nil {
			return 0, err
		}
		fields.Set("email", email)
		fields.Set("password", demoPassword)
		if resp, err = c.PostForm(s.url+"/login", fields); err != nil {
			return 0, err
		}
		resp.Body.Close()
		return resp.StatusCode, nil
	}
	quiet := times(t, 5, func() error { _, err := login(http.DefaultClient, "p1@example.org"); return err })
	end := flood(t, 60, func(c *http.Client) (int, error) { return login(c, "p0@example.org") })
	time.Sleep(2 * time.Second)
	var all sync.WaitGroup
	took := make([]time.Duration, 25)
	for i := range took {
		all.Go(func() {
			start := time.Now()
			status, err := login(&http.Client{Timeout: time.Minute}, fmt.Sprintf("p%d@example.org", i+1))
			if took[i] = time.Since(start); err != nil || status != http.StatusOK {
				t.Errorf("person %d: %d, %v", i+1, status, err)
			}
		})
	}
	all.Wait()
	served, refused := end()
	slices.Sort(took)
	t.Logf("a login takes %v; beside the flood 25 together take %v to %v; of the flood %d served, %d refused", quiet[2], took[0], took[24], served, refused)
	if took[24] > 2*time.Second {
		t.Errorf("the last of 25 logins took %v", took[24])
	}
}

// 40 pictures that cost most, sent together. The server stays below 512 MiB,
// and others' pages go on.
func TestAbusePictures(t *testing.T) {
	s := startServer(t, serverOptions{})
	tess := s.visit(t, tessEmail)
	path := "/apps/" + campaignsApp + "/basic"
	fields, err := filledIn([]byte(tess.page(t, path)), path)
	if err != nil {
		t.Fatal(err)
	}
	fields.Set("category", "Utilities")
	m := image.NewNRGBA64(image.Rect(0, 0, 1024, 1024))
	for i := range m.Pix {
		m.Pix[i] = byte(i >> 9)
	}
	var picture bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&picture, m); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name := range fields {
		if name != "icon" {
			if err := form.WriteField(name, fields.Get(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := form.CreateFormFile("icon", "icon.png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(picture.Bytes()); err != nil {
		t.Fatal(err)
	}
	form.Close()

	ada := s.visit(t, adaEmail)
	page := func() error { ada.page(t, "/business/"+nordwindID+"/people"); return nil }
	quiet := times(t, 100, page)
	post := func(c *http.Client) (int, error) {
		c.Jar = tess.http.Jar
		resp, err := c.Post(s.url+path, form.FormDataContentType(), bytes.NewReader(body.Bytes()))
		if err != nil {
			return 0, err
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusConflict {
			return http.StatusOK, nil // looked at, and somebody else's was stored first
		}
		return resp.StatusCode, nil
	}
	alone := times(t, 3, func() error {
		status, err := post(&http.Client{})
		if status != http.StatusOK {
			return fmt.Errorf("a picture alone: %d, %v", status, err)
		}
		return nil
	})
	end := flood(t, 40, post)
	time.Sleep(time.Second)
	under := times(t, 100, page)
	served, refused := end()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes of picture take %v; the server took %d MiB at most; page quiet p99 %v, beside it %v (× %.1f); %d pictures looked at, %d sent away",
		picture.Len(), alone[1], kib>>10, quantile(quiet, 0.99), quantile(under, 0.99), float64(quantile(under, 0.99))/float64(quantile(quiet, 0.99)), served, refused)
	if kib>>10 > 512 {
		t.Errorf("the server took %d MiB", kib>>10)
	}
}

// One person asks for 10,000 mails to others. What another business is told of
// its power leaves within a second.
func TestAbuseMails(t *testing.T) {
	box := newMailbox(t, false)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(mailPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, serverOptions{env: []string{"SSL_CERT_FILE=" + trusted(t).caFile, "SSL_CERT_DIR=/nonexistent"},
		args: []string{"--smtp", box.addr, "--smtp-user", "login", "--smtp-password-file", password, "--mail-from", "Login <login@platform.example>"}})
	uri := "http://127.0.0.1:4321/callback"
	code := s.devConsent(t, configReporting, "100000000000003", "", []string{"100000000000371"}, uri, "").Query().Get("code")
	tess := s.token(t, campaigns, uri, code)
	asked, refused := 0, 0
	for i := range 10_000 {
		r := s.post(t, "/v25.0/"+brightlineID+"/business_users", url.Values{"access_token": {tess}, "email": {fmt.Sprintf("stranger%d@example.org", i)}, "role": {"EMPLOYEE"}})
		if r.status == http.StatusOK {
			asked++
		} else {
			refused++
		}
	}
	start := time.Now()
	s.connect(t, adAccountEU, pageOutdoor)
	for took := time.Duration(0); ; took = time.Since(start) {
		box.mu.Lock()
		arrived := slices.ContainsFunc(box.got, func(m *mail.Message) bool { return strings.Contains(m.Header.Get("To"), adaEmail) })
		box.mu.Unlock()
		if arrived {
			t.Logf("%d mails asked for, %d refused; the notice came after %v", asked, refused, took)
			return
		}
		if took > time.Second {
			t.Fatalf("%d mails asked for, %d refused, and no notice within a second", asked, refused)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
