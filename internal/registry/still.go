package registry

import (
	"errors"

	"github.com/prokura/prokura"
)

// delayed says, for each kind of request, which act it was that somebody sent
// it by. What is asked or offered takes effect on a later day, by somebody
// else's yes.
var delayed = map[prokura.RequestKind]prokura.Act{
	prokura.RequestOwnAsset: prokura.ActRequestAsset,
	prokura.RequestUseAsset: prokura.ActRequestAsset,
	prokura.RequestUseApp:   prokura.ActRequestApp,
	prokura.RequestOwnApp:   prokura.ActRequestApp,
	prokura.OfferApp:        prokura.ActShareApp,
	prokura.GiveApp:         prokura.ActTransferApp,
	prokura.InviteMember:    prokura.ActInvitePerson,
	prokura.InviteAppRole:   prokura.ActManageRoles,
	prokura.InviteAppOwner:  prokura.ActTransferApp,
}

// Still reports whether whoever made a request could make it now, by the same
// decision as then on facts of this transaction: who was removed, lost the role,
// or lacks the second factor that is demanded meanwhile, must not get by what
// they sent before what they may not ask for any more (T31).
func (d *Door) Still(q prokura.Request) (bool, error) {
	act, ok := delayed[q.Kind]
	if !ok {
		return false, nil
	}
	f, err := d.sender(q.CreatedBy)
	if errors.Is(err, prokura.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s := prokura.Subject{Business: q.Business}
	if q.App != 0 && !Asks(q.Kind) {
		if s, err = AppSubject(d.View(), f, q.App); err != nil {
			return false, err
		}
	}
	return prokura.Decide(d.catalog, f, act, s, d.Now) == nil, nil
}

// sender reads what is known of who made a request as if they were here: a
// person at a page, a system user with a token that holds all it can.
func (d *Door) sender(id prokura.ID) (*prokura.Facts, error) {
	f, err := d.PersonFacts(id)
	if !errors.Is(err, prokura.NotFound) {
		return f, err
	}
	u, err := d.SystemUser(id)
	if err != nil {
		return nil, err
	}
	f = u.Facts()
	f.Token.Scopes = d.catalog.Select(func(prokura.PermissionInfo) bool { return true })
	f.Token.Made.SystemUser, f.Token.Made.Installation = u.Generation, 1
	f.Installed.Generation, f.Exempt, f.App.Mode = 1, true, prokura.ModeLive
	return f, nil
}
