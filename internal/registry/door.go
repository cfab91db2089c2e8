package registry

import (
	"cmp"
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/store"
)

// Caller is who acts: facts as they were when the caller was authenticated.
// They must not be changed: the cache shares them. Acts that write read them
// anew inside their transaction.
type Caller struct {
	*prokura.Facts
	Session string // key of the browser session
	Fresh   prokura.Instant
	Trace   string // id of the request, for the journal
	Proved  bool   // a right appsecret_proof came with the token
	Address string // of the client, as the edge knows it

	// Known says that an act decides on these facts, which the caches hold, and reads
	// none anew: for what gives a promise alone, on which is decided when it is kept.
	Known bool

	// Ahead asks for what the act will ask for, as far as these facts tell, so that it
	// travels along with them (store.Tx.Ahead). Nobody looks at what it does.
	Ahead func(*Door)

	// Awaiting is the person whose session still waits for the second factor.
	// The caller has no credential then, and can give the factor and nothing else.
	Awaiting prokura.ID
}

// Nobody is a caller without a credential.
func Nobody(trace string) Caller { return Caller{Facts: &prokura.Facts{}, Trace: trace} }

// Operator is the command line on the server's own machine.
func Operator(trace string) Caller {
	return Caller{Facts: &prokura.Facts{Credential: prokura.CredentialOperator}, Trace: trace}
}

var credentialNames = map[prokura.Credential]string{
	prokura.CredentialNone: "none", prokura.CredentialSession: "session", prokura.CredentialToken: "token",
	prokura.CredentialSecret: "secret", prokura.CredentialOperator: "operator", prokura.CredentialLink: "link",
}

// CredentialName is the journal's word for what the caller came with.
func (c Caller) CredentialName() string { return credentialNames[c.Credential] }

// Actor is the id that the journal names: the person or system user, else the app.
func (c Caller) Actor() prokura.ID {
	switch {
	case c.Person.ID != 0:
		return c.Person.ID
	case c.SystemUser.ID != 0:
		return c.SystemUser.ID
	}
	return c.App.ID
}

// Door is what an act sees of its transaction.
type Door struct {
	*store.Tx
	catalog *prokura.Catalog
	By      *prokura.Facts // read in this transaction
	Now     prokura.Instant
	Entry   store.Entry
	network string // of the caller, "" where the edge does not know it
	after   *change
}

// change is what an act did beyond its rows: to authority, for the caches, and
// to the outbox.
type change struct {
	touched  []Entity
	log      []store.Change // the same, for other nodes
	revision int64          // 0: it was not moved
	sends    bool
}

// Touch names an entity whose facts changed. It is logged with the commit and
// dropped from the caches before the act returns.
func (d *Door) Touch(k EntityKind, id prokura.ID) {
	d.after.touched = append(d.after.touched, EntityOf(k, id))
	d.after.log = append(d.after.log, store.Change{Kind: byte(k), ID: id})
}

// Note records what changed, as JSON, for the journal. Secrets must not be in it.
func (d *Door) Note(before, after any) {
	d.Entry.Before, d.Entry.After = prokura.NoteText(before), prokura.NoteText(after)
}

