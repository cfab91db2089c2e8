package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/prokura/prokura"
)

// Facts reads all that is known about a token in one statement: the token and
// those that it was cut from, its grant, app, person, system user, business, the
// person's memberships, the role on the app; of a page token the page, who owns it
// and what its holder has of it. NotFound when there is no such row, or none of a
// parent.
func (t *View) Facts(id prokura.TokenID) (*prokura.Facts, error) {
	f := &prokura.Facts{}
	if err := t.facts(id, f); err != nil {
		return nil, err
	}
	return f, nil
}

func (t *View) facts(id prokura.TokenID, f *prokura.Facts) error {
	_, err := one(t, "find token", func(row scanner) (none struct{}, err error) { return none, t.store.scanFacts(row, f) }, factsQuery, int64(id))
	return err
}

// TokenFacts is Facts for a cold check.
func (s *Store) TokenFacts(ctx context.Context, id prokura.TokenID, f *prokura.Facts) error {
	return s.Look(ctx, func(t *View) error { return t.facts(id, f) })
}

// Inspected is a token, and what else who asks about it is told or judged by.
type Inspected struct {
	Facts   *prokura.Facts
	Secrets []AppSecret           // of its app, newest first, if that was the one that was named
	Assets  []*prokura.AssetFacts // that its grant chose, or the page of a page token, as its holder has them
}

// Inspect is Facts with what else a question about a token costs, in the same
// statement.
func (s *Store) Inspect(ctx context.Context, id prokura.TokenID, app prokura.ID, now prokura.Instant) (*Inspected, error) {
	out := &Inspected{Facts: &prokura.Facts{}}
	first := true
	err := s.Look(ctx, func(t *View) error {
		rows, err := all(t, "inspect token", func(row scanner) (v AppSecret, err error) {
			var assets string
			more := []any{&v.Number, &v.Sealed, &v.Created, &v.Retires, &assets}
			if !first { // the same with another secret
				return v, s.scanFacts(row, &prokura.Facts{}, more...)
			}
			first = false
			var page *prokura.AssetFacts
			if page, err = s.scan(row, out.Facts, more...); err != nil {
				return v, err
			}
			if page != nil {
				out.Assets = []*prokura.AssetFacts{page}
				return v, nil
			}
			out.Assets, err = s.scanAssets(assets)
			return v, err
		}, inspectQuery, int64(id), app, now)
		out.Secrets = slices.DeleteFunc(rows, func(v AppSecret) bool { return v.Number == 0 })
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case first:
		return nil, fmt.Errorf("inspect token: %w", prokura.NotFound)
	}
	slices.SortFunc(out.Secrets, func(a, b AppSecret) int { return cmp.Compare(b.Number, a.Number) })
	return out, nil
}

// factsQuery finds the token, then joins everything that it hangs on. Rows that a
// token does not have are zero, never NULL, so that one scan serves all kinds. FROM
// token t WHERE … is a subquery for both planners.
var factsQuery = `SELECT ` + factColumns + factTables

var factColumns = strings.Join([]string{
	tokenColumns, appColumns, grantColumns,
	`p.id, p.name, p.email, p.generation, p.staff`,
	`u.id, u.business, u.app, u.name, u.role, u.generation, u.deleted`,
	`b.id, b.name, b.generation, b.verification`,
	`i.generation, i.installed_by, i.created, i.removed`,
	`CASE WHEN a.business = 0 OR t.business = 0 THEN FALSE ELSE EXISTS (SELECT 1 FROM business_relation x WHERE x.parent = a.business AND x.child = t.business) END`,
	`(SELECT s.id FROM scoped_id s WHERE s.app = t.app AND s.subject = ` + subjectOfToken + ` AND s.subject <> 0)`,
	`CASE WHEN t.person = 0 THEN '' ELSE ` + membersOfToken + ` END`,
	`(SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = ` + subjectOfToken + `)`,
	`(SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = g.granted_by)`,
	`CASE WHEN t.parent = 0 THEN '' ELSE ` + parentsOfToken + ` END`,
	`CASE WHEN t.page = 0 THEN '' ELSE ` + pageOfToken + ` END`,
}, `, `)

const factTables = ` FROM (SELECT * FROM token t WHERE t.id = $1) t JOIN app a ON a.id = t.app
	LEFT JOIN access_grant g ON g.id = t.access_grant
	LEFT JOIN person p ON p.id = t.person
	LEFT JOIN system_user u ON u.id = t.system_user
	LEFT JOIN business b ON b.id = t.business
	LEFT JOIN installation i ON i.system_user = t.system_user AND i.app = t.app AND t.access_grant = 0`

// inspectQuery finds the same, with a row for each secret of app $2 that lives at $3.
var inspectQuery = `SELECT ` + factColumns + `, z.number, z.sealed, z.created, z.retires,
	CASE WHEN t.access_grant = 0 OR t.page <> 0 THEN '' ELSE ` + assetsOfToken + ` END` + factTables + `
	LEFT JOIN app_secret z ON z.app = a.id AND a.id = $2 AND (z.retires = 0 OR z.retires > $3)`

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
	pageOfToken = `COALESCE((SELECT ` + packed(partSep, assetFactColumns(subjectOfToken)+`,
			COALESCE((SELECT c.generation FROM connection c WHERE c.app = t.app AND c.business = a.business), 0)`) + ` FROM asset a WHERE a.id = t.page), '')`

	// assetsOfToken are those that the grant of token t chose.
	assetsOfToken = `COALESCE((SELECT string_agg(` + packed(partSep, assetFactColumns(subjectOfToken)) + `, '` + recordSep + `')
		FROM grant_asset y JOIN asset a ON a.id = y.asset WHERE y.access_grant = t.access_grant), '')`
)

