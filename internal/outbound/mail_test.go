package outbound

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/smtp"
)

// mailServer speaks SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN
// (RFC 4954) as far as a client of ours goes.
type mailServer struct {
	addr     string
	tls      *tls.Config
	implicit bool   // TLS from the first byte
	starttls bool   // offered
	reply    string // to the command below; "" accepts
	at       string // MAIL or RCPT; "": to DATA's end
	user     string // wanted, with password "secret"; "" offers no AUTH

	mu    sync.Mutex
	mails []sent
	heard []string // commands that carried credentials, and over what
}

type sent struct {
	from, to, text string
	secure         bool
}

func newMailServer(t *testing.T, change func(*mailServer)) *mailServer {
	web := httptest.NewUnstartedServer(nil) // for its certificate alone
	web.StartTLS()
	cert := web.TLS.Certificates
	web.Close()
	s := &mailServer{tls: &tls.Config{Certificates: cert}}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.addr = l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *mailServer) serve(c net.Conn) {
	defer func() { c.Close() }()
	secure := false
	if s.implicit {
		c, secure = tls.Server(c, s.tls), true
	}
	in := bufio.NewReader(c)
	say := func(format string, args ...any) { fmt.Fprintf(c, format+"\r\n", args...) }
	say("220 mail.example ESMTP")
	var m sent
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, rest, _ := strings.Cut(line, " ")
		if s.at != "" && s.at == strings.ToUpper(verb) {
			say("%s", s.reply)
			continue
		}
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-mail.example")
			if s.starttls && !secure {
				say("250-STARTTLS")
			}
			if s.user != "" {
				say("250-AUTH PLAIN LOGIN")
			}
			say("250-ENHANCEDSTATUSCODES")
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, s.tls)
			in, secure = bufio.NewReader(c), true
		case "AUTH":
			s.mu.Lock()
			s.heard = append(s.heard, fmt.Sprintf("%v %s", secure, rest))
			s.mu.Unlock()
			want := base64.StdEncoding.EncodeToString([]byte("\x00" + s.user + "\x00secret"))
			if rest == "PLAIN "+want {
				say("235 welcome")
			} else {
				say("535 5.7.8 wrong")
			}
		case "MAIL":
			m = sent{from: rest, secure: secure}
			say("250 ok")
		case "RCPT":
			m.to = rest
			say("250 ok")
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(line, "."))
			}
			if s.reply != "" && s.at == "" {
				say("%s", s.reply)
				continue
			}
			m.text = text.String()
			s.mu.Lock()
			s.mails = append(s.mails, m)
			s.mu.Unlock()
			say("250 queued")
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

