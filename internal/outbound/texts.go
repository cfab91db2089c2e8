package outbound

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/prokura/prokura/internal/registry"
)

// Letter is a mail as a person gets it: plain text.
type Letter struct {
	To      string
	Subject string
	Body    string
}

type mailText struct{ subject, body string }

// signature ends every mail. Nobody reads answers, so it says where to turn.
const signature = `

--
Sent by {base} because of something that happened there. Answers are not read.
`

var value = regexp.MustCompile(`\{[a-z_]+\}`)

// maxMailValue bounds what others chose: names. Links are ours.
const maxMailValue = 80

// Write fills in the text that a mail names. Values are put in as they are but
// for control and line characters, so none of them adds a header or a line; a
// value that is missing is an error. Links start with the base URL alone (T63).
func Write(m registry.Mail, baseURL string) (Letter, error) {
	text, ok := mailTexts[m.Text]
	if !ok {
		return Letter{}, fmt.Errorf("there is no mail text %q", m.Text)
	}
	var missing []string
	fill := func(s string) string {
		return value.ReplaceAllStringFunc(s, func(place string) string {
			name := strings.Trim(place, "{}")
			if name == "base" {
				return baseURL
			}
			v, ok := m.Values[name]
			if words := mailWords[name]; ok && words != nil {
				v, ok = words[v]
			}
			if !ok {
				missing = append(missing, name)
			}
			if name == "link" || strings.HasSuffix(name, "_id") {
				return oneLine(v)
			}
			return linkless(oneLine(v))
		})
	}
	l := Letter{To: m.To, Subject: fill(text.subject), Body: fill(text.body + signature)}
	if len(missing) > 0 {
		return Letter{}, fmt.Errorf("mail text %q lacks %v", m.Text, missing)
	}
	return l, nil
}

// linkless takes apart what mail clients make links of, in what others chose: a
// business may be named after a site, and a mail of ours must not lead there.
func linkless(s string) string {
	return inNames.ReplaceAllString(strings.ReplaceAll(s, "://", " "), "$1 ")
}

var inNames = regexp.MustCompile(`([.:/@])\b`)

// oneLine keeps what a name may consist of.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > maxMailValue {
		s = string(r[:maxMailValue]) + "…"
	}
	return s
}