// subjectOfToken is who holds token t: a person or a system user.
const subjectOfToken = `(CASE WHEN t.person <> 0 THEN t.person ELSE t.system_user END)`

// factScan is where the row of a token goes, made once and used again: it has a
// hundred places.
type factScan struct {
	facts                    prokura.Facts
	members, parents, page   string
	subjectRole, grantorRole prokura.AppRole
	related                  bool

	to     []any
	finish []func() error
}

func (s *Store) newFactScan() *factScan {
	n, v := &factScan{}, &View{store: s}
	f := &n.facts
	token, tokenDone := v.tokenDest(&f.Token)
	app, appDone := v.appDest(&f.App)
	grant, grantDone := v.grantDest(&f.Grant)
	n.to = slices.Concat(token, app, grant, []any{&f.Person.ID, &f.Person.Name, (*mailbox)(&f.Person.Email), &f.Person.Generation, &f.Person.Staff,
		&f.SystemUser.ID, &f.SystemUser.Business, &f.SystemUser.App, &f.SystemUser.Name, &f.SystemUser.Role, &f.SystemUser.Generation, &f.SystemUser.Deleted,
		&f.Business.ID, &f.Business.Name, &f.Business.Generation, &f.Business.Verification,
		&f.Installed.Generation, &f.Installed.InstalledBy, &f.Installed.Created, &f.Installed.Removed,
		&n.related, &f.Alias, &n.members, &n.subjectRole, &n.grantorRole, &n.parents, &n.page})
	n.finish = []func() error{tokenDone, appDone, grantDone}
	return n
}

func (s *Store) scanFacts(row scanner, f *prokura.Facts, more ...any) error {
	_, err := s.scan(row, f, more...)
	return err
}

// scan reads a token's row, and further columns behind it. It tells what is known
// about the page of a page token.
func (s *Store) scan(row scanner, f *prokura.Facts, more ...any) (page *prokura.AssetFacts, err error) {
	n, ok := s.scans.Get().(*factScan)
	if !ok {
		n = s.newFactScan()
	}
	fixed := len(n.to)
	n.to = append(n.to, more...)
	err = row.Scan(n.to...)
	clear(n.to[fixed:])
	n.to = n.to[:fixed]
	if err != nil {
		return nil, err // and n with what it holds
	}
	for _, do := range n.finish {
		if err := do(); err != nil {
			return nil, err
		}
	}
	*f = n.facts
	f.Credential = prokura.CredentialToken
	members, parents, text, related := n.members, n.parents, n.page, n.related
	subjectRole, grantorRole := n.subjectRole, n.grantorRole
	n.facts = prokura.Facts{}
	s.scans.Put(n)

	if err := s.scanParents(f, parents); err != nil {
		return nil, err
	}
	f.Members = memberList(f.Person.ID, members)
	f.AppRole = subjectRole
	f.RoleHolder = subjectRole != prokura.AppNobody || grantorRole != prokura.AppNobody
	own := related || f.App.IsOwned(f.Token.Business)
	f.Exempt = f.RoleHolder || own
	if f.OfSystemUser() {
		f.Installed.SystemUser, f.Installed.App = f.Token.SystemUser, f.App.ID
		// A system user is served by its business's own app without a role on it.
		// A role opens nothing of another business's data: that needs advanced
		// access, unless the app is a test app (R-APP-04, R-SU-04).
		f.RoleHolder = f.RoleHolder || f.App.IsOwned(f.Token.Business)
		f.Exempt = own || f.App.Parent != 0
	}
	if text == "" || f.Token.Kind != prokura.TokenPage {
		return nil, nil
	}
	if err = unpack(text, partSep, func(p *packedRow) (err error) {
		if page, err = s.scanAsset(p); err != nil {
			return err
		}
		return p.Scan(&f.Connection)
	}); err != nil {
		return nil, err
	}
	f.PageOwner = page.Asset.Business
	_, f.Held = f.Reach(page)
	return page, nil
}

func (s *Store) scanAsset(p *packedRow) (*prokura.AssetFacts, error) {
	return scanAssetFactsWith(p, s.texts.attributes.read)
}

// scanAssets reads the list of assetsOfToken.
func (s *Store) scanAssets(list string) (out []*prokura.AssetFacts, err error) {
	if list == "" {
		return nil, nil
	}
	for text := range strings.SplitSeq(list, recordSep) {
		if err := unpack(text, partSep, func(p *packedRow) error {
			a, err := s.scanAsset(p)
			out = append(out, a)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
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
