package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// Whatever a token's string says of its kind, all of what it hangs on is read: the
// statement for those that mostly have less finds out that there is more.
func TestFactsOfAnyKind(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		plantTokens(t, s, 10)
		for _, text := range []string{
			`INSERT INTO asset (id, kind, business, name, attributes, created) VALUES (400001, 'page', 100001, 'Front', '{"category":"Shop"}', 1)`,
			`INSERT INTO member (id, business, person, role, created) VALUES (700001, 100001, 1, 'ADMIN', 1)`,
			`INSERT INTO installation (id, system_user, app, generation, installed_by, created, removed) VALUES (700002, 200009, 41, 3, 1, 5, 0)`,
			`INSERT INTO app_secret (app, number, sealed, created, retires) VALUES (41, 1, 'one', 1, 50), (41, 2, 'two', 2, 0), (41, 3, 'three', 3, 0)`,
			`UPDATE token SET kind = 'page', page = 400001 WHERE id = 3`,
			`UPDATE token SET kind = 'user', person = 1, business = 0, system_user = 0 WHERE id = 500002`,
			`UPDATE token SET kind = 'system_user', access_grant = 0 WHERE id = 500009`,
		} {
			if _, err := s.write.Exec(text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		for _, id := range []prokura.TokenID{500001, 500002, 500009, 1, 3, 4} {
			var want *prokura.Facts
			if err := s.View(t.Context(), func(tx *View) (err error) { want, err = tx.Facts(id); return err }); err != nil {
				t.Fatal(err)
			}
			least := int64(2)
			for _, kind := range []prokura.TokenKind{prokura.TokenIntegration, prokura.TokenChild, prokura.TokenUser} {
				got, before := &prokura.Facts{}, s.Statements()
				if err := s.TokenFacts(t.Context(), id, kind, got); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%d as %s: %+v, %v, want %+v", id, kind, got, err, want)
				}
				least = min(least, s.Statements()-before)
				got = &prokura.Facts{}
				seen, err := s.Inspect(t.Context(), id, kind, 100, got)
				if err != nil || !reflect.DeepEqual(got, want) || len(seen.Secrets) != 2 || string(seen.Secrets[0].Sealed) != "three" || string(seen.Secrets[1].Sealed) != "two" {
					t.Fatalf("%d inspected as %s: %+v, %v", id, kind, seen, err)
				}
				if wants := map[prokura.TokenID]int{500001: 1, 1: 1, 3: 1, 4: 1}[id]; len(seen.Assets) != wants || wants == 1 && seen.Assets[0].Asset.Attributes["category"] != "Shop" {
					t.Errorf("%d as %s has the assets %+v", id, kind, seen.Assets)
				}
			}
			if least != 1 {
				t.Errorf("%d takes %d statements at best", id, least)
			}
		}
		if _, err := s.Inspect(t.Context(), 99, prokura.TokenIntegration, 1, &prokura.Facts{}); !isNotFound(err) {
			t.Errorf("no token: %v", err)
		}
	})
}

// Those who wait while statements run are answered by the next one together, each
// about its own token: one that is not there, or cannot be read, is no other's fault.
// Who goes away meanwhile holds nobody up.
func TestFactsTogether(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		plantTokens(t, s, 40)
		if _, err := s.write.Exec(`INSERT INTO app_secret (app, number, sealed, created, retires) VALUES (41, 1, 'one', 1, 0), (41, 2, 'two', 2, 0)`); err != nil {
			t.Fatal(err)
		}
		for _, broken := range []bool{false, true} {
			if broken { // a page whose name is two fields
				for _, text := range []string{
					`INSERT INTO asset (id, kind, business, name, attributes, created) VALUES (600001, 'page', 100001, 'Front' || chr(29), '{}', 1)`,
					`UPDATE token SET kind = 'page', page = 600001 WHERE id = 500007`,
				} {
					if _, err := s.write.Exec(text); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, b := range []*questions{&s.facts, &s.inspections} {
				askTogether(t, s, b, broken)
			}
		}
	})
}

