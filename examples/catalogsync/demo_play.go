package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/html"

	"github.com/prokura/prokura/client"
)

// stage is the demo: the program, the people around it, and what it says.
type stage struct {
	worldOf
	out    io.Writer
	config string
	mail   *mailbox

	lena, paul, rita, ada *person

	// The program while it runs.
	app    *app
	events chan event
	stop   func() error
	losing *losing
}

// play plays all of it: the app's review, its one login, what it does hour after
// hour, a crash, and the end of its access.
func play(ctx context.Context, w worldOf, dir string, out io.Writer) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	s := &stage{worldOf: w, out: out, config: filepath.Join(dir, "sync.json")}
	if s.mail, err = openMailbox(); err != nil {
		return err
	}
	defer func() {
		if s.stop != nil {
			err = errors.Join(err, s.stop())
		}
		err = errors.Join(err, s.mail.closing())
	}()
	if err := s.configure(dir); err != nil {
		return err
	}
	for i, step := range []struct {
		title string
		play  func(context.Context) error
	}{
		{"The app's settings are those of an app without a user interface", s.settings},
		{"Lena, who made it, sends the draft of its submission to the reviewers", s.submit},
		{"Paul and Rita of the platform both agree, and Lena switches the app to live mode", s.review},
		{"The program starts for the first time and prints a link: Ada, who runs Nordwind, logs in once", s.connect},
		{"An hour later nothing has changed, and nothing is sent", s.nothing},
		{"One product is dearer, one is new, one is gone: three items are sent", s.changes},
		{"One product is wrong: the catalog says why, and has the others", s.wrong},
		{"The program dies between sending and hearing of it, and begins again", s.crash},
		{"Ada takes its access away: it notices, and asks her by mail", s.ended},
		{"She opens the link of the mail and agrees again: it goes on where it was", s.again},
	} {
		fmt.Fprintf(out, "\n%d. %s\n", i+1, step.title)
		if err := step.play(ctx); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, step.title, err)
		}
	}
	fmt.Fprintln(out, "\nThat is all.")
	return nil
}

func (s *stage) say(format string, args ...any) {
	fmt.Fprintln(s.out, "   "+strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf(format, args...)), "\n", "\n   "))
}

// configure writes what whoever runs the program would.
func (s *stage) configure(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		return err
	}
	listen := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(settings{Server: s.url, AppID: s.id("catalogsync"), Secret: "app.secret", ConfigID: s.id("sync"), Business: s.id("nordwind"), Catalog: s.id("shop"),
		Contact: "ada@nordwind.example", Products: "products.csv", State: "sync.db", Key: "sync.key", RedirectURI: "http://" + listen + "/callback", Listen: listen,
		Mail: mailSettings{Server: s.mail.address, From: "sync@lumen.example", TLS: "none"}, Every: duration(time.Hour)}, "", "  ")
	if err != nil {
		return err
	}
	products, err := demo.ReadFile(demoProducts)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(s.config, text, 0o600), os.WriteFile(filepath.Join(dir, "products.csv"), products, 0o600),
		os.WriteFile(filepath.Join(dir, "app.secret"), []byte(s.secret("catalogsync")+"\n"), 0o600))
}

func (s *stage) settings(ctx context.Context) (err error) {
	for _, p := range []struct {
		who         **person
		name, email string
	}{{&s.lena, "Lena", "lena@lumen.example"}, {&s.paul, "Paul", "paul@platform.example"}, {&s.rita, "Rita", "rita@platform.example"}, {&s.ada, "Ada", "ada@nordwind.example"}} {
		if *p.who, err = meet(ctx, s.worldOf, p.name, p.email); err != nil {
			return err
		}
	}
	fields := map[string]string{}
	for _, name := range []string{"basic", "advanced"} {
		page, _, err := s.lena.open(ctx, s.url+"/apps/"+s.id("catalogsync")+"/"+name)
		if err != nil {
			return err
		}
		for form := range named(page, "form") {
			for name, values := range fieldsOf(form) {
				fields[name] = strings.TrimSpace(values[0])
			}
		}
	}
	for _, f := range []struct{ label, name, want string }{
		{"Privacy policy", "privacy_policy_url", "https://lumen.example/privacy"},
		{"Business use", "business_use", "clients"},
		{"Website", "site_url", "https://lumen.example/"},
		{"App secret proof", "require_proof", "1"},
		{"Server addresses", "server_ips", "127.0.0.1\n::1"},
	} {
		s.say("%-17s %s", f.label, strings.ReplaceAll(fields[f.name], "\n", ", "))
		if fields[f.name] != f.want {
			return fmt.Errorf("%s is %q", f.label, fields[f.name])
		}
	}
	return nil
}

