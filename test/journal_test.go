package test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// With --journal-days old lines of the journal leave the database for files,
// one for each month, each line once, also when some are there already and the
// last one was cut off.
func TestJournalArchive(t *testing.T) { eachDatabase(t, journalArchive) }

func journalArchive(t *testing.T, postgres bool) {
	dir := filepath.Join(t.TempDir(), "archive")
	s := startServer(t, serverOptions{postgres: postgres, args: []string{"--journal-days", "30", "--journal-archive", dir}})
	s.connect(t, adAccountEU, pageOutdoor)
	lines := func() (list []map[string]any) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(dir, "journal-????-??.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("others can read %s: %v, %v", name, info.Mode(), err)
			}
			for in := bufio.NewScanner(f); in.Scan(); {
				var line map[string]any
				if err := json.Unmarshal(in.Bytes(), &line); err != nil {
					t.Fatalf("%s: %v: %s", name, err, in.Text())
				}
				at, err := time.Parse(time.RFC3339, line["at"].(string))
				if month := at.UTC().Format("2006-01"); err != nil || filepath.Base(name) != "journal-"+month+".jsonl" {
					t.Errorf("%v is in %s", line["at"], name)
				}
				list = append(list, line)
			}
		}
		return list
	}
	s.travel(t, 29*24*time.Hour)
	if list := lines(); len(list) != 0 {
		t.Fatalf("%d lines after 29 days: %v", len(list), list[0])
	}
	s.travel(t, 2*24*time.Hour)
	list := lines()
	acts, ids := map[any]int{}, map[any]bool{}
	for _, line := range list {
		acts[line["act"]]++
		ids[line["id"]] = true
	}
	if acts["approve_login"] != 1 || acts["plant_world"] != 1 || len(ids) != len(list) {
		t.Fatalf("archived are %v", acts)
	}

	// An interruption has left half a line of what is archived next.
	s.connect(t, adAccountEU, pageOutdoor)
	month := time.Now().Add(31 * 24 * time.Hour).UTC().Format("2006-01")
	f, err := os.OpenFile(filepath.Join(dir, "journal-"+month+".jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"at":"20`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s.travel(t, 2*24*time.Hour) // what archived the first lines is not old enough
	s.travel(t, 31*24*time.Hour)
	more := lines()
	if len(more) <= len(list) || more[0]["id"] != list[0]["id"] {
		t.Errorf("%d lines, then %d", len(list), len(more))
	}
	acts = map[any]int{}
	for _, line := range more {
		acts[line["act"]]++
	}
	if acts["approve_login"] != 2 || acts["archive_journal"] == 0 {
		t.Errorf("archived are %v", acts)
	}
}
