package prokura

import "time"

// Legacy is a set of ways of calling the Graph API that the platform takes away
// step by step: from a version on, from a day on, and for apps made since another.
type Legacy uint16

// The ways, each a bit.
const (
	LegacyPretty     Legacy = 1 << iota // pretty=1
	LegacyDebug                         // debug=all
	LegacyDateFormat                    // date_format=U
	LegacyETag                          // If-None-Match
	LegacyRootIDs                       // GET /?ids=1,2
	LegacyEdgeIDs                       // GET /feed?ids=1,2
	LegacyMethod                        // method=delete beside another method of HTTP
	LegacyAlias                         // fields=name.as(title)
)

// LegacyInfo says since when a way is gone, and what becomes of calls that use it.
// What is zero does not end it.
type LegacyInfo struct {
	Legacy  Legacy
	Name    string  // as it is counted and shown
	About   string  // what a call looks like that uses it
	Version Version // gone in it and in later ones
	Since   Instant // gone in all versions since that day
	NewApps Instant // gone in all versions for apps that were made since that day
	Ignored bool    // the call is served as if it did not; otherwise it is refused
}

var (
	v26, v28          = Version{26, 0}, Version{28, 0}
	october, november = day(2026, 10, 27), day(2026, 11, 4)
)

// Legacies are the ways with their ends, as the platform announced them by November
// 2026: five habits with v26.0, in all versions since 2026-10-27; further ones for
// apps made since 2026-11-04, and with v28.0 for all. JSONP and asynchronous batches,
// which go with these, are not served in any case. Which five, and what a call gets
// that uses one, is known from secondary sources.
var Legacies = []LegacyInfo{
	{LegacyPretty, "pretty", "pretty=1: answers with line breaks", v26, october, 0, true},
	{LegacyDebug, "debug", "debug=all: messages beside the answer", v26, october, 0, true},
	{LegacyDateFormat, "date_format", "date_format=U: times in another form", v26, october, november, true},
	{LegacyETag, "If-None-Match", "If-None-Match: 304 for what has not changed", v26, october, 0, true},
	{LegacyRootIDs, "ids", "/?ids=1,2: several objects at once", v26, october, november, false},
	{LegacyEdgeIDs, "ids of an edge", "/feed?ids=1,2: an edge of several objects at once", v28, 0, november, false},
	{LegacyMethod, "method", "method=delete: a method beside that of HTTP", v28, 0, november, false},
	{LegacyAlias, "field alias", "fields=name.as(title): fields under another name", v28, 0, november, false},
}

// gone reports whether a way has ended for calls of a version by an app.
func (l *LegacyInfo) gone(v Version, created, now Instant) bool {
	return v.AtLeast(l.Version) || l.Since.Past(now) || l.NewApps != 0 && created >= l.NewApps
}

// Profile is which behavior of the platform a server plays.
type Profile string

// Profiles.
const (
	ProfileLasting Profile = "lasting" // what was once served stays: the clients of many still use it
	Profile2026    Profile = "2026-11" // what the platform has taken away is gone, by the table of [Legacies]
)

// Profiles lists all profiles, the usual one first.
var Profiles = []Profile{ProfileLasting, Profile2026}

// Judge says which of the ways that a call uses are to be ignored, and refuses the
// call if one of them has ended otherwise: [Deprecated].
func (p Profile) Judge(used Legacy, v Version, created, now Instant) (ignored Legacy, err *Error) {
	if p != Profile2026 {
		return 0, nil
	}
	for i := range Legacies {
		switch l := &Legacies[i]; {
		case used&l.Legacy == 0 || !l.gone(v, created, now):
		case l.Ignored:
			ignored |= l.Legacy
		default:
			return 0, Errorf(Deprecated, "%s is deprecated: %s.", l.Name, l.ended(v, created, now))
		}
	}
	return ignored, nil
}

// ended says what it is that ended a way.
func (l *LegacyInfo) ended(v Version, created, now Instant) string {
	switch {
	case v.AtLeast(l.Version):
		return "it is gone in " + l.Version.String() + " and later versions"
	case l.Since.Past(now):
		return "it is gone in all versions since " + l.Since.Time().Format(time.DateOnly)
	}
	return "it is gone for apps that were made since " + l.NewApps.Time().Format(time.DateOnly)
}

// Names lists the ways of a set as they are counted.
func (l Legacy) Names(each func(name *string)) {
	for i := range Legacies {
		if l&Legacies[i].Legacy != 0 {
			each(&Legacies[i].Name)
		}
	}
}

// LegacyNamed finds a way by the name that it is counted by; one without a name: there
// is none.
func LegacyNamed(name string) LegacyInfo {
	for _, l := range Legacies {
		if l.Name == name {
			return l
		}
	}
	return LegacyInfo{}
}

// Ends says since when a way is gone, and for whom.
func (l LegacyInfo) Ends() string {
	if l.Since != 0 {
		return "in " + l.Version.String() + ", since " + l.Since.Time().Format(time.DateOnly) + " in all versions"
	}
	return "for apps made since " + l.NewApps.Time().Format(time.DateOnly) + ", for all with " + l.Version.String()
}
