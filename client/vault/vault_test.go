package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
	"github.com/prokura/prokura/internal/store/storetest"
)

// eachDatabase runs a test on an SQLite file and, where there is one, on a new
// PostgreSQL database.
func eachDatabase(t *testing.T, f func(t *testing.T, driver, source string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite", sqlitePath(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		if !storetest.HasPostgres(t) {
			t.Skip("no PostgreSQL here (PROKURA_TEST_POSTGRES)")
		}
		f(t, "pgx", storetest.Postgres(t))
	})
}

func TestVault(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, driver, source string) {
		ctx, key := t.Context(), newKey(t)
		v, db := openVault(t, driver, source, key)
		defer db.Close()
		now := time.Now().Truncate(time.Second)
		e := vault.Entry{App: appID, ID: "customer 7", Token: "EAA-secret", Mail: "ada@nordwind.example", Login: "main", Subject: "business 42", Kind: "SYSTEM_USER",
			Issued: now, Expires: now.Add(time.Hour), DataAccess: now.Add(2 * time.Hour)}
		other := vault.Entry{App: "99", ID: "customer 7", Token: "EAA-other"}
		for _, x := range []vault.Entry{e, other} {
			if err := v.Put(ctx, x, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		for _, bad := range []vault.Entry{{ID: "1", Token: "t"}, {App: "1", Token: "t"}, {App: "1", ID: "1"}} {
			if v.Put(ctx, bad, 0) == nil {
				t.Errorf("%+v is stored", bad)
			}
		}
		if got, err := v.Get(ctx, appID, "customer 7"); err != nil || got != e {
			t.Errorf("%+v %v, want %+v", got, err, e)
		}
		if _, err := v.Get(ctx, appID, "customer 8"); !errors.Is(err, vault.ErrNotFound) {
			t.Error(err)
		}
		// Neither token nor address is in the database.
		var sealed string
		if err := db.QueryRow(`SELECT sealed FROM vault_tokens WHERE app = $1`, appID).Scan(&sealed); err != nil || strings.Contains(sealed, "EAA") {
			t.Error(sealed, err)
		}
		app, err := client.New(client.Config{AppID: appID, Secret: "the-app-secret"})
		if err != nil {
			t.Fatal(err)
		}
		k, err := vault.New(vault.Config{Vault: v, Client: app, Reconnect: "https://app.example/r", Sender: vault.Mail{Password: "the-password"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []any{v, k, e, vault.Question{Entry: e}, vault.Mail{Password: "the-password"}} {
			for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
				if text := fmt.Sprintf(format, x); strings.Contains(text, "EAA-secret") || strings.Contains(text, "the-") {
					t.Errorf("%T printed by %s: %s", x, format, text)
				}
			}
		}
		if driver == "sqlite" {
			for _, suffix := range []string{"", "-wal"} {
				file, _, _ := strings.Cut(strings.TrimPrefix(source, "file:"), "?")
				text, err := os.ReadFile(file + suffix)
				if err != nil || bytes.Contains(text, []byte("EAA-secret")) || bytes.Contains(text, []byte("nordwind.example")) {
					t.Error("a secret is in the file", err)
				}
			}
		}
		// What was moved into another row, or is read with another key, does not open.
		if _, err := db.Exec(`UPDATE vault_tokens SET sealed = $1 WHERE app = '99'`, sealed); err != nil {
			t.Fatal(err)
		}
		if got, err := v.Get(ctx, "99", "customer 7"); err == nil || got.Token != "" || strings.Contains(err.Error(), "EAA") {
			t.Errorf("a row that was moved: %+v %v", got, err)
		}
		if err := v.Delete(ctx, "99", "customer 7"); err != nil {
			t.Error(err)
		}
		stranger, db2 := openVault(t, driver, source, newKey(t))
		defer db2.Close()
		if _, err := stranger.Get(ctx, appID, "customer 7"); err == nil {
			t.Error("another key opens it")
		}
	})
}

// The key can be changed while the vault is used.
func TestReseal(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, driver, source string) {
		h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
		if err != nil {
			t.Fatal(err)
		}
		first, err := aead.New(h)
		if err != nil {
			t.Fatal(err)
		}
		m := keyset.NewManagerFromHandle(h)
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil || m.SetPrimary(id) != nil {
			t.Fatal(err)
		}
		both, err := m.Handle()
		if err != nil {
			t.Fatal(err)
		}
		key, err := aead.New(both)
		if err != nil {
			t.Fatal(err)
		}
		v, db := openVault(t, driver, source, first)
		defer db.Close()
		for i := range 450 {
			if err := v.Put(t.Context(), vault.Entry{App: appID, ID: fmt.Sprint(i), Token: prokura.Secret(fmt.Sprint("T", i))}, 0); err != nil {
				t.Fatal(err)
			}
		}
		again, db2 := openVault(t, driver, source, key)
		defer db2.Close()
		if err := again.Reseal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := m.Delete(both.KeysetInfo().GetKeyInfo()[0].GetKeyId()); err != nil {
			t.Fatal(err)
		}
		alone, err := m.Handle()
		if err != nil {
			t.Fatal(err)
		}
		if key, err = aead.New(alone); err != nil {
			t.Fatal(err)
		}
		last, db3 := openVault(t, driver, source, key)
		defer db3.Close()
		for i := range 450 {
			if e, err := last.Get(t.Context(), appID, fmt.Sprint(i)); err != nil || e.Token.Reveal() != fmt.Sprint("T", i) {
				t.Fatal(e, err)
			}
		}
	})
}

