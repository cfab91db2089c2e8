package account

import (
	"slices"
	"strings"

	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/web/kit"
)

// The mails of a --dev world, so that invitations can be followed without a mail
// server. Other worlds have no such page.
var inboxRoutes = []kit.Route{{Pattern: "GET /_dev/inbox", Serve: inbox, Nobody: true}}

const inboxShown = 50

func inbox(q *kit.Request) error {
	list, err := webhooks.Inbox(q.Context(), q.Registry, inboxShown)
	if err != nil {
		return err
	}
	p := &InboxPage{Base: q.Base()}
	for _, m := range list {
		mail := InboxMail{To: m.To, Sent: m.Created.Time(), Subject: m.Text}
		letter, err := letterOf(q, m.Mail)
		if err != nil {
			return err
		}
		mail.Subject = letter.Subject
		for line := range strings.Lines(letter.Body) {
			line = strings.TrimRight(line, "\n")
			mail.Lines = append(mail.Lines, InboxLine{Text: line, Link: strings.HasPrefix(line, q.BaseURL+"/") && kit.LocalPath(line[len(q.BaseURL):])})
		}
		p.Mails = append(p.Mails, mail)
	}
	return q.Show(p)
}

// letterOf is what a mail says. Without the texts of mails, it is what fills them
// in.
func letterOf(q *kit.Request, m registry.Mail) (kit.Letter, error) {
	if q.Letter != nil {
		return q.Letter(m)
	}
	l := kit.Letter{Subject: m.Text}
	var lines []string
	for name, value := range m.Values {
		if name == "link" {
			value = q.BaseURL + value
		} else {
			value = name + ": " + value
		}
		lines = append(lines, value)
	}
	slices.Sort(lines)
	l.Body = strings.Join(lines, "\n")
	return l, nil
}
