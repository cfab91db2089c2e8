package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/prokura/prokura"
)

// race is a key that two transactions want: one takes it, and ours comes late.
type race struct {
	take  func(*Tx) error
	ours  func(tx *Tx, attempt int) error
	drawn bool           // each attempt draws another
	told  prokura.Reason // what the caller is told, who chose it
}

func add[T any](f func(*Tx, T) error, v T) func(*Tx) error {
	return func(tx *Tx) error { return f(tx, v) }
}

var races = map[string]race{
	// Computed from what was read: the second look finds it.
	"scoped id":  {take: scopedID, ours: func(tx *Tx, _ int) error { return scopedID(tx) }},
	"app secret": {take: secret, ours: func(tx *Tx, _ int) error { return secret(tx) }},
	"place in a queue": {take: add((*Tx).AddMessage, Message{ID: 1, Kind: "webhook", App: 2, Subject: "s", Payload: []byte("a"), Created: 1}),
		ours: func(tx *Tx, _ int) error {
			return tx.AddMessage(Message{ID: 2, Kind: "webhook", App: 2, Subject: "s", Payload: []byte("b"), Created: 1})
		}},
	"installation": {take: install, ours: func(tx *Tx, _ int) error { return install(tx) }},
	"equal child":  {take: child(1), ours: func(tx *Tx, _ int) error { return child(2)(tx) }},
	"membership": {take: add((*Tx).AddMember, prokura.Member{ID: 1, Business: 2, Person: 1, Role: prokura.RoleAdmin, Created: 1}),
		ours: func(tx *Tx, _ int) error {
			if _, err := tx.MemberOf(2, 1); !isNotFound(err) {
				return err
			}
			return tx.AddMember(prokura.Member{ID: 4, Business: 2, Person: 1, Role: prokura.RoleAdmin, Created: 1})
		}},

	// Drawn: the next attempt draws another, although nobody looked.
	"person's id": {drawn: true, take: add(addPerson, person(101, "first@example.org")),
		ours: func(tx *Tx, attempt int) error {
			return addPerson(tx, person(100+prokura.ID(attempt), "second@example.org"))
		}},
	"token's id": {drawn: true, take: add(addToken, prokura.Token{ID: 201, Kind: prokura.TokenUser}),
		ours: func(tx *Tx, attempt int) error {
			return addToken(tx, prokura.Token{ID: prokura.TokenID(200 + attempt), Kind: prokura.TokenUser})
		}},
	"request's id": {drawn: true, take: add((*Tx).AddRequest, invitation(301, 1)),
		ours: func(tx *Tx, attempt int) error { return tx.AddRequest(invitation(300+prokura.ID(attempt), 2)) }},
	"session's key": {drawn: true, take: add((*Tx).AddSession, prokura.Session{Key: "key 1", Person: 1}),
		ours: func(tx *Tx, attempt int) error {
			return tx.AddSession(prokura.Session{Key: fmt.Sprintf("key %d", attempt), Person: 2})
		}},

	// Chosen by a caller, who is told.
	"e-mail address": {told: prokura.EmailTaken, take: add(addPerson, person(401, "taken@example.org")),
		ours: func(tx *Tx, attempt int) error {
			return addPerson(tx, person(401+prokura.ID(attempt), "taken@example.org"))
		}},
	"id of a scenario": {told: prokura.Conflict, take: fixedID, ours: func(tx *Tx, _ int) error { return fixedID(tx) }},
	"passkey":          {told: prokura.Conflict, take: passkey(1), ours: func(tx *Tx, _ int) error { return passkey(2)(tx) }},
	"same request": {told: prokura.AlreadyRequested, take: add((*Tx).AddRequest, invitation(501, 5)),
		ours: func(tx *Tx, attempt int) error { return tx.AddRequest(invitation(501+prokura.ID(attempt), 5)) }},
	"asset in a group": {told: prokura.AlreadyHasAccess, take: groupAsset, ours: func(tx *Tx, _ int) error { return groupAsset(tx) }},
}

func person(id prokura.ID, email string) prokura.Person {
	return prokura.Person{ID: id, Name: "Ada", Email: email, Generation: 1, Created: 1}
}

