package prokura_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// Each way is gone by the version, by the day, or by the app's age, and not before.
func TestProfileJudge(t *testing.T) {
	at := func(year, month, day int) prokura.Instant {
		return prokura.InstantOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
	}
	v25, v26, v28 := prokura.Version{Major: 25}, prokura.Version{Major: 26}, prokura.Version{Major: 28}
	early, before, after := at(2026, 8, 1), at(2026, 10, 26), at(2026, 10, 27)
	oldApp, newApp := at(2026, 11, 3), at(2026, 11, 4)
	const ignored, refused = "ignored", "refused"
	for _, c := range []struct {
		used    prokura.Legacy
		version prokura.Version
		created prokura.Instant
		now     prokura.Instant
		want    string
	}{
		{prokura.LegacyPretty, v25, oldApp, before, ""},
		{prokura.LegacyPretty, v26, oldApp, early, ignored},
		{prokura.LegacyPretty, v25, oldApp, after, ignored},
		{prokura.LegacyDebug, v25, oldApp, after, ignored},
		{prokura.LegacyETag, v25, oldApp, before, ""},
		{prokura.LegacyETag, v25, oldApp, after, ignored},
		{prokura.LegacyRootIDs, v25, oldApp, before, ""},
		{prokura.LegacyRootIDs, v26, oldApp, before, refused},
		{prokura.LegacyRootIDs, v25, oldApp, after, refused},
		{prokura.LegacyDateFormat, v25, newApp, before, ignored},
		{prokura.LegacyEdgeIDs, v26, oldApp, after, ""},
		{prokura.LegacyEdgeIDs, v26, newApp, after, refused},
		{prokura.LegacyMethod, v26, oldApp, after, ""},
		{prokura.LegacyMethod, v28, oldApp, after, refused},
		{prokura.LegacyAlias, v25, newApp, after, refused},
		{prokura.LegacyAlias | prokura.LegacyPretty, v25, oldApp, after, ignored},
		{0, v28, newApp, after, ""},
	} {
		got, err := prokura.Profile2026.Judge(c.used, c.version, c.created, c.now)
		switch {
		case c.want == refused && !errors.Is(err, prokura.Deprecated),
			c.want != refused && err != nil,
			c.want == ignored && got == 0, c.want == "" && got != 0,
			got&prokura.LegacyAlias != 0:
			t.Errorf("%b in %s, app of %s, on %s: %b, %v; want it %q", c.used, c.version, c.created.Time(), c.now.Time(), got, err, c.want)
		}
		if got, err := prokura.ProfileLasting.Judge(c.used, c.version, c.created, c.now); got != 0 || err != nil {
			t.Errorf("the usual profile judges %b: %b, %v", c.used, got, err)
		}
	}
	seen, all := prokura.Legacy(0), prokura.Legacy(0)
	for _, l := range prokura.Legacies {
		if seen&l.Legacy != 0 || l.Ends() == "" || prokura.LegacyNamed(l.Name) != l {
			t.Errorf("the row of %q", l.Name)
		}
		seen |= l.Legacy
	}
	for l := prokura.LegacyPretty; l <= prokura.LegacyAlias; l <<= 1 {
		all |= l
	}
	if seen != all {
		t.Errorf("rows are of %b, ways are %b", seen, all)
	}
}
