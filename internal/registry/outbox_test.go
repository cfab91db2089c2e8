package registry_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// post puts numbered messages in the queue of a subject, in one transaction.
func (f *fixture) post(app prokura.ID, subject string, numbers ...int) {
	f.t.Helper()
	if err := f.Store().Update(f.ctx, func(tx *store.Tx) error {
		for _, n := range numbers {
			if err := tx.AddMessage(store.Message{ID: registry.NewMessageID(), Kind: registry.MessageWebhook, App: app, Subject: subject, Object: registry.ObjectApplication, Field: registry.FieldUpdate,
				Payload: []byte(strconv.Itoa(n)), Created: f.Now()}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
}

// due claims everything that is due.
func (f *fixture) due() (out []*webhooks.Delivery) {
	f.t.Helper()
	list, err := webhooks.DueMessages(f.ctx, f.Registry, func(prokura.ID) int { return 1000 })
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range list {
		d, err := webhooks.Claim(f.ctx, f.Registry, m.ID)
		if err != nil {
			f.t.Fatal(err)
		}
		if d != nil {
			out = append(out, d)
		}
	}
	return out
}

// bodies are the payloads of deliveries, sorted.
func bodies(list []*webhooks.Delivery) []string {
	out := []string{}
	for _, d := range list {
		out = append(out, string(d.Body))
	}
	slices.Sort(out)
	return out
}

func (f *fixture) finish(d *webhooks.Delivery, o webhooks.Outcome) {
	f.t.Helper()
	if err := webhooks.Finish(f.ctx, f.Registry, d, o); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) state(app prokura.ID, body string) webhooks.Message {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]webhooks.Message, error) {
		return tx.Messages(app, webhooks.MessageQuery{Limit: 1000})
	})
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range list {
		if string(m.Payload) == body {
			return m
		}
	}
	f.t.Fatalf("no message %s", body)
	return webhooks.Message{}
}

// I-24: of each subject one message is under way, in order, whatever happens to
// it; subjects do not wait for each other.
func TestOutboxOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.subscribe(app)
		f.post(app, "a", 1, 2, 3)
		f.post(app, "b", 11)
		first := f.due()
		if got := bodies(first); !slices.Equal(got, []string{"1", "11"}) {
			t.Fatalf("due: %v", got)
		}
		if got := f.due(); len(got) != 0 {
			t.Fatalf("claimed ones are due again: %v", bodies(got))
		}
		for _, d := range first {
			f.finish(d, webhooks.Outcome{Delivered: string(d.Body) == "11", Status: 500, Problem: "It answered with status 500."})
		}
		again := f.due() // at once, and still before 2
		if got := bodies(again); !slices.Equal(got, []string{"1"}) {
			t.Fatalf("after a failure: %v", got)
		}
		f.finish(again[0], webhooks.Outcome{Status: 500, Problem: "no"})
		if got := f.due(); len(got) != 0 {
			t.Fatalf("after two failures: %v", bodies(got))
		}
		if m := f.state(app, "1"); m.State != store.MessagePending || m.Attempts != 2 || m.Status != 500 || m.Problem != "no" || m.Due != m.Updated.Add(webhooks.Pauses[1]) {
			t.Errorf("after two failures: %+v", m)
		}
		f.travel(webhooks.Pauses[1])
		for want := range 3 {
			list := f.due()
			if got := bodies(list); !slices.Equal(got, []string{strconv.Itoa(want + 1)}) {
				t.Fatalf("message %d: %v", want+1, got)
			}
			f.finish(list[0], webhooks.Outcome{Delivered: true, Status: 200})
			if m := f.state(app, strconv.Itoa(want+1)); m.State != store.MessageDelivered || m.Problem != "" || m.Status != 200 {
				t.Errorf("delivered: %+v", m)
			}
		}
		if got := f.due(); len(got) != 0 {
			t.Errorf("left over: %v", bodies(got))
		}
		f.travel(8 * 24 * time.Hour)
		if got := f.outboxOf(app); len(got) != 0 {
			t.Errorf("a week later there are %d messages", len(got))
		}
	})
}

