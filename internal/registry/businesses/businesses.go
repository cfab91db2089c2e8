// Package businesses holds businesses, their people, invitations, and the answers
// to what others ask of a business.
//
// It is one of two joints among the rooms: a request is about an app or an asset,
// so the second yes is given by those rooms, which it imports.
package businesses

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const maxBusinessesPerPerson = 50

// Create makes a business with the person in full control of it.
func Create(ctx context.Context, r *registry.Registry, c registry.Caller, name string) (prokura.ID, error) {
	var id prokura.ID
	err := r.Act(ctx, c, prokura.ActCreateBusiness, nil, func(d *registry.Door) error {
		name = strings.TrimSpace(name)
		if err := CheckName(name); err != nil {
			return err
		}
		if len(d.By.Members) >= maxBusinessesPerPerson {
			return prokura.Errorf(prokura.LimitReached, "A person is in at most %d businesses.", maxBusinessesPerPerson)
		}
		var err error
		if id, err = d.NewID(prokura.NodeBusiness, 0); err != nil {
			return err
		}
		member, err := d.NewID(prokura.NodeMember, 0)
		if err != nil {
			return err
		}
		d.Entry.Business, d.Entry.Subject = id, id
		d.Touch(registry.OfPerson, c.Person.ID)
		if err := d.AddBusiness(prokura.Business{ID: id, Name: name, Generation: 1, Verification: "not_verified", Vertical: "NOT_SET", CreatedBy: c.Person.ID, Created: d.Now}); err != nil {
			return err
		}
		return d.AddMember(prokura.Member{ID: member, Business: id, Person: c.Person.ID, Role: prokura.RoleAdmin, Created: d.Now})
	})
	return id, err
}

// CheckName refuses what is no name of a business.
func CheckName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > 100 || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "A business needs a name of at most 100 characters.").WithField("name")
	}
	return nil
}

// Mine lists the person's businesses.
func Mine(ctx context.Context, r *registry.Registry, c registry.Caller) ([]registry.Membership, error) {
	if c.Credential != prokura.CredentialSession {
		return nil, registry.SignInRequired()
	}
	return registry.View(ctx, r, func(tx *store.View) ([]registry.Membership, error) { return tx.Businesses(c.Person.ID, 0, 500) })
}

// Summary is a person's business at a glance.
type Summary struct {
	registry.Membership
	store.BusinessSize
}

