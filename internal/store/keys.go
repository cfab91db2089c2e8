package store

import "github.com/prokura/prokura"

// KeyName names a key of the key file.
type KeyName struct {
	Kind string // "token", "master" or "seal"
	ID   int64
}

// KeyCheck is what the world remembers of a key that it depends on.
type KeyCheck struct {
	KeyName
	Value string
}

// KeyRetired is the value of a key that must never be used again.
const KeyRetired = "retired"

// KeyChecks lists the keys that the world knows.
func (t *View) KeyChecks() ([]KeyCheck, error) {
	return all(t, "list key checks", func(s scanner) (c KeyCheck, err error) {
		err = s.Scan(&c.Kind, &c.ID, &c.Value)
		return c, err
	}, `SELECT kind, id, value FROM key_check ORDER BY kind, id`)
}

// SetKeyCheck remembers the check value of a key.
func (t *Tx) SetKeyCheck(k KeyName, value string) error {
	return t.do("write key check", `INSERT INTO key_check (kind, id, value) VALUES ($1, $2, $3)
		ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value`, k.Kind, k.ID, value)
}

// DropKeyCheck forgets a key.
func (t *Tx) DropKeyCheck(k KeyName) error {
	return t.do("drop key check", `DELETE FROM key_check WHERE kind = $1 AND id = $2`, k.Kind, k.ID)
}

// TokensOfKey counts the tokens whose strings were made with a key and that
// nothing has ended by name or time.
func (t *View) TokensOfKey(id int64, now prokura.Instant) (int, error) {
	return one(t, "count tokens of key", scanOne[int], `SELECT count(*) FROM token WHERE key_id = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)`, id, now)
}

// HungOnMaster counts what hangs on the master key by which it was made:
// recovery codes, passkeys and open invitations.
func (t *View) HungOnMaster(now prokura.Instant) (int, error) {
	return one(t, "count what hangs on the master key", scanOne[int], `SELECT (SELECT count(*) FROM recovery_code WHERE used = 0)
		+ (SELECT count(*) FROM second_factor WHERE kind = $1) + (SELECT count(*) FROM request WHERE secret <> '' AND state = $2 AND expires > $3)`,
		prokura.FactorPasskey, prokura.RequestPending, now)
}

// Sealed is a secret that rests in the database, and where.
type Sealed struct {
	Where  string // "app_secret", "second_factor", "file", "submission" or "outbox"
	Owner  prokura.ID
	Number int64
	ID     string
	Bytes  []byte
}

// SealedSecrets lists all secrets that last.
func (t *View) SealedSecrets() ([]Sealed, error) {
	return all(t, "list sealed secrets", func(s scanner) (v Sealed, err error) {
		err = s.Scan(&v.Where, &v.Owner, &v.Number, &v.ID, &v.Bytes)
		return v, err
	}, `SELECT 'app_secret', app, number, '', sealed FROM app_secret
		UNION ALL SELECT 'second_factor', person, 0, id, sealed FROM second_factor
		UNION ALL SELECT 'file', id, 0, '', sealed FROM file
		UNION ALL SELECT 'submission', id, 0, '', password FROM submission WHERE length(password) > 0
		UNION ALL SELECT 'outbox', 0, id, '', payload FROM outbox WHERE kind = 'mail'`)
}

// Reseal writes a secret that was sealed anew.
func (t *Tx) Reseal(v Sealed) error {
	switch v.Where {
	case "app_secret":
		return t.must("reseal app secret", `UPDATE app_secret SET sealed = $3 WHERE app = $1 AND number = $2`, v.Owner, v.Number, v.Bytes)
	case "second_factor":
		return t.must("reseal second factor", `UPDATE second_factor SET sealed = $2 WHERE id = $1`, v.ID, v.Bytes)
	case "file":
		return t.must("reseal file", `UPDATE file SET sealed = $2 WHERE id = $1`, v.Owner, v.Bytes)
	case "submission":
		return t.must("reseal submission", `UPDATE submission SET password = $2 WHERE id = $1`, v.Owner, v.Bytes)
	}
	return t.must("reseal mail", `UPDATE outbox SET payload = $2 WHERE id = $1`, v.Number, v.Bytes)
}

// EndChallenges ends all that people have begun and not finished.
func (t *Tx) EndChallenges() error {
	return t.do("end challenges", `DELETE FROM challenge`)
}