// A claim whose holder died is due again: at least once. A holder that comes
// back late changes nothing any more.
func TestOutboxClaims(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.subscribe(app)
		f.post(app, "a", 1, 2)
		lost := f.due()
		f.travel(webhooks.ClaimFor - time.Second)
		if got := f.due(); len(got) != 0 {
			t.Fatalf("a claim ended early: %v", bodies(got))
		}
		f.travel(2 * time.Second)
		found := f.open(0) // another process
		second, err := webhooks.Claim(f.ctx, found, lost[0].ID)
		if err != nil || second == nil || string(second.Body) != "1" {
			t.Fatalf("after the claim ended: %v, %v", second, err)
		}
		f.finish(lost[0], webhooks.Outcome{Delivered: true})
		if m := f.state(app, "1"); m.State != store.MessagePending || m.Attempts != 2 {
			t.Errorf("a late holder changed it: %+v", m)
		}
		f.finish(second, webhooks.Outcome{Held: time.Millisecond, Problem: "stopped"})
		if m := f.state(app, "1"); m.Attempts != 1 {
			t.Errorf("an attempt that was none counts: %+v", m)
		}
		f.travel(time.Second)
		third := f.due()
		f.finish(third[0], webhooks.Outcome{Delivered: true})
		f.finish(third[0], webhooks.Outcome{Problem: "twice"})
		if m := f.state(app, "1"); m.State != store.MessageDelivered || m.Problem != "" {
			t.Errorf("an end was written over: %+v", m)
		}
		if got := bodies(f.due()); !slices.Equal(got, []string{"2"}) {
			t.Errorf("next: %v", got)
		}
	})
}

// The pauses fall, stay below a day, and end after a day and a half; then the
// next message has its turn (I-25).
func TestOutboxGivesUp(t *testing.T) {
	if !slices.IsSorted(webhooks.Pauses) || webhooks.Pauses[0] != 0 || webhooks.Pauses[len(webhooks.Pauses)-1] > 24*time.Hour {
		t.Errorf("pauses %v", webhooks.Pauses)
	}
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.subscribe(app)
		f.post(app, "a", 1, 2)
		start, attempts := f.Now(), 0
		for f.state(app, "1").State == store.MessagePending {
			for _, d := range f.due() {
				attempts++
				f.finish(d, webhooks.Outcome{Problem: "No answer within 5 seconds."})
			}
			if m := f.state(app, "1"); m.State == store.MessagePending && m.Due > f.Now() {
				f.travel(m.Due.Time().Sub(f.Now().Time()))
			}
		}
		took := time.Duration(f.Now()-start) * time.Millisecond
		if attempts < 10 || attempts > 20 || took < 24*time.Hour || took > webhooks.GiveUpAfter {
			t.Errorf("given up after %d attempts in %v", attempts, took)
		}
		if m := f.state(app, "1"); m.State != store.MessageFailed || m.Problem == "" {
			t.Errorf("given up: %+v", m)
		}
		// The one behind it waited as long, and still gets two attempts.
		for n := range 2 {
			list := f.due()
			if got := bodies(list); !slices.Equal(got, []string{"2"}) {
				t.Fatalf("attempt %d: %v", n, got)
			}
			f.travel(webhooks.GiveUpAfter)
			f.finish(list[0], webhooks.Outcome{Problem: "no"})
		}
		if m := f.state(app, "2"); m.State != store.MessageFailed {
			t.Errorf("the next one: %+v", m)
		}
	})
}

// I-24: what nobody wants any more is not sent.
func TestOutboxNeverAfterUnsubscribe(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, other := f.apps[0], f.apps[1]
		f.subscribe(app)
		f.subscribe(other)
		f.post(app, "a", 1, 2)
		f.post(app, "b", 3)
		f.post(other, "a", 4)
		under := f.due()
		if err := webhooks.Unsubscribe(f.ctx, f.Registry, f.appToken(app), app, registry.ObjectApplication, nil); err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"1", "2", "3"} {
			if m := f.state(app, body); m.State != store.MessageFailed || m.Problem != webhooks.ProblemUnsubscribed {
				t.Errorf("%s after the end of the subscription: %+v", body, m)
			}
		}
		for _, d := range under {
			f.finish(d, webhooks.Outcome{Problem: "no"}) // those under way come back
		}
		if got := bodies(f.due()); !slices.Equal(got, []string{"4"}) {
			t.Errorf("due: %v", got)
		}
		// A message that slipped in, and one of an app that was deleted.
		f.post(app, "c", 5)
		f.post(other, "c", 6)
		if err := apps.Delete(f.ctx, f.Registry, f.session(f.people[three]), other); err != nil {
			t.Fatal(err)
		}
		due := slices.DeleteFunc(f.due(), func(d *webhooks.Delivery) bool { return d.Kind == registry.MessageMail }) // of the deletion
		if got := bodies(due); len(got) != 0 {
			t.Errorf("sent although nobody wants it: %v", got)
		}
		if a, b := f.state(app, "5"), f.state(other, "6"); a.State != store.MessageFailed || b.State != store.MessageFailed {
			t.Errorf("they are %s and %s", a.State, b.State)
		}
	})
}

