package store

import (
	"context"
	"strings"

	"github.com/prokura/prokura"
)

// Facts reads all that is known about a token in one statement: the token and
// those that it was cut from, its grant, app, person, system user, business, the
// person's memberships, the role on the app; of a page token the page, who owns it
// and what its holder has of it. NotFound when there is no such row, or none of a
// parent.
func (t *View) Facts(id prokura.TokenID) (*prokura.Facts, error) {
	return one(t, "find token", t.store.scanFacts, factsQuery, int64(id))
}

// TokenFacts is Facts for a cold check.
func (s *Store) TokenFacts(ctx context.Context, id prokura.TokenID) (f *prokura.Facts, err error) {
	err = s.Look(ctx, func(t *View) (err error) { f, err = t.Facts(id); return err })
	return f, err
}

// factsQuery finds the token, then joins everything that it hangs on. Rows that a
// token does not have are zero, never NULL, so that one scan serves all kinds. FROM
// token t WHERE … is a subquery for both planners.
var factsQuery = `SELECT ` + packed(fieldSep, strings.Join([]string{
	packed(fieldSep, tokenColumns), packed(fieldSep, appColumns), packed(fieldSep, zeroGrant),
	packed(fieldSep, `COALESCE(p.id, 0), COALESCE(p.name, ''), COALESCE(p.email, ''), COALESCE(p.generation, 0), COALESCE(p.staff, FALSE)`),
	packed(fieldSep, `COALESCE(u.id, 0), COALESCE(u.business, 0), COALESCE(u.app, 0), COALESCE(u.name, ''), COALESCE(u.role, ''), COALESCE(u.generation, 0), COALESCE(u.deleted, 0)`),
	packed(fieldSep, `COALESCE(b.id, 0), COALESCE(b.name, ''), COALESCE(b.generation, 0), COALESCE(b.verification, '')`),
	packed(fieldSep, `COALESCE(i.generation, 0), COALESCE(i.installed_by, 0), COALESCE(i.created, 0), COALESCE(i.removed, 0)`),
	`(SELECT count(*) FROM business_relation x WHERE x.parent = a.business AND x.child = t.business AND a.business <> 0)`,
	`COALESCE((SELECT s.id FROM scoped_id s WHERE s.app = t.app AND s.subject = CASE WHEN t.person <> 0 THEN t.person ELSE t.system_user END AND s.subject <> 0), 0)`,
	`CASE WHEN t.person = 0 THEN '' ELSE ` + membersOfToken + ` END`,
	`COALESCE((SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = CASE WHEN t.person <> 0 THEN t.person ELSE t.system_user END), '')`,
	`COALESCE((SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = g.granted_by), '')`,
	`CASE WHEN t.parent = 0 THEN '' ELSE ` + parentsOfToken + ` END`,
	`CASE WHEN t.page = 0 THEN '' ELSE ` + pageOfToken + ` END`,
}, `, `)) + ` AS facts FROM (SELECT * FROM token t WHERE t.id = $1) t JOIN app a ON a.id = t.app
	LEFT JOIN access_grant g ON g.id = t.access_grant
	LEFT JOIN person p ON p.id = t.person
	LEFT JOIN system_user u ON u.id = t.system_user
	LEFT JOIN business b ON b.id = t.business
	LEFT JOIN installation i ON i.system_user = t.system_user AND i.app = t.app AND t.access_grant = 0`

const zeroGrant = `COALESCE(g.id, 0), COALESCE(g.app, 0), COALESCE(g.person, 0), COALESCE(g.business, 0), COALESCE(g.system_user, 0),
	COALESCE(g.configuration, 0), COALESCE(g.configuration_version, 0), COALESCE(g.scopes, ''), COALESCE(g.declined, ''), COALESCE(g.kinds, ''),
	COALESCE(g.granted_by, 0), COALESCE(g.generation, 0), COALESCE(g.expires_in_days, 0), COALESCE(g.data_access, 0), COALESCE(g.logged_out, 0), COALESCE(g.created, 0),
	COALESCE(g.updated, 0), COALESCE(g.revoked, 0),
	COALESCE((SELECT string_agg(CAST(y.asset AS TEXT), ',') FROM grant_asset y WHERE y.access_grant = g.id), '')`

