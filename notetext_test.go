package prokura

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// T35: whatever an act notes, a line of the journal is bounded; what fits is kept
// as it is.
//
// Proves R-WORK-04.
func TestNotesAreBounded(t *testing.T) {
	small := map[string]any{"name": "Brightline", "ids": []int{1, 2, 3}}
	if want, _ := json.Marshal(small); NoteText(small) != string(want) {
		t.Errorf("%s", NoteText(small))
	}
	icon := map[string]any{"name": "Brightline", "icon": strings.Repeat("A", 200_000), "domains": []string{"app.example"}}
	if got := NoteText(icon); len(got) > maxNote || !strings.Contains(got, `"name":"Brightline"`) || !strings.Contains(got, "200000 bytes") {
		t.Errorf("%s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := map[string]any{}
		for range rapid.IntRange(0, 60).Draw(t, "fields") {
			v[rapid.StringN(1, 40, -1).Draw(t, "name")] = rapid.OneOf(
				rapid.Map(rapid.StringN(0, 400, -1), func(s string) any { return s }),
				rapid.Map(rapid.SliceOfN(rapid.Int64(), 0, 300), func(l []int64) any { return l }),
			).Draw(t, "value")
		}
		got := NoteText(v)
		var back any
		if err := json.Unmarshal([]byte(got), &back); err != nil || len(got) > maxNote {
			t.Fatalf("%d bytes, %v: %s", len(got), err, got)
		}
		// The last digit of what is hashed decides too.
		v["last"] = strings.Repeat("x", 2000)
		one := NoteText(v)
		v["last"] = strings.Repeat("x", 1999) + "y"
		if NoteText(v) == one {
			t.Fatal("two changes are noted alike")
		}
	})
}
