package store

import (
	"fmt"
	"time"

	"github.com/prokura/prokura"
)

const loginColumns = `id, app, request, configuration_version, browser, person, person_generation, authenticated,
	business, assets_chosen, assets, outcome, created, expires`

func scanLogin(s scanner) (l prokura.Login, err error) {
	var request, assets string
	if err = s.Scan(&l.ID, &l.App, &request, &l.ConfigurationVersion, &l.Browser, &l.Person, &l.PersonGeneration, &l.Authenticated,
		&l.Business, &l.AssetsChosen, &assets, &l.Outcome, &l.Created, &l.Expires); err != nil {
		return l, err
	}
	l.Assets = ids(assets)
	return l, fromJSON(request, &l.Request)
}

// AddLogin saves a new run of the dialog.
func (t *Beside) AddLogin(l prokura.Login) error {
	return t.do("add login", `INSERT INTO login (`+loginColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`, l.ID, l.App, toJSON(l.Request), l.ConfigurationVersion,
		l.Browser, l.Person, l.PersonGeneration, l.Authenticated, l.Business, l.AssetsChosen, idText(l.Assets), l.Outcome, l.Created, l.Expires)
}

// Login finds a run of the dialog.
func (t *View) Login(id string) (prokura.Login, error) {
	return one(t, "find login", scanLogin, `SELECT `+loginColumns+` FROM login WHERE id = $1`, id)
}

// UpdateLogin saves the progress of a run.
func (t *Beside) UpdateLogin(l prokura.Login) error {
	return t.must("update login", `UPDATE login SET configuration_version = $2, browser = $3, person = $4, person_generation = $5,
		authenticated = $6, business = $7, assets_chosen = $8, assets = $9, outcome = $10 WHERE id = $1`,
		l.ID, l.ConfigurationVersion, l.Browser, l.Person, l.PersonGeneration, l.Authenticated, l.Business, l.AssetsChosen,
		idText(l.Assets), l.Outcome)
}

// Standing is what a person who comes back to an app has given it, beside what
// the app asks for now.
type Standing struct {
	Grant         prokura.Grant
	App           prokura.App
	Configuration prokura.Configuration // zero: the login names none, or one that there is not
	Role          prokura.AppRole       // of the person on the app
	Excluded      bool                  // a business has taken itself out of the grant
}

const zeroConfiguration = `COALESCE(c.id, 0), COALESCE(c.app, 0), COALESCE(v.version, 0), COALESCE(v.name, ''), COALESCE(v.variation, ''),
	COALESCE(v.token_type, ''), COALESCE(v.expires_in_days, 0), COALESCE(v.assets, '[]'), COALESCE(v.permissions, ''), COALESCE(c.created, 0), COALESCE(c.deleted, 0)`

// Standing finds the living grant of a person to an app with all that decides
// whether the person is asked again; NotFound when there is none. It is on the
// way of each morning's login, so it is one statement.
func (t *View) Standing(person, app, configuration prokura.ID) (out Standing, err error) {
	grantTo, grantDone := t.grantDest(&out.Grant)
	appTo, appDone := t.appDest(&out.App)
	configurationTo, configurationDone := configurationDest(&out.Configuration)
	dest := append(append(append(grantTo, appTo...), configurationTo...), &out.Role, &out.Excluded)
	_, err = one(t, "find what stands", func(s scanner) (struct{}, error) { return struct{}{}, s.Scan(dest...) },
		`SELECT `+grantColumns+`, `+appColumns+`, `+zeroConfiguration+`,
		COALESCE((SELECT r.role FROM app_role r WHERE r.app = a.id AND r.subject = g.person), ''),
		EXISTS (SELECT 1 FROM grant_exclusion e WHERE e.access_grant = g.id)
		FROM access_grant g JOIN app a ON a.id = g.app
		LEFT JOIN configuration c ON c.id = $3 LEFT JOIN configuration_version v ON v.configuration = c.id AND v.version = c.version
		WHERE g.person = $1 AND g.app = $2 AND g.person <> 0 AND g.revoked = 0`, person, app, configuration)
	for _, done := range []func() error{grantDone, appDone, configurationDone} {
		if err == nil {
			err = done()
		}
	}
	return out, err
}

// IsExcluded reports whether a business has taken itself out of a person's grant.
func (t *View) IsExcluded(grant prokura.ID) (bool, error) {
	return one(t, "find exclusion", scanOne[bool], `SELECT EXISTS (SELECT 1 FROM grant_exclusion e WHERE e.access_grant = $1)`, grant)
}

const codeColumns = `hash, app, person, access_grant, configuration, redirect_uri, lax_redirect, challenge,
	made_person, made_app, made_grant, created, expires, used, auth_nonce`

func scanCode(s scanner) (c prokura.Code, err error) {
	err = s.Scan(&c.Hash, &c.App, &c.Person, &c.Grant, &c.Configuration, &c.RedirectURI, &c.LaxRedirect, &c.Challenge,
		&c.Made.Person, &c.Made.App, &c.Made.Grant, &c.Created, &c.Expires, &c.Used, &c.AuthNonce)
	return c, err
}

// AddCode saves an authorization code by its hash.
func (t *Tx) AddCode(c prokura.Code) error {
	return t.do("add code", `INSERT INTO code (`+codeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		c.Hash, c.App, c.Person, c.Grant, c.Configuration, c.RedirectURI, c.LaxRedirect, c.Challenge,
		c.Made.Person, c.Made.App, c.Made.Grant, c.Created, c.Expires, c.Used, c.AuthNonce)
}

// living says that a browser's session opens something and is what a caller says:
// of key $1, whose person $2 is of generation $3 and entered the password at $4.
// $5 is now.
const living = ` FROM session s JOIN person p ON p.id = s.person WHERE s.key = $1 AND s.person = $2 AND p.generation = $3
	AND s.authenticated = $4 AND s.expires > $5 AND NOT s.awaiting`

// IsLiving reports whether a session is still the one that a person used.
func (t *View) IsLiving(key string, authenticated prokura.Instant, p prokura.Person, now prokura.Instant) (bool, error) {
	return one(t, "find session", scanOne[bool], `SELECT EXISTS (SELECT 1`+living+`)`, key, p.ID, p.Generation, authenticated, now)
}

// AddCodeTo is IsLiving and AddCode in one statement, as it is on the way of each
// morning's login: false, and nothing is saved, when the session is not living.
func (t *Tx) AddCodeTo(key string, authenticated prokura.Instant, c prokura.Code) (bool, error) {
	n, err := t.exec(`INSERT INTO code (`+codeColumns+`)
		SELECT CAST($6 AS TEXT), CAST($7 AS BIGINT), s.person, CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS TEXT), CAST($11 AS BOOLEAN), CAST($12 AS TEXT),
			p.generation, CAST($13 AS BIGINT), CAST($14 AS BIGINT), $5, CAST($15 AS BIGINT), 0, CAST($16 AS TEXT)`+living,
		key, c.Person, c.Made.Person, authenticated, c.Created,
		c.Hash, c.App, c.Grant, c.Configuration, c.RedirectURI, c.LaxRedirect, c.Challenge, c.Made.App, c.Made.Grant, c.Expires, c.AuthNonce)
	if err != nil {
		return false, fmt.Errorf("add code: %w", err)
	}
	return n == 1, nil
}

// Code finds a code by its hash, used or not.
func (t *View) Code(hash string) (prokura.Code, error) {
	return one(t, "find code", scanCode, `SELECT `+codeColumns+` FROM code WHERE hash = $1`, hash)
}

// UseCode marks a code as used; false when somebody else was first.
func (t *Tx) UseCode(hash string, now prokura.Instant) (bool, error) {
	n, err := t.exec(`UPDATE code SET used = $2 WHERE hash = $1 AND used = 0`, hash, now)
	return n == 1, err
}

// Tokens that expired, and that were revoked, before $1; nothing that was cut from
// them is left.
const (
	sweptTokens   = `token WHERE expires <> 0 AND expires < $1` + childless
	revokedTokens = `token WHERE revoked <> 0 AND revoked < $1` + childless
	childless     = ` AND NOT EXISTS (SELECT 1 FROM token c WHERE c.parent = token.id AND c.parent <> 0)`
)

// Requests that expired, and requests that were decided, before $1.
const (
	sweepExpired = `DELETE FROM request WHERE state = 'pending' AND expires < $1`
	sweepDecided = `DELETE FROM request WHERE state <> 'pending' AND decided < $1`
)

// Versions of configurations that no grant and no run of the dialog speaks of,
// but for the newest 20 of each.
const sweepVersions = `DELETE FROM configuration_version WHERE CAST($1 AS BIGINT) > 0
	AND version <= (SELECT max(n.version) - 20 FROM configuration_version n WHERE n.configuration = configuration_version.configuration)
	AND NOT EXISTS (SELECT 1 FROM access_grant g WHERE g.configuration = configuration_version.configuration AND g.configuration_version = configuration_version.version)
	AND NOT EXISTS (SELECT 1 FROM login l WHERE l.configuration_version = configuration_version.version
		AND CAST(l.request AS TEXT) LIKE '%' || CAST(configuration_version.configuration AS TEXT) || '%')`

// What was sent or given up of an app, beyond the newest 5,000.
const sweepDeliveries = `DELETE FROM outbox WHERE CAST($1 AS BIGINT) > 0 AND id IN (SELECT x.id FROM (
	SELECT o.id AS id, row_number() OVER (PARTITION BY o.app ORDER BY o.created DESC, o.id DESC) AS n FROM outbox o
	WHERE o.app > 0 AND o.state IN ('delivered', 'failed')) x WHERE x.n > 5000)`

// Sweep deletes what time has ended: sessions, sign-ups, codes (a day after expiry, so
// that a late replay is still recognised), logins, stale throttles, tokens that
// expired or were revoked long ago, requests that were decided or expired three
// months ago, what was sent or given up a week ago, calls of more than three months
// ago, verifications that nobody accepted, handles of batches, and files that are due. It returns how many rows went.
func (t *Tx) Sweep(now prokura.Instant) (int64, error) {
	const day = 24 * 60 * 60 * 1000
	changes, err := t.sweepChanges(time.Now())
	if err != nil {
		return 0, err
	}
	n, err := t.sweep([]sweeping{
		{`DELETE FROM session WHERE expires < $1`, now},
		{`DELETE FROM code WHERE expires < $1`, now - day},
		{`DELETE FROM login WHERE expires < $1`, now - day},
		{`DELETE FROM login WHERE expires < $1 AND browser = ''`, now}, // nobody ever opened it
		{`DELETE FROM challenge WHERE expires < $1`, now},
		{`DELETE FROM sign_up WHERE expires < $1`, now},
		{`DELETE FROM throttle WHERE updated < $1`, now - day},
		{`DELETE FROM token_use WHERE token IN (SELECT token.id FROM ` + sweptTokens + `)`, now - 30*day},
		{`DELETE FROM ` + sweptTokens, now - 30*day},
		{`DELETE FROM token_use WHERE token IN (SELECT token.id FROM ` + revokedTokens + `)`, now - 90*day},
		{`DELETE FROM ` + revokedTokens, now - 90*day},
		{sweepExpired, now - 90*day},
		{sweepDecided, now - 90*day},
		{`DELETE FROM outbox WHERE state IN ('delivered', 'failed') AND updated < $1`, now - 7*day},
		{sweepPrepared, now - PreparedDays*day},
		{sweepBatches, now - BatchDays*day},
		{sweepCalls, prokura.Instant(prokura.DayOf(now) - KeptDays)},
	})
	if err != nil {
		return 0, err
	}
	files, err := t.sweepFiles(now)
	return changes + n + files, err
}

// Trim deletes what is more than anybody looks through: old versions of
// configurations and deliveries. It reads all of them, so it is for once in an
// hour.
func (t *Beside) Trim(now prokura.Instant) (int64, error) {
	return t.sweep([]sweeping{{sweepVersions, now}, {sweepDeliveries, now}, {sweepProblems, now.Add(-365 * 24 * time.Hour)}, {sweepComplaints, now.Add(-prokura.KeepComplaintsInDays * 24 * time.Hour)}})
}

// sweeping deletes what is older than an instant.
type sweeping struct {
	text string
	at   prokura.Instant
}

func (t *Beside) sweep(list []sweeping) (total int64, err error) {
	for _, q := range list {
		n, err := t.exec(q.text, q.at)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, nil
}
