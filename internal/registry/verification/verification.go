// Package verification holds how a business shows who it is: what it says of itself,
// its documents, the proofs of its address and web site, and what staff make of it.
//
// It calls nobody: whoever looks at a web site or a domain hands in what looks.
package verification

import (
	"context"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/store"
)

const (
	mostDocuments = 20
	// draftDays is how long documents wait to be sent.
	draftDays = 90
	day       = 24 * time.Hour
	// shownPast bounds the earlier verifications that a page shows.
	shownPast = 20
	// mostOffers bounds what apps' people prepare for one business.
	mostOffers = 10
)

// View is where the verification of a business stands, for its people.
type View struct {
	Business  prokura.Business
	Current   *prokura.Verification // that is worked on; nil: none is
	Documents []prokura.File        // of Current
	Missing   []string              // until Current can be sent: names of details, or "document", "mail", "site"
	Past      []prokura.Verification
	Offers    []Offer
}

// Offer is what an app's people prepared for the business.
type Offer struct {
	prokura.Verification
	App       prokura.App
	Documents []prokura.File
}

// Of shows where the verification of a business stands to those with full control.
func Of(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (*View, error) {
	if err := r.MayRead(c, prokura.ActViewVerification, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*View, error) {
		b, err := tx.Business(business)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		v := &View{Business: b}
		if v.Past, err = tx.Verifications(business, false, shownPast); err != nil {
			return nil, err
		}
		if len(v.Past) > 0 && v.Past[0].Status.Open() {
			v.Current, v.Past = &v.Past[0], v.Past[1:]
			if v.Documents, err = tx.Files(business, v.Current.Place(), r.Now()); err != nil {
				return nil, err
			}
			v.Missing = missing(*v.Current, v.Documents)
		}
		list, err := tx.Verifications(business, true, mostOffers)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			o := Offer{Verification: p}
			if o.App, err = tx.App(p.App); err != nil {
				return nil, err
			}
			if o.Documents, err = tx.Files(p.App, p.Place(), r.Now()); err != nil {
				return nil, err
			}
			v.Offers = append(v.Offers, o)
		}
		return v, nil
	})
}

// missing says what a verification lacks until it can be sent.
func missing(v prokura.Verification, documents []prokura.File) []string {
	list := v.Details.Missing()
	for _, m := range []struct {
		name  string
		there bool
	}{{"document", len(documents) > 0}, {"mail", v.MailProven != 0}, {"site", v.SiteProven != 0}} {
		if !m.there {
			list = append(list, m.name)
		}
	}
	return list
}

// current is the verification that the people of a business work on; false: there is
// none.
func current(tx *store.View, business prokura.ID) (prokura.Verification, bool, error) {
	list, err := tx.Verifications(business, false, 1)
	if err != nil || len(list) == 0 || !list[0].Status.Open() {
		return prokura.Verification{}, false, err
	}
	return list[0], true, nil
}

// editable is the one that they may change now.
func editable(tx *store.View, business prokura.ID) (prokura.Verification, error) {
	v, ok, err := current(tx, business)
	switch {
	case err != nil:
		return v, err
	case !ok:
		return v, prokura.Errorf(prokura.InvalidParameter, "Say first who the business is.")
	case !v.Status.Editable():
		return v, withStaff()
	}
	return v, nil
}

func withStaff() error {
	return prokura.Errorf(prokura.Conflict, "Staff are looking at it. Withdraw it first, or wait for their answer.")
}

