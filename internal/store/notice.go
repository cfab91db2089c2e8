package store

import (
	"errors"
	"strconv"
	"time"

	"github.com/prokura/prokura"
)

// NoticeKind is what of a family ends.
type NoticeKind string

// The kinds. Data access is of what a person gave.
const (
	NoticeToken      NoticeKind = "token"
	NoticeDataAccess NoticeKind = "data_access"
)

// Notice is the last that was told of an end.
type Notice struct {
	Family prokura.ID
	Kind   NoticeKind
	App    prokura.ID
	Born   prokura.Instant
	Ends   prokura.Instant
	Days   int64 // before the end; 0: that it has ended
	Told   prokura.Instant
	Mailed prokura.Instant // to the people of the app; 0: not yet
}

const noticeColumns = `family, kind, app, born, ends, days, told, mailed`

// Notice finds what was told last of an end; nil: nothing was.
func (t *View) Notice(family prokura.ID, kind NoticeKind) (*Notice, error) {
	n, err := one(t, "find notice", func(s scanner) (n Notice, err error) {
		err = s.Scan(&n.Family, &n.Kind, &n.App, &n.Born, &n.Ends, &n.Days, &n.Told, &n.Mailed)
		return n, err
	}, `SELECT `+noticeColumns+` FROM notice WHERE family = $1 AND kind = $2`, family, kind)
	if isNotFound(err) {
		return nil, nil
	}
	return &n, err
}

