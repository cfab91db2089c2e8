package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// NewID draws a random id that names nothing yet and registers it. A fixed id,
// from a scenario, is used as it is; it is a Conflict if it names something.
func (t *Beside) NewID(kind prokura.NodeKind, fixed prokura.ID) (prokura.ID, error) {
	if fixed != 0 {
		n, err := t.exec(registerID, fixed, kind)
		switch {
		case err != nil:
			return 0, fmt.Errorf("register id: %w", err)
		case n == 0:
			return 0, prokura.Errorf(prokura.Conflict, "The id %s is taken.", fixed)
		}
		return fixed, nil
	}
	for range 8 {
		id := DrawID()
		n, err := t.exec(registerID, id, kind)
		if err != nil {
			return 0, fmt.Errorf("register id: %w", err)
		}
		if n == 1 {
			return id, nil
		}
	}
	return 0, fmt.Errorf("register id: no free id found")
}

// DrawID draws a random id, which may name something.
func DrawID() prokura.ID {
	return prokura.MinID + prokura.ID(rand.Int64N(int64(prokura.MaxID-prokura.MinID)))
}

const registerID = `INSERT INTO node (id, kind) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`

// NodeKind says what an id names; NotFound when nothing.
func (t *View) NodeKind(id prokura.ID) (prokura.NodeKind, error) {
	return one(t, "find node", scanOne[prokura.NodeKind], `SELECT kind FROM node WHERE id = $1`, id)
}

// ScopedID returns the app's alias for a person or system user, making it on
// first use. It needs a write transaction then.
func (t *Beside) ScopedID(app, subject prokura.ID) (prokura.ID, error) {
	id, err := t.FindScopedID(app, subject)
	if err == nil || !isNotFound(err) {
		return id, err
	}
	if id, err = t.NewID(prokura.NodeScoped, 0); err != nil {
		return 0, err
	}
	return id, t.do("make scoped id", `INSERT INTO scoped_id (id, app, subject) VALUES ($1, $2, $3)`, id, app, subject)
}

// FindScopedID returns the app's alias if there is one.
func (t *View) FindScopedID(app, subject prokura.ID) (prokura.ID, error) {
	return one(t, "find scoped id", scanOne[prokura.ID],
		`SELECT id FROM scoped_id WHERE app = $1 AND subject = $2`, app, subject)
}

// ScopedSubject resolves an alias for the app that it was made for; another
// app's alias is NotFound.
func (t *View) ScopedSubject(app, scoped prokura.ID) (prokura.ID, error) {
	return one(t, "resolve scoped id", scanOne[prokura.ID],
		`SELECT subject FROM scoped_id WHERE id = $1 AND app = $2`, scoped, app)
}

// Bump moves the world's revision and tells the new one, by which an older copy of
// the database is noticed. It is one row, so each process moves it once in a second
// in which it changed anything, and not with each change. Once another process has
// begun a term, nothing of an earlier one is committed.
func (t *Tx) Bump() (int64, error) {
	if t.store.hold == nil {
		if t.store.asIs {
			return 0, errBeside
		}
		return one(t.View(), "bump revision", scanOne[int64], `UPDATE revision SET number = number + 1 WHERE one = 1 RETURNING number`)
	}
	n, err := one(t.View(), "bump revision", scanOne[int64], `UPDATE revision SET number = number + 1
		WHERE one = 1 AND COALESCE((SELECT value FROM meta WHERE name = $1), '0') = $2 RETURNING number`, metaTerm, strconv.FormatInt(t.store.term.Load(), 10))
	if isNotFound(err) {
		t.store.hold.Doubt()
		return 0, NotHeld()
	}
	return n, err
}

// Revision says how far the world has come: it has grown since whatever was
// changed a second ago.
func (t *View) Revision() (int64, error) {
	return one(t, "read revision", scanOne[int64], `SELECT number FROM revision WHERE one = 1`)
}

// Revision reads how far the world has come, or moves it on.
func (s *Store) Revision(ctx context.Context, move bool) (n int64, err error) {
	if move {
		err = s.Update(ctx, func(tx *Tx) (err error) { n, err = tx.Bump(); return err })
	} else {
		err = s.View(ctx, func(tx *View) (err error) { n, err = tx.Revision(); return err })
	}
	return n, err
}

// Meta reads a property of the world; NotFound when unset.
func (t *View) Meta(name string) (string, error) {
	return one(t, "read meta", scanOne[string], `SELECT value FROM meta WHERE name = $1`, name)
}

// SetMeta writes a property of the world.
func (t *Tx) SetMeta(name, value string) error { return t.Beside().setMeta(name, value) }

func (t *Beside) setMeta(name, value string) error {
	return t.do("write meta", `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}

// Lease gives a piece of work to one of several processes until an instant, or for
// longer to the one that has it. It reports whether holder has it now.
func (t *Beside) Lease(work, holder string, now, until prokura.Instant) (bool, error) {
	name := "lease of " + work
	text, err := t.Meta(name)
	if err != nil && !isNotFound(err) {
		return false, err
	}
	by, ends, _ := strings.Cut(text, " ")
	if at, _ := strconv.ParseInt(ends, 10, 64); by != holder && prokura.Instant(at) > now {
		return false, nil
	}
	return true, t.setMeta(name, holder+" "+strconv.FormatInt(int64(until), 10))
}

const metaLife = "life"

// Life is the name of this life of the world, which a restored copy does not share
// with the world that it was made of. A world without one gets what draw makes.
func (t *Tx) Life(draw func() string) (string, error) {
	life, err := t.Meta(metaLife)
	if isNotFound(err) {
		life = draw()
		err = t.SetMeta(metaLife, life)
	}
	return life, err
}

// BeginLife gives the world another life.
func (t *Tx) BeginLife(life string) error { return t.SetMeta(metaLife, life) }
