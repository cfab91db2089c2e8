package store

import (
	"slices"
	"strconv"
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
	if err := t.facts(id, whole, f); err != nil {
		return nil, err
	}
	return f, nil
}

// FactsOf is Facts for who knows of what kind the token is, as a rule by less work.
func (t *View) FactsOf(id prokura.TokenID, kind prokura.TokenKind) (*prokura.Facts, error) {
	f, s := &prokura.Facts{}, scopeOf(kind)
	err := t.facts(id, s, f)
	if (err == nil || isNotFound(err)) && f.Token.ID != 0 && !s.covers(&f.Token) {
		return t.Facts(id)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (t *View) facts(id prokura.TokenID, s scope, f *prokura.Facts) error {
	_, err := one(t, "find token", func(row scanner) (none struct{}, err error) { return none, t.store.scanFacts(row, f) }, t.store.factTexts[askFacts][s][0], int64(id))
	return err
}

// A scope is how much of what a token may hang on a statement looks at: what the
// database only prepares for takes it as long as what it finds. The row says whether
// there is more.
type scope byte

const (
	byBusiness scope = iota // a business granted it: no person, page or installation
	cut                     // and it was cut from others
	whole                   // everything
	scopes
)

// scopeOf is how much tokens of a kind hang on, as a rule.
func scopeOf(k prokura.TokenKind) scope {
	switch k {
	case prokura.TokenIntegration:
		return byBusiness
	case prokura.TokenChild:
		return cut
	}
	return whole
}

// covers reports whether there is nothing of a token beside what the scope looks at.
func (s scope) covers(t *prokura.Token) bool {
	return s == whole || t.Grant != 0 && t.Person == 0 && t.Page == 0 && (s == cut || t.Parent == 0)
}

// What is asked about tokens.
const (
	askFacts = iota
	askInspection
	asks
)

// factTexts are the statements that find tokens, by what is asked, by scope and by
// how many tokens at most.
type factTexts [asks][scopes][len(factSizes)]string

// factSizes are the numbers of tokens that statements are for. With one list as a
// parameter PostgreSQL would make a plan for each number that there is, anew each
// time, which takes longer than to follow it.
var factSizes = [...]int{1, 8, 32}

const mostQuestions = 32

// texts of facts find the token, then join everything that it hangs on. Rows that a
// token does not have are NULL, which is scanned as zero, so that one scan serves all
// kinds. FROM token t WHERE … is a subquery for both planners. An inspection has a row
// for each secret of the app that lives at $1.
func newFactTexts(d dialect) (t factTexts) {
	for s := range scopes {
		only := func(from scope, text, otherwise string) string {
			if s < from {
				return otherwise
			}
			return text
		}
		columns := strings.Join([]string{
			tokenColumns, appColumns, grantColumns,
			only(whole, `p.id, p.name, p.email, p.generation`, `NULL, NULL, NULL, NULL`),
			`u.id, u.business, u.app, u.name, u.role, u.generation, u.deleted`,
			`b.id, b.name, b.generation, b.verification`,
			only(whole, `i.generation, i.installed_by, i.created, i.removed`, `NULL, NULL, NULL, NULL`),
			`CASE WHEN a.business = 0 OR t.business = 0 THEN FALSE ELSE EXISTS (SELECT 1 FROM business_relation x WHERE x.parent = a.business AND x.child = t.business) END`,
			`(SELECT s.id FROM scoped_id s WHERE s.app = t.app AND s.subject = ` + subjectOfToken + ` AND s.subject <> 0)`,
			only(whole, `CASE WHEN t.person = 0 THEN '' ELSE `+membersOfToken+` END`, `''`),
			`(SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = ` + subjectOfToken + `)`,
			`(SELECT r.role FROM app_role r WHERE r.app = t.app AND r.subject = g.granted_by)`,
			only(cut, `CASE WHEN t.parent = 0 THEN '' ELSE `+parentsOfToken+` END`, `''`),
			only(whole, `CASE WHEN t.page = 0 THEN '' ELSE `+pageOfToken+` END`, `''`),
		}, `, `)
		for i, size := range factSizes {
			if size > 1 && d.together == 0 {
				break
			}
			tokens := func(from int) string { return ` FROM (SELECT * FROM token t WHERE t.id ` + among(from, size) + `) t` }
			join := joins(size)
			tables := ` JOIN ` + join(`app a`, `a.id = t.app`) + ` LEFT JOIN ` + join(`access_grant g`, `g.id = t.access_grant`) +
				` LEFT JOIN ` + join(`system_user u`, `u.id = t.system_user`) + ` LEFT JOIN ` + join(`business b`, `b.id = t.business`) +
				only(whole, ` LEFT JOIN `+join(`person p`, `p.id = t.person`)+
					` LEFT JOIN `+join(`installation i`, `i.system_user = t.system_user AND i.app = t.app AND t.access_grant = 0`), ``)
			t[askFacts][s][i] = `SELECT ` + columns + tokens(1) + tables
			t[askInspection][s][i] = `SELECT ` + columns + `, z.number, z.sealed, z.created, z.retires,
				CASE WHEN t.access_grant = 0 OR t.page <> 0 THEN '' ELSE ` + assetsOfToken + ` END` + tokens(2) + tables +
				` LEFT JOIN ` + join(`app_secret z`, `z.app = a.id AND (z.retires = 0 OR z.retires > $1)`)
		}
	}
	return t
}

// joins gives the tables that tokens are joined with. Of several tokens PostgreSQL
// would read small tables whole, to look all of them up at once: so it is told to find
// the rows of one after the other.
func joins(size int) func(table, on string) string {
	return func(table, on string) string {
		if size == 1 {
			return table + ` ON ` + on
		}
		_, alias, _ := strings.Cut(table, " ")
		return `LATERAL (SELECT * FROM ` + table + ` WHERE ` + on + ` OFFSET 0) ` + alias + ` ON TRUE`
	}
}

// among is the condition of being one of so many parameters.
func among(from, size int) string {
	if size == 1 {
		return `= $` + strconv.Itoa(from)
	}
	var b strings.Builder
	for i := range size {
		b.WriteString(`, $` + strconv.Itoa(from+i))
	}
	return `IN (` + b.String()[2:] + `)`
}

// factArgs are the parameters of a statement that is large enough for some tokens:
// places that are left name none.
func factArgs(ids []int64, first ...any) (size int, args []any) {
	for factSizes[size] < len(ids) {
		size++
	}
	args = make([]any, len(first)+factSizes[size])
	for i := range args {
		switch n := i - len(first); {
		case n < 0:
			args[i] = first[i]
		case n < len(ids):
			args[i] = ids[n]
		default:
			args[i] = int64(0)
		}
	}
	return size, args
}

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
	n.to = slices.Concat(token, app, grant, []any{&f.Person.ID, &f.Person.Name, (*mailbox)(&f.Person.Email), &f.Person.Generation,
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
	f.AppRole, f.GrantorRole = subjectRole, grantorRole
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

func (s *Store) scanAsset(p scanner) (*prokura.AssetFacts, error) {
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
