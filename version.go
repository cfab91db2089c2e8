package prokura

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Version is an API version as in /v23.0/me. The zero Version means "none
// named".
type Version struct {
	Major, Minor int
}

// Release is an API version with the days, of UTC, on which it came out and on
// which it ends; 0: not said yet.
type Release struct {
	Version
	Out, Ends Instant
}

// Releases are the API versions, oldest first, as the platform announced them by
// November 2026. They answer alike: nothing that this server does changed between
// them. An older program knows no newer ones and serves them all the same, so this
// list ends versions and never keeps a client out.
var Releases = []Release{
	{Version{19, 0}, day(2024, 1, 23), day(2026, 5, 21)},
	{Version{20, 0}, day(2024, 5, 21), day(2026, 9, 24)},
	{Version{21, 0}, day(2024, 10, 2), day(2027, 1, 21)},
	{Version{22, 0}, day(2025, 1, 21), day(2027, 5, 20)},
	{Version{23, 0}, day(2025, 5, 29), day(2027, 10, 8)}, // the version that the platform's documents use
	{Version{24, 0}, day(2025, 10, 8), day(2028, 2, 18)},
	{Version{25, 0}, day(2026, 2, 18), day(2028, 7, 29)},
	{Version{26, 0}, day(2026, 7, 29), 0},
	{Version{27, 0}, day(2026, 11, 4), 0},
}

func day(year, month, day int) Instant {
	return InstantOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
}

// Living lists the versions that have not ended at a time, oldest first; the newest
// never ends before there is another.
func Living(at Instant) []Version {
	var out []Version
	for i, r := range Releases {
		if !r.Ends.Past(at) || i == len(Releases)-1 {
			out = append(out, r.Version)
		}
	}
	return out
}

// String gives the form of paths and headers: "v23.0". The zero Version is the
// empty string.
func (v Version) String() string {
	if v == (Version{}) {
		return ""
	}
	if i := slices.IndexFunc(Releases, func(r Release) bool { return r.Version == v }); i >= 0 {
		return names[i]
	}
	return v.text()
}

// names are the forms of [Releases]: every answer carries one.
var names = func() []string {
	list := make([]string, len(Releases))
	for i, r := range Releases {
		list[i] = r.text()
	}
	return list
}()

func (v Version) text() string {
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
	return Version{}, Errorf(BadPath, "A version has the form v27.0.")
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

// Serve says which version answers a call that names one: itself while it lives,
// the next living one when it has ended, and the newest for one that is newer than
// all that this program knows; note says so of the latter two. One that never was,
// such as v22.1, and with strict one that is not known yet, is an [*Error] with the
// reason [BadPath].
func Serve(requested Version, at Instant, strict bool) (served Version, note string, err error) {
	known := requested != (Version{}) && !requested.AtLeast(Releases[0].Version)
	for i, r := range Releases {
		known = known || r.Version == requested
		if !known || r.Ends.Past(at) && i < len(Releases)-1 {
			continue
		}
		if r.Version != requested {
			note = "Version " + requested.String() + " is retired; " + r.String() + " answered."
		}
		return r.Version, note, nil
	}
	if requested.Ahead() && !strict {
		newest := NewestVersion()
		return newest, "Version " + requested.String() + " is newer than this server knows; " + newest.String() + " answered.", nil
	}
	return Version{}, "", Errorf(BadPath, "The API has no version %s; the newest is %s.", requested, NewestVersion())
}

// Ahead reports whether v is newer than all versions that this program knows.
func (v Version) Ahead() bool { return v.AtLeast(NewestVersion()) && v != NewestVersion() }

// NewestVersion is the last version that this program knows.
func NewestVersion() Version { return Releases[len(Releases)-1].Version }

// DefaultVersion says which version answers a call that names none: the one
// that the app chose, such as "v24.0", else the newest. A choice that does not
// live any more is served as [Serve] says; one that never did counts as none.
func DefaultVersion(chosen string, at Instant) Version {
	if v, err := ParseVersion(chosen); err == nil {
		if v, _, err := Serve(v, at, false); err == nil {
			return v
		}
	}
	return NewestVersion()
}
