package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prokura/prokura"
)

func isNotFound(err error) bool { return errors.Is(err, prokura.NotFound) }

const personColumns = `p.id, p.name, p.email, p.generation, p.created, p.staff, p.second_factor`

func personDest(p *prokura.Person) []any {
	return []any{&p.ID, &p.Name, (*mailbox)(&p.Email), &p.Generation, &p.Created, &p.Staff, &p.SecondFactor}
}

func scanPerson(s scanner) (p prokura.Person, err error) {
	err = s.Scan(personDest(&p)...)
	return p, err
}

// mailbox scans the column email, where somebody without an address has their
// id: the column is unique.
type mailbox string

func (m *mailbox) Scan(column any) error {
	text, ok := column.(string)
	if !ok && column != nil {
		return fmt.Errorf("the column email holds a %T", column)
	}
	if !strings.Contains(text, "@") {
		text = ""
	}
	*m = mailbox(text)
	return nil
}

// AddPerson inserts a person with a password hash (PHC string). Only planted
// worlds have people without an address.
func (t *Beside) AddPerson(p prokura.Person, passwordHash string) error {
	if p.Email == "" {
		p.Email = p.ID.String()
	}
	n, err := t.exec(`INSERT INTO person (id, name, email, password, generation, staff, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email) DO NOTHING`, p.ID, p.Name, p.Email, passwordHash, p.Generation, p.Staff, p.Created)
	switch {
	case err != nil:
		return fmt.Errorf("add person: %w", err)
	case n == 0:
		return prokura.Errorf(prokura.EmailTaken, "There is an account with this e-mail address already.").WithField("email")
	}
	return nil
}

// Person finds a person by global id.
func (t *View) Person(id prokura.ID) (prokura.Person, error) {
	return one(t, "find person", scanPerson, `SELECT `+personColumns+` FROM person p WHERE p.id = $1`, id)
}

// PersonByEmail finds a person by normal e-mail address.
func (t *View) PersonByEmail(email string) (prokura.Person, error) {
	return one(t, "find person", scanPerson, `SELECT `+personColumns+` FROM person p WHERE p.email = $1`, email)
}

// Password returns a person's password hash.
func (t *View) Password(person prokura.ID) (string, error) {
	return one(t, "find password", scanOne[string], `SELECT password FROM person WHERE id = $1`, person)
}

// SetPassword stores a new hash and ends every token of the person at once.
func (t *Tx) SetPassword(person prokura.ID, hash string) error {
	return t.must("set password", `UPDATE person SET password = $2, generation = generation + 1 WHERE id = $1`, person, hash)
}

// Staff lists the people with a role among the platform's staff, operators first.
func (t *View) Staff() ([]prokura.Person, error) {
	return all(t, "list staff", scanPerson, `SELECT `+personColumns+` FROM person p WHERE p.staff <> ''
		ORDER BY CASE p.staff WHEN 'operator' THEN 0 WHEN 'lead' THEN 1 ELSE 2 END, p.name, p.id LIMIT 1000`)
}

// CountStaff counts those with a role.
func (t *View) CountStaff(role prokura.StaffRole) (int, error) {
	return one(t, "count staff", scanOne[int], `SELECT count(*) FROM person WHERE staff = $1 AND staff <> ''`, role)
}

// SetStaff gives a person a role among the platform's staff, or takes it.
func (t *Tx) SetStaff(person prokura.ID, role prokura.StaffRole) error {
	return t.must("set staff role", `UPDATE person SET staff = $2 WHERE id = $1`, person, role)
}

const sessionColumns = `s.key, s.person, s.created, s.seen, s.expires, s.authenticated, s.agent, s.address, s.awaiting`

func sessionDest(v *prokura.Session) []any {
	return []any{&v.Key, &v.Person, &v.Created, &v.Seen, &v.Expires, &v.Authenticated, &v.Agent, &v.Address, &v.Awaiting}
}

func scanSession(s scanner) (v prokura.Session, err error) {
	err = s.Scan(sessionDest(&v)...)
	return v, err
}