func invitation(id, business prokura.ID) prokura.Request {
	return prokura.Request{ID: id, Kind: prokura.InviteMember, Business: business, Email: "ada@example.org", Secret: id.String(), Created: 1, Expires: math.MaxInt64}
}

func addPerson(tx *Tx, p prokura.Person) error { return tx.AddPerson(p, "x") }
func addToken(tx *Tx, k prokura.Token) error   { return tx.AddToken(k, "") }
func scopedID(tx *Tx) error                    { _, err := tx.ScopedID(1, 2); return err }
func secret(tx *Tx) error                      { return tx.AddAppSecret(1, []byte("x"), 1, 1) }
func install(tx *Tx) error                     { return tx.Install(1, 2, 3, 4) }
func groupAsset(tx *Tx) error                  { return tx.AddGroupAsset(1, 2) }
func fixedID(tx *Tx) error                     { _, err := tx.NewID(prokura.NodePerson, 601); return err }

func child(id prokura.TokenID) func(*Tx) error {
	return func(tx *Tx) error {
		have, err := tx.Children(0, 9, prokura.PermissionSet{}, nil, false, 1)
		if err != nil || len(have) > 0 {
			return err
		}
		return tx.AddToken(prokura.Token{ID: id, Kind: prokura.TokenChild, Parent: 9}, "")
	}
}

func passkey(owner prokura.ID) func(*Tx) error {
	return func(tx *Tx) error {
		return tx.AddSecondFactor(SecondFactor{Sealed: []byte("x"), SecondFactor: prokura.SecondFactor{ID: "credential", Person: owner, Kind: prokura.FactorPasskey}})
	}
}

// plantRaces makes what the races are about.
func plantRaces(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(t.Context(), func(tx *Tx) error {
		return errors.Join(addPerson(tx, person(1, "one@example.org")), addPerson(tx, person(2, "two@example.org")),
			tx.AddBusiness(prokura.Business{ID: 2, Name: "Nordwind", Generation: 1, Created: 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What another transaction took meanwhile is noticed, whether the key was
// computed, drawn or chosen: ours runs once more, and then knows.
func TestKeyTakenMeanwhile(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		plantRaces(t, s)
		for name, r := range races {
			attempts := 0
			err := s.Update(t.Context(), func(tx *Tx) error {
				if attempts++; attempts == 1 {
					if _, err := tx.Revision(); err != nil { // from here on it sees nothing newer
						return err
					}
					if err := s.Update(t.Context(), r.take); err != nil {
						t.Fatalf("%s: take: %v", name, err)
					}
				}
				return r.ours(tx, attempts)
			})
			if attempts != 2 || (r.told == "") != (err == nil) || err != nil && prokura.AsError(err).Reason != r.told {
				t.Errorf("%s: after %d attempts %v, want after 2 %q", name, attempts, err, r.told)
			}
		}
	})
}

// What was taken before is told at once to who chose it, and never in the place
// of a key of ours: an id that is there each time is a fault, told as one after
// some attempts and not as an unknown outcome.
func TestKeyTakenBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		plantRaces(t, s)
		for name, r := range races {
			if r.told == "" && !r.drawn {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if err := s.Update(t.Context(), r.take); err != nil {
					t.Fatal(err)
				}
				attempts := 0
				err := s.Update(t.Context(), func(tx *Tx) error { attempts++; return r.ours(tx, 1) })
				want := 1
				if r.drawn && s.dialect.retry {
					want = 1 + maxAttempts
				}
				if attempts != want || prokura.AsError(err).Reason != cmp.Or(r.told, prokura.Internal) || isDuplicate(err) != r.drawn {
					t.Errorf("after %d attempts %v, want after %d %q", attempts, err, want, r.told)
				}
			})
		}
	})
}

// On SQLite no key is taken meanwhile: while one writes, no other begins, of
// this program or any.
func TestSQLiteHasOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	s := openStore(t, path)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := s.Update(t.Context(), func(tx *Tx) error {
		if q, err := other.Begin(); !isConflict(err) {
			t.Errorf("another began: %v, %v", q, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// A statement that ignores a conflict names the key: of any key, it would take
// one of ours for the caller's.
func TestConflictsAreNamed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(ON CONFLICT|INSERT) (DO|OR)`).Match(text) {
			t.Errorf("%s: an ON CONFLICT without its columns", f)
		}
	}
}
