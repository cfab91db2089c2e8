package history

import (
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// R-HISTORY-01: every act that leaves a line in the journal has its sentence, once,
// and whose people do it is what its rule demands of them, so that nobody is named
// who was not one of them.
func TestSentences(t *testing.T) {
	told := map[prokura.Act]int{}
	// The act itself puts the person where its sentence says, or wants more than the
	// rule: a login of a business is confirmed with full control of it.
	by := map[prokura.Act]side{prokura.ActApproveLogin: ofBusiness, prokura.ActCreateBusiness: ofBusiness, prokura.ActLeaveBusiness: ofBusiness, prokura.ActCreateApp: ofApp, prokura.ActBecomeOperator: ofStaff}
	for _, s := range sentences {
		told[s.act]++
		r, ok := prokura.RuleOf(s.act)
		if !ok || !r.Write {
			t.Errorf("%s is told, and leaves no line", s.act)
		}
		var may side
		if r.Business != "" {
			may |= ofBusiness
		}
		if r.App != prokura.AppNobody {
			may |= ofApp
		}
		if r.Staff != prokura.StaffNone {
			may |= ofStaff
		}
		may |= by[s.act]
		if s.by&^may != 0 {
			t.Errorf("%s: its people are said to be of a side that its rule does not demand", s.act)
		}
		if !slices.Contains(Kinds, s.kind) || !strings.HasPrefix(s.text, "{who} ") || strings.Contains(s.text, "{subject}") == (s.noun == "") {
			t.Errorf("%s: %+v", s.act, s)
		}
		for rest := s.text; strings.Contains(rest, "{"); {
			_, after, _ := strings.Cut(rest, "{")
			name, more, _ := strings.Cut(after, "}")
			if rest = more; !slices.Contains([]string{"who", "app", "business", "subject"}, name) {
				t.Errorf("%s names {%s}", s.act, name)
			}
		}
	}
	for _, r := range prokura.Acts {
		if n := told[r.Act]; r.Write && n != 1 {
			t.Errorf("%s has %d sentences", r.Act, n)
		}
	}
}
