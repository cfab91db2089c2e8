package registry

import (
	"context"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

func validAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

const maxBusinessesPerPerson = 50

// CreateBusiness makes a business with the person in full control of it.
func (r *Registry) CreateBusiness(ctx context.Context, c Caller, name string) (prokura.ID, error) {
	var id prokura.ID
	err := r.act(ctx, c, prokura.ActCreateBusiness, nil, func(d *door) error {
		name = strings.TrimSpace(name)
		if err := checkBusinessName(name); err != nil {
			return err
		}
		if len(d.facts.Members) >= maxBusinessesPerPerson {
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
		d.entry.Business, d.entry.Subject = id, id
		d.touch(ofPerson, c.Person.ID)
		if err := d.AddBusiness(prokura.Business{ID: id, Name: name, Generation: 1, Verification: "not_verified", Vertical: "NOT_SET", CreatedBy: c.Person.ID, Created: d.now}); err != nil {
			return err
		}
		return d.AddMember(prokura.Member{ID: member, Business: id, Person: c.Person.ID, Role: prokura.RoleAdmin, Created: d.now})
	})
	return id, err
}

func checkBusinessName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > 100 || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "A business needs a name of at most 100 characters.").WithField("name")
	}
	return nil
}

// Membership is a person's place in a business, with the other one's name.
type Membership = store.Membership

// MyBusinesses lists the person's businesses.
func (r *Registry) MyBusinesses(ctx context.Context, c Caller) ([]Membership, error) {
	if c.Credential != prokura.CredentialSession {
		return nil, signInRequired()
	}
	return view(ctx, r, func(tx *store.Tx) ([]Membership, error) { return tx.Businesses(c.Person.ID, 0, 500) })
}

// BusinessSummary is a person's business at a glance.
type BusinessSummary struct {
	Membership
	store.BusinessSize
}

// BusinessSummaries lists the person's businesses with what is in them.
func (r *Registry) BusinessSummaries(ctx context.Context, c Caller) ([]BusinessSummary, error) {
	list, err := r.MyBusinesses(ctx, c)
	if err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.Tx) ([]BusinessSummary, error) {
		out := make([]BusinessSummary, len(list))
		for i, m := range list {
			size, err := tx.BusinessSize(m.Business)
			if err != nil {
				return nil, err
			}
			out[i] = BusinessSummary{m, size}
		}
		return out, nil
	})
}

// BusinessView is a business's home page.
type BusinessView struct {
	Business  prokura.Business
	Role      prokura.BusinessRole // the caller's
	Members   []Membership
	Assets    map[prokura.AssetKind]int             // how many it owns
	First     map[prokura.AssetKind][]prokura.Asset // the first few of each kind
	Connected int                                   // apps
}

const firstAssets = 10

// Business shows a business to its members.
func (r *Registry) Business(ctx context.Context, c Caller, id prokura.ID) (*BusinessView, error) {
	if err := r.read(c, prokura.ActViewBusiness, prokura.Subject{Business: id}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.Tx) (*BusinessView, error) {
		v := &BusinessView{Role: c.Role(id)}
		var err error
		if v.Business, err = tx.Business(id); err != nil {
			return nil, hideMissing(err)
		}
		if v.Members, err = tx.Members(id, store.MemberQuery{Limit: 200}); err != nil {
			return nil, err
		}
		if v.Assets, err = tx.CountAssets(id); err != nil {
			return nil, err
		}
		v.First = make(map[prokura.AssetKind][]prokura.Asset, len(v.Assets))
		for kind := range v.Assets {
			if v.First[kind], err = tx.OwnedAssets(id, AssetQuery{Kind: kind, Limit: firstAssets, ByName: true}); err != nil {
				return nil, err
			}
		}
		size, err := tx.BusinessSize(id)
		v.Connected = size.Apps
		return v, err
	})
}