// Domain is the part of a web site's name that somebody registered, which belongs to
// one owner (https://publicsuffix.org); empty: there is none.
func Domain(site string) string {
	u, err := url.Parse(site)
	if err != nil || net.ParseIP(u.Hostname()) != nil {
		return ""
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")))
	if err != nil {
		return ""
	}
	return domain
}

// fits reports whether a mail address is at a domain.
func fits(email, domain string) bool {
	_, host, ok := strings.Cut(email, "@")
	return ok && (host == domain || strings.HasSuffix(host, "."+domain))
}

// check returns details as they are kept.
func check(r *registry.Registry, details prokura.VerificationDetails) (prokura.VerificationDetails, error) {
	details, refusal := details.Check(r.Dev())
	if refusal != nil {
		return details, refusal
	}
	if details.Email != "" && registry.CheckEmail(details.Email) != nil {
		return details, prokura.Errorf(prokura.InvalidParameter, "Enter a mail address.").WithField("email")
	}
	if details.Website == "" {
		return details, nil
	}
	domain := Domain(details.Website)
	switch {
	case domain == "":
		return details, prokura.Errorf(prokura.InvalidParameter, "Enter a web site with a name that the business itself has registered.").WithField("website")
	case details.Email != "" && !fits(details.Email, domain):
		return details, prokura.Errorf(prokura.InvalidParameter, "Enter an address at %s: it shows that the business reads its mail.", domain).WithField("email")
	}
	return details, nil
}

// put gives a verification other details. What was proven of another address or web
// site is proven no more.
func put(v *prokura.Verification, details prokura.VerificationDetails) {
	if v.Details.Email != details.Email {
		v.Code, v.MailProven = "", 0
	}
	if v.Details.Site() != details.Site() {
		v.SiteValue, v.SiteProven, v.SiteBy = newSiteValue(), 0, ""
		v.Code, v.MailProven = "", 0
	}
	v.Details = details
}

func newSiteValue() string { return registry.NewHandle()[:32] }

// Save keeps what a business says of itself, and begins a verification if none is
// under way. version is the one that was shown; 0: none was under way. Of a verified
// business another legal name or domain ends the verification, which takes the
// password.
func Save(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, version int64, details prokura.VerificationDetails) error {
	return r.Act(ctx, c, prokura.ActEditVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		if details, err = check(r, details); err != nil {
			return err
		}
		v, ok, err := current(d.View(), business)
		switch {
		case err != nil:
			return err
		case v.Version != version:
			return prokura.Errorf(prokura.Conflict, "Somebody has changed this verification meanwhile. Look at it again.")
		case ok && !v.Status.Editable():
			return withStaff()
		case !ok:
			v = prokura.Verification{Business: business, Version: 1, Status: prokura.VerificationBegun, Begun: d.Now, BegunBy: d.By.Person.ID, SiteValue: newSiteValue()}
			if v.Number, err = d.AddVerification(v); err != nil {
				return err
			}
		}
		d.Note(noted(v.Details), noted(details))
		v.Hand(d.By.Person.ID)
		put(&v, details)
		if err := endGiven(r, d, c, &b, details); err != nil {
			return err
		}
		return update(d, b, v)
	})
}

// noted is what the journal says of details: whom to call is nobody's business.
func noted(d prokura.VerificationDetails) any {
	return map[string]string{"legal_name": d.LegalName, "country": d.Country, "registration": d.Registration, "website": d.Website}
}

// endGiven ends the verification that a business has if it says now that it is
// another one.
func endGiven(r *registry.Registry, d *registry.Door, c registry.Caller, b *prokura.Business, details prokura.VerificationDetails) error {
	if !b.Verified() {
		return nil
	}
	list, err := d.Verifications(b.ID, false, shownPast)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(v prokura.Verification) bool { return v.Status == prokura.VerificationGiven })
	if i < 0 || details.LegalName == "" || details.Website == "" ||
		details.LegalName == list[i].Details.LegalName && Domain(details.Website) == Domain(list[i].Details.Website) {
		return nil
	}
	if err := r.WantFresh(c); err != nil {
		return err
	}
	b.Verification = string(prokura.VerificationExpired)
	if err := d.ExpireVerification(b.ID, prokura.ReasonChanged, d.Now); err != nil {
		return err
	}
	return r.MailAdmins(d, b.ID, prokura.MailVerificationEnded, map[string]string{"business": b.Name, "business_id": b.ID.String(), "by": d.ActorName(), "why": string(prokura.ReasonChanged)})
}

// update writes a verification, and with it what the business is from now on: it
// stays verified while another verification is under way.
func update(d *registry.Door, b prokura.Business, v prokura.Verification) error {
	v.Changed = d.Now
	if err := d.UpdateVerification(v); err != nil {
		return err
	}
	if !b.Verified() || v.Status == prokura.VerificationGiven {
		b.Verification = string(v.Status)
	}
	d.Touch(registry.OfBusiness, b.ID)
	return d.UpdateBusiness(b)
}