// watch collects what a keeper tells.
type watch struct {
	mu   sync.Mutex
	seen map[vault.Kind]int
}

func (w *watch) observe(o vault.Observation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = map[vault.Kind]int{}
	}
	w.seen[o.Kind] += max(o.Count, 1)
}

// told is how often what was told.
func (w *watch) told() map[vault.Kind]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.seen)
}

// A server that is busy, away, answers garbage or does not take the app's secret
// says nothing about tokens: none is called dead, and each is checked afterwards.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		trouble func(*platform)
		told    vault.Kind
		secret  string // that the app has meanwhile
	}{
		"busy":                  {func(p *platform) { p.busy = time.Now().Add(20 * time.Minute) }, vault.Throttled, ""},
		"away":                  {func(p *platform) { p.away = time.Now().Add(20 * time.Minute) }, vault.Unreachable, ""},
		"a secret that is gone": {func(p *platform) { p.secret = "new" }, vault.Locked, appSecret},
		"a secret reset":        {func(p *platform) { p.secret = "new" }, vault.NewSecret, "new"},
		"garbage":               {func(p *platform) { p.weird = true }, vault.Unreachable, ""},
		"one that is odd":       {func(p *platform) { p.odd = "well" }, vault.Unclear, ""},
	} {
		source, key := sqlitePath(t), newKey(t)
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, w, mails := newPlatform(), &watch{}, &box{}
				v, db := openVault(t, "sqlite", source, key)
				defer db.Close()
				start := time.Now()
				p.tokens["well"] = &token{kind: "SYSTEM_USER", issued: start}
				p.tokens["ending"] = &token{kind: "SYSTEM_USER", issued: start, expires: start.Add(60 * 24 * time.Hour)}
				for id, tok := range p.tokens {
					if err := v.Put(t.Context(), vault.Entry{App: appID, ID: id, Token: prokura.Secret(id), Mail: "a@b.example", Kind: tok.kind, Issued: tok.issued, Expires: tok.expires}, 0); err != nil {
						t.Fatal(err)
					}
				}
				k, err := vault.New(vault.Config{Vault: v, Client: p.client(t), Observe: w.observe, Sender: mails, Reconnect: "https://app.example/r",
					Secret: func(context.Context) (prokura.Secret, error) { return prokura.Secret(x.secret), nil }})
				if err != nil {
					t.Fatal(err)
				}
				x.trouble(p)
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- k.Run(ctx) }()
				time.Sleep(19 * time.Minute)
				if w.told()[x.told] == 0 || w.told()[vault.Died] != 0 {
					t.Errorf("told %v, want %s and no dead", w.told(), x.told)
				}
				if w.told()[x.told] > 40 || p.counted() > 60 {
					t.Errorf("a server in trouble is called on %d times: %v", p.counted(), w.told())
				}
				p.mu.Lock()
				p.weird, p.odd = false, ""
				if name == "a secret that is gone" {
					p.secret = appSecret
				}
				p.mu.Unlock()
				time.Sleep(50 * time.Hour)
				stop()
				<-ended
				for id := range map[string]bool{"well": true, "ending": true} {
					e, err := v.Get(t.Context(), appID, id)
					if err != nil || !e.Dead.IsZero() || e.Checked.IsZero() {
						t.Errorf("%s afterwards: %+v %v", id, e, err)
					}
					if renewed := e.Token.Reveal() != id; renewed != (id == "ending" && name == "a secret reset") {
						t.Errorf("%s was renewed: %t", id, renewed)
					}
				}
				if len(mails.asked) != 0 {
					t.Error("somebody was asked")
				}
			})
		})
	}
}

