package outbound

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/smtp"
)

// SMTP says through which server mails go out. The zero value is none: mails
// wait in the outbox.
type SMTP = smtp.Server

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
	err = d.config.send(ctx, letter, m.ID.String())
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

// send hands a letter to the mail server; id names it among all of this server's.
func (c Config) send(ctx context.Context, l Letter, id string) error {
	host := "localhost"
	if u, err := url.Parse(c.BaseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return c.SMTP.Send(ctx, smtp.Letter{ID: id + "@" + host, To: l.To, Subject: l.Subject, Body: l.Body})
}
