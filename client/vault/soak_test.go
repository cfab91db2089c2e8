//go:build !race

package vault_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client/vault"
)

// soakSize is how many tokens a soak has, and days: few beside the other tests,
// 10,000 and sixty with PROKURA_SOAK.
func soakSize() (tokens, days int) {
	if os.Getenv("PROKURA_SOAK") != "" {
		return 10_000, 60
	}
	return 300, 14
}

// Weeks of an app whose tokens die at random, on a server that is busy and
// away at random, with two keepers that are stopped and started at random: every
// dead token is noticed within its schedule and asked for once, and no living one
// is ever called dead or lost (R-CARE-02).
func TestSoak(t *testing.T) {
	source, key := sqlitePath(t), newKey(t)
	tokens, days := soakSize()
	synctest.Test(t, func(t *testing.T) { soak(t, source, rand.New(rand.NewPCG(7, 11)), tokens, days, key) })
}

func soak(t *testing.T, source string, r *rand.Rand, tokens, days int, key interface {
	Encrypt([]byte, []byte) ([]byte, error)
	Decrypt([]byte, []byte) ([]byte, error)
}) {
	const every = 24 * time.Hour
	ctx, p, mails := t.Context(), newPlatform(), &box{}
	start := time.Now()
	end := start.Add(time.Duration(days) * every)
	v, db := openVault(t, "sqlite", source, key)
	for i := range tokens {
		id := fmt.Sprintf("c%05d", i)
		tok := &token{kind: "SYSTEM_USER", issued: start.Add(-time.Duration(60-days) * every), subcode: []int{458, 460, 463, 467}[i%4]}
		if i%3 == 0 {
			tok.dies = start.Add(time.Duration(r.Int64N(int64(end.Sub(start) - 2*every)))).Truncate(time.Second)
		}
		if i%5 == 0 {
			tok.expires = tok.issued.Add(60 * every)
		}
		if i%7 == 0 {
			tok.kind = "USER"
		}
		p.tokens["T"+id] = tok
		e := vault.Entry{App: appID, ID: id, Token: prokura.Secret("T" + id), Mail: id + "@example.com", Login: "main", Kind: tok.kind, Issued: tok.issued, Expires: tok.expires}
		if err := v.Put(ctx, e, every); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	died, checked, renewed := map[string][]time.Time{}, 0, 0
	observe := func(o vault.Observation) {
		mu.Lock()
		defer mu.Unlock()
		switch o.Kind {
		case vault.Died:
			died[o.ID] = append(died[o.ID], time.Now())
		case vault.Checked:
			checked += o.Count
		case vault.Renewed:
			renewed++
		case vault.Database, vault.Unclear:
			t.Errorf("%s: %v", o.Kind, o.Err)
		}
	}
	keep := func() (stop func()) {
		running, cancel := context.WithCancel(ctx)
		v, db := openVault(t, "sqlite", source, key)
		k, err := vault.New(vault.Config{Vault: v, Client: p.client(t), Every: every, Sender: mails, Reconnect: "https://app.example/reconnect", Observe: observe})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := k.Run(running); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}()
		return func() {
			cancel()
			<-ended
			db.Close()
		}
	}
	keepers := []func(){keep(), keep()}
	for time.Now().Before(end) {
		time.Sleep(time.Duration(r.Int64N(int64(10 * time.Hour))))
		until := time.Now().Add(time.Duration(r.Int64N(int64(40 * time.Minute))))
		p.mu.Lock()
		switch r.IntN(3) {
		case 0:
			p.busy = until
		case 1:
			p.away = until
		}
		p.mu.Unlock()
		if r.IntN(3) == 0 {
			i := r.IntN(2)
			keepers[i]()
			time.Sleep(time.Duration(r.Int64N(int64(10 * time.Minute))))
			keepers[i] = keep()
		}
	}
	time.Sleep(2 * every)
	for _, stop := range keepers {
		stop()
	}

	dead := 0
	for i := range tokens {
		id := fmt.Sprintf("c%05d", i)
		tok := p.tokens["T"+id]
		e, err := v.Get(ctx, appID, id)
		if err != nil {
			t.Fatal(err)
		}
		if tok.dies.IsZero() {
			if len(died[id]) != 0 || len(mails.asked[id]) != 0 || !e.Dead.IsZero() {
				t.Errorf("%s lives, and is called dead", id)
			}
			if now := p.tokens[e.Token.Reveal()]; now == nil || now.dead(time.Now()) {
				t.Errorf("%s has lost its token", id)
			}
			continue
		}
		dead++
		if len(died[id]) != 1 || e.Dead.IsZero() || e.Subcode != tok.subcode {
			t.Errorf("%s died at %v with %d and was noticed at %v with %d", id, tok.dies, tok.subcode, died[id], e.Subcode)
		} else if late := died[id][0].Sub(tok.dies); late < 0 || late > every {
			t.Errorf("%s was noticed after %v", id, late)
		}
		if len(mails.asked[id]) != 1 {
			t.Errorf("%s was asked for %d times", id, len(mails.asked[id]))
		}
	}
	if dead == 0 || renewed < tokens/10 {
		t.Errorf("%d dead, %d renewed: the soak tries nothing", dead, renewed)
	}
	t.Logf("%d tokens, %d checks, %d renewals, %d dead, %d calls", tokens, checked, renewed, dead, p.calls)
	db.Close()
}

// Each token is checked once in its time by calls of fifty, spread over the time:
// at most 200 for 10,000.
func TestCallsOfASchedule(t *testing.T) {
	source, key := sqlitePath(t), newKey(t)
	synctest.Test(t, func(t *testing.T) {
		const every = 24 * time.Hour
		tokens, _ := soakSize()
		tokens = min(5*tokens, 10_000)
		p := newPlatform()
		v, db := openVault(t, "sqlite", source, key)
		defer db.Close()
		for i := range tokens {
			id := fmt.Sprintf("c%05d", i)
			p.tokens[id] = &token{kind: "SYSTEM_USER", issued: time.Now()}
			if err := v.Put(t.Context(), vault.Entry{App: appID, ID: id, Token: prokura.Secret(id), Kind: "SYSTEM_USER", Issued: time.Now()}, every); err != nil {
				t.Fatal(err)
			}
		}
		checked := 0
		var at []time.Time
		k, err := vault.New(vault.Config{Vault: v, Client: p.client(t), Every: every, Observe: func(o vault.Observation) {
			if o.Kind == vault.Checked {
				checked += o.Count
				at = append(at, time.Now())
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(every)
		checked, p.calls, at = 0, 0, nil // the second day
		time.Sleep(every)
		stop()
		<-ended
		t.Logf("%d tokens, %d checks, %d calls", tokens, checked, p.calls)
		// A day's checks begin a sixteenth early, so that up to that many more fall
		// into it.
		if checked < tokens || p.calls > (tokens+49)/50*17/16+1 || p.calls > checked/50+2 {
			t.Errorf("%d checks of %d tokens by %d calls", checked, tokens, p.calls)
		}
		longest := time.Duration(0)
		for i := range slices.Clone(at)[1:] {
			longest = max(longest, at[i+1].Sub(at[i]))
		}
		if longest > every/4 {
			t.Errorf("nothing is checked for %v: the checks are not spread", longest)
		}
	})
}
