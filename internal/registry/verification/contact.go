package verification

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const (
	codeLife   = 30 * time.Minute
	codeDigits = 8
	mostTries  = 5 // of one code
)

// MailCode mails a code to the address that the business named, at its domain. The
// codes from before are worth nothing.
func MailCode(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) error {
	return r.Act(ctx, c, prokura.ActProveContact, registry.OnBusiness(business), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		v, err := editable(d.View(), business)
		switch {
		case err != nil:
			return err
		case v.Details.Website == "" || !fits(v.Details.Email, Domain(v.Details.Website)):
			return prokura.Errorf(prokura.InvalidParameter, "Enter the web site and an address at its domain first, and save.").WithField("email")
		}
		code := fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint64(registry.RandomBytes(8))%100_000_000)
		mailed, err := r.MailPaced(d, business, []string{v.Details.Email}, prokura.MailVerificationCode, map[string]string{
			"code": code[:4] + " " + code[4:], "business": b.Name, "business_id": business.String(), "person": d.ActorName()})
		if err != nil {
			return err
		}
		if !mailed {
			return prokura.Errorf(prokura.LimitReached, "A code was mailed there a few minutes ago. Wait for it, or for another ten minutes.").WithField("code")
		}
		v.Code, v.Mailed, v.Tries, v.MailProven, v.Changed = hashOf(r, v, code), d.Now, 0, 0, d.Now
		d.Note(nil, map[string]any{"mailed": Domain(v.Details.Website)})
		v.Hand(d.By.Person.ID)
		return d.UpdateVerification(v)
	})
}

// hashOf is what the database knows of a code: made with a key from outside of it, for
// one verification and address, since codes are short.
func hashOf(r *registry.Registry, v prokura.Verification, code string) string {
	key := r.Derive("verification codes")
	m := hmac.New(sha256.New, key[:])
	fmt.Fprintf(m, "%s %q %s", v.Place(), v.Details.Email, strings.Join(strings.Fields(code), ""))
	return hex.EncodeToString(m.Sum(nil))
}

// ProveMail takes the code that was mailed. After some wrong ones it is worth nothing.
func ProveMail(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, code string) error {
	var refused error
	err := r.Act(ctx, c, prokura.ActProveContact, registry.OnBusiness(business), func(d *registry.Door) error {
		refused = nil
		d.Entry.Subject = business
		v, err := editable(d.View(), business)
		if err != nil {
			return err
		}
		v.Changed = d.Now
		switch {
		case v.Code == "" || v.Mailed.Add(codeLife).Past(d.Now):
			return prokura.Errorf(prokura.InvalidParameter, "That code works no more. Ask for another one.").WithField("code")
		case !hmac.Equal([]byte(v.Code), []byte(hashOf(r, v, code))):
			refused = prokura.Errorf(prokura.InvalidParameter, "That is not the code.").WithField("code")
			if v.Tries++; v.Tries >= mostTries {
				refused = prokura.Errorf(prokura.InvalidParameter, "That is not the code, and it works no more. Ask for another one.").WithField("code")
				v.Code = ""
			}
			d.Note(nil, map[string]any{"wrong_codes": v.Tries})
		default:
			v.Code, v.MailProven = "", d.Now
			d.Note(nil, map[string]any{"mail_at": Domain(v.Details.Website)})
		}
		v.Hand(d.By.Person.ID)
		return d.UpdateVerification(v)
	})
	if err == nil {
		err = refused
	}
	return err
}

// ProveSite has somebody look whether the web site, or its domain, shows the value, and
// keeps that it does. Who looks is told by whom it is paid for, how to look, where, and
// what has to be there.
func ProveSite(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, by prokura.SiteProof, look registry.SiteCheck) error {
	if err := r.MayRead(c, prokura.ActProveContact, prokura.Subject{Business: business}); err != nil {
		return err
	}
	before, err := registry.View(ctx, r, func(tx *store.View) (prokura.Verification, error) { return editable(tx, business) })
	if err != nil {
		return err
	}
	where := ""
	switch domain := Domain(before.Details.Website); {
	case domain == "" || look == nil:
		return prokura.Errorf(prokura.InvalidParameter, "Enter the web site first, and save.").WithField("website")
	case by == prokura.SiteByDNS:
		where = prokura.SiteRecord + domain
	case by == prokura.SiteByFile:
		where = before.Details.Site() + prokura.SitePath
	default:
		return prokura.Errorf(prokura.InvalidParameter, "Choose how the web site is looked at.").WithField("by")
	}
	if err := look(ctx, business, by, where, prokura.SitePrefix+before.SiteValue); err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActProveContact, registry.OnBusiness(business), func(d *registry.Door) error {
		d.Entry.Subject = business
		v, err := editable(d.View(), business)
		if err != nil {
			return err
		}
		if v.Number != before.Number || v.SiteValue != before.SiteValue { // another site meanwhile
			return prokura.Errorf(prokura.Conflict, "Somebody has changed this verification meanwhile. Look at it again.")
		}
		v.SiteProven, v.SiteBy, v.Changed = d.Now, by, d.Now
		d.Note(nil, map[string]any{"site": v.Details.Site(), "by": by})
		v.Hand(d.By.Person.ID)
		return d.UpdateVerification(v)
	})
}
