package store

import (
	"fmt"

	"github.com/prokura/prokura"
)

// SecondFactor is a row of a person's second factors, with what checks it:
// sealed, because a database that was read must not open an account.
type SecondFactor struct {
	prokura.SecondFactor
	Sealed []byte // the secret of an authenticator app, or a passkey's record
	Step   int64  // of the last code that was taken: no code counts twice
}

const secondFactorColumns = `id, person, kind, name, sealed, step, created, used`

func scanSecondFactor(s scanner) (f SecondFactor, err error) {
	err = s.Scan(&f.ID, &f.Person, &f.Kind, &f.Name, &f.Sealed, &f.Step, &f.Created, &f.Used)
	return f, err
}

// AddSecondFactor adds a second factor to a person; Conflict when there is one
// with that id, whoever has it.
func (t *Tx) AddSecondFactor(f SecondFactor) error {
	n, err := t.exec(`INSERT INTO second_factor (`+secondFactorColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
		f.ID, f.Person, f.Kind, f.Name, f.Sealed, f.Step, f.Created, f.Used)
	switch {
	case err != nil:
		return fmt.Errorf("add second factor: %w", err)
	case n == 0:
		return prokura.Errorf(prokura.Conflict, "This passkey is in use already.")
	}
	return t.markSecondFactor(f.Person)
}

// markSecondFactor keeps beside the person whether they have any.
func (t *Tx) markSecondFactor(person prokura.ID) error {
	return t.must("mark second factor", `UPDATE person SET second_factor = EXISTS (SELECT 1 FROM second_factor f WHERE f.person = $1) WHERE id = $1`, person)
}

// RemoveSecondFactor takes one away from its person.
func (t *Tx) RemoveSecondFactor(person prokura.ID, id string) error {
	if err := t.must("remove second factor", `DELETE FROM second_factor WHERE person = $1 AND id = $2`, person, id); err != nil {
		return err
	}
	return t.markSecondFactor(person)
}

// SecondFactors lists a person's second factors, oldest first.
func (t *View) SecondFactors(person prokura.ID) ([]SecondFactor, error) {
	return all(t, "list second factors", scanSecondFactor, `SELECT `+secondFactorColumns+` FROM second_factor WHERE person = $1 ORDER BY created, id`, person)
}

// SecondFactor finds one by its id, whoever has it.
func (t *View) SecondFactor(id string) (SecondFactor, error) {
	return one(t, "find second factor", scanSecondFactor, `SELECT `+secondFactorColumns+` FROM second_factor WHERE id = $1`, id)
}

// HasSecondFactor reports whether a person has any.
func (t *View) HasSecondFactor(person prokura.ID) (bool, error) {
	return one(t, "find second factor", scanOne[bool], `SELECT second_factor FROM person WHERE id = $1`, person)
}

// UseSecondFactor records that one was used, at a step that must lie behind
// the last one and with what the use changed in its record. False: the step was
// taken already.
func (t *Beside) UseSecondFactor(id string, step int64, sealed []byte, now prokura.Instant) (bool, error) {
	n, err := t.exec(`UPDATE second_factor SET step = $2, sealed = $3, used = $4 WHERE id = $1 AND step < $2`, id, step, sealed, now)
	return n == 1, err
}

// SetRecoveryCodes replaces a person's recovery codes, by their hashes; none
// ends them.
func (t *Tx) SetRecoveryCodes(person prokura.ID, hashes []string) error {
	if err := t.do("clear recovery codes", `DELETE FROM recovery_code WHERE person = $1`, person); err != nil {
		return err
	}
	for _, h := range hashes {
		if err := t.do("add recovery code", `INSERT INTO recovery_code (person, hash, used) VALUES ($1, $2, 0)`, person, h); err != nil {
			return err
		}
	}
	return nil
}

// UseRecoveryCode takes a code that was not used before; false when there is
// none.
func (t *Beside) UseRecoveryCode(person prokura.ID, hash string, now prokura.Instant) (bool, error) {
	n, err := t.exec(`UPDATE recovery_code SET used = $3 WHERE person = $1 AND hash = $2 AND used = 0`, person, hash, now)
	return n == 1, err
}

// CountRecoveryCodes counts those that can still be used.
func (t *View) CountRecoveryCodes(person prokura.ID) (int, error) {
	return one(t, "count recovery codes", scanOne[int], `SELECT count(*) FROM recovery_code WHERE person = $1 AND used = 0`, person)
}

// Challenge is what a person has begun and must finish: the making of a second
// factor, its use, or the form for a token.
type Challenge struct {
	ID      string
	Person  prokura.ID
	Purpose string
	Data    string
	Expires prokura.Instant
}

// SetChallenge begins; what the same id had begun before is forgotten.
func (t *Beside) SetChallenge(c Challenge) error {
	return t.do("set challenge", `INSERT INTO challenge (id, person, purpose, data, expires) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET person = excluded.person, purpose = excluded.purpose, data = excluded.data, expires = excluded.expires`,
		c.ID, c.Person, c.Purpose, c.Data, c.Expires)
}

// Challenge finds what was begun and has not run out of time.
func (t *View) Challenge(id string, now prokura.Instant) (Challenge, error) {
	return one(t, "find challenge", func(s scanner) (c Challenge, err error) {
		err = s.Scan(&c.ID, &c.Person, &c.Purpose, &c.Data, &c.Expires)
		return c, err
	}, `SELECT id, person, purpose, data, expires FROM challenge WHERE id = $1 AND expires > $2`, id, now)
}

// EndChallengesFor forgets all that were begun for a purpose.
func (t *Beside) EndChallengesFor(purpose string) error {
	return t.do("end challenges", `DELETE FROM challenge WHERE purpose = $1`, purpose)
}

// EndChallenge forgets it; NotFound when somebody else was first.
func (t *Beside) EndChallenge(id string) error {
	return t.must("end challenge", `DELETE FROM challenge WHERE id = $1`, id)
}
