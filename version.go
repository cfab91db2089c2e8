package prokura

import (
	"slices"
	"strconv"
	"strings"
)

// Version is an API version as in /v23.0/me. The zero Version means "none
// named".
type Version struct {
	Major, Minor int
}

// The living API versions, oldest first: one line each, with what a caller
// sees differently from the version before. Code asks AtLeast with one of these
// names, never with a number of its own.
var (
	V19 = Version{19, 0} // the oldest: also answers calls to every version before it
	V20 = Version{20, 0} // same answers as v19.0 for login, tokens and business edges
	V21 = Version{21, 0} // same answers as v20.0
	V22 = Version{22, 0} // same answers as v21.0
	V23 = Version{23, 0} // same answers as v22.0; the version that the platform's documents use
	V24 = Version{24, 0} // same answers as v23.0
	V25 = Version{25, 0} // same answers as v24.0; the newest: answers calls that name no version

	// Versions lists them, oldest first.
	Versions = []Version{V19, V20, V21, V22, V23, V24, V25}
)

// String gives the form of paths and headers: "v23.0". The zero Version is the
// empty string.
func (v Version) String() string {
	if v == (Version{}) {
		return ""
	}
	return "v" + strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor)
}

// AtLeast reports whether v is w or newer.
func (v Version) AtLeast(w Version) bool {
	return v.Major > w.Major || v.Major == w.Major && v.Minor >= w.Minor
}

// ParseVersion reads "v23.0": a small v, then major and minor, each of one to
// three digits without leading zeros, major not 0. It says nothing about
// whether the version lives. The error is an [*Error] with the reason
// [BadPath].
func ParseVersion(s string) (Version, error) {
	number, ok := strings.CutPrefix(s, "v")
	major, minor, dot := strings.Cut(number, ".")
	if ok && dot {
		a, okA := versionNumber(major)
		b, okB := versionNumber(minor)
		if okA && okB && a > 0 {
			return Version{a, b}, nil
		}
	}
	return Version{}, Errorf(BadPath, "A version has the form v25.0.")
}

func versionNumber(s string) (int, bool) {
	if len(s) == 0 || len(s) > 3 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Serve says which version answers a call that names one: itself while it
// lives, the oldest living one for every version before it. A version that does
// not exist (yet) is an [*Error] with the reason [BadPath]: guessing what it
// will mean helps nobody.
func Serve(requested Version) (Version, error) {
	if slices.Contains(Versions, requested) {
		return requested, nil
	}
	if requested != (Version{}) && !requested.AtLeast(Versions[0]) {
		return Versions[0], nil
	}
	return Version{}, Errorf(BadPath, "The API has no version %s; the newest is %s.", requested, NewestVersion())
}

// NewestVersion is the last living version.
func NewestVersion() Version { return Versions[len(Versions)-1] }

// DefaultVersion says which version answers a call that names none: the one
// that the app chose, such as "v24.0", else the newest. A choice that does not
// live any more is served as [Serve] says; one that never did counts as none.
func DefaultVersion(chosen string) Version {
	if v, err := ParseVersion(chosen); err == nil {
		if v, err := Serve(v); err == nil {
			return v
		}
	}
	return NewestVersion()
}