func letterOf(t *testing.T, name string) Letter {
	v := everyValue("Nordwind Größe")
	l, err := Write(registry.Mail{To: "ada@nordwind.example", Text: name, Values: v}, "https://login.example")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What arrives is the letter: addresses, one subject, the text, no HTML.
func TestMailArrives(t *testing.T) {
	server := newMailServer(t, nil)
	s := SMTP{Server: server.addr, From: "Login <login@login.example>", TLS: smtp.Plain}
	for name := range mailTexts {
		l := letterOf(t, name)
		if err := (Config{SMTP: s, BaseURL: "https://login.example:8443"}).send(t.Context(), l, "4711"); err != nil {
			t.Fatal(err)
		}
		got := server.mails[len(server.mails)-1]
		if !strings.HasPrefix(got.from, "FROM:<login@login.example>") || !strings.HasPrefix(got.to, "TO:<ada@nordwind.example>") {
			t.Errorf("%s: envelope %+v", name, got)
		}
		m, err := netmail.ReadMessage(strings.NewReader(got.text))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != l.Subject {
			t.Errorf("%s: subject %q, %v", name, subject, err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != strings.TrimRight(l.Body, "\n")+"\n" && strings.TrimRight(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n") != strings.TrimRight(l.Body, "\n") {
			t.Errorf("%s: body %q, %v", name, body, err)
		}
		h := m.Header
		if h.Get("Message-Id") != "<4711@login.example>" || h.Get("To") != "<ada@nordwind.example>" || len(h["To"]) != 1 || len(h["Subject"]) != 1 || h.Get("Bcc") != "" ||
			!strings.HasPrefix(h.Get("Content-Type"), "text/plain") || h.Get("Auto-Submitted") != "auto-generated" || h.Get("User-Agent")+h.Get("X-Mailer") != "" {
			t.Errorf("%s: headers %v", name, h)
		}
	}
}

// STARTTLS is demanded, certificates are checked, and a password goes over TLS
// or not at all.
func TestMailTLS(t *testing.T) {
	for _, test := range []struct {
		name   string
		server func(*mailServer)
		smtp   SMTP
		want   string // part of the error; "" arrives
	}{
		{"no TLS asked for", nil, SMTP{TLS: smtp.Plain}, ""},
		{"STARTTLS is not offered", nil, SMTP{}, "STARTTLS"},
		{"STARTTLS with a certificate of nobody's", func(s *mailServer) { s.starttls = true }, SMTP{TLS: smtp.StartTLS}, "certificate"},
		{"TLS from the first byte with a certificate of nobody's", func(s *mailServer) { s.implicit = true }, SMTP{TLS: smtp.ImplicitTLS}, "certificate"},
		{"a password to a server that takes none", nil, SMTP{TLS: smtp.Plain, User: "u", Password: "secret"}, "AUTH"},
		{"the wrong password", func(s *mailServer) { s.user = "u" }, SMTP{TLS: smtp.Plain, User: "u", Password: "wrong"}, "535"},
		{"the right password", func(s *mailServer) { s.user = "u" }, SMTP{TLS: smtp.Plain, User: "u", Password: "secret"}, ""}, // to this machine
	} {
		server := newMailServer(t, test.server)
		test.smtp.Server, test.smtp.From = server.addr, "login@login.example"
		err := Config{SMTP: test.smtp, BaseURL: "https://login.example"}.send(t.Context(), letterOf(t, prokura.MailNewGrant), "1")
		if test.want == "" && (err != nil || len(server.mails) != 1) {
			t.Errorf("%s: %v", test.name, err)
		}
		if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || len(server.mails) != 0) {
			t.Errorf("%s: %v, %d mails arrived", test.name, err, len(server.mails))
		}
		for _, h := range server.heard {
			if test.smtp.TLS != smtp.Plain && strings.HasPrefix(h, "false") {
				t.Errorf("%s: a password without TLS", test.name)
			}
		}
	}
}

// What the mail server says decides whether a mail is tried again; what it says
// in words stays in the operator's log.
func TestMailOutcomes(t *testing.T) {
	mail := &webhooks.Delivery{ID: 1, Kind: registry.MessageMail, Mail: registry.Mail{To: "ada@nordwind.example", Text: prokura.MailNewGrant, Values: everyValue("x")}}
	try := func(c Config, m *webhooks.Delivery) webhooks.Outcome {
		t.Helper()
		c.BaseURL = "https://login.example"
		c.Log = slog.New(slog.DiscardHandler)
		d, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		return d.mail(t.Context(), m)
	}
	through := func(s *mailServer) Config {
		return Config{SMTP: SMTP{Server: s.addr, From: "login@login.example", TLS: smtp.Plain}}
	}
	if o := try(through(newMailServer(t, nil)), mail); !o.Delivered {
		t.Errorf("a good server: %+v", o)
	}
	busy := newMailServer(t, func(s *mailServer) { s.reply = "451 4.7.1 canary, later" })
	if o := try(through(busy), mail); o.Delivered || o.Final || o.Status != 451 || strings.Contains(o.Problem, "canary") {
		t.Errorf("a busy server: %+v", o)
	}
	for _, c := range []struct {
		at, reply string
		final     bool
	}{
		{"RCPT", "550 5.1.1 canary, nobody", true},
		{"RCPT", "553 canary, nobody", true},
		{"RCPT", "554 5.7.1 canary, relaying denied", false}, // for who runs this server to mend
		{"RCPT", "450 4.2.1 canary, later", false},
		{"MAIL", "550 5.1.8 canary, not from you", false},
		{"", "554 5.7.26 canary, not authenticated", false},
	} {
		strict := newMailServer(t, func(s *mailServer) { s.reply, s.at = c.reply, c.at })
		status, _ := strconv.ParseInt(c.reply[:3], 10, 64)
		if o := try(through(strict), mail); o.Delivered || o.Final != c.final || int64(o.Status) != status || strings.Contains(o.Problem, "canary") {
			t.Errorf("%s answered with %s: %+v", c.at, c.reply, o)
		}
	}
	if o := try(Config{SMTP: SMTP{Server: "127.0.0.1:1", From: "a@b.example"}}, mail); o.Delivered || o.Final {
		t.Errorf("no server there: %+v", o)
	}
	if o := try(Config{}, mail); o.Delivered || o.Held == 0 || !strings.Contains(o.Problem, "--smtp") {
		t.Errorf("no server configured: %+v", o)
	}
	if o := try(Config{Dev: true}, mail); !o.Delivered {
		t.Errorf("a --dev world: %+v", o)
	}
	unheard := *mail
	unheard.Mail.Text = "unheard_of"
	if o := try(through(newMailServer(t, nil)), &unheard); !o.Final {
		t.Errorf("a text that does not exist: %+v", o)
	}
}

// A server that says nothing is left when the deliverer stops.
func TestMailStops(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			fmt.Fprint(c, "220 mail.example ESMTP\r\n")
			c.Read(make([]byte, 1)) // the client has said EHLO and waits
			cancel()
			io.Copy(io.Discard, c)
		}
	}()
	s := SMTP{Server: l.Addr().String(), From: "login@login.example", TLS: smtp.Plain}
	if err := (Config{SMTP: s, BaseURL: "https://login.example"}).send(ctx, letterOf(t, prokura.MailNewGrant), "1"); err == nil {
		t.Error("a mail was sent to a server that says nothing")
	}
}

func TestMailConfiguration(t *testing.T) {
	for name, s := range map[string]SMTP{
		"no port": {Server: "mail.example", From: "a@b.example"}, "no host": {Server: ":25", From: "a@b.example"}, "a word for a port": {Server: "mail.example:smtp", From: "a@b.example"},
		"no sender": {Server: "mail.example:587"}, "a broken sender": {Server: "mail.example:587", From: "login at example"},
		"no such mode": {Server: "mail.example:587", From: "a@b.example", TLS: "maybe"},
	} {
		if s.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	for _, s := range []SMTP{{}, {Server: "mail.example:587", From: "Login <a@b.example>", User: "u", Password: prokura.Secret("p")}, {Server: "[::1]:25", From: "a@b.example", TLS: smtp.Plain}} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
}
