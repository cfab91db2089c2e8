package store

import (
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// lacksFactor says of person p with place m in business x that the business
// demands a second factor that the person does not have.
const lacksFactor = `(NOT p.second_factor AND (x.two_factor = 'all_required' OR x.two_factor = 'admin_required' AND m.role = 'ADMIN'))`

// membersOfPerson lists the places of person p: "business:role", and ":lacking"
// where the place is worth nothing for the lack of a second factor.
const membersOfPerson = membersHead + membersTail

// membersOfToken are those that count for grant g of person p.
const membersOfToken = membersHead + ` AND NOT EXISTS (SELECT 1 FROM grant_exclusion e WHERE e.access_grant = g.id AND e.business = m.business)` + membersTail

const (
	membersTail = `), '')`
	membersHead = `COALESCE((SELECT string_agg(CAST(m.business AS TEXT) || ':' || m.role ||
		CASE WHEN ` + lacksFactor + ` THEN ':lacking' ELSE '' END, ',')
		FROM member m JOIN business x ON x.id = m.business WHERE m.person = p.id`
)

// memberList reads the list of membersOfPerson.
func memberList(person prokura.ID, text string) []prokura.Member {
	var out []prokura.Member
	for part := range strings.SplitSeq(text, ",") {
		b, role, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		role, lacking := strings.CutSuffix(role, ":lacking")
		if n, err := strconv.ParseInt(b, 10, 64); err == nil {
			out = append(out, prokura.Member{Business: prokura.ID(n), Person: person, Role: prokura.BusinessRole(role), Lacking: lacking})
		}
	}
	return out
}

// PersonFacts reads what is known about a person who acts by a browser session.
func (t *View) PersonFacts(person prokura.ID) (*prokura.Facts, error) {
	return one(t, "find person", func(s scanner) (*prokura.Facts, error) { return scanPersonFacts(s) },
		`SELECT `+personColumns+`, `+membersOfPerson+` FROM person p WHERE p.id = $1`, person)
}

func scanPersonFacts(s scanner, before ...any) (*prokura.Facts, error) {
	f, members := &prokura.Facts{Credential: prokura.CredentialSession}, ""
	if err := s.Scan(append(append(before, personDest(&f.Person)...), &members)...); err != nil {
		return nil, err
	}
	f.Members = memberList(f.Person.ID, members)
	return f, nil
}

// SessionFacts finds a browser's session by the hash of its secret, with what is
// known about its person.
func (t *View) SessionFacts(key string) (session prokura.Session, f *prokura.Facts, err error) {
	f, err = one(t, "find session", func(s scanner) (*prokura.Facts, error) { return scanPersonFacts(s, sessionDest(&session)...) },
		`SELECT `+sessionColumns+`, `+personColumns+`, `+membersOfPerson+` FROM session s JOIN person p ON p.id = s.person WHERE s.key = $1`, key)
	return session, f, err
}

// AppFacts reads what is known about an app that acts by its secret.
func (t *View) AppFacts(app prokura.ID) (*prokura.Facts, error) {
	a, err := t.App(app)
	if err != nil {
		return nil, err
	}
	return &prokura.Facts{Credential: prokura.CredentialSecret, App: a}, nil
}
