// Package verification is the pages by which a business shows who it is, an app's
// people prepare that for a client, and platform staff decide about it.
//
// Of documents it shows names to those who handed them in, and the content to staff
// alone.
package verification

import (
	"embed"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/verification"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages of verifications.
var Room = kit.Room{
	Name:   "verification",
	Routes: slices.Concat(businessRoutes, preparedRoutes, staffRoutes),
	Pages:  files,
	Words:  kit.Texts{"en": words},
	Queues: []kit.Queue{{Kind: queueKind, List: asking, Count: countAsking}},
	Staff:  []kit.StaffEntry{{Key: "businesses", Path: staffPath, Icon: "business", Role: prokura.StaffReviewer}},
}

//go:embed page
var files embed.FS

// Keys of notices.
const (
	noticeSaved     = "notice.verification.saved"
	noticeSent      = "notice.verification.sent"
	noticeWithdrawn = "notice.verification.withdrawn"
	noticeDocument  = "notice.verification.document"
	noticeDropped   = "notice.verification.dropped"
	noticeMailed    = "notice.verification.mailed" // email
	noticeProven    = "notice.verification.proven"
	noticeAccepted  = "notice.verification.accepted"
	noticeDeclined  = "notice.verification.declined"
	noticeOffered   = "notice.verification.offered"
	noticeDiscarded = "notice.verification.discarded"
	noticeDecided   = "notice.verification.decided"
	noticeRevoked   = "notice.verification.revoked"
)

const path = "/business/{id}/verification"

var businessRoutes = []kit.Route{
	{Pattern: "GET " + path, Serve: show},
	{Pattern: "POST " + path, Serve: save},
	{Pattern: "POST " + path + "/documents", Serve: addDocuments, Files: true},
	{Pattern: "POST " + path + "/documents/remove", Serve: dropDocument},
	{Pattern: "POST " + path + "/mail", Serve: onBusiness(mailCode)},
	{Pattern: "POST " + path + "/code", Serve: onBusiness(proveMail)},
	{Pattern: "POST " + path + "/site", Serve: onBusiness(proveSite)},
	{Pattern: "POST " + path + "/send", Serve: onBusiness(send)},
	{Pattern: "POST " + path + "/withdraw", Serve: onBusiness(withdraw)},
	{Pattern: "POST " + path + "/offers/{number}", Serve: onBusiness(answer)},
}

func pathOf(business prokura.ID) string { return "/business/" + business.String() + "/verification" }

func show(q *kit.Request) error {
	p, err := pageOf(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// pageOf is the page as it is now.
func pageOf(q *kit.Request) (*BusinessPage, error) {
	h, err := q.BusinessHead()
	if err != nil {
		return nil, err
	}
	p := &BusinessPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), State: h.Business.Verification}
	if !p.FullControl {
		return p, nil
	}
	v, err := verification.Of(q.Context(), q.Registry, q.Caller, h.Business.ID)
	if err != nil {
		return nil, err
	}
	p.Missing, p.Edits = v.Missing, true
	here := pathOf(h.Business.ID)
	if v.Current != nil {
		p.Current, p.Edits, p.Version = currentOf(q, *v.Current), v.Current.Status.Editable(), v.Current.Version
		p.Form = p.Current.Details
		drop := ""
		if p.Edits {
			drop = here + "/documents/remove"
		}
		for _, f := range v.Documents {
			p.Current.Documents = append(p.Current.Documents, q.FileOf(f, "", drop))
		}
	} else if len(v.Past) > 0 {
		p.Form = detailsOf(v.Past[0].Details)
	}
	for _, past := range v.Past {
		p.Past = append(p.Past, pastOf(past))
	}
	for _, o := range v.Offers {
		row := OfferView{Number: o.Number, App: kit.AppOf(o.App, prokura.Business{}), Details: detailsOf(o.Details), At: kit.Moment(o.Offered)}
		for _, f := range o.Documents {
			row.Documents = append(row.Documents, q.FileOf(f, "", ""))
		}
		p.Offers = append(p.Offers, row)
	}
	p.Files = kit.FileForm{Action: here + "/documents", Label: q.Words("verification.documents.choose"), Button: q.Words("verification.documents.add")}
	return p, nil
}

func currentOf(q *kit.Request, v prokura.Verification) *CurrentView {
	c := &CurrentView{Details: detailsOf(v.Details), Status: string(v.Status), Sent: kit.Moment(v.Sent), MailProven: kit.Moment(v.MailProven), Mailed: v.Code != "",
		SiteProven: kit.Moment(v.SiteProven), SiteBy: string(v.SiteBy), Value: prokura.SitePrefix + v.SiteValue}
	if domain := verification.Domain(v.Details.Website); domain != "" {
		c.Record, c.Address = prokura.SiteRecord+domain, v.Details.Site()+prokura.SitePath
	}
	if v.Reason != "" || v.Words != "" {
		c.Answer = &AnswerView{Reason: string(v.Reason), Words: v.Words, At: kit.Moment(v.Decided)}
	}
	return c
}

func pastOf(v prokura.Verification) PastView {
	return PastView{Name: v.Name, Status: string(v.Status), Begun: kit.Moment(v.Begun), Sent: kit.Moment(v.Sent),
		Answer: AnswerView{Reason: string(v.Reason), Words: v.Words, At: kit.Moment(v.Decided)}}
}

func detailsFrom(q *kit.Request) prokura.VerificationDetails {
	return prokura.VerificationDetails{LegalName: q.Field("legal_name"), Address: q.Field("address"), Country: q.Field("country"), Registration: q.Field("registration"),
		Website: q.Field("website"), Contact: q.Field("contact"), Email: q.Field("email"), Phone: q.Field("phone")}
}

func number(q *kit.Request, field string) int64 {
	n, _ := strconv.ParseInt(q.Field(field), 10, 64) // what is none is of nothing, and a conflict
	return n
}

// correct shows the page as it is now, with what is wrong. What has changed meanwhile
// is shown as such.
func correct(q *kit.Request, refusal error, change func(*BusinessPage)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := pageOf(q)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	if change != nil {
		change(p)
	}
	return q.Correct(p, refusal)
}

func save(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	details := detailsFrom(q)
	typed := func(p *BusinessPage) { p.Form, p.Version = detailsOf(details), number(q, "version") }
	if q.Field("password") != "" { // only another name or web site of a verified business takes it
		if err := q.Reauthenticate(); err != nil {
			return correct(q, err, typed)
		}
	}
	if err := verification.Save(q.Context(), q.Registry, q.Caller, id, number(q, "version"), details); err != nil {
		if e := prokura.AsError(err); e.Reason == prokura.SignInRequired && e.Field == "password" {
			err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words("verification.password")).WithField("password")
		}
		return correct(q, err, typed)
	}
	q.Flash(noticeSaved)
	return q.Redirect(pathOf(id))
}