func (s *stage) submit(ctx context.Context) error {
	path := "/apps/" + s.id("catalogsync") + "/submissions/1"
	page, _, err := s.lena.open(ctx, s.url+path)
	if err != nil {
		return err
	}
	for form := range named(page, "form") {
		fields := fieldsOf(form)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if strings.HasPrefix(name, "use.") || name == "relationship" {
				s.say("%s: %s", name, fields.Get(name))
			}
		}
	}
	if _, err = s.lena.send(ctx, path, "use.1", map[string]string{"do": "send"}); err != nil {
		return err
	}
	s.say("sent: no film, no test account, as there is nothing to look at")
	return nil
}

func (s *stage) review(ctx context.Context) error {
	for _, p := range []*person{s.paul, s.rita} {
		queue, _, err := p.open(ctx, s.url+"/staff/queue")
		if err != nil {
			return err
		}
		desk := linkTo(queue, "/staff/submissions/")
		if desk == "" {
			return errors.New("nothing waits for the reviewers")
		}
		if _, err := p.send(ctx, desk, "outcome.1", map[string]string{"outcome.1": "approved", "reason.1": "needed"}); err != nil {
			return err
		}
		s.say("%s says yes to catalog_management", p.name)
	}
	_, err := s.lena.send(ctx, "/apps/"+s.id("catalogsync")+"/mode", "mode", nil)
	if err == nil {
		s.say("the app is live: businesses of others can connect it")
	}
	return err
}

// linkTo is the first of a page's links that begins like this.
func linkTo(page *html.Node, start string) string {
	for a := range named(page, "a") {
		if href := attribute(a, "href"); strings.HasPrefix(href, start) {
			return href
		}
	}
	return ""
}

// losing carries calls; once it is told to, it loses the answer to a batch, and
// with it the program.
type losing struct {
	next http.RoundTripper
	lose atomic.Bool
	die  func()
}

func (l *losing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/items_batch") && l.lose.Load() {
		l.die()
		return nil, errors.Join(errors.New("the program is dead"), resp.Body.Close())
	}
	return resp, err
}

// start runs the program on its files, as a process of its own would.
func (s *stage) start(ctx context.Context) error {
	set, err := load(s.config)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", stateSource(set.State))
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	s.losing = &losing{next: http.DefaultTransport, die: end}
	a, err := open(ctx, set, db, s.losing, slog.New(slog.DiscardHandler))
	if err != nil {
		end()
		return errors.Join(err, db.Close())
	}
	s.events = make(chan event, 16)
	a.notify = func(e event) { s.events <- e }
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	s.app = a
	s.stop = func() error {
		end()
		err := <-ended
		s.stop = nil
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, db.Close())
	}
	return nil
}

func (s *stage) next(ctx context.Context) (event, error) {
	select {
	case e := <-s.events:
		return e, e.Err
	case <-ctx.Done():
		return event{}, ctx.Err()
	}
}

// did waits for a run, unless what led to it went wrong, and wants it to have done
// exactly this, so that the catalog has what the shop has.
func (s *stage) did(ctx context.Context, before error, created, updated, deleted, refused int) error {
	if before != nil {
		return before
	}
	e, err := s.next(ctx)
	if err != nil {
		return err
	}
	if e.Did == nil {
		return errors.New("the program waits for somebody instead")
	}
	s.say("%d created, %d updated, %d deleted, %d refused", e.Did.Created, e.Did.Updated, e.Did.Deleted, len(e.Did.Refused))
	for _, id := range slices.Sorted(maps.Keys(e.Did.Refused)) {
		s.say("%s: %s", id, e.Did.Refused[id])
	}
	if e.Did.Created != created || e.Did.Updated != updated || e.Did.Deleted != deleted || len(e.Did.Refused) != refused {
		return fmt.Errorf("that should have been %d, %d, %d and %d", created, updated, deleted, refused)
	}
	return s.has(ctx)
}

// edit changes the shop's file, and has the program look at it.
func (s *stage) edit(ctx context.Context, pairs ...string) error {
	text, err := os.ReadFile(s.app.settings.Products)
	if err != nil {
		return err
	}
	changed := strings.NewReplacer(pairs...).Replace(string(text))
	if changed == string(text) {
		return errors.New("the shop has not changed")
	}
	if err := os.WriteFile(s.app.settings.Products, []byte(changed), 0o600); err != nil {
		return err
	}
	return s.hour(ctx)
}

