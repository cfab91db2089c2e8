package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// On a full disk the ballast goes to what takes power away and to nothing
// else, and is laid again when there is room. The database is full at a number of
// pages here, which is the same to SQLite; test/abuse_test.go fills a disk.
func TestBallast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	s, err := Open(t.Context(), Config{Database: path, Ballast: true, Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	there := func() bool { info, err := os.Stat(path + ".ballast"); return err == nil && info.Size() == ballastSize }
	if !there() {
		t.Fatal("no ballast is laid")
	}
	pages := func(text string) {
		t.Helper()
		if _, err := s.write.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	line := strings.Repeat("a long note ", 80)
	ordinary := func() error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.Journal(Entry{Act: "ordinary", Before: line}) })
	}
	urgent := func() error {
		return s.Update(quota.Urgent(t.Context()), func(tx *Tx) error { return tx.Journal(Entry{Act: "urgent", Before: line}) })
	}
	fill := func() {
		t.Helper()
		pages("PRAGMA max_page_count = 1") // no less than there are
		for range 1000 {
			if err := ordinary(); err != nil {
				if !errors.Is(err, prokura.Unavailable) || !isFull(err) {
					t.Fatalf("a full disk is %v", err)
				}
				return
			}
		}
		t.Fatal("the disk does not get full")
	}
	fill()
	if !there() {
		t.Fatal("ordinary work has taken the ballast")
	}
	s.ballast.freed = func() { pages("PRAGMA max_page_count = 4294967294") }
	if err := urgent(); err != nil {
		t.Fatalf("a full disk keeps power from being taken: %v", err)
	}
	if there() {
		t.Error("the ballast is not given up")
	}
	if err := ordinary(); !errors.Is(err, prokura.Unavailable) {
		t.Errorf("ordinary work goes on in the room of the ballast: %v", err)
	}
	if err := urgent(); err != nil {
		t.Errorf("the second revoke: %v", err)
	}
	s.ballast.tried = time.Now().Add(-2 * ballastEvery)
	if err := ordinary(); err != nil || !there() {
		t.Errorf("there is room again, and the ballast %v: %v", there(), err)
	}

	// No more than the ballast: then even that is refused, and said to be.
	s.ballast.freed = nil
	fill()
	if err := urgent(); !errors.Is(err, prokura.Unavailable) || !isFull(err) {
		t.Errorf("without any room: %v", err)
	}
	if n, err := countActs(s, "urgent"); err != nil || n != 2 {
		t.Errorf("%d urgent lines, %v", n, err)
	}
}

func countActs(s *Store, act string) (n int, err error) {
	err = s.read.QueryRow(`SELECT count(*) FROM journal WHERE act = $1`, act).Scan(&n)
	return n, err
}