func addDocuments(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if err := q.EachFile(func(name string, content io.Reader) error {
		return verification.AddDocument(q.Context(), q.Registry, q.Caller, id, name, content)
	}); err != nil {
		return correct(q, err, nil)
	}
	q.Flash(noticeDocument)
	return q.Redirect(pathOf(id) + "#documents")
}

func dropDocument(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	file, err := prokura.ParseID(q.Field("file"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := verification.DropDocument(q.Context(), q.Registry, q.Caller, id, file); err != nil && !errors.Is(err, prokura.NotFound) {
		return correct(q, err, nil)
	}
	q.Flash(noticeDropped)
	return q.Redirect(pathOf(id) + "#documents")
}

// onBusiness serves a form about the business in the path, which leads back to its page
// with a notice.
func onBusiness(do func(q *kit.Request, id prokura.ID) (notice []string, err error)) func(*kit.Request) error {
	return func(q *kit.Request) error {
		id, err := q.ID("id")
		if err != nil {
			return err
		}
		notice, err := do(q, id)
		if err != nil {
			return correct(q, err, nil)
		}
		q.Flash(notice[0], notice[1:]...)
		return q.Redirect(pathOf(id))
	}
}

func mailCode(q *kit.Request, id prokura.ID) ([]string, error) {
	err := verification.MailCode(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	v, err := verification.Of(q.Context(), q.Registry, q.Caller, id)
	if err != nil || v.Current == nil {
		return []string{noticeMailed, "email", ""}, err
	}
	return []string{noticeMailed, "email", v.Current.Details.Email}, nil
}

func proveMail(q *kit.Request, id prokura.ID) ([]string, error) {
	return []string{noticeProven}, verification.ProveMail(q.Context(), q.Registry, q.Caller, id, q.Text("code"))
}

func proveSite(q *kit.Request, id prokura.ID) ([]string, error) {
	return []string{noticeProven}, verification.ProveSite(q.Context(), q.Registry, q.Caller, id, prokura.SiteProof(q.Field("by")), q.SiteCheck)
}

func send(q *kit.Request, id prokura.ID) ([]string, error) {
	return []string{noticeSent}, verification.Send(q.Context(), q.Registry, q.Caller, id, number(q, "version"))
}

func withdraw(q *kit.Request, id prokura.ID) ([]string, error) {
	return []string{noticeWithdrawn}, verification.Withdraw(q.Context(), q.Registry, q.Caller, id, number(q, "version"))
}

func answer(q *kit.Request, id prokura.ID) ([]string, error) {
	n, err := strconv.ParseInt(q.R.PathValue("number"), 10, 64)
	if err != nil {
		return nil, kit.ErrNoPage
	}
	accept, notice := q.Field("do") == "accept", noticeDeclined
	if accept {
		notice = noticeAccepted
	}
	return []string{notice}, verification.AnswerPrepared(q.Context(), q.Registry, q.Caller, id, n, accept)
}