// Summaries lists the person's businesses with what is in them.
func Summaries(ctx context.Context, r *registry.Registry, c registry.Caller) ([]Summary, error) {
	list, err := Mine(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Summary, error) {
		out := make([]Summary, len(list))
		for i, m := range list {
			out[i].Membership = m
			if m.Lacking {
				continue // shut until there is a second factor
			}
			if out[i].BusinessSize, err = tx.BusinessSize(m.Business); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

// Head is what every page about a business shows.
type Head struct {
	Business prokura.Business
	Member   prokura.Member // the caller's place
}

// FullControl reports whether the caller has full control.
func (h Head) FullControl() bool { return h.Member.Role == prokura.RoleAdmin }

// HeadOf shows a business to its members, and no more of it than its
// name.
func HeadOf(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (Head, error) {
	if err := r.MayRead(c, prokura.ActViewBusiness, prokura.Subject{Business: id}); err != nil {
		return Head{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (Head, error) {
		b, err := tx.Business(id)
		return Head{Business: b, Member: c.Member(id)}, registry.HideMissing(err)
	})
}

// Sees reports whether a token shows a business itself, and not only as
// the partner or owner of what it shows: how a business guards itself is for its
// own people and their apps (T41).
func Sees(r *registry.Registry, c registry.Caller, business prokura.ID) bool {
	return r.MayRead(c, prokura.ActReadBusiness, prokura.Subject{Business: business}) == nil
}

// Verticals are the lines of business that a business may name.
var Verticals = strings.Fields(`ADVERTISING AUTOMOTIVE CONSUMER_PACKAGED_GOODS ECOMMERCE EDUCATION ENERGY_AND_UTILITIES
	ENTERTAINMENT_AND_MEDIA FINANCIAL_SERVICES GAMING GOVERNMENT_AND_POLITICS HEALTH LUXURY MARKETING NON_PROFIT NOT_SET
	ORGANIZATIONS_AND_ASSOCIATIONS OTHER PROFESSIONAL_SERVICES RESTAURANT RETAIL TECHNOLOGY TELECOM TRAVEL`)

// Change is what is to change in a business; nil stays as it is.
type Change struct {
	Name      *string
	Vertical  *string
	TwoFactor *prokura.TwoFactorType
	Notices   *bool // prokura.Business.AllNotices
}

// Update changes name, line of business, and who needs a second factor. A
// verified business is one by the name that the platform looked at: with another
// it is not verified any more. That takes a person and their password, and all
// with full control are told.
// A demand for second factors can only be made by a person who has one: nobody
// locks themselves out. It takes effect at once: who lacks one reaches nothing
// through the business until they have it.
func Update(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, change Change) error {
	return r.Act(ctx, c, prokura.ActUpdateBusiness, registry.OnBusiness(id), func(d *registry.Door) error {
		b, err := d.LivingBusiness(id)
		if err != nil {
			return err
		}
		before, former := businessNote(b), b
		if change.Name != nil {
			if b.Name = strings.TrimSpace(*change.Name); CheckName(b.Name) != nil {
				return CheckName(b.Name)
			}
		}
		if change.Vertical != nil {
			if b.Vertical = *change.Vertical; !slices.Contains(Verticals, b.Vertical) {
				return prokura.Errorf(prokura.InvalidParameter, "There is no such line of business.").WithField("vertical")
			}
		}
		if change.Notices != nil {
			b.AllNotices = *change.Notices
		}
		demanded := b.TwoFactor
		if change.TwoFactor != nil && *change.TwoFactor != b.TwoFactor {
			if err := mayDemand(d, *change.TwoFactor); err != nil {
				return err
			}
			b.TwoFactor = *change.TwoFactor
		}
		d.Entry.Subject = id
		renamed := former.Verified() && b.Name != former.Name
		if renamed {
			if err := mayRename(r, c); err != nil {
				return err
			}
			b.Verification = "not_verified"
			if err := d.ExpireVerification(id, prokura.ReasonRenamed, d.Now); err != nil {
				return err
			}
		}
		d.Note(before, businessNote(b))
		d.Touch(registry.OfBusiness, id)
		if err := d.UpdateBusiness(b); err != nil {
			return err
		}
		if renamed {
			if err := mailPower(r, d, id, "", prokura.MailRenamed, map[string]string{"former": former.Name}); err != nil {
				return err
			}
		}
		if !lower(b.TwoFactor, demanded) {
			return nil
		}
		return mailPower(r, d, id, "", prokura.MailDemandLowered, map[string]string{"demand": string(b.TwoFactor)})
	})
}

func businessNote(b prokura.Business) any {
	return map[string]any{"name": b.Name, "verification": b.Verification, "vertical": b.Vertical, "two_factor_type": b.TwoFactor, "all_notices": b.AllNotices}
}

// mayRename decides whether the caller may give a verified business another name.
func mayRename(r *registry.Registry, c registry.Caller) error {
	if c.Credential == prokura.CredentialToken {
		return prokura.Errorf(prokura.RoleMissing, "A verified business is renamed by a person with full control, in its settings: it is verified by its name.").WithField("name")
	}
	return r.WantFresh(c)
}

// lower reports whether fewer people need a second factor than before.
func lower(now, before prokura.TwoFactorType) bool {
	order := []prokura.TwoFactorType{prokura.TwoFactorNone, prokura.TwoFactorAdmins, prokura.TwoFactorAll}
	return slices.Index(order, now) < slices.Index(order, before)
}

func mayDemand(d *registry.Door, t prokura.TwoFactorType) error {
	switch t {
	case prokura.TwoFactorNone:
		return nil
	case prokura.TwoFactorAdmins, prokura.TwoFactorAll:
	default:
		return prokura.Errorf(prokura.InvalidParameter, "The requirement is none, admin_required or all_required.").WithField("two_factor_type")
	}
	has := false
	if p := d.By.Person.ID; p != 0 {
		var err error
		if has, err = d.HasSecondFactor(p); err != nil {
			return err
		}
	}
	if !has {
		return prokura.Errorf(prokura.TwoFactorRequired, "Turn two-factor authentication on for yourself before you demand it of others.").WithField("two_factor_type")
	}
	return nil
}

// ListLackingFactor counts the people of a business who have no second factor, for
// those who manage people: all of them, and those with full control.
func ListLackingFactor(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (LackingFactor, error) {
	if err := r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return LackingFactor{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (LackingFactor, error) { return tx.LackingFactor(business) })
}

// LackingFactor counts people without a second factor.
type LackingFactor = store.LackingFactor

// Ending is what ends with a business.
type Ending struct {
	store.BusinessSize
	SystemUsers int
	Owned       int // living apps, which keep it from ending
}

// ShowEnding shows what would end with a business to those who may end it.
func ShowEnding(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (Ending, error) {
	if err := r.MayRead(c, prokura.ActDeleteBusiness, prokura.Subject{Business: business}); err != nil {
		return Ending{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (out Ending, err error) {
		if out.BusinessSize, err = tx.BusinessSize(business); err != nil {
			return out, err
		}
		users, err := tx.LivingSystemUsers(business)
		if err != nil {
			return out, err
		}
		out.SystemUsers = len(users)
		out.Owned, err = tx.OwnedApps(business)
		return out, err
	})
}

// Delete ends a business: it takes everything back that it gave to
// apps, its system users go, its members leave, nobody else uses its assets any
// more. name is typed by the person, who also entered the password lately. Apps
// that it owns must be deleted or moved first. It is final when it returns
// (R-TOKEN-10).
func Delete(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, name string) error {
	return r.Act(ctx, c, prokura.ActDeleteBusiness, registry.OnBusiness(id), func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		d.Touch(registry.OfBusiness, id)
		b, err := d.LivingBusiness(id)
		if err != nil {
			return err
		}
		if strings.TrimSpace(name) != b.Name {
			return prokura.Errorf(prokura.InvalidParameter, "Type the name of the business as it stands above.").WithField("name")
		}
		apps, err := d.OwnedApps(id)
		if err != nil {
			return err
		}
		if apps > 0 {
			return prokura.Errorf(prokura.InvalidParameter, "The business owns apps. Delete them or move them to another owner first.")
		}
		d.Entry.Subject = id
		d.Note(businessNote(b), nil)
		if err := endShares(d, id); err != nil {
			return err
		}
		if err := touchAllOf(d, id); err != nil {
			return err
		}
		grants, err := d.BusinessGrants(id, 0)
		if err != nil {
			return err
		}
		for _, g := range grants {
			d.Touch(registry.OfGrant, g.ID)
			if err := d.RevokeGrant(g.ID, d.Now); err != nil {
				return err
			}
			if err := d.BumpConnection(g.App, id); err != nil {
				return err
			}
		}
		if err := d.DeleteBusiness(id, d.Now); err != nil {
			return err
		}
		return d.GrantsEnded(grants)
	})
}

// endShares tells the apps of agencies what they lose with the business, each
// grant once.
func endShares(d *registry.Door, business prokura.ID) error {
	list, err := d.SharedOut(business)
	if err != nil {
		return err
	}
	lost := map[prokura.ID][]prokura.ID{} // of each agency
	for _, s := range list {
		d.Touch(registry.OfAsset, s.ID)
		lost[s.With] = append(lost[s.With], s.ID)
	}
	for _, agency := range slices.Sorted(maps.Keys(lost)) {
		if err := d.AssetsLost(lost[agency], agency); err != nil {
			return err
		}
	}
	return nil
}

// touchAllOf names everybody and everything whose facts speak of a business.
func touchAllOf(d *registry.Door, business prokura.ID) error {
	people, err := d.MemberPeople(business)
	if err != nil {
		return err
	}
	users, err := d.LivingSystemUsers(business)
	if err != nil {
		return err
	}
	related, err := d.TiedBusinesses(business)
	if err != nil {
		return err
	}
	shared, err := d.SharedInto(business)
	if err != nil {
		return err
	}
	for kind, list := range map[registry.EntityKind][]prokura.ID{registry.OfPerson: people, registry.OfSystemUser: users, registry.OfBusiness: related, registry.OfAsset: shared} {
		for _, id := range list {
			d.Touch(kind, id)
		}
	}
	return nil
}

// View is a business's home page.
type View struct {
	Business  prokura.Business
	Role      prokura.BusinessRole // the caller's
	Members   []registry.Membership
	Assets    map[prokura.AssetKind]int             // how many it owns
	First     map[prokura.AssetKind][]prokura.Asset // the first few of each kind
	Connected int                                   // apps
}

const firstAssets = 10

// Get shows a business to its members.
func Get(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*View, error) {
	if err := r.MayRead(c, prokura.ActViewBusiness, prokura.Subject{Business: id}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*View, error) {
		v := &View{Role: c.Role(id)}
		var err error
		if v.Business, err = tx.Business(id); err != nil {
			return nil, registry.HideMissing(err)
		}
		if v.Members, err = tx.Members(id, store.MemberQuery{Limit: 200}); err != nil {
			return nil, err
		}
		if v.Assets, err = tx.CountAssets(id); err != nil {
			return nil, err
		}
		v.First = make(map[prokura.AssetKind][]prokura.Asset, len(v.Assets))
		for kind := range v.Assets {
			if v.First[kind], err = tx.OwnedAssets(id, registry.AssetQuery{Kind: kind, Limit: firstAssets, ByName: true}); err != nil {
				return nil, err
			}
		}
		size, err := tx.BusinessSize(id)
		v.Connected = size.Apps
		return v, err
	})
}

// Read shows a business to callers that may read it.
func Read(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (prokura.Business, error) {
	if err := r.MayRead(c, prokura.ActReadBusiness, prokura.Subject{Business: id}); err != nil {
		return prokura.Business{}, err
	}
	b, err := r.Business(ctx, id)
	if err != nil {
		return b, registry.HideMissing(err)
	}
	return b, nil
}

// Owner tells about the business that owns an asset which the caller has read,
// to callers that may see businesses.
func Owner(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (prokura.Business, error) {
	if err := r.MayRead(c, prokura.ActListBusinesses, prokura.Subject{}); err != nil {
		return prokura.Business{}, err
	}
	return r.Business(ctx, business)
}

// List lists the businesses of the caller (me/businesses), in id order.
// BISU, child and system users have one.
func List(ctx context.Context, r *registry.Registry, c registry.Caller, after prokura.ID, limit int) ([]prokura.Business, error) {
	if err := r.MayRead(c, prokura.ActListBusinesses, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]prokura.Business, error) {
		out := []prokura.Business{}
		if c.Person.ID == 0 {
			if c.Business.ID > after {
				b, err := tx.Business(c.Business.ID)
				return append(out, b), err
			}
			return out, nil
		}
		list, err := tx.Businesses(c.Person.ID, after, limit)
		for _, m := range list {
			b, err := tx.Business(m.Business)
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
		return out, err
	})
}
