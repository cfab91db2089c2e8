package prokura_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

func on(date string) prokura.Instant {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return prokura.InstantOf(at)
}

// docs/wire.md: living versions answer as themselves, ended ones as the next
// living one, future ones as the newest; what never was is no version. The same
// list serves clients years from now.
//
// Proves R-VERSION-01.
func TestServeVersion(t *testing.T) {
	for date, answers := range map[string]map[string]string{
		"2026-11-30": {
			"v27.0": "v27.0", "v26.0": "v26.0", "v25.0": "v25.0", "v24.0": "v24.0", "v23.0": "v23.0", "v22.0": "v22.0", "v21.0": "v21.0",
			"v20.0": "v21.0", "v19.0": "v21.0", "v18.0": "v21.0", "v3.2": "v21.0", "v2.12": "v21.0", "v1.0": "v21.0",
			"v22.1": "", "v25.1": "", "v28.0": "v27.0", "v27.1": "v27.0", "v999.999": "v27.0",
		},
		"2027-01-20": {"v21.0": "v21.0"},
		"2027-01-21": {"v21.0": "v22.0", "v3.2": "v22.0"},
		"2028-03-01": {"v19.0": "v25.0", "v24.0": "v25.0", "v25.0": "v25.0", "v29.0": "v27.0"},
		"2040-01-01": {"v3.2": "v26.0", "v25.0": "v26.0", "v27.0": "v27.0", "v44.0": "v27.0"},
	} {
		for asked, want := range answers {
			v, err := prokura.ParseVersion(asked)
			if err != nil || v.String() != asked {
				t.Errorf("%s reads as %s, %v", asked, v, err)
			}
			got, note, err := prokura.Serve(v, on(date), false)
			if got.String() != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, prokura.BadPath) {
				t.Errorf("on %s %s is served by %s, %v; want %q", date, asked, got, err, want)
			}
			if (note == "") != (got == v || err != nil) {
				t.Errorf("on %s of %s is said %q", date, asked, note)
			}
			if _, _, err := prokura.Serve(v, on(date), true); v.Ahead() && err == nil {
				t.Errorf("strictly %s is served", asked)
			}
			if v.Ahead() != (v.Major > 27 || v.Major == 27 && v.Minor > 0) {
				t.Errorf("%s is ahead: %v", asked, v.Ahead())
			}
		}
	}
	if living := prokura.Living(on("2026-11-30")); len(living) != 7 || living[0].String() != "v21.0" || living[6].String() != "v27.0" {
		t.Errorf("living are %v", living)
	}
	for _, bad := range []string{"", "v", "v23", "23.0", "V23.0", "v23.", "v.0", "v23.0.0", "v23.0 ", "v-1.0", "v+1.0", "v023.0", "v23.00", "v0.0", "v1000.0", "v23.1000", "v23,0", "v²3.0", "v23.0/"} {
		if v, err := prokura.ParseVersion(bad); !errors.Is(err, prokura.BadPath) || v != (prokura.Version{}) {
			t.Errorf("%q reads as %s, %v", bad, v, err)
		}
	}
	if v, _, err := prokura.Serve(prokura.Version{}, on("2026-11-30"), false); err == nil {
		t.Errorf("no version is served by %s", v)
	}
}

// R-APP-01: an unversioned call follows the app's choice, else it gets the newest.
func TestDefaultVersion(t *testing.T) {
	for chosen, want := range map[string]string{
		"": "v27.0", "v23.0": "v23.0", "v19.0": "v21.0", "v3.2": "v21.0", "v28.0": "v27.0", "nonsense": "v27.0",
	} {
		if got := prokura.DefaultVersion(chosen, on("2026-11-30")); got.String() != want {
			t.Errorf("%q: %s, want %s", chosen, got, want)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	if !slices.IsSortedFunc(prokura.Releases, func(a, b prokura.Release) int {
		if b.AtLeast(a.Version) && !a.AtLeast(b.Version) && a.Out < b.Out && (b.Ends == 0 || a.Ends != 0 && a.Ends < b.Ends) {
			return -1
		}
		return 1
	}) {
		t.Error("versions are not in order")
	}
	if !(prokura.Version{Major: 3, Minor: 2}).AtLeast(prokura.Version{Major: 3, Minor: 1}) || (prokura.Version{Major: 2, Minor: 12}).AtLeast(prokura.Version{Major: 3, Minor: 1}) {
		t.Error("minor numbers count before major ones")
	}
	if v := (prokura.Version{Major: 23}); !v.AtLeast(v) || (prokura.Version{Major: 22}).AtLeast(v) {
		t.Error("AtLeast is wrong")
	}
}
