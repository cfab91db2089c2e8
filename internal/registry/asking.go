package registry

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/mail"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// MaxOpenRequests bounds what one business waits for, assets and apps together
// (T35).
const MaxOpenRequests = 1000

// RoomForRequest refuses more requests than a business may wait for.
func (d *Door) RoomForRequest(business prokura.ID) error {
	n, err := d.CountOpenRequests(business, d.Now)
	if err == nil && n >= MaxOpenRequests {
		err = prokura.Errorf(prokura.LimitReached, "A business waits for the answers to at most %d requests.", MaxOpenRequests)
	}
	return err
}

// Asked are the kinds of request by which a business asks others.
var Asked = []prokura.RequestKind{prokura.RequestOwnAsset, prokura.RequestUseAsset, prokura.RequestUseApp, prokura.RequestOwnApp}

// OfferedByApp are the kinds by which an app's people offer it to a business.
var OfferedByApp = []prokura.RequestKind{prokura.OfferApp, prokura.GiveApp}

// Asks reports whether the business of a request is who asks.
func Asks(k prokura.RequestKind) bool { return slices.Contains(Asked, k) }

// ShownRequests bounds the requests that a page shows.
const ShownRequests = 200

// LivingBusiness finds a business that was not deleted.
func (d *Door) LivingBusiness(id prokura.ID) (prokura.Business, error) {
	b, err := d.Business(id)
	if err != nil || b.Deleted != 0 {
		return b, OrMissing(err)
	}
	return b, nil
}

// invitationSecret is the secret of an invitation's link: made from the id of
// its request, so that admins can be shown the link again while the database
// holds nothing that opens it (T29).
func (r *Registry) invitationSecret(request prokura.ID) prokura.Secret {
	key := r.DeriveLasting("invitations")
	m := hmac.New(sha256.New, key[:])
	m.Write([]byte(request.String()))
	return prokura.Secret(hex.EncodeToString(m.Sum(nil)))
}

// InvitationPath is where an invitation is answered, below the server's base
// URL. It is as good as the invitation: for its mail and for those who sent it.
func (r *Registry) InvitationPath(request prokura.ID) string {
	return "/invitations/" + r.invitationSecret(request).Reveal()
}

// Invitations are requests that invite, with their links and who sent them.
func (r *Registry) Invitations(tx *store.View, list []prokura.Request) ([]Invitation, error) {
	out := make([]Invitation, len(list))
	for i, q := range list {
		by, err := NameOf(tx, q.CreatedBy)
		if err != nil {
			return nil, err
		}
		out[i] = Invitation{Request: q, Path: r.InvitationPath(q.ID), By: by}
	}
	return out, nil
}

// Invite adds an invitation and mails it; the journal's line is about it. The
// same one pending is AlreadyRequested. An app is offered to one person at a
// time.
func (r *Registry) Invite(d *Door, q prokura.Request) (mailed bool, err error) {
	if err := CheckEmail(q.Email); err != nil {
		return false, err
	}
	if q.Kind == prokura.InviteAppOwner {
		open, err := d.RequestsOf(0, q.App, q.Kind, d.Now, 0, 1)
		if err != nil {
			return false, err
		}
		if len(open) > 0 && open[0].Email != q.Email {
			return false, prokura.Errorf(prokura.LimitReached, "The app is being handed over to another person. Withdraw that first.").WithField("email")
		}
	}
	if q.ID, err = d.NewID(prokura.NodeRequest, 0); err != nil {
		return false, err
	}
	q.Secret, q.State = HashOf(r.invitationSecret(q.ID).Reveal()), prokura.RequestPending
	q.CreatedBy, q.Created, q.Expires = d.Actor(), d.Now, d.Now.Add(prokura.RequestLifetime)
	d.Entry.Subject = q.ID
	d.Note(nil, RequestNote(q))
	if err := d.AddRequest(q); err != nil {
		return false, err
	}
	return r.MailInvitation(d, q)
}

// MailInvitation sends the mail that is named like the kind of request, from
// the business or the app.
func (r *Registry) MailInvitation(d *Door, q prokura.Request) (mailed bool, err error) {
	values := map[string]string{"person": d.ActorName(), "role": q.Role, "link": r.InvitationPath(q.ID)}
	if q.Business != 0 {
		b, err := d.LivingBusiness(q.Business)
		if err != nil {
			return false, err
		}
		values["business"], values["business_id"] = b.Name, b.ID.String()
	}
	if q.App != 0 {
		a, err := d.App(q.App)
		if err != nil {
			return false, err
		}
		values["app"], values["app_id"] = a.Name, a.ID.String()
	}
	return r.MailPaced(d, max(q.Business, q.App), []string{q.Email}, string(q.Kind), values)
}

// Invitation is an open invitation as those who sent it see it.
type Invitation struct {
	prokura.Request
	By   string // name of who sent it
	Path string // of the link, below the server's base URL

	// Mailed says, of one that was just sent, whether a mail goes out: not when
	// the same address was mailed one a short while ago.
	Mailed bool
}

// CheckEmail refuses what is no e-mail address; the error names the field email.
func CheckEmail(email string) error {
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email || len(email) > 254 || !prokura.PlainName(email) {
		return prokura.Errorf(prokura.InvalidParameter, "Enter an e-mail address.").WithField("email")
	}
	return nil
}

// RequestNote is what the journal keeps of a request: never its secret.
func RequestNote(q prokura.Request) any {
	return map[string]any{"kind": q.Kind, "business": q.Business, "app": q.App, "asset": q.Asset, "role": q.Role, "tasks": q.Tasks}
}
