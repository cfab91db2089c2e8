package prokura

import "cmp"

// Span is the versions of the API that have something: from Since on, and before
// Retired; the zero Version is no bound.
type Span struct {
	Since, Retired Version
}

// Before reports whether a version is older than what it is about: nothing of it is
// known there. A call that names no version is of the newest.
func (s Span) Before(v Version) bool {
	return s.Since != (Version{}) && !served(v).AtLeast(s.Since)
}

// After refuses a version in which something is not there any more, called by the first
// of its names that there is: [Deprecated].
func (s Span) After(v Version, names ...string) error {
	if !s.gone(v) {
		return nil
	}
	return Errorf(Deprecated, "%s is deprecated for versions %s and higher.", cmp.Or(names...), s.Retired)
}

// Has reports whether a version has it.
func (s Span) Has(v Version) bool { return !s.Before(v) && !s.gone(v) }

// Within is the versions that both have.
func (s Span) Within(o Span) Span {
	if s.Since.AtLeast(o.Since) {
		o.Since = s.Since
	}
	if o.Retired == (Version{}) || s.Retired != (Version{}) && o.Retired.AtLeast(s.Retired) {
		o.Retired = s.Retired
	}
	return o
}

func (s Span) gone(v Version) bool { return s.Retired != (Version{}) && served(v).AtLeast(s.Retired) }

func served(v Version) Version { return cmp.Or(v, NewestVersion()) }

// Noted adds to what is said of something in which versions it is there.
func (s Span) Noted(text string) string {
	if s.Since != (Version{}) {
		text += " Since " + s.Since.String() + "."
	}
	if s.Retired != (Version{}) {
		text += " Gone in " + s.Retired.String() + "."
	}
	return text
}

// span checks the versions of a declaration.
func (v *resourceCheck) span(at string, s Span) {
	for name, bound := range map[string]Version{"since": s.Since, "retired": s.Retired} {
		if bound.Major < 0 {
			v.wrong(at+"."+name, "a version has the form %s", NewestVersion())
		}
	}
	if s.Since.Major > 0 && s.Retired.Major > 0 && s.Since.AtLeast(s.Retired) {
		v.wrong(at+".retired", "it is gone in %s, before it is there", s.Retired)
	}
}
