package test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const mailPassword = "mail-server-password-of-tests"

// mailbox is a mail server as far as a client goes: SMTP (RFC 5321) with
// STARTTLS (RFC 3207), or TLS from the first byte, and AUTH PLAIN (RFC 4954).
// It takes mail over TLS from whoever knows the password, and from nobody else.
type mailbox struct {
	addr     string
	implicit bool
	config   *tls.Config

	mu      sync.Mutex
	got     []*mail.Message
	refusal string // to the next mail's end, once
}

func newMailbox(t *testing.T, implicit bool) *mailbox {
	t.Helper()
	r := trusted(t)
	cert, err := tls.LoadX509KeyPair(r.certFile, r.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	m := &mailbox{addr: net.JoinHostPort("localhost", port), implicit: implicit, config: &tls.Config{Certificates: []tls.Certificate{cert}}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go m.talk(c)
		}
	}()
	return m
}

func (m *mailbox) talk(c net.Conn) {
	defer func() { c.Close() }()
	c.SetDeadline(time.Now().Add(startLimit))
	secure, known := m.implicit, false
	if m.implicit {
		c = tls.Server(c, m.config)
	}
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail.example")
			if !secure {
				say("250-STARTTLS")
			} else {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, m.config)
			in, secure = bufio.NewReader(c), true
		case "AUTH":
			if known = secure && rest == "PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00login\x00"+mailPassword)); known {
				say("235 welcome")
			} else {
				say("535 5.7.8 no")
			}
		case "MAIL", "RCPT":
			if known {
				say("250 ok")
			} else {
				say("530 5.7.0 authentication required")
			}
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for line := ""; line != ".\r\n"; {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				if line != ".\r\n" {
					text.WriteString(strings.TrimPrefix(line, "."))
				}
			}
			msg, err := mail.ReadMessage(strings.NewReader(text.String()))
			m.mu.Lock()
			if m.refusal != "" || err != nil {
				say(m.refusal + " not now")
				m.refusal = ""
			} else {
				m.got = append(m.got, msg)
				say("250 queued")
			}
			m.mu.Unlock()
		case "NOOP", "RSET":
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what?")
		}
	}
}

// wait returns the n-th mail, from 1. The limit is one for hanging.
func (m *mailbox) wait(t *testing.T, n int) (to, subject, body string) {
	t.Helper()
	for limit := time.Now().Add(startLimit); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		m.mu.Lock()
		got := m.got
		m.mu.Unlock()
		if len(got) < n {
			continue
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(got[n-1].Header.Get("Subject"))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(got[n-1].Body))
		if err != nil {
			t.Fatal(err)
		}
		return got[n-1].Header.Get("To"), subject, string(text)
	}
	t.Fatalf("mail %d did not arrive", n)
	return "", "", ""
}

// Mails go out through the configured server, over TLS and with its password:
// to all admins of a business when an app is connected (T11), to people who are
// invited. Links lead to the configured address, whatever requests say (T63).
func TestMails(t *testing.T) {
	t.Parallel()
	for name, implicit := range map[string]bool{"starttls": false, "tls": true} {
		t.Run(name, func(t *testing.T) {
			eachDatabase(t, func(t *testing.T, postgres bool) { mails(t, postgres, name, implicit) })
		})
	}
}

func mails(t *testing.T, postgres bool, mode string, implicit bool) {
	box := newMailbox(t, implicit)
	box.refusal = "451 4.7.1" // the first mail needs a second attempt
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(mailPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, serverOptions{postgres: postgres, env: []string{"SSL_CERT_FILE=" + trusted(t).caFile, "SSL_CERT_DIR=/nonexistent"},
		args: []string{"--smtp", box.addr, "--smtp-tls", mode, "--smtp-user", "login", "--smtp-password-file", file, "--mail-from", "Login <login@platform.example>"}})

	s.connect(t, adAccountEU, pageOutdoor)
	to, subject, body := box.wait(t, 1)
	link := s.url + "/business/" + nordwindID + "/integrations/connected-apps/" + campaignsApp
	if to != "<"+adaEmail+">" || subject != "Brightline Campaigns was connected to Nordwind Outdoor" || !strings.Contains(body, "\n"+link+"\r\n") && !strings.Contains(body, "\n"+link+"\n") {
		t.Errorf("to %s: %s\n%s", to, subject, body)
	}

	ada := s.visit(t, adaEmail)
	invite := "/business/" + nordwindID + "/people/invite"
	fields, _, err := filledIn([]byte(ada.page(t, invite)), invite)
	if err != nil {
		t.Fatal(err)
	}
	fields.Set("email", "kim@nordwind.example")
	request, err := http.NewRequest(http.MethodPost, s.url+invite, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
		"X-Host": "evil.example", "X-Original-URL": "https://evil.example/", "Forwarded": "host=evil.example;proto=https"} {
		request.Header.Set(name, value)
	}
	answer, err := ada.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	to, subject, body = box.wait(t, 2)
	if answer.StatusCode != http.StatusOK || to != "<kim@nordwind.example>" || subject != "An invitation to work for a business" || !strings.Contains(body, "Nordwind Outdoor") || strings.Contains(body, "evil") {
		t.Fatalf("%d, to %s: %s\n%s", answer.StatusCode, to, subject, body)
	}
	_, path, _ := strings.Cut(body, s.url+"/invitations/")
	path, _, _ = strings.Cut(path, "\n")
	if resp, err := http.Get(s.url + "/invitations/" + url.PathEscape(strings.TrimSpace(path))); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the link of the invitation: %v, %v", resp, err)
	}
	if strings.Contains(s.log.String(), mailPassword) {
		t.Error("the mail server's password is in the log")
	}
}
