package history

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Choice is somebody whose acts a reader can ask for.
type Choice struct {
	Key  string // for [Find]
	Name string
}

// mostChoices bounds the people that a page offers.
const mostChoices = 200

// Choices are people of a business or an app by name. The whole journal has too
// many: there one says an address.
func Choices(ctx context.Context, r *registry.Registry, c registry.Caller, s Scope) ([]Choice, error) {
	return registry.View(ctx, r, func(tx *store.View) (out []Choice, err error) {
		if err := mayRead(r, tx, c, s); err != nil {
			return nil, err
		}
		switch {
		case s.Business != 0:
			list, err := tx.Members(s.Business, store.MemberQuery{Limit: mostChoices})
			for _, m := range list {
				out = append(out, Choice{m.ID.String(), m.Name})
			}
			return out, err
		case s.App != 0:
			list, err := tx.AppRoles(s.App)
			for _, p := range list {
				out = append(out, Choice{p.Subject.String(), p.Name})
			}
			return out, err
		}
		return nil, nil
	})
}

// Find is the person that a key of [Choices] means; in the whole journal the id or
// address of anybody. NotFound: nobody.
func Find(ctx context.Context, r *registry.Registry, c registry.Caller, s Scope, key string) (prokura.ID, error) {
	return registry.View(ctx, r, func(tx *store.View) (prokura.ID, error) {
		if err := mayRead(r, tx, c, s); err != nil {
			return 0, err
		}
		id, err := prokura.ParseID(key)
		if err != nil {
			if s != (Scope{}) {
				return 0, prokura.NotFound
			}
			p, err := tx.PersonByEmail(prokura.NormalEmail(key))
			return p.ID, err
		}
		if s.Business == 0 { // a line is theirs only where the reader may know it
			return id, nil
		}
		m, err := tx.Member(id)
		if errors.Is(err, prokura.NotFound) || err == nil && m.Business != s.Business {
			return 0, prokura.NotFound
		}
		return m.Person, err
	})
}