// AddSession starts a session.
func (t *Beside) AddSession(s prokura.Session) error {
	return t.do("add session", `INSERT INTO session (key, person, created, seen, expires, authenticated, agent, address, awaiting)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.Key, s.Person, s.Created, s.Seen, s.Expires, s.Authenticated, s.Agent, s.Address, s.Awaiting)
}

// BoundSessions ends the sessions of a person that were made before the newest so
// many.
func (t *Beside) BoundSessions(person prokura.ID, most int) error {
	return t.do("bound sessions", `DELETE FROM session WHERE person = $1 AND key IN (
		SELECT key FROM session WHERE person = $1 ORDER BY created DESC, key LIMIT 10000 OFFSET $2)`, person, most)
}

// Session finds a session by the hash of its secret.
func (t *View) Session(key string) (prokura.Session, error) {
	return one(t, "find session", scanSession, `SELECT `+sessionColumns+` FROM session s WHERE s.key = $1`, key)
}

// Sessions lists a person's sessions, newest first, without those that still
// wait for the second factor.
func (t *View) Sessions(person prokura.ID) ([]prokura.Session, error) {
	return all(t, "list sessions", scanSession, `SELECT `+sessionColumns+` FROM session s WHERE s.person = $1 AND NOT s.awaiting ORDER BY s.seen DESC, s.key`, person)
}

// TouchSession records use, and a fresh password entry when authenticated is set.
func (t *Beside) TouchSession(key string, seen, authenticated prokura.Instant) error {
	return t.must("touch session", `UPDATE session SET seen = $2,
		authenticated = CASE WHEN $3 > authenticated THEN $3 ELSE authenticated END WHERE key = $1`, key, seen, authenticated)
}

// RenewSession gives a session a new key: the secret that it had is worth
// nothing any more.
func (t *Beside) RenewSession(key, fresh string, seen, authenticated prokura.Instant) error {
	return t.must("renew session", `UPDATE session SET key = $2, seen = $3, authenticated = $4 WHERE key = $1`, key, fresh, seen, authenticated)
}

// OpenSession ends the wait of a session for the second factor, under a new
// key; NotFound when it does not wait.
func (t *Beside) OpenSession(key, fresh string, seen, expires prokura.Instant) error {
	return t.must("open session", `UPDATE session SET key = $2, seen = $3, expires = $4, awaiting = FALSE WHERE key = $1 AND awaiting`, key, fresh, seen, expires)
}

// EndSession ends one session of a person.
func (t *Beside) EndSession(person prokura.ID, key string) error {
	return t.must("end session", `DELETE FROM session WHERE person = $1 AND key = $2`, person, key)
}

// EndSessions ends all sessions of a person but one; keep may be empty.
func (t *Tx) EndSessions(person prokura.ID, keep string) error {
	return t.do("end sessions", `DELETE FROM session WHERE person = $1 AND key <> $2`, person, keep)
}

// Throttle returns the failures recorded for a subject and until when it must wait.
func (t *View) Throttle(subject string) (failures int, until prokura.Instant, err error) {
	type row struct {
		failures int
		until    prokura.Instant
	}
	r, err := one(t, "read throttle", func(s scanner) (r row, err error) {
		err = s.Scan(&r.failures, &r.until)
		return r, err
	}, `SELECT failures, until FROM throttle WHERE subject = $1`, subject)
	if isNotFound(err) {
		return 0, 0, nil
	}
	return r.failures, r.until, err
}

// Throttled is when failures were last recorded for a subject; 0: never.
func (t *View) Throttled(subject string) (prokura.Instant, error) {
	at, err := one(t, "read throttle", scanOne[prokura.Instant], `SELECT updated FROM throttle WHERE subject = $1`, subject)
	if isNotFound(err) {
		return 0, nil
	}
	return at, err
}

// SetThrottle records failures for a subject.
func (t *Beside) SetThrottle(subject string, failures int, until, now prokura.Instant) error {
	return t.do("write throttle", `INSERT INTO throttle (subject, failures, until, updated) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, until = excluded.until, updated = excluded.updated`,
		subject, failures, until, now)
}

// ClearThrottle forgets failures.
func (t *Beside) ClearThrottle(subject string) error {
	return t.do("clear throttle", `DELETE FROM throttle WHERE subject = $1`, subject)
}
