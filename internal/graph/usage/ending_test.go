package usage

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
)

type clock prokura.Instant

func (c clock) Now() prokura.Instant { return prokura.Instant(c) }

// R-CARE-01: a call says when its token ends in the last seven days of it, of the token or
// of the access to data, whichever is first; a token of a week or less never does.
func TestEnding(t *testing.T) {
	const day = 24 * time.Hour
	begun := prokura.Instant(1_700_000_000_000)
	sixty := prokura.Facts{Token: prokura.Token{Kind: prokura.TokenIntegration, Issued: begun, Expires: begun.Add(60 * day)}}
	endless, short, page, child := sixty, sixty, sixty, sixty
	endless.Token.Expires = 0
	short.Token.Expires = begun.Add(2 * time.Hour)
	page.Token = prokura.Token{Kind: prokura.TokenPage, Issued: begun}
	page.Grant.DataAccess = begun.Add(10 * day)
	child.Token = prokura.Token{Kind: prokura.TokenChild, Issued: begun.Add(10 * day)}
	child.Parents = []prokura.Token{sixty.Token}
	for _, test := range []struct {
		name   string
		facts  *prokura.Facts
		passed time.Duration
		want   string
	}{
		{"long before", &sixty, 53*day - time.Millisecond, ""}, {"a week before", &sixty, 53 * day, "1705184000"},
		{"of a child, as its parent ends", &child, 53 * day, "1705184000"}, {"without an end", &endless, 1000 * day, ""},
		{"of two hours", &short, time.Hour, ""}, {"of a page, before", &page, 90 * day, ""}, {"of a page, by access to data", &page, 93 * day, "1708640000"},
	} {
		var extra []Header
		Ending(test.facts, clock(begun.Add(test.passed)), &extra)
		got := ""
		if len(extra) > 0 {
			got = extra[0].Name + " " + extra[0].Value[0]
		}
		if test.want != "" {
			test.want = "X-Token-Expires-At " + test.want
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
