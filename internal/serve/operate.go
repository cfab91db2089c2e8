package serve

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/staff"
)

// KeyState is a key of a world, without the key.
type KeyState = operator.KeyState

// Keys lists the keys of a world. It may run beside a server.
func Keys(ctx context.Context, c Config) (list []KeyState, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		list, err = operator.Keys(ctx, r)
		return err
	})
	return list, err
}

// AddKey adds a key, which counts from the next start on. It may run beside a
// server.
func AddKey(ctx context.Context, c Config, kind string) (id int64, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, path string) error {
		id, err = operator.AddKey(ctx, r, path, kind)
		return err
	})
	return id, err
}

// RetireKey ends a key, while no server holds the world: it would go on using it.
func RetireKey(ctx context.Context, c Config, kind string, id int64, ends bool) error {
	return c.operate(ctx, registry.HoldAlone, func(r *registry.Registry, path string) error { return operator.RetireKey(ctx, r, path, kind, id, ends) })
}

// Backup copies an SQLite world into a new file. It may run beside a server.
func Backup(ctx context.Context, c Config, file string) error {
	return operator.Backup(ctx, c.withDefaults().Database, file)
}

// Restoring says what to go on with, and Restored what was done.
type (
	Restoring = operator.Restoring
	Restored  = operator.Restored
)

// Restore makes a copy of a world the one to go on with, while no server holds it.
func Restore(ctx context.Context, c Config, in Restoring) (Restored, error) {
	return operator.Restore(ctx, c.withDefaults().registry(), in)
}

// AddPerson makes a person whose address the operator vouches for, and returns
// the link by which they set a password: below the base URL. It may run beside a
// server.
func AddPerson(ctx context.Context, c Config, name, email string) (link string, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		link, err = people.Add(ctx, r, name, email)
		return err
	})
	return c.public() + link, err
}

// MakeWayIn makes a link by which a person who is locked out sets a new password,
// and with factors loses their second factors. It may run beside a server, which
// does both when the link is used.
func MakeWayIn(ctx context.Context, c Config, email string, factors bool) (link string, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		link, err = people.MakeWayIn(ctx, r, email, factors)
		return err
	})
	return c.public() + link, err
}

// FirstOperator is a link for one use by which whoever opens it becomes the first
// operator; empty when there is one.
func (s *Server) FirstOperator(ctx context.Context) (string, error) {
	link, err := staff.OfferFirst(ctx, s.registry)
	if link != "" {
		link = s.base + link
	}
	return link, err
}

// AddStaff gives the person with an address a role among the platform's staff. Who
// has no account gets one by the name, if there is one, and a link by which they
// set a password. It may run beside a server, which asks the database each time
// what staff may do.
func AddStaff(ctx context.Context, c Config, email, name string, role prokura.StaffRole, evenLast bool) (link string, err error) {
	if err := staff.CheckRole(role); err != nil {
		return "", err
	}
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		set := func() error {
			return staff.Set(ctx, r, registry.Operator(""), email, role, evenLast)
		}
		err := set()
		if name == "" || !errors.Is(err, prokura.NotFound) {
			return err
		}
		if link, err = people.Add(ctx, r, name, email); err != nil {
			return err
		}
		link = c.public() + link
		return set()
	})
	return link, err
}

// RemoveStaff ends what a person may do as staff, beside a server.
func RemoveStaff(ctx context.Context, c Config, email string, evenLast bool) error {
	return c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		list, err := staff.List(ctx, r, registry.Operator(""))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p prokura.Person) bool { return p.Email == prokura.NormalEmail(email) })
		if i < 0 {
			return prokura.Errorf(prokura.NotFound, "Nobody of the staff has the address %s.", email)
		}
		return staff.Remove(ctx, r, registry.Operator(""), list[i].ID, evenLast)
	})
}

// Staff lists the people with a role, beside a server.
func Staff(ctx context.Context, c Config) (list []prokura.Person, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		list, err = staff.List(ctx, r, registry.Operator(""))
		return err
	})
	return list, err
}

// JournalLine is a line of the journal.
type JournalLine = operator.JournalLine

// Journal gives the lines of the journal from an instant on, oldest first, those in
// the archive too. It may run beside a server.
func Journal(ctx context.Context, c Config, since time.Time, do func(JournalLine) error) error {
	return c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		return operator.ReadJournal(ctx, r, c.withDefaults().journalFolder(), since, do)
	})
}

// journalFolder is where old lines of the journal go.
func (c Config) journalFolder() string {
	return cmp.Or(c.JournalArchive, filepath.Join(c.Data, "journal"))
}

// Question is what Explain is asked, and Explanation what it answers.
type (
	Question    = grants.Question
	Explanation = grants.Explanation
)

// Explain tells every check of a decision about a token, as it would come out now. It
// may run beside a server.
func Explain(ctx context.Context, c Config, token prokura.Secret, q Question) (x *Explanation, err error) {
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		x, err = grants.Explain(ctx, r, registry.Operator(""), token, q)
		return err
	})
	return x, err
}

// ExplainCall tells the same of what a call asks for: "GET me/adaccounts".
func ExplainCall(ctx context.Context, c Config, token prokura.Secret, call string) (x *Explanation, err error) {
	method, path, _ := strings.Cut(call, " ")
	err = c.operate(ctx, registry.NoHold, func(r *registry.Registry, _ string) error {
		_, actOf := tableOf(r.Catalog())
		x, err = grants.ExplainCall(ctx, r, registry.Operator(""), token, grants.Call{Method: strings.ToUpper(method), Path: path}, actOf)
		return err
	})
	return x, err
}

// public is where people reach the server that the command works beside.
func (c Config) public() string {
	return strings.TrimSuffix(cmp.Or(c.BaseURL, "http://"+defaultListen), "/")
}

// operate opens a world as it is for one command.
func (c Config) operate(ctx context.Context, hold registry.HoldMode, do func(r *registry.Registry, keyFile string) error) error {
	open := c.withDefaults().registry()
	open.AsIs, open.CacheBytes, open.Hold, open.Fence = true, -1, hold, ""
	r, err := registry.Open(ctx, open)
	if err != nil {
		return err
	}
	return errors.Join(do(r, open.KeyFile), r.Close())
}