// A mail server that is away is tried again; a person who comes by first is not
// mailed; a call that failed has its token looked at at once.
func TestQuestions(t *testing.T) {
	t.Parallel()
	source, key := sqlitePath(t), newKey(t)
	synctest.Test(t, func(t *testing.T) {
		p, w, mails := newPlatform(), &watch{}, &box{fails: 3}
		v, db := openVault(t, "sqlite", source, key)
		defer db.Close()
		for _, id := range []string{"one", "two", "three"} {
			p.tokens[id] = &token{kind: "SYSTEM_USER", issued: time.Now(), subcode: 458}
			e := vault.Entry{App: appID, ID: id, Token: prokura.Secret(id), Mail: id + "@b.example"}
			if id == "three" {
				e.Mail = ""
			}
			if err := v.Put(t.Context(), e, 0); err != nil {
				t.Fatal(err)
			}
		}
		k, err := vault.New(vault.Config{Vault: v, Client: p.client(t), Observe: w.observe, Sender: mails, Reconnect: "https://app.example/r", MailAfter: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- k.Run(ctx) }()
		time.Sleep(time.Hour)
		p.mu.Lock()
		for _, tok := range p.tokens {
			tok.dies = time.Now()
		}
		p.mu.Unlock()
		for _, id := range []string{"one", "two", "three"} {
			caller, err := k.Caller(ctx, id)
			if err != nil || caller == nil {
				t.Fatal(err)
			}
			if err := k.Failed(ctx, id, &client.Error{Class: client.Throttled}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if w.told()[vault.Died] != 0 {
			t.Error("busy is taken for dead")
		}
		for _, id := range []string{"one", "two", "three"} {
			if err := k.Failed(ctx, id, &client.Error{Class: client.Dead}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if w.told()[vault.Died] != 3 {
			t.Errorf("a minute after calls failed: %v", w.told())
		}
		_, err = k.Caller(ctx, "one")
		if gone, ok := errors.AsType[*vault.Gone](err); !ok || !errors.Is(err, client.Dead) || gone.Subcode != 458 || gone.Since.IsZero() {
			t.Error(err)
		}
		p.mu.Lock()
		p.tokens["fresh"] = &token{kind: "SYSTEM_USER", issued: time.Now()}
		p.mu.Unlock()
		if err := v.Put(ctx, vault.Entry{App: appID, ID: "two", Token: "fresh", Mail: "two@b.example"}, 0); err != nil { // the person came by
			t.Fatal(err)
		}
		time.Sleep(4 * time.Hour)
		stop()
		<-ended
		if len(mails.asked) != 1 || len(mails.asked["one"]) != 1 || w.told()[vault.NotAsked] != 3 || w.told()[vault.Asked] != 1 {
			t.Errorf("asked %v, told %v", mails.asked, w.told())
		}
		if e, err := v.Get(t.Context(), appID, "one"); err != nil || e.Asked.IsZero() {
			t.Error(e, err)
		}
	})
}

// Several keepers on one database check each token once, and ask once.
func TestManyKeepers(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, driver, source string) {
		key, p, mails, w := newKey(t), newPlatform(), &box{}, &watch{}
		const tokens = 300
		for i := range tokens {
			id := fmt.Sprint(i)
			p.tokens[id] = &token{kind: "SYSTEM_USER", issued: time.Now()}
			if i%10 == 0 {
				p.tokens[id].dies = time.Now().Add(-time.Second)
			}
		}
		v, db := openVault(t, driver, source, key)
		defer db.Close()
		for id := range p.tokens {
			if err := v.Put(t.Context(), vault.Entry{App: appID, ID: id, Token: prokura.Secret(id), Mail: id + "@b.example"}, 0); err != nil {
				t.Fatal(err)
			}
		}
		var group sync.WaitGroup
		for range 4 {
			v, db := openVault(t, driver, source, key)
			defer db.Close()
			k, err := vault.New(vault.Config{Vault: v, Client: p.client(t), Sender: mails, Reconnect: "https://app.example/r", Observe: w.observe})
			if err != nil {
				t.Fatal(err)
			}
			group.Go(func() {
				if _, err := k.Round(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if w.told()[vault.Checked] != tokens*9/10 || w.told()[vault.Died] != tokens/10 || w.told()[vault.Asked] != tokens/10 || len(mails.asked) != tokens/10 {
			t.Errorf("told %v, asked %d", w.told(), len(mails.asked))
		}
		if p.counted() > tokens/50+3 {
			t.Errorf("%d calls for %d tokens", p.counted(), tokens)
		}
	})
}
