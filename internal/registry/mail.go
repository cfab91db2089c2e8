package registry

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Mail is a letter to a person: which text, filled in with what. Links in it
// start with the server's base URL, which is added on delivery.
type Mail struct {
	To     string            `json:"to"`
	Text   string            `json:"text"` // "invite_member", "invite_app_role", …
	Values map[string]string `json:"values"`
}

// PlaceOfMail is what mails in the outbox are sealed for.
const PlaceOfMail = "outbox/mail"

// Mail puts a mail in the outbox. text names one of the mail texts, values fill
// it in; both are sealed, since an invitation's link is a secret.
func (r *Registry) Mail(d *Door, to, text string, values map[string]string) error {
	d.Sends()
	return r.Post(d.Beside(), d.Now, to, text, values)
}

// Post is mail for what happens beside the door; who calls it wakes the
// deliverer when the transaction is committed.
func (r *Registry) Post(tx *store.Beside, now prokura.Instant, to, text string, values map[string]string) error {
	if to == "" {
		return nil // a planted person without an address
	}
	plain, err := json.Marshal(Mail{To: to, Text: text, Values: values})
	if err != nil {
		return fmt.Errorf("encode mail: %w", err)
	}
	sealed, err := r.SealSecret(PlaceOfMail, prokura.Secret(plain))
	if err != nil {
		return fmt.Errorf("seal mail: %w", err)
	}
	class := store.Notices
	if prokura.AskedMail(text) {
		class = store.Mails
	}
	return put(tx, now, store.Message{Kind: MessageMail, App: class, Subject: "mail/" + HashOf(to)[:16], Field: text, Payload: sealed})
}

// MaxAdminMails bounds the mails about one event.
const MaxAdminMails = 50

// MailAdmins writes to the people with full control of a business.
func (r *Registry) MailAdmins(d *Door, business prokura.ID, text string, values map[string]string) error {
	list, err := d.AdminMails(business, MaxAdminMails)
	if err != nil {
		return err
	}
	return r.MailAll(d, list, text, values)
}

// MailAll writes the same to each address.
func (r *Registry) MailAll(d *Door, list []string, text string, values map[string]string) error {
	for _, to := range list {
		if err := r.Mail(d, to, text, values); err != nil {
			return err
		}
	}
	return nil
}

// Mails that people make the server send to others are bounded within an hour: by
// the person, system user or app that asks, by the business or app that it asks
// for, and by the network that it asks from (T35).
const (
	maxMailsBy   = 100
	maxMailsFor  = 200
	maxMailsFrom = 300
)

// payMail counts a mail that somebody makes the server send.
func payMail(d *Door, from prokura.ID) error {
	who := d.Actor()
	if who == 0 {
		who = d.By.App.ID
	}
	for _, p := range []struct {
		subject string
		most    int
		words   string
	}{
		{"mails by " + who.String(), maxMailsBy, "by you"},
		{"mails for " + from.String(), maxMailsFor, "for this business or app"},
		{"mails from " + d.network, maxMailsFrom, "from your network"},
	} {
		if p.subject == "mails from " { // asked on the server's own machine
			continue
		}
		if err := CountHour(d.Beside(), p.subject, p.most, d.Now, prokura.LimitReached,
			fmt.Sprintf("%d mails were sent to others %s within an hour.", p.most, p.words)); err != nil {
			return err
		}
	}
	return nil
}

// CountHour counts one more of a subject within an hour, and refuses beyond most
// with a reason, a text and the time after which there are more.
func CountHour(tx *store.Beside, subject string, most int, now prokura.Instant, reason prokura.Reason, refusal string) error {
	n, until, err := tx.Throttle(subject)
	if err != nil {
		return err
	}
	if until.Past(now) || until == 0 {
		n, until = 0, now.Add(time.Hour)
	}
	if n >= most {
		return prokura.Errorf(reason, "%s", refusal).WithAgain(until.Sub(now))
	}
	return tx.SetThrottle(subject, n+1, until, now)
}

const mailEvery = 10 * time.Minute // at least, between two mails of one text from one sender to one address

// MailPaced mails to each address, but not what the same business or app had
// mailed there a short while ago: asking, withdrawing and asking again fills no
// mailbox. What is sent so is bounded (T35). It reports whether somebody was mailed.
func (r *Registry) MailPaced(d *Door, from prokura.ID, to []string, text string, values map[string]string) (mailed bool, err error) {
	for _, address := range to {
		subject := "mail " + from.String() + " " + text + " " + HashOf(address)[:32]
		_, until, err := d.Throttle(subject)
		if err != nil {
			return mailed, err
		}
		if until > d.Now {
			continue
		}
		if err := payMail(d, from); err != nil {
			return mailed, err
		}
		if err := d.SetThrottle(subject, 0, d.Now.Add(mailEvery), d.Now); err != nil {
			return mailed, err
		}
		if err := r.Mail(d, address, text, values); err != nil {
			return mailed, err
		}
		mailed = true
	}
	return mailed, nil
}
