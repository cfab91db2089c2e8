package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples()) }

var sample = []history.Line{
	{At: prokura.InstantOf(kittest.Day), Kind: history.KindPeople, Act: prokura.ActUpdateMember, Who: "=Ada", Trace: "4f2a", Parts: []history.Part{{Text: "=Ada", Name: true}, {Text: " changed the role of "}, {Text: "Ben, \"Jr\"\n", Name: true}},
		Changes: []history.Change{{Before: "partial access", After: "full control"}}},
	{At: prokura.InstantOf(kittest.Day), Kind: history.KindAccess, Act: prokura.ActEndGrant, Who: "somebody", Parts: []history.Part{{Text: "Somebody ended what "}, {Text: "Brightline Campaigns", Name: true}, {Text: " could do"}},
		Changes: []history.Change{{Name: "name", Before: "@x"}}, Refused: "role_missing", Trace: "77aa"},
}

func samples() map[string]kit.Page {
	rows := []Row{{sample[0], kittest.Day}, {sample[1], kittest.Day}}
	people := []history.Choice{{Key: "1", Name: "Ada"}, {Key: "2", Name: "Ben"}}
	wrong := &Page{Base: kittest.Base(kittest.Tess), Path: "/staff/history", Kinds: history.Kinds, Actor: "nobody@", Since: "yesterday"}
	wrong.Problems = []kit.Problem{{Field: "person", Text: "Nobody is found by this."}, {Field: "since", Text: "A day is written as 2026-11-30."}}
	return map[string]kit.Page{
		"history-business":      &Page{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Path: "/business/1/history", Kinds: history.Kinds, People: people, Lines: rows, Older: "?before=a.b", Reached: kittest.Day, Actor: "2"},
		"history-business-none": &Page{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Path: "/business/1/history", Kinds: history.Kinds, People: people},
		"history-app":           &Page{Base: kittest.Base(kittest.Tess), Frame: apps.Frame{App: kittest.Campaign, Role: "admin", Type: "business"}, Path: "/apps/1/history", Kinds: history.Kinds, People: people, Lines: rows},
		"history-staff":         &Page{Base: kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffOperator, StaffLinks: []kit.StaffLink{{Key: "history", Path: "/staff/history", Icon: "clock", Name: "History"}}}, Path: "/staff/history", Kinds: history.Kinds, Lines: rows, Kind: "any"},
		"history-staff-far":     &Page{Base: kittest.Base(kittest.Tess), Path: "/staff/history", Kinds: history.Kinds, Older: "?before=a.b", Reached: kittest.Day},
		"history-staff-wrong":   wrong,
	}
}

// R-HISTORY-01: files are read back as what they hold, and no cell of one is a
// formula to a program for tables.
func TestFiles(t *testing.T) {
	for name, f := range formats {
		for _, more := range []string{"", "mwv3.1z"} {
			for n := range len(sample) + 1 {
				var b bytes.Buffer
				w := f.make(&b)
				for _, l := range sample[:n] {
					if err := w.line(l); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.end(more); err != nil {
					t.Fatal(err)
				}
				if (more != "") != strings.Contains(b.String(), more+"") && more != "" {
					t.Errorf("%s: the end does not say where to go on: %s", name, b.String())
				}
				if name == "json" {
					var v struct {
						Lines []exported
						More  string `json:"next_before"`
					}
					if err := json.Unmarshal(b.Bytes(), &v); err != nil || len(v.Lines) != n || v.More != more || n > 0 && (v.Lines[0].What != sample[0].Sentence() || v.Lines[0].Changed[0].After != "full control") {
						t.Errorf("%d lines: %v\n%s", n, err, b.String())
					}
					continue
				}
				rows, err := csv.NewReader(&b).ReadAll()
				want := 1 + n
				if more != "" {
					want++
				}
				if err != nil || len(rows) != want {
					t.Fatalf("%d rows, want %d: %v", len(rows), want, err)
				}
				for _, row := range rows {
					for _, cell := range row {
						if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n") {
							t.Errorf("a cell begins as a formula does: %q", cell)
						}
					}
				}
				if n > 0 && (rows[1][1] != "'=Ada" || rows[1][7] != "4f2a") {
					t.Errorf("the first line is %q", rows[1])
				}
			}
		}
	}
	for cell, want := range map[string]string{"": "", "Ada": "Ada", "=1+1": "'=1+1", " =1": "' =1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "a=b": "a=b", "\r\n+1": "'\r\n+1",
		"＝1": "'＝1", "＋1": "'＋1", "－1": "'－1", "＠1": "'＠1", "\u3000＝1": "'\u3000＝1", "\u200b=1": "'\u200b=1", "\ufeff+1": "'\ufeff+1", "\x00=1": "'\x00=1", "Ａ": "Ａ"} {
		if got := harmless(cell); got != want {
			t.Errorf("%q becomes %q", cell, got)
		}
	}
}

// A place comes back from an address as it was, and nothing else is one.
func TestPlaces(t *testing.T) {
	for _, p := range []history.Place{{At: 1, ID: 2}, history.Newest, {At: 1_796_000_000_000, ID: 1 << 62}} {
		if got, ok := placeOf(placeText(p)); !ok || got != p {
			t.Errorf("%+v becomes %+v", p, got)
		}
	}
	for _, text := range []string{"", ".", "1", "1.", ".1", "a.b.c", "!.1", "zzzzzzzzzzzzzzzzzzz.1"} {
		if p, ok := placeOf(text); ok {
			t.Errorf("%q is %+v", text, p)
		}
	}
}