// AddDocument receives a document and keeps it with the verification under way. Who
// may not is told before a byte of it is read.
func AddDocument(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, name string, content io.Reader) error {
	if err := r.MayRead(c, prokura.ActEditVerification, prokura.Subject{Business: business}); err != nil {
		return err
	}
	v, err := registry.View(ctx, r, func(tx *store.View) (prokura.Verification, error) {
		v, err := editable(tx, business)
		if err == nil {
			err = roomForDocument(r, tx, business, v)
		}
		return v, err
	})
	if err != nil {
		return err
	}
	f, err := files.Receive(ctx, r, c, prokura.File{Owner: business, Place: v.Place(), Name: name}, content)
	if err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActEditVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		v, err := editable(d.View(), business)
		if err == nil && v.Place() != f.Place {
			err = registry.Missing()
		}
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		return keep(r, d, v, business, f)
	})
}

func roomForDocument(r *registry.Registry, tx *store.View, owner prokura.ID, v prokura.Verification) error {
	list, err := tx.Files(owner, v.Place(), r.Now())
	if err == nil && len(list) >= mostDocuments {
		err = prokura.Errorf(prokura.LimitReached, "A verification has at most %d documents.", mostDocuments).WithField("file")
	}
	return err
}

// keep keeps a document that was received: until it is sent for some time.
func keep(r *registry.Registry, d *registry.Door, v prokura.Verification, owner prokura.ID, f prokura.File) error {
	if err := roomForDocument(r, d.View(), owner, v); err != nil {
		return err
	}
	if _, err := files.Keep(d, f.ID, owner, v.Place()); err != nil {
		return err
	}
	if v.Sent == 0 {
		if err := d.SetFileDue(f.ID, d.Now.Add(draftDays*day)); err != nil {
			return err
		}
	}
	d.Note(nil, map[string]any{"document": f.Name, "size": f.Size, "sha256": f.SHA256})
	v.Changed = d.Now
	v.Hand(d.By.Person.ID)
	return d.UpdateVerification(v)
}

// DropDocument removes a document from the verification under way.
func DropDocument(ctx context.Context, r *registry.Registry, c registry.Caller, business, file prokura.ID) error {
	return r.Act(ctx, c, prokura.ActEditVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		v, err := editable(d.View(), business)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		return drop(d, v, business, file)
	})
}

func drop(d *registry.Door, v prokura.Verification, owner, file prokura.ID) error {
	f, err := files.Find(d.View(), d.Now, file, owner, v.Place())
	if err != nil {
		return err
	}
	d.Note(map[string]any{"document": f.Name, "sha256": f.SHA256}, nil)
	v.Changed = d.Now
	v.Hand(d.By.Person.ID)
	if err := d.UpdateVerification(v); err != nil {
		return err
	}
	return d.DeleteFile(file)
}

// Send gives a verification to staff. What it still lacks is an error that names it.
func Send(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActSendVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		v, err := editable(d.View(), business)
		if err != nil {
			return err
		}
		documents, err := d.Files(business, v.Place(), d.Now)
		if err != nil {
			return err
		}
		if list := missing(v, documents); len(list) > 0 {
			return prokura.Errorf(prokura.InvalidParameter, "Something is missing: see the list.").WithField("missing")
		}
		v.Version, v.Status, v.Name, v.Sent, v.SentBy = version, prokura.VerificationWaits, b.Name, d.Now, d.By.Person.ID
		v.Hand(d.By.Person.ID)
		d.Note(nil, map[string]any{"name": b.Name, "details": noted(v.Details), "documents": len(documents)})
		if err := d.KeepFiles(business, v.Place(), d.Now); err != nil {
			return err
		}
		return update(d, b, v)
	})
}

// Withdraw takes a verification back from staff, so that it may be changed.
func Withdraw(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, version int64) error {
	return r.Act(ctx, c, prokura.ActWithdrawVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		v, ok, err := current(d.View(), business)
		if err != nil {
			return err
		}
		if !ok || v.Status == prokura.VerificationBegun {
			return prokura.Errorf(prokura.Conflict, "There is nothing to withdraw: staff have answered, or nothing was sent.")
		}
		v.Version, v.Status = version, prokura.VerificationBegun
		v.Hand(d.By.Person.ID)
		d.Note(nil, map[string]any{"status": v.Status})
		return update(d, b, v)
	})
}