// I-25: the queue of an app is bounded; the oldest webhooks go, and nothing else.
func TestOutboxBound(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, other := f.apps[0], f.apps[1]
		f.subscribe(app)
		f.subscribe(other)
		for n := range 8 {
			f.post(app, fmt.Sprint(n%2), n)
			f.travel(time.Millisecond)
		}
		f.post(other, "a", 100, 101)
		if err := webhooks.BoundOutboxOfApp(f.ctx, f.Registry, 3, 0); err != nil {
			t.Fatal(err)
		}
		for n := range 8 {
			m := f.state(app, strconv.Itoa(n))
			if failed := m.State == store.MessageFailed; failed != (n < 5) || failed && m.Problem == "" {
				t.Errorf("message %d: %+v", n, m)
			}
		}
		if got := bodies(f.due()); !slices.Equal(got, []string{"100", "5", "6"}) {
			t.Errorf("due: %v", got)
		}
	})
}

// I-25: mails that nobody takes are bounded too, and the oldest go.
func TestMailsBound(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		f.subscribe(f.apps[0])
		f.post(f.apps[0], "a", 1, 2, 3)
		for n := range 6 {
			if _, err := businesses.Invite(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0], fmt.Sprintf("guest%d@example.org", n), prokura.RoleEmployee); err != nil {
				t.Fatal(err)
			}
			f.travel(time.Millisecond)
		}
		if err := webhooks.BoundOutboxOfApp(f.ctx, f.Registry, 3, 4); err != nil {
			t.Fatal(err)
		}
		list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.Message, error) { return tx.Mails(10) })
		if err != nil || len(list) != 6 {
			t.Fatalf("%d mails, %v", len(list), err)
		}
		for i, m := range list { // newest first
			if failed := m.State == store.MessageFailed; failed != (i >= 4) {
				t.Errorf("mail %d of 6: %+v", i, m)
			}
		}
		// Notices of power are not among them, however many there are.
		seat := f.join(f.clients[0], f.newPerson(), prokura.RoleEmployee)
		for range 3 {
			for _, role := range []prokura.BusinessRole{prokura.RoleAdmin, prokura.RoleEmployee} {
				want(t, "change the role", businesses.UpdateMember(f.ctx, f.Registry, f.session(f.people[0]), seat, role), "")
			}
		}
		if err := webhooks.BoundOutboxOfApp(f.ctx, f.Registry, 100, 0); err != nil {
			t.Fatal(err)
		}
		list, err = registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.Message, error) { return tx.Mails(100) })
		notices := 0
		for _, m := range list {
			if m.App == store.Notices {
				notices++
			}
			if dropped := m.State == store.MessageFailed; dropped != (m.App == store.Mails) {
				t.Errorf("a mail %s of %d is %s", m.Field, m.App, m.State)
			}
		}
		if err != nil || notices < 6 {
			t.Errorf("%d notices, %v", notices, err)
		}
		if a := f.state(f.apps[0], "3"); a.State == store.MessageFailed {
			t.Errorf("the app's message: %+v", a)
		}
	})
}

// Many deliverers, many acts, receivers that fail at times: each subject in its
// order, nothing lost, nothing stuck.
func TestOutboxRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		for _, app := range f.apps {
			f.subscribe(app)
		}
		const subjects, each = 4, 12
		var mu sync.Mutex
		got := map[string][]string{} // by app and subject: what was delivered
		done := 0
		var wg sync.WaitGroup
		for _, app := range f.apps {
			for s := range subjects {
				wg.Go(func() {
					for n := range each {
						f.post(app, fmt.Sprint(s), s*1000+n)
					}
				})
			}
		}
		for worker := range 4 {
			wg.Go(func() {
				for try := 0; ; try++ {
					mu.Lock()
					ended := done == three*subjects*each
					mu.Unlock()
					if ended {
						return
					}
					list, err := webhooks.DueMessages(f.ctx, f.Registry, func(prokura.ID) int { return 3 })
					if err != nil {
						t.Error(err)
						return
					}
					for _, m := range list {
						d, err := webhooks.Claim(f.ctx, f.Registry, m.ID)
						if err != nil || d == nil {
							if err != nil && !errors.Is(err, prokura.Unavailable) {
								t.Error(err)
								return
							}
							continue
						}
						if (try+worker)%5 == 0 { // not at all: it is due again at once
							webhooks.Finish(f.ctx, f.Registry, d, webhooks.Outcome{Held: time.Millisecond, Problem: "busy"})
							continue
						}
						mu.Lock()
						n, _ := strconv.Atoi(string(d.Body))
						key := fmt.Sprint(app(d), n/1000)
						got[key] = append(got[key], string(d.Body))
						done++
						mu.Unlock()
						if err := webhooks.Finish(f.ctx, f.Registry, d, webhooks.Outcome{Delivered: true, Status: 200}); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		if len(got) != three*subjects {
			t.Errorf("%d subjects: %v", len(got), slices.Collect(maps.Keys(got)))
		}
		for key, list := range got {
			if len(list) != each || !slices.IsSortedFunc(list, func(a, b string) int { x, _ := strconv.Atoi(a); y, _ := strconv.Atoi(b); return x - y }) {
				t.Errorf("%s: %v", key, list)
			}
		}
	})
}

func app(d *webhooks.Delivery) prokura.ID { return d.App }

// Acts at once that concern one subject each get their place behind the others.
func TestOutboxPlacesRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.subscribe(app)
		const acts = 32
		together(acts, func(i int) {
			if i%4 == 0 { // while the first ones are being sent
				for _, d := range f.due() {
					f.finish(d, webhooks.Outcome{Delivered: true})
				}
			}
			f.post(app, "a", i)
		})
		seen := map[string]bool{}
		for list := f.due(); len(list) > 0; list = f.due() {
			if len(list) != 1 {
				t.Fatalf("%d of one subject at once", len(list))
			}
			f.finish(list[0], webhooks.Outcome{Delivered: true})
		}
		places := map[int64]bool{}
		for n := range acts {
			m := f.state(app, strconv.Itoa(n))
			places[m.Place], seen[m.State] = true, true
		}
		if len(places) != acts || len(seen) != 1 || !seen[store.MessageDelivered] {
			t.Errorf("%d places, states %v", len(places), seen)
		}
	})
}