// Act is the door for whatever changes something: authorize on facts read in
// the same transaction, change, journal. subject says what the act is on; it may
// be nil. A refusal by Decide is journaled and committed; an error of change
// rolls everything back and is journaled by itself.
func (r *Registry) Act(ctx context.Context, c Caller, a prokura.Act, subject func(*Door) (prokura.Subject, error), do func(*Door) error) error {
	var refusal *prokura.Error
	var last store.Entry
	after := &change{} // also when no transaction could begin
	turn := false      // to move the revision
	if rule, _ := prokura.RuleOf(a); rule.Ends {
		ctx = quota.Urgent(ctx)
	} else if err := r.payAct(ctx); err != nil {
		return err
	}
	err := r.store.UpdateThen(ctx, func(tx *store.Tx) error {
		refusal, after = nil, &change{}
		d := &Door{Tx: tx, catalog: r.catalog, Now: r.Now(), network: quota.NetworkOf(c.Address), after: after}
		var err error
		if d.By = c.Facts; c.Ahead != nil {
			c.Ahead(&Door{Tx: tx.Ahead(), catalog: r.catalog, By: d.By, Now: d.Now})
		}
		if !c.Known {
			if d.By, err = r.Reread(tx.View(), c); err != nil {
				return err
			}
		}
		d.Entry = store.Entry{At: d.Now, Caller: c.CredentialName(), Actor: c.Actor(), App: c.App.ID,
			Business: c.Business.ID, Act: a, Outcome: "done", Trace: c.Trace}
		s := prokura.Subject{}
		if subject != nil {
			if s, err = subject(d); err != nil {
				last = d.Entry
				return err
			}
		}
		d.Entry.App, d.Entry.Business = cmp.Or(s.App, d.Entry.App), cmp.Or(s.Business, d.Entry.Business)
		if refusal = prokura.Decide(r.catalog, d.By, a, s, d.Now); refusal != nil {
			// What the subject touched stays so: the repeat of a call whose outcome is
			// unknown may be refused because the first one took the caller's role.
			last = d.Entry
			return nil
		}
		err = do(d)
		last = d.Entry
		if err != nil {
			return err
		}
		if len(after.touched) > 0 {
			turn = turn || r.fence.Turn()
			if after.revision, err = tx.Changed(after.log, turn); err != nil {
				return err
			}
		}
		return tx.Journal(d.Entry)
	}, func(err error) {
		// Also when the outcome is unknown: the change may have happened.
		r.cache.Touch(after.touched)
		if errors.Is(err, prokura.Unavailable) {
			r.cache.Doubt(after.touched)
		}
	})
	if err != nil {
		after.revision = 0
	}
	if len(after.touched) > 0 {
		r.fence.Changed(after.revision)
	}
	if err == nil && after.sends {
		r.Wake()
	}
	if err == nil && refusal != nil {
		err = refusal
	}
	if err != nil {
		r.journalRefusal(ctx, last, err)
	}
	return err
}

// journalRefusal writes one line for a refused act, at most one a minute for
// the same actor, act and reason.
func (r *Registry) journalRefusal(ctx context.Context, e store.Entry, err error) {
	reason := prokura.AsError(err).Reason
	if e.Act == "" || errors.Is(err, prokura.Unavailable) || !r.refusals.First(refusal{e.Caller, e.Actor, e.App, e.Act, reason}) {
		return
	}
	e.Outcome, e.Before, e.After = string(reason), "", ""
	if err := r.Beside(ctx, func(tx *store.Beside) error { return tx.Journal(e) }); err != nil {
		r.log.Warn("journal a refusal", "act", e.Act, "trace", e.Trace, "error", err)
	}
}

// refusal is what coalesces with its like.
type refusal struct {
	caller string
	actor  prokura.ID
	app    prokura.ID
	act    prokura.Act
	reason prokura.Reason
}

// Reread reads the caller's facts in the act's own transaction, so that a
// principal that was revoked meanwhile changes nothing any more.
func (r *Registry) Reread(tx *store.View, c Caller) (*prokura.Facts, error) {
	switch c.Credential {
	case prokura.CredentialToken:
		if c.Token.ID == 0 { // APPID|SECRET has no row
			f, err := tx.AppFacts(c.App.ID)
			if err != nil {
				return nil, err
			}
			f.Credential, f.Token = prokura.CredentialToken, c.Token
			return f, nil
		}
		return tx.FactsOf(c.Token.ID, c.Token.Kind)
	case prokura.CredentialSession:
		s, f, err := tx.SessionFacts(c.Session)
		if errors.Is(err, prokura.NotFound) || err == nil && (s.Expires.Past(r.Now()) || s.Awaiting || s.Person != c.Person.ID) {
			return nil, SignInRequired()
		}
		return f, err
	case prokura.CredentialSecret:
		return tx.AppFacts(c.App.ID)
	}
	return c.Facts, nil
}