func askTogether(t *testing.T, s *Store, b *questions, broken bool) {
	t.Helper()
	b.mu.Lock()
	places := b.free
	b.free = 0 // as if statements ran
	b.mu.Unlock()
	ask := func(ctx context.Context, id prokura.TokenID) (f *prokura.Facts, err error) {
		f = &prokura.Facts{}
		if b == &s.facts {
			return f, s.TokenFacts(ctx, id, prokura.TokenIntegration, f)
		}
		seen, err := s.Inspect(ctx, id, prokura.TokenIntegration, 1, f)
		if err == nil && len(seen.Secrets) != 2 {
			err = fmt.Errorf("%d secrets", len(seen.Secrets))
		}
		return f, err
	}
	waiting := func(n int) {
		for {
			b.mu.Lock()
			there := len(b.waiting)
			b.mu.Unlock()
			if there == n {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	var all sync.WaitGroup
	gone, leave := context.WithCancel(t.Context())
	all.Go(func() { // the first, who would lead
		if _, err := ask(gone, 500001); !errors.Is(err, context.Canceled) {
			t.Errorf("who went away: %v", err)
		}
	})
	waiting(1)
	for i := range 30 {
		id := prokura.TokenID(500001 + i%20) // some twice
		if i == 29 {
			id = 99
		}
		all.Go(func() {
			f, err := ask(t.Context(), id)
			switch {
			case id == 99:
				if !isNotFound(err) {
					t.Errorf("no token: %v", err)
				}
			case id == 500007 && broken:
				if err == nil || isNotFound(err) {
					t.Errorf("a broken row: %v", err)
				}
			case err != nil || f.Token.ID != id || f.Business.Name != fmt.Sprintf("Client %d", id-500000) || f.Grant.ID != prokura.ID(id-200000):
				t.Errorf("%d: %+v, %v", id, f, err)
			}
		})
	}
	waiting(31)
	before := s.Statements()
	leave()
	waiting(30)
	b.passOn()
	all.Wait()
	if n := s.Statements() - before; !broken && n != 1 {
		t.Errorf("30 questions took %d statements", n)
	}
	b.mu.Lock()
	if b.free != 1 || len(b.waiting) != 0 {
		t.Errorf("%d places, %d wait", b.free, len(b.waiting))
	}
	b.free = places
	b.mu.Unlock()
}

// Two who ask at the same moment, while there are places for both, are answered, and
// give their places back.
func TestFactsAtTheSameTime(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		plantTokens(t, s, 40)
		places := s.facts.free
		for range 300 {
			var all sync.WaitGroup
			begin := make(chan struct{})
			for i := range 4 {
				all.Go(func() {
					<-begin
					ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
					defer end()
					id := prokura.TokenID(500001 + i)
					if f := (&prokura.Facts{}); s.TokenFacts(ctx, id, prokura.TokenIntegration, f) != nil || f.Token.ID != id {
						t.Errorf("asked about %d: %+v", id, f.Token)
					}
				})
			}
			close(begin)
			all.Wait()
		}
		if s.facts.free != places || len(s.facts.waiting) > 0 {
			t.Errorf("%d places of %d are free, %d wait", s.facts.free, places, len(s.facts.waiting))
		}
	})
}

type paying []quota.Payer

func (p paying) Payers() []quota.Payer { return p }

// Who leads may be refused for what their own account has under way; those who are
// asked along are answered all the same.
func TestRefusalIsTheLeadersAlone(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		plantTokens(t, s, 40)
		b := &s.facts
		much := quota.PaidBy(t.Context(), paying{{Name: "much", Most: 1}})
		leave, err := s.reads.EnterFor(much)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		b.mu.Lock()
		b.free = 0 // as if statements ran
		b.mu.Unlock()
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				ctx := quota.PaidBy(t.Context(), paying{{Name: fmt.Sprint("little", i), Most: 10}})
				if i == 0 {
					ctx = much
				}
				err := s.TokenFacts(ctx, prokura.TokenID(500001+i), prokura.TokenIntegration, &prokura.Facts{})
				if (err != nil) != (i == 0) {
					t.Errorf("%d was told %v", i, err)
				}
			})
			for there := 0; there <= i; time.Sleep(time.Millisecond) {
				b.mu.Lock()
				there = len(b.waiting)
				b.mu.Unlock()
			}
		}
		b.passOn()
		all.Wait()
	})
}