// hour lets the time pass until the program's next run: at the server, and by waking
// the program up.
func (s *stage) hour(ctx context.Context) error {
	if _, err := development(ctx, s.worldOf, "time", map[string]any{"advance": "1h"}); err != nil {
		return err
	}
	select {
	case s.app.now <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// has wants the catalog to have what the shop has, each item once.
func (s *stage) has(ctx context.Context) error {
	type item struct {
		ID string `json:"retailer_id"`
	}
	as, err := s.app.keeper.Caller(ctx, entry)
	if err != nil {
		return err
	}
	var got, want []string
	for p, err := range client.All[item](ctx, as, s.id("shop")+"/products", client.Fields("retailer_id")) {
		if err != nil {
			return err
		}
		got = append(got, p.ID)
	}
	err = readProducts(ctx, s.app.settings.Products, func(p product) error {
		want = append(want, p.id)
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if err == nil && !slices.Equal(got, want) {
		err = fmt.Errorf("the catalog has %v, and should have %v", got, want)
	}
	if err == nil {
		s.say("the catalog has %s", strings.Join(got, ", "))
	}
	return err
}

func (s *stage) connect(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	e, err := s.next(ctx)
	if err != nil {
		return err
	}
	s.say("%s", e.Waiting)
	if err := s.ada.allow(ctx, s.worldOf, e.Waiting, s.id("nordwind"), s.id("shop")); err != nil {
		return err
	}
	if err := s.did(ctx, nil, 6, 0, 0, 0); err != nil {
		return err
	}
	kept, err := s.app.vault.Get(ctx, s.id("catalogsync"), entry)
	if err != nil {
		return err
	}
	bare, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/me", nil)
	if err != nil {
		return err
	}
	bare.Header.Set("Authorization", "Bearer "+kept.Token.Reveal())
	resp, err := http.DefaultClient.Do(bare)
	if err != nil {
		return err
	}
	s.say("who has its token alone, without the app's proof, is answered %s", resp.Status)
	if resp.StatusCode != http.StatusBadRequest {
		err = errors.New("that should have been refused")
	}
	return errors.Join(err, resp.Body.Close())
}

func (s *stage) nothing(ctx context.Context) error {
	return s.did(ctx, s.hour(ctx), 0, 0, 0, 0)
}

func (s *stage) changes(ctx context.Context) error {
	err := s.edit(ctx, "44.50 EUR", "49.50 EUR", "tent-4,Four-person tent", "tent-6,Six-person tent")
	return s.did(ctx, err, 1, 1, 1, 0)
}

func (s *stage) wrong(ctx context.Context) error {
	err := s.edit(ctx, "59.90 EUR", "cheap", ",89.00 EUR", ",79.00 EUR")
	return s.did(ctx, err, 0, 1, 0, 1)
}

func (s *stage) crash(ctx context.Context) error {
	s.losing.lose.Store(true)
	err := s.edit(ctx, "cheap", "54.90 EUR", "lamp,Head lamp", "lantern,Lantern")
	if err != nil {
		return err
	}
	// What it says while it dies is nobody's business.
	select {
	case <-s.events:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.stop(); err != nil {
		return err
	}
	s.say("dead; and started again:")
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.did(ctx, nil, 1, 1, 1, 0)
}

func (s *stage) ended(ctx context.Context) error {
	path := "/business/" + s.id("nordwind") + "/integrations/connected-apps/" + s.id("catalogsync") + "/remove"
	ada, err := meet(ctx, s.worldOf, "Ada", "ada@nordwind.example") // her session has ended
	if err != nil {
		return err
	}
	if _, err := ada.send(ctx, path, "", nil); err != nil {
		return err
	}
	return s.edit(ctx, ",249.00 EUR", ",239.00 EUR")
}

func (s *stage) again(ctx context.Context) error {
	if e, err := s.next(ctx); err != nil || e.Waiting == "" {
		return errors.Join(err, errors.New("the program does not wait for access"))
	}
	var letter string
	select {
	case letter = <-s.mail.letters:
	case <-ctx.Done():
		return errors.New("no mail came")
	}
	s.say("%s", letter)
	link, err := linkIn(letter)
	if err != nil {
		return err
	}
	if err := s.ada.allow(ctx, s.worldOf, link, s.id("nordwind"), s.id("shop")); err != nil {
		return err
	}
	return s.did(ctx, nil, 0, 1, 0, 0)
}
