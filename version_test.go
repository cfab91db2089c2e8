package prokura_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// docs/wire.md: living versions answer as themselves, expired ones as the
// oldest living one, future ones not at all.
func TestServeVersion(t *testing.T) {
	for asked, want := range map[string]string{
		"v25.0": "v25.0", "v24.0": "v24.0", "v23.0": "v23.0", "v22.0": "v22.0", "v21.0": "v21.0", "v20.0": "v20.0", "v19.0": "v19.0",
		"v18.0": "v19.0", "v3.2": "v19.0", "v2.12": "v19.0", "v1.0": "v19.0",
		"v22.1": "", "v25.1": "", "v26.0": "", "v999.999": "",
	} {
		v, err := prokura.ParseVersion(asked)
		if err != nil || v.String() != asked {
			t.Errorf("%s reads as %s, %v", asked, v, err)
		}
		got, err := prokura.Serve(v)
		if got.String() != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, prokura.BadPath) {
			t.Errorf("%s is served by %s, %v; want %q", asked, got, err, want)
		}
	}
	for _, bad := range []string{"", "v", "v23", "23.0", "V23.0", "v23.", "v.0", "v23.0.0", "v23.0 ", "v-1.0", "v+1.0", "v023.0", "v23.00", "v0.0", "v1000.0", "v23.1000", "v23,0", "v²3.0", "v23.0/"} {
		if v, err := prokura.ParseVersion(bad); !errors.Is(err, prokura.BadPath) || v != (prokura.Version{}) {
			t.Errorf("%q reads as %s, %v", bad, v, err)
		}
	}
	if v, err := prokura.Serve(prokura.Version{}); err == nil {
		t.Errorf("no version is served by %s", v)
	}
}

// R-APP-01: an unversioned call follows the app's choice, else it gets the newest.
func TestDefaultVersion(t *testing.T) {
	for chosen, want := range map[string]prokura.Version{
		"": prokura.V25, "v23.0": prokura.V23, "v19.0": prokura.V19, "v3.2": prokura.V19, "v26.0": prokura.V25, "nonsense": prokura.V25,
	} {
		if got := prokura.DefaultVersion(chosen); got != want {
			t.Errorf("%q: %s, want %s", chosen, got, want)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	if !slices.IsSortedFunc(prokura.Versions, func(a, b prokura.Version) int {
		if b.AtLeast(a) && !a.AtLeast(b) {
			return -1
		}
		return 1
	}) {
		t.Error("versions are not in order")
	}
	if !(prokura.Version{Major: 3, Minor: 2}).AtLeast(prokura.Version{Major: 3, Minor: 1}) || (prokura.Version{Major: 2, Minor: 12}).AtLeast(prokura.Version{Major: 3, Minor: 1}) {
		t.Error("minor numbers count before major ones")
	}
	if !prokura.V23.AtLeast(prokura.V23) || prokura.V22.AtLeast(prokura.V23) {
		t.Error("AtLeast is wrong")
	}
}
