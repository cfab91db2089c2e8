package outbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// SMTP says through which server mails go out. The zero value is none: mails
// wait in the outbox.
type SMTP struct {
	Server   string // host:port
	User     string // empty: no authentication
	Password prokura.Secret
	From     string // address, perhaps with a name: Login <login@example.com>
	TLS      string // one of TLSModes; empty: starttls
}

// Modes of TLS to the mail server.
const (
	StartTLS    = "starttls" // the server must offer it
	ImplicitTLS = "tls"      // from the first byte
	PlainSMTP   = "none"     // for a mail server on this machine; no password is sent
)

// TLSModes lists them.
var TLSModes = []string{StartTLS, ImplicitTLS, PlainSMTP}

const mailTimeout = 15 * time.Second

// Check refuses what cannot be a mail server.
func (s SMTP) Check() error {
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
func (s SMTP) client(opened func(net.Conn)) (*mail.Client, error) {
	host, portText, _ := net.SplitHostPort(s.Server)
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("the mail server's port %q is not a number", portText)
	}
	dialer := &net.Dialer{Timeout: mailTimeout}
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
	case ImplicitTLS, PlainSMTP:
	default:
		return nil, fmt.Errorf("TLS to the mail server is one of %v, not %q", TLSModes, s.TLS)
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(mailTimeout), mail.WithTLSPolicy(policy), mail.WithDialContextFunc(dial)}
	if s.User != "" {
		options = append(options, mail.WithUsername(s.User), mail.WithPassword(s.Password.Reveal()),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	return mail.NewClient(host, options...)
}

// noServer is how often mails that cannot be sent are looked at again.
const noServer = 10 * time.Minute

// mail sends a mail, or keeps it while there is no server for it. In a --dev
// world without a server the inbox is where mails go.
func (d *Deliverer) mail(ctx context.Context, m *webhooks.Delivery) webhooks.Outcome {
	if d.config.SMTP.Server == "" {
		if d.config.Dev {
			return webhooks.Outcome{Delivered: true}
		}
		return webhooks.Outcome{Held: noServer, Problem: "No mail server is configured (--smtp)."}
	}
	letter, err := Write(m.Mail, d.config.BaseURL)
	if err != nil {
		d.log.Error("write a mail", "text", m.Mail.Text, "error", err)
		return webhooks.Outcome{Final: true, Problem: "The mail could not be written."}
	}
	err = d.config.SMTP.send(ctx, letter, m.ID.String(), d.config.BaseURL)
	if err == nil {
		return webhooks.Outcome{Delivered: true}
	}
	// The cause may name the address: it is for the log of the operator alone.
	d.log.Warn("send a mail", "text", m.Mail.Text, "error", err)
	o := webhooks.Outcome{Problem: "The mail server did not take it."}
	if refused, ok := errors.AsType[*mail.SendError](err); ok {
		o.Status = refused.ErrorCode()
		// Final is what is wrong with the address alone (RFC 3463): a sender or a
		// policy that is refused now is somebody's to mend, and the mail waits.
		o.Final = o.Status >= 500 && refused.Reason == mail.ErrSMTPRcptTo && !strings.HasPrefix(refused.EnhancedStatusCode(), "5.7.")
	}
	return o
}

// send hands one letter to the server, on a connection of its own.
func (s SMTP) send(ctx context.Context, l Letter, id, baseURL string) error {
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
	host := "localhost"
	if u, err := url.Parse(baseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	msg.SetMessageIDWithValue(id + "@" + host)
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