// MayRead is the door for reads: decide on the caller's facts, no journal line.
func (r *Registry) MayRead(c Caller, a prokura.Act, s prokura.Subject) error {
	if e := prokura.Decide(r.catalog, c.Facts, a, s, r.Now()); e != nil {
		return e
	}
	return nil
}

// Beside runs a transaction that gives nobody power over anything, such as one
// on sessions, throttles and pending logins, without decision and journal. The
// statements that move power do not exist on what f gets, which may
// run twice.
func (r *Registry) Beside(ctx context.Context, f func(*store.Beside) error) error {
	return r.store.Update(ctx, func(tx *store.Tx) error { return f(tx.Beside()) })
}

// View runs a read in one state of the world, after the read door.
func View[T any](ctx context.Context, r *Registry, f func(*store.View) (T, error)) (out T, err error) {
	err = r.store.View(ctx, func(tx *store.View) (err error) { out, err = f(tx); return err })
	return out, err
}

// Look is View for a read of one statement.
func Look[T any](ctx context.Context, r *Registry, f func(*store.View) (T, error)) (out T, err error) {
	err = r.store.Look(ctx, func(tx *store.View) (err error) { out, err = f(tx); return err })
	return out, err
}

// OnApp is the subject of an act on an app, with the caller's role on it.
func OnApp(app prokura.ID) func(*Door) (prokura.Subject, error) {
	return func(d *Door) (prokura.Subject, error) {
		return AppSubject(d.View(), d.By, app)
	}
}

// Judged is the subject of what platform staff decide about an app: whoever has a part
// in it is known (R-REVIEW-03). gives says that the app can get something by it.
func Judged(app prokura.ID, gives bool) func(*Door) (prokura.Subject, error) {
	return func(d *Door) (prokura.Subject, error) {
		s, err := AppSubject(d.View(), d.By, app)
		if err == nil {
			s.Part, err = d.HasPart(app, d.By.Person.ID, gives, d.Now)
		}
		return s, err
	}
}

// AppSubject is an act's subject: an app, with the role that the caller has on it in
// the browser.
func AppSubject(tx *store.View, f *prokura.Facts, app prokura.ID) (prokura.Subject, error) {
	if f.Credential != prokura.CredentialSession {
		return prokura.Subject{App: app}, nil
	}
	role, err := RoleOnApp(tx, f, app)
	if err != nil {
		return prokura.Subject{}, err
	}
	owner, err := tx.AppBusiness(app)
	return prokura.Subject{App: app, AppRole: role, Owner: owner}, err
}

// RoleOnApp is the role that a person has on an app in the browser: the one that
// they were given, and admin with full control of the business that owns it. A
// business must be able to look after its apps when those who did have left
// (T31).
func RoleOnApp(tx *store.View, f *prokura.Facts, app prokura.ID) (prokura.AppRole, error) {
	role, err := tx.AppRole(app, f.Person.ID)
	if err != nil || role == prokura.AppAdmin {
		return role, err
	}
	owner, err := tx.AppBusiness(app)
	if err == nil && owner != 0 && f.Role(owner) == prokura.RoleAdmin {
		role = prokura.AppAdmin
	}
	return role, err
}

// OnBusiness is the subject of an act on a business.
func OnBusiness(id prokura.ID) func(*Door) (prokura.Subject, error) {
	return func(*Door) (prokura.Subject, error) { return prokura.Subject{Business: id}, nil }
}

// SignInRequired is the error for who has no session, or none any more.
func SignInRequired() *prokura.Error {
	return prokura.Errorf(prokura.SignInRequired, "Please log in.")
}

// Missing is the one error for what does not exist and what the caller may not see
// (T40).
func Missing() *prokura.Error {
	return prokura.Errorf(prokura.NotFound, "Object does not exist, cannot be loaded due to missing permissions, or does not support this operation.")
}