// SetNotice notes what was told.
func (t *Tx) SetNotice(n Notice) error {
	return t.do("note notice", `INSERT INTO notice (`+noticeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (family, kind) DO UPDATE SET app = excluded.app, born = excluded.born, ends = excluded.ends, days = excluded.days,
			told = excluded.told, mailed = excluded.mailed`, n.Family, n.Kind, n.App, n.Born, n.Ends, n.Days, n.Told, n.Mailed)
}

// UnmailedNotices are those that the people of an app have not been mailed about.
type UnmailedNotices struct {
	App    prokura.ID
	Number int
	First  prokura.Instant // to end
}

// UnmailedNotices lists them by app, but for apps whose people were mailed after an
// instant.
func (t *View) UnmailedNotices(after prokura.Instant) ([]UnmailedNotices, error) {
	return all(t, "find unmailed notices", func(s scanner) (u UnmailedNotices, err error) {
		err = s.Scan(&u.App, &u.Number, &u.First)
		return u, err
	}, `SELECT n.app, count(*), min(n.ends) FROM notice n JOIN app a ON a.id = n.app AND a.disabled = 0 WHERE n.mailed = 0
		AND NOT EXISTS (SELECT 1 FROM notice m WHERE m.app = n.app AND m.mailed > $1) GROUP BY n.app ORDER BY n.app`, after)
}

// MailNotices notes that the people of an app were mailed about all that they had not
// been. It reports whether there was any.
func (t *Tx) MailNotices(app prokura.ID, now prokura.Instant) (bool, error) {
	n, err := t.exec(`UPDATE notice SET mailed = $2 WHERE app = $1 AND mailed = 0`, app, now)
	return n > 0, err
}

// Root is what a token that a family begins with says about when the family ends.
type Root struct {
	ID      prokura.TokenID
	Issued  prokura.Instant
	Expires prokura.Instant // 0: never
}

// rootsOf selects the roots of the family $1 of a grant or $2 and $3 of a system user and
// an app; page tokens and those that come straight from the dialog are none.
const rootsOf = ` FROM token t JOIN app a ON a.id = t.app LEFT JOIN access_grant g ON g.id = t.access_grant LEFT JOIN person p ON p.id = t.person
		LEFT JOIN system_user u ON u.id = t.system_user LEFT JOIN business b ON b.id = t.business
		LEFT JOIN installation i ON i.system_user = t.system_user AND i.app = t.app AND t.access_grant = 0
	WHERE t.kind IN ('user', 'integration', 'system_user') AND NOT t.short_lived`

// lives goes on with roots that work at $1.
const livingRoots = ` AND t.revoked = 0 AND (t.expires = 0 OR t.expires > $1) AND a.disabled = 0 AND t.made_app = a.generation
	AND COALESCE(g.revoked, 0) = 0 AND t.made_grant = COALESCE(g.generation, t.made_grant) AND t.made_person = COALESCE(p.generation, t.made_person)
	AND t.made_business = COALESCE(b.generation, t.made_business) AND t.made_system_user = COALESCE(u.generation, t.made_system_user) AND COALESCE(u.deleted, 0) = 0
	AND COALESCE(i.removed, 0) = 0 AND t.made_installation = COALESCE(i.generation, t.made_installation)`

// FamilyRoots finds of a family the root that ends last among those that work, and the one
// that was issued last, dead or alive; nil: there is none.
func (t *View) FamilyRoots(f Family, now prokura.Instant) (last, newest *Root, err error) {
	args, of := []any{now, f.ID}, ` AND t.access_grant = $2`
	if f.SystemUser != 0 {
		args, of = []any{now, f.SystemUser, f.App}, ` AND t.access_grant = 0 AND t.kind = 'system_user' AND t.system_user = $2 AND t.app = $3`
	}
	find := func(condition, order string) (*Root, error) {
		r, err := one(t, "find root of family", func(s scanner) (r Root, err error) {
			err = s.Scan(&r.ID, &r.Issued, &r.Expires)
			return r, err
		}, `SELECT t.id, t.issued, t.expires`+rootsOf+of+` AND CAST($1 AS BIGINT) > 0`+condition+` ORDER BY `+order+`, t.id DESC LIMIT 1`, args...)
		if isNotFound(err) {
			return nil, nil
		}
		return &r, err
	}
	if newest, err = find(``, `t.issued DESC`); err != nil || newest == nil {
		return nil, nil, err
	}
	last, err = find(livingRoots, `CASE WHEN t.expires = 0 THEN 1 ELSE 0 END DESC, t.expires DESC, t.issued DESC`)
	return last, newest, err
}

// ExtendRoots has the working roots of a grant that end end at another instant, later
// than before. It tells how many did.
func (t *Tx) ExtendRoots(grant prokura.ID, now, until prokura.Instant) (int64, error) {
	return t.exec(`UPDATE token SET expires = $3 WHERE expires <> 0 AND expires < $3 AND id IN (SELECT t.id`+rootsOf+` AND t.access_grant = $2`+livingRoots+`)`, now, grant, until)
}

// AnyFamily is a family as its own row says, whether it lives or not; a NotFound when
// there is none.
func (t *View) AnyFamily(id prokura.ID) (Family, prokura.ID, error) {
	type row struct {
		Family
		business prokura.ID
	}
	r, err := one(t, "find family", func(s scanner) (r row, err error) {
		err = s.Scan(&r.ID, &r.App, &r.SystemUser, &r.Person, &r.business)
		return r, err
	}, `SELECT id, app, CAST(0 AS BIGINT), person, business FROM access_grant WHERE id = $1
		UNION ALL SELECT i.id, i.app, i.system_user, CAST(0 AS BIGINT), u.business FROM installation i JOIN system_user u ON u.id = i.system_user WHERE i.id = $1`, id)
	return r.Family, r.business, err
}

// FamiliesEnding lists the families of which a root ends in one of the spans from the
// first instant, beginning some days later, to the second, and the grants whose data
// access does. Tokens are looked at by when they end: it costs what it finds.
func (t *View) FamiliesEnding(from, to prokura.Instant, days []int64) (list []prokura.ID, err error) {
	span := func(column string, earlier time.Duration) (text string, args []any) {
		for i, d := range days {
			if i > 0 {
				text += ` OR `
			}
			shift := time.Duration(d)*24*time.Hour - earlier
			args = append(args, from.Add(shift), to.Add(shift))
			text += column + ` > $` + strconv.Itoa(len(args)-1) + ` AND ` + column + ` <= $` + strconv.Itoa(len(args))
		}
		return `(` + text + `)`, args
	}
	in, args := span(`t.expires`, 0)
	tokens, err := all(t, "find families that end", scanOne[prokura.ID], `SELECT DISTINCT CASE WHEN t.access_grant <> 0 THEN t.access_grant ELSE i.id END
		FROM token t LEFT JOIN installation i ON i.system_user = t.system_user AND i.app = t.app AND t.access_grant = 0
		WHERE t.expires <> 0 AND `+in+` AND t.kind IN ('user', 'integration', 'system_user') AND NOT t.short_lived AND t.revoked = 0
			AND (t.access_grant <> 0 OR i.id IS NOT NULL)`, args...)
	if err != nil {
		return nil, err
	}
	in, args = span(`data_access`, prokura.DataAccessWindow)
	grants, err := all(t, "find data access that ends", scanOne[prokura.ID], `SELECT id FROM access_grant WHERE person <> 0 AND revoked = 0 AND `+in, args...)
	return append(tokens, grants...), err
}

// FamiliesOf lists the families that a token is of, living grants of a person, or of a
// business what its system users installed beside its living grants; of a system user
// alone, what it installed. Others are zero.
func (t *View) FamiliesOf(token prokura.TokenID, person, business, systemUser prokura.ID) ([]prokura.ID, error) {
	return all(t, "find families", scanOne[prokura.ID], `SELECT t.access_grant FROM token t WHERE t.id = $1 AND t.access_grant <> 0
		UNION SELECT i.id FROM token t JOIN installation i ON i.system_user = t.system_user AND i.app = t.app WHERE t.id = $1 AND t.access_grant = 0
		UNION SELECT g.id FROM access_grant g WHERE g.person = $2 AND g.person <> 0 AND g.revoked = 0
		UNION SELECT g.id FROM access_grant g WHERE g.business = $3 AND g.business <> 0 AND g.revoked = 0
		UNION SELECT i.id FROM system_user u JOIN installation i ON i.system_user = u.id WHERE u.business = $3 AND CAST($3 AS BIGINT) <> 0
		UNION SELECT i.id FROM installation i WHERE i.system_user = $4`, int64(token), person, business, systemUser)
}

// The places that notices have come to, by their names in meta.
const (
	metaNoticed       = "noticed"        // the world's time
	metaNoticedChange = "noticed_change" // the number of a change
)

// NoticedUntil is up to when ends were looked at; 0: never.
func (t *View) NoticedUntil() (prokura.Instant, error) {
	n, err := t.metaNumber(metaNoticed)
	return prokura.Instant(n), err
}

// ChangesToNotice reads the changes that notices have not looked at, and where to go on
// afterwards. Those under way are read again then.
func (t *View) ChangesToNotice() (list []Change, next int64, err error) {
	from, err := t.metaNumber(metaNoticedChange)
	if err != nil {
		return nil, 0, err
	}
	if next, err = one(t, "find the oldest change under way", scanOne[int64], `SELECT `+t.store.dialect.floor); err != nil {
		return nil, 0, err
	}
	if from > next { // the rows came from another cluster, whose numbers were higher
		from = 0
	}
	texts, err := all(t, "read changes", scanOne[string], `SELECT entities FROM change WHERE xid >= $1 ORDER BY xid, id`, from)
	for _, text := range texts {
		some, bad := changes(text)
		list, err = append(list, some...), errors.Join(err, bad)
	}
	return list, next, err
}

// Noticed moves both places.
func (t *Beside) Noticed(until prokura.Instant, change int64) error {
	return errors.Join(t.setMeta(metaNoticed, strconv.FormatInt(int64(until), 10)), t.setMeta(metaNoticedChange, strconv.FormatInt(change, 10)))
}

func (t *View) metaNumber(name string) (int64, error) {
	text, err := t.Meta(name)
	if isNotFound(err) || err == nil && text == "" {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}
