package store

import (
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// memberList reads the "business:role" list of a facts query.
func memberList(person prokura.ID, text string) []prokura.Member {
	var out []prokura.Member
	for part := range strings.SplitSeq(text, ",") {
		b, role, ok := strings.Cut(part, ":")
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(b, 10, 64); err == nil {
			out = append(out, prokura.Member{Business: prokura.ID(n), Person: person, Role: prokura.BusinessRole(role)})
		}
	}
	return out
}

// PersonFacts reads what is known about a person who acts by a browser session.
func (t *Tx) PersonFacts(person prokura.ID) (*prokura.Facts, error) {
	p, err := t.Person(person)
	if err != nil {
		return nil, err
	}
	members, err := one(t, "list memberships", scanOne[string],
		`SELECT COALESCE(string_agg(CAST(m.business AS TEXT) || ':' || m.role, ','), '') FROM member m WHERE m.person = $1`, person)
	if err != nil {
		return nil, err
	}
	return &prokura.Facts{Credential: prokura.CredentialSession, Person: p, Members: memberList(person, members)}, nil
}

// AppFacts reads what is known about an app that acts by its secret.
func (t *Tx) AppFacts(app prokura.ID) (*prokura.Facts, error) {
	a, err := t.App(app)
	if err != nil {
		return nil, err
	}
	return &prokura.Facts{Credential: prokura.CredentialSecret, App: a}, nil
}