// Redelivery: of what is over a new message behind all others, with the same
// bytes; of what is pending the next attempt now.
func TestRedeliver(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		c := f.session(f.people[three])
		f.subscribe(app)
		f.post(app, "a", 1, 2, 3)
		one := f.due()[0]
		f.finish(one, webhooks.Outcome{Delivered: true})
		two := f.due()[0]
		for range 2 {
			f.finish(two, webhooks.Outcome{Problem: "no"})
			if list := f.due(); len(list) > 0 {
				two = list[0]
			}
		}
		if err := webhooks.Redeliver(f.ctx, f.Registry, c, app, f.state(app, "3").ID); !errors.Is(err, prokura.Conflict) {
			t.Errorf("a waiting one: %v", err)
		}
		if err := webhooks.Redeliver(f.ctx, f.Registry, c, app, two.ID); err != nil {
			t.Fatal(err)
		}
		list := f.due()
		if got := bodies(list); !slices.Equal(got, []string{"2"}) {
			t.Fatalf("the pending one: %v", got)
		}
		f.finish(list[0], webhooks.Outcome{Delivered: true})
		if err := webhooks.Redeliver(f.ctx, f.Registry, c, app, one.ID); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"3", "1"} {
			list := f.due()
			if got := bodies(list); !slices.Equal(got, []string{want}) {
				t.Fatalf("in order: %v, want %s", got, want)
			}
			f.finish(list[0], webhooks.Outcome{Delivered: true})
		}
		for name, c := range map[string]registry.Caller{"a client's person": f.session(f.people[0]), "nobody": registry.Nobody("t"), "an app's token": f.appToken(app)} {
			if err := webhooks.Redeliver(f.ctx, f.Registry, c, app, one.ID); err == nil {
				t.Errorf("%s redelivered", name)
			}
			if _, err := webhooks.Deliveries(f.ctx, f.Registry, c, app, webhooks.MessageQuery{Limit: 10}); err == nil {
				t.Errorf("%s read the log", name)
			}
		}
		if err := webhooks.Redeliver(f.ctx, f.Registry, c, f.apps[1], one.ID); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a message of another app: %v", err)
		}
		if err := webhooks.Unsubscribe(f.ctx, f.Registry, c, app, "", nil); err != nil {
			t.Fatal(err)
		}
		if err := webhooks.Redeliver(f.ctx, f.Registry, c, app, one.ID); !errors.Is(err, prokura.Conflict) {
			t.Errorf("after the end of the subscription: %v", err)
		}
	})
}

// The log pages by message, newest first.
func TestDeliveryLog(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		c := f.session(f.people[three])
		f.subscribe(app)
		for n := range 10 {
			f.post(app, fmt.Sprint(n), n)
		}
		for _, d := range f.due()[:4] {
			f.finish(d, webhooks.Outcome{Delivered: true})
		}
		read := func(undone bool) (out []string) {
			t.Helper()
			for after := prokura.ID(0); ; {
				list, err := webhooks.Deliveries(f.ctx, f.Registry, c, app, webhooks.MessageQuery{Undone: undone, After: after, Limit: 3})
				if err != nil {
					t.Fatal(err)
				}
				if len(list) == 0 {
					return out
				}
				for _, m := range list {
					out, after = append(out, string(m.Payload)), m.ID
				}
			}
		}
		if got := read(false); len(got) != 10 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 10 {
			t.Errorf("the log: %v", got)
		}
		if got := read(true); len(got) != 6 {
			t.Errorf("not delivered: %v", got)
		}
	})
}
