// Package smtp hands mails to a mail server: the server's own, and those of the
// client library's vault. It writes no texts and keeps nothing.
package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/prokura/prokura"
)

// Letter is a mail in plain text.
type Letter struct {
	ID, To, Subject, Body string // ID is its Message-ID, by which a repetition is known
}

// Server says through which server mails go out. The zero value is none.
type Server struct {
	Server   string // host:port; empty: none
	User     string // empty: no authentication
	Password prokura.Secret
	From     string // address, perhaps with a name: Login <login@example.com>
	TLS      string // one of Modes; empty: starttls
}

// Modes of TLS to the mail server.
const (
	StartTLS    = "starttls" // the server must offer it
	ImplicitTLS = "tls"      // from the first byte
	Plain       = "none"     // for a mail server on this machine; no password is sent
)

// Modes lists them.
var Modes = []string{StartTLS, ImplicitTLS, Plain}

const timeout = 15 * time.Second

// Check refuses what cannot be a mail server.
func (s Server) Check() error {
	if s.Server == "" {
		return nil
	}
	if host, port, err := net.SplitHostPort(s.Server); err != nil || host == "" || port == "" {
		return fmt.Errorf("the mail server %q is not host:port", s.Server)
	}
	if _, err := netmail.ParseAddress(s.From); err != nil {
		return fmt.Errorf("mails need the address that they come from, not %q", s.From)
	}
	_, err := s.client(nil)
	return err
}

// client is a go-mail client; opened is told of its connection.
func (s Server) client(opened func(net.Conn)) (*mail.Client, error) {
	host, portText, _ := net.SplitHostPort(s.Server)
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("the mail server's port %q is not a number", portText)
	}
	dialer := &net.Dialer{Timeout: timeout}
	dial := func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		if s.TLS == ImplicitTLS {
			conn, err = (&tls.Dialer{NetDialer: dialer, Config: &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}}).DialContext(ctx, network, address)
		} else {
			conn, err = dialer.DialContext(ctx, network, address)
		}
		if err == nil {
			opened(conn)
		}
		return conn, err
	}
	policy := mail.NoTLS
	switch s.TLS {
	case "", StartTLS:
		policy = mail.TLSMandatory
	case ImplicitTLS, Plain:
	default:
		return nil, fmt.Errorf("TLS to the mail server is one of %v, not %q", Modes, s.TLS)
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(timeout), mail.WithTLSPolicy(policy), mail.WithDialContextFunc(dial)}
	if s.User != "" {
		options = append(options, mail.WithUsername(s.User), mail.WithPassword(s.Password.Reveal()),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return mail.NewClient(host, options...)
}

// Send hands one letter to the server, on a connection of its own. The error may
// name the address; one of the server's is a [mail.SendError].
func (s Server) Send(ctx context.Context, l Letter) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent()) // which software sends it, and of which version, is nobody's business
	if err := msg.From(s.From); err != nil {
		return err
	}
	if err := msg.To(l.To); err != nil {
		return err
	}
	msg.Subject(l.Subject)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	msg.SetMessageIDWithValue(l.ID)
	msg.SetBodyString(mail.TypeTextPlain, l.Body)

	// The library leaves a connection open when the greeting fails, and does not
	// watch the context once it is connected.
	var end []func()
	client, err := s.client(func(conn net.Conn) {
		stop := context.AfterFunc(ctx, func() { conn.Close() })
		end = append(end, func() { stop(); conn.Close() })
	})
	if err != nil {
		return err
	}
	defer func() {
		for _, f := range end {
			f()
		}
	}()
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(session, msg); err != nil {
		return err
	}
	_ = client.CloseWithSMTPClient(session) // the mail is accepted, however the goodbye goes
	return nil
}
