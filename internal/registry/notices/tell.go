package notices

import (
	"errors"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// ending is something that is to be told: that a family ends so many days from now, or
// that it has ended.
type ending struct {
	store.Notice
	family   store.Family
	app      prokura.App
	business prokura.ID     // that gave it; 0: a person did
	reason   prokura.Reason // why it has ended; "" while it has not
}

// look says what is to be told of a family now; nil: nothing. Of a dead app nobody is
// told anything.
func look(tx *store.View, id prokura.ID, kind store.NoticeKind, now prokura.Instant) (*ending, error) {
	f, business, err := tx.AnyFamily(id)
	if errors.Is(err, prokura.NotFound) { // a development world went back to its seed
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := &ending{Notice: store.Notice{Family: id, Kind: kind, App: f.App, Told: now}, family: f, business: business}
	if e.app, err = tx.App(f.App); err != nil || e.app.Disabled != 0 || e.app.Mode == prokura.ModeStopped {
		return nil, err
	}
	begun, err := e.ends(tx, now)
	if err != nil || e.Born == 0 {
		return nil, err
	}
	if e.reason == "" {
		if e.Days = prokura.NoticeDue(begun, e.Ends, now); e.Days == 0 {
			return nil, nil
		}
	}
	told, err := tx.Notice(id, kind)
	if err != nil {
		return nil, err
	}
	if told != nil && told.Born == e.Born && (told.Days == 0 && e.reason != "" || told.Ends == e.Ends && told.Days <= e.Days) {
		return nil, nil
	}
	if e.byTime() {
		if wanted, err := e.wanted(tx, now); err != nil || !wanted {
			return nil, err
		}
	}
	return e, nil
}

// ends reads when the family ends, or why it has ended, and when what ends then began. It
// leaves Born zero where there is nothing that could end.
func (e *ending) ends(tx *store.View, now prokura.Instant) (begun prokura.Instant, err error) {
	if e.Kind == store.NoticeDataAccess {
		return e.dataAccess(tx, now)
	}
	last, newest, err := tx.FamilyRoots(e.family, now)
	if err != nil || newest == nil {
		return 0, err
	}
	if last != nil {
		e.Born, e.Ends = newest.Issued, last.Expires
		return last.Issued, nil
	}
	f, err := tx.Facts(newest.ID)
	if err != nil {
		return 0, err
	}
	dead := f.Alive(now)
	if dead == nil {
		return 0, nil
	}
	e.Born, e.reason, e.Ends = newest.Issued, dead.Reason, now
	if e.byTime() {
		e.Ends = newest.Expires
	}
	return newest.Issued, nil
}

// dataAccess is of what a person gave, as long as there are tokens that end with it.
func (e *ending) dataAccess(tx *store.View, now prokura.Instant) (begun prokura.Instant, err error) {
	if e.family.Person == 0 {
		return 0, nil
	}
	g, err := tx.Grant(e.Family)
	if err != nil || g.Revoked != 0 || g.DataAccess == 0 {
		return 0, err
	}
	tokens, _, err := tx.GrantTokens(g.ID, now, 1)
	if err != nil || len(tokens) == 0 {
		return 0, err
	}
	e.Born, e.Ends = g.DataAccess, g.DataAccess.Add(prokura.DataAccessWindow)
	if e.Ends.Past(now) {
		e.reason = prokura.DataAccessExpired
	}
	return g.DataAccess, nil
}

// byTime reports whether time is what ends it, and nobody's act.
func (e *ending) byTime() bool {
	return e.reason == "" || e.reason == prokura.TokenExpired || e.reason == prokura.DataAccessExpired
}

// wanted reports whether anybody wants to know that time ends it: it was used lately, or
// the business asks to be told of everything.
func (e *ending) wanted(tx *store.View, now prokura.Instant) (bool, error) {
	used, err := tx.GrantUsed(e.Family)
	if e.family.SystemUser != 0 {
		used, err = tx.InstallationUsed(e.family.SystemUser, e.App)
	}
	if err != nil || used != 0 && used >= now.Add(-prokura.NoticeUse) || e.business == 0 {
		return used != 0 && used >= now.Add(-prokura.NoticeUse), err
	}
	b, err := tx.Business(e.business)
	return b.AllNotices, err
}

// Value is what apps are told of the end of what they were given.
type Value struct {
	Business      string           `json:"business_manager_id,omitempty"`
	Configuration string           `json:"tp_config_id,omitempty"`
	User          string           `json:"user_id,omitempty"` // app-scoped: the person, or the business's system user
	What          store.NoticeKind `json:"what"`
	Expires       int64            `json:"expires_at,omitempty"` // unix seconds
	Days          int64            `json:"days,omitempty"`
	Ended         int64            `json:"ended_at,omitempty"`
	Reason        prokura.Reason   `json:"reason,omitempty"`
}

// tell tells both sides, and notes that. The people of the app are mailed afterwards,
// about everything together.
func (e *ending) tell(r *registry.Registry, d *registry.Door) error {
	d.Entry.Subject = e.Family
	note := map[string]any{"what": e.Kind, "days": e.Days, "ends": e.Ends.Unix()}
	if e.reason != "" {
		note["reason"] = e.reason
	}
	d.Note(nil, note)
	if e.business == 0 || !e.byTime() {
		e.Mailed = -1 // not worth a mail to the app's people
	}
	return errors.Join(d.SetNotice(e.Notice), e.tellApp(d), e.mail(r, d))
}

func (e *ending) tellApp(d *registry.Door) error {
	v := Value{What: e.Kind, Days: e.Days, Expires: e.Ends.Unix()}
	field := registry.FieldExpiring
	if e.reason != "" {
		field, v.Expires, v.Ended, v.Reason = registry.FieldEnded, 0, e.Ends.Unix(), e.reason
	}
	if e.family.SystemUser == 0 {
		g, err := d.Grant(e.Family)
		if err != nil {
			return err
		}
		if g.Configuration != 0 {
			v.Configuration = g.Configuration.String()
		}
	}
	key := ""
	if e.business != 0 {
		v.Business = e.business.String()
		key = v.Business
	}
	if subject := max(e.family.Person, e.family.SystemUser); subject != 0 {
		id, err := d.ScopedID(e.App, subject)
		if err != nil {
			return err
		}
		if v.User = id.String(); key == "" {
			key = v.User
		}
	}
	return d.Tell(e.App, registry.ObjectApplication, field, e.App.String(), key, v)
}

// mail writes to whoever gave it and can renew it. What somebody has ended was told by
// who ended it.
func (e *ending) mail(r *registry.Registry, d *registry.Door) error {
	if !e.byTime() {
		return nil
	}
	v := map[string]string{"app": e.app.Name, "app_id": e.App.String(), "date": date(e.Ends), "link": "/renew/" + e.Family.String()}
	soon, over := prokura.MailGrantEnds, prokura.MailGrantOver
	if e.business == 0 {
		p, err := d.Person(e.family.Person)
		if err != nil {
			return err
		}
		soon, over = prokura.MailPersonalEnds, prokura.MailPersonalOver
		if e.reason != "" {
			soon = over
		}
		return r.Mail(d, p.Email, soon, v)
	}
	b, err := d.Business(e.business)
	if err != nil {
		return err
	}
	v["business"], v["business_id"] = b.Name, b.ID.String()
	if e.family.SystemUser != 0 {
		u, err := d.SystemUser(e.family.SystemUser)
		if err != nil {
			return err
		}
		v["what"], v["link"] = u.Name, "/business/"+b.ID.String()+"/system-users/"+u.ID.String()
		soon = prokura.MailSystemUserEnds
	}
	if e.reason != "" {
		soon = over
	}
	return r.MailAdmins(d, b.ID, soon, v)
}

// date is a day, as mails write it.
func date(at prokura.Instant) string { return at.Time().Format("2 January 2006") }

func connections(n int) string {
	if n == 1 {
		return "one connection"
	}
	return strconv.Itoa(n) + " connections"
}