var (
	// parentsOfToken lists those that token t was cut from, the nearest first; each is
	// looked for by its number alone. What is joined to the list afterwards, PostgreSQL
	// takes from the whole table, as it expects a long one; and for a condition on the
	// parent, from the index of all tokens that have one. The way ends at the number
	// 0, which no token has.
	parentsOfToken = `COALESCE((WITH RECURSIVE up (depth, next, fields) AS (
			SELECT 1, k.parent, ` + parentFields + ` FROM token k WHERE k.id = t.parent
			UNION ALL SELECT up.depth + 1, k.parent, ` + parentFields + ` FROM up JOIN token k ON k.id = up.next)
		SELECT string_agg(up.fields, '` + recordSep + `' ORDER BY up.depth) FROM up), '')`
	parentFields = packed(partSep, strings.ReplaceAll(tokenColumns, "t.", "k."))

	// pageOfToken is the page of token t as its holder reaches it, with the
	// generation of the token's app at the page's owner.
	pageOfToken = `COALESCE((SELECT ` + packed(partSep, assetFactColumns(`(CASE WHEN t.person <> 0 THEN t.person ELSE t.system_user END)`)+`,
			COALESCE((SELECT c.generation FROM connection c WHERE c.app = t.app AND c.business = a.business), 0)`) + ` FROM asset a WHERE a.id = t.page), '')`
)

func (s *Store) scanFacts(row scanner) (*prokura.Facts, error) {
	var text string
	if err := row.Scan(&text); err != nil {
		return nil, err
	}
	f := &prokura.Facts{Credential: prokura.CredentialToken}
	var members, parents, page string
	var subjectRole, grantorRole prokura.AppRole
	var related int64
	v := &View{store: s}
	err := unpack(text, fieldSep, func(p *packedRow) (err error) {
		if f.Token, err = v.scanToken(p); err != nil {
			return err
		}
		if f.App, err = v.scanApp(p); err != nil {
			return err
		}
		if f.Grant, err = v.scanGrant(p); err != nil {
			return err
		}
		return p.Scan(&f.Person.ID, &f.Person.Name, (*mailbox)(&f.Person.Email), &f.Person.Generation, &f.Person.Staff,
			&f.SystemUser.ID, &f.SystemUser.Business, &f.SystemUser.App, &f.SystemUser.Name, &f.SystemUser.Role, &f.SystemUser.Generation, &f.SystemUser.Deleted,
			&f.Business.ID, &f.Business.Name, &f.Business.Generation, &f.Business.Verification,
			&f.Installed.Generation, &f.Installed.InstalledBy, &f.Installed.Created, &f.Installed.Removed,
			&related, &f.Alias, &members, &subjectRole, &grantorRole, &parents, &page)
	})
	if err != nil {
		return nil, err
	}
	if err := s.scanParents(f, parents); err != nil {
		return nil, err
	}
	f.Members = memberList(f.Person.ID, members)
	f.AppRole, f.GrantorRole = subjectRole, grantorRole
	f.RoleHolder = subjectRole != prokura.AppNobody || grantorRole != prokura.AppNobody
	own := related > 0 || f.App.IsOwned(f.Token.Business)
	f.Exempt = f.RoleHolder || own
	if f.OfSystemUser() {
		f.Installed.SystemUser, f.Installed.App = f.Token.SystemUser, f.App.ID
		// A system user is served by its business's own app without a role on it.
		// A role opens nothing of another business's data: that needs advanced
		// access, unless the app is a test app (R-APP-04, R-SU-04).
		f.RoleHolder = f.RoleHolder || f.App.IsOwned(f.Token.Business)
		f.Exempt = own || f.App.Parent != 0
	}
	if page == "" || f.Token.Kind != prokura.TokenPage {
		return f, nil
	}
	var a *prokura.AssetFacts
	err = unpack(page, partSep, func(p *packedRow) (err error) {
		if a, err = scanAssetFacts(p); err != nil {
			return err
		}
		return p.Scan(&f.Connection)
	})
	if err != nil {
		return nil, err
	}
	f.PageOwner = a.Asset.Business
	_, f.Held = f.Reach(a)
	return f, nil
}

// scanParents reads the list of parentsOfToken and wants it whole: one that is
// missing may have been what ended the token.
func (s *Store) scanParents(f *prokura.Facts, list string) error {
	v, next := &View{store: s}, f.Token.Parent
	for text := range strings.SplitSeq(list, recordSep) {
		if text == "" {
			break
		}
		var k prokura.Token
		if err := unpack(text, partSep, func(p *packedRow) (err error) { k, err = v.scanToken(p); return err }); err != nil {
			return err
		}
		if k.ID != next {
			return prokura.NotFound
		}
		f.Parents, next = append(f.Parents, k), k.Parent
	}
	if next != 0 {
		return prokura.NotFound
	}
	return nil
}
