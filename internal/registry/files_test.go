package registry_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/store"
)

// aPDF is a file of n bytes that begins and ends like a PDF.
func aPDF(n int) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(uint64(n), 7))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	copy(b, "%PDF-1.7\n")
	copy(b[n-6:], "%%EOF\n")
	return b
}

// rowDB is the database, for what no statement of ours does.
func (f *fixture) rowDB() *sql.DB {
	f.t.Helper()
	driver := "sqlite"
	if store.IsPostgres(f.database) {
		driver = "pgx"
	}
	db, err := sql.Open(driver, f.database)
	f.must(err)
	f.t.Cleanup(func() { db.Close() })
	return db
}

func (f *fixture) receive(place string, content []byte) prokura.File {
	f.t.Helper()
	out, err := files.Receive(f.ctx, f.Registry, f.session(f.people[0]), prokura.File{Owner: f.clients[0], Place: place, Name: "Register.pdf"}, bytes.NewReader(content))
	f.must(err)
	return out
}

// keep keeps a file as an act on its business would.
func (f *fixture) keep(file prokura.File, owner prokura.ID) error {
	return f.Act(f.ctx, f.session(f.people[0]), prokura.ActUpdateBusiness, registry.OnBusiness(f.clients[0]), func(d *registry.Door) error {
		_, err := files.Keep(d, file.ID, owner, file.Place)
		return err
	})
}

func (f *fixture) sent(file prokura.File) ([]byte, error) {
	var out bytes.Buffer
	err := files.Send(f.ctx, f.Registry, file, &out)
	return out.Bytes(), err
}

func (f *fixture) fileRows() (n int) {
	f.t.Helper()
	f.must(f.rowDB().QueryRow(`SELECT (SELECT count(*) FROM file) + (SELECT count(*) FROM file_chunk)`).Scan(&n))
	return n
}

// R-WORK-05: what is handed in comes out again as it was, and goes when nobody kept
// it or its time has come; nothing of it lies open in the database, and a seal key can
// be retired under it.
func TestFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		var kept []prokura.File
		var contents [][]byte
		const sealed = 256 << 10
		for _, n := range []int{20, sealed - 57, sealed - 56, sealed - 55, sealed, 3*sealed + 11} { // beside the bounds of a row
			content := aPDF(n)
			file := f.receive("papers", content)
			if file.Size != int64(n) || file.Type != "application/pdf" || file.By != f.people[0] || file.Name != "Register.pdf" {
				t.Errorf("%d bytes: %+v", n, file)
			}
			f.must(f.keep(file, f.clients[0]))
			if got, err := f.sent(file); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes come back as %d: %v", n, len(got), err)
			}
			kept, contents = append(kept, file), append(contents, content)
		}
		loose := f.receive("papers", aPDF(5000))
		if err := f.keep(loose, f.clients[1]); !errors.Is(err, prokura.NotFound) {
			t.Errorf("kept for another business: %v", err)
		}
		var row []byte
		f.must(f.rowDB().QueryRow(`SELECT sealed FROM file_chunk WHERE file = ` + kept[0].ID.String()).Scan(&row))
		if bytes.Contains(row, []byte("PDF")) {
			t.Error("the content is legible in the database")
		}

		// Another seal key, and the first one gone.
		keys, err := operator.Keys(f.ctx, f.Registry)
		f.must(err)
		_, err = operator.AddKey(f.ctx, f.Registry, f.keyFile, "seal")
		f.must(err)
		f.Registry.Close()
		f.Registry = f.open(0)
		for _, k := range keys {
			if k.Kind == "seal" {
				f.must(operator.RetireKey(f.ctx, f.Registry, f.keyFile, "seal", k.ID, false))
			}
		}
		f.Registry.Close()
		f.Registry = f.open(0)
		for i, file := range kept {
			if got, err := f.sent(file); err != nil || !bytes.Equal(got, contents[i]) {
				t.Errorf("%d bytes, sealed with a key that was retired, come back as %d: %v", file.Size, len(got), err)
			}
		}

		f.travel(59 * time.Minute)
		if _, err := f.sent(loose); err != nil {
			t.Errorf("within the hour: %v", err)
		}
		f.travel(2 * time.Minute)
		if _, err := f.sent(loose); err == nil {
			t.Error("nobody kept it, and it is there after an hour")
		}
		if err := f.keep(loose, f.clients[0]); !errors.Is(err, prokura.NotFound) {
			t.Errorf("kept after an hour: %v", err)
		}
		f.must(f.change(func(tx *store.Tx) error {
			return tx.SetFilesDue(f.clients[0], "papers", f.Now().Add(24*time.Hour))
		}))
		f.travel(23 * time.Hour)
		if list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.File, error) { return tx.Files(f.clients[0], "papers", f.Now()) }); err != nil || len(list) != len(kept) {
			t.Errorf("before they are due there are %d: %v", len(list), err)
		}
		f.travel(2 * time.Hour)
		if n := f.fileRows(); n != 0 {
			t.Errorf("%d rows are left of files that are due", n)
		}
	})
}

// R-WORK-05: each kind of bad file is refused clearly, and nothing is left of it.
func TestBadFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		c := f.session(f.people[0])
		long := aPDF(600_000)
		film := "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + strings.Repeat("film", 1000)
		for _, b := range []struct {
			name    string
			content io.Reader
			says    string
		}{
			{"an SVG", strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`), "neither a PDF"},
			{"a page", strings.NewReader("<!doctype html><p>hello"), "neither a PDF"},
			{"nothing", strings.NewReader(""), "neither a PDF"},
			{"three bytes", strings.NewReader("%PD"), "neither a PDF"},
			{"a PDF that is none", strings.NewReader("%PDF-1.4\nthis is a text" + strings.Repeat(" ", 3000)), "does not end like one"},
			{"a PDF behind something", strings.NewReader("\n\n%PDF-1.4\n%%EOF"), "neither a PDF"},
			{"a picture that is cut off", strings.NewReader("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + strings.Repeat("x", 100)), "does not end like one"},
			{"a film of a phone of the other kind", strings.NewReader("\x00\x00\x00\x14ftypqt  " + strings.Repeat("x", 100)), "neither a PDF"},
			{"one that is too large", io.MultiReader(strings.NewReader(film), &endless{}), "at most 20 MiB"},
			{"one that breaks off", io.MultiReader(bytes.NewReader(long[:500_000]), &broken{}), "did not arrive whole"},
			{"one that ends early", bytes.NewReader(long[:500_000]), "does not end like one"},
		} {
			_, err := files.Receive(f.ctx, f.Registry, c, prokura.File{Owner: f.clients[0], Place: "papers", Name: "x.pdf"}, b.content)
			if e := prokura.AsError(err); err == nil || e.Reason != prokura.InvalidParameter || e.Field != "file" || !strings.Contains(e.Public, b.says) {
				t.Errorf("%s: %v", b.name, err)
			}
			if n := f.fileRows(); n != 0 {
				t.Errorf("%s leaves %d rows", b.name, n)
			}
		}

		// A place has room for so much, whoever fills it, and what was refused is not in it.
		full := f.receive("papers", aPDF(3000))
		f.must(f.change(func(tx *store.Tx) error {
			if err := tx.AddFile(prokura.File{ID: 7, Owner: f.clients[0], Place: "papers", Due: f.Now().Add(time.Hour)}, []byte("key")); err != nil {
				return err
			}
			return tx.AddChunk(7, 0, []byte("x"), prokura.MaxFiles-3000-4000)
		}))
		for _, c := range []struct {
			size int
			fits bool
		}{{5000, false}, {4001, false}, {4000, true}, {20, false}} {
			_, err := files.Receive(f.ctx, f.Registry, f.session(f.people[0]), prokura.File{Owner: f.clients[0], Place: "papers", Name: "x.pdf"}, bytes.NewReader(aPDF(c.size)))
			if e := prokura.AsError(err); (err == nil) != c.fits || !c.fits && e.Reason != prokura.LimitReached {
				t.Errorf("%d bytes more: %v", c.size, err)
			}
		}
		f.receive("other papers", aPDF(5000))
		if _, err := f.sent(full); err != nil {
			t.Error(err)
		}
	})
}

type endless struct{}

func (*endless) Read(b []byte) (int, error) { return len(b), nil }

type broken struct{}

func (*broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// R-WORK-05: whoever brings too many bytes is sent away until there are more, and the owner of
// the files pays for them too, whoever brings them.
func TestFilesArePaidFor(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	f.Count()
	c := f.session(f.people[0])
	spend := func(c registry.Caller, owner prokura.ID) (n int) {
		for f.PayBytes(c, owner, prokura.MaxFile) == nil {
			n++
		}
		return n
	}
	if n := spend(c, f.clients[0]); n != 4*prokura.MaxFiles/prokura.MaxFile {
		t.Errorf("a person brings %d large files", n)
	}
	_, err := files.Receive(f.ctx, f.Registry, c, prokura.File{Owner: f.clients[1], Place: "papers", Name: "x.pdf"}, bytes.NewReader(aPDF(1<<20)))
	if e := prokura.AsError(err); e.Reason != prokura.TooManyCalls || e.Again <= 0 {
		t.Errorf("one more: %v", err)
	}
	if n := f.fileRows(); n != 0 {
		t.Errorf("%d rows of what nobody paid for", n)
	}
	if n := spend(f.session(f.people[1]), f.clients[1]); n != 4*prokura.MaxFiles/prokura.MaxFile {
		t.Errorf("another one brings %d, after what somebody else did", n)
	}
}

// R-WORK-05: a file of the largest size takes little memory on its way in and out.
func TestFilesTakeLittleMemory(t *testing.T) {
	onEach(t, func(*testing.T) {}, func(t *testing.T, database string) { // one after the other: it is the heap of all
		f := newFixture(t, database, "")
		content := aPDF(prokura.MaxFile)
		f.receive("warm", aPDF(1<<20))
		c := f.session(f.people[0])
		heap := func() int64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return int64(m.HeapAlloc)
		}
		before, most := heap(), int64(0)
		look := func() { most = max(most, heap()-before) }
		start := time.Now()
		file, err := files.Receive(f.ctx, f.Registry, c, prokura.File{Owner: f.clients[0], Place: "papers", Name: "x.pdf"}, &watched{bytes.NewReader(content), 0, look})
		f.must(err)
		in, took := most, time.Since(start)
		out := &watched{nil, 0, look}
		most, start = 0, time.Now()
		f.must(files.Send(f.ctx, f.Registry, file, out))
		runtime.KeepAlive(content)
		t.Logf("in: %d KiB, %v; out: %d KiB, %v", in>>10, took, most>>10, time.Since(start))
		if in < 256<<10 || in > 3<<20 || most < 256<<10 || most > 3<<20 || out.n != len(content) {
			t.Errorf("a file of 20 MiB takes %d KiB on its way in and %d on its way out", in>>10, most>>10)
		}
	})
}

// watched reports each four MiB that go by.
type watched struct {
	io.Reader
	n    int
	each func()
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b[:min(len(b), 32<<10)])
	w.count(n)
	return n, err
}

func (w *watched) Write(b []byte) (int, error) { w.count(len(b)); return len(b), nil }

func (w *watched) count(n int) {
	const often = 4 << 20
	before := w.n
	if w.n += n; before/often != w.n/often {
		w.each()
	}
}

// R-WORK-05: whoever can write to the database cannot make another file of what lies there:
// rows that are cut, swapped, left out, doubled, changed or taken from another file
// end the reading, and nothing comes out that was not so in the file.
func TestFilesProperty(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	const sealed = 256 << 10
	content := aPDF(4*sealed + 100)
	file, other := f.receive("papers", content), f.receive("papers", aPDF(4*sealed+100))
	db := f.rowDB()
	read := func(id prokura.ID) (rows [][]byte) {
		list, err := db.Query(`SELECT sealed FROM file_chunk WHERE file = ` + id.String() + ` ORDER BY number`)
		f.must(err)
		defer list.Close()
		for list.Next() {
			var b []byte
			f.must(list.Scan(&b))
			rows = append(rows, b)
		}
		return rows
	}
	write := func(rows [][]byte) {
		_, err := db.Exec(`DELETE FROM file_chunk WHERE file = ` + file.ID.String())
		f.must(err)
		for i, row := range rows {
			_, err := db.Exec(`INSERT INTO file_chunk (file, number, sealed) VALUES ($1, $2, $3)`, int64(file.ID), i, row)
			f.must(err)
		}
	}
	whole, foreign := read(file.ID), read(other.ID)
	if len(whole) != 5 {
		t.Fatalf("%d rows", len(whole))
	}
	tampered := map[string]func(t *rapid.T, rows [][]byte) [][]byte{
		"cut":      func(t *rapid.T, rows [][]byte) [][]byte { return rows[:rapid.IntRange(0, 4).Draw(t, "at")] },
		"headless": func(t *rapid.T, rows [][]byte) [][]byte { return rows[rapid.IntRange(1, 4).Draw(t, "at"):] },
		"left out": func(t *rapid.T, rows [][]byte) [][]byte {
			i := rapid.IntRange(0, 4).Draw(t, "row")
			return append(rows[:i:i], rows[i+1:]...)
		},
		"swapped": func(t *rapid.T, rows [][]byte) [][]byte {
			i := rapid.IntRange(0, 3).Draw(t, "row")
			j := rapid.IntRange(i+1, 4).Draw(t, "with")
			rows[i], rows[j] = rows[j], rows[i]
			return rows
		},
		"doubled": func(t *rapid.T, rows [][]byte) [][]byte {
			i := rapid.IntRange(0, 4).Draw(t, "row")
			return append(rows[:i+1:i+1], rows[i:]...)
		},
		"foreign": func(t *rapid.T, rows [][]byte) [][]byte {
			i := rapid.IntRange(0, 4).Draw(t, "row")
			rows[i] = foreign[i]
			return rows
		},
		"changed": func(t *rapid.T, rows [][]byte) [][]byte {
			i := rapid.IntRange(0, 4).Draw(t, "row")
			row := bytes.Clone(rows[i])
			row[rapid.IntRange(0, len(row)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			rows[i] = row
			return rows
		},
		"shorter": func(t *rapid.T, rows [][]byte) [][]byte {
			row := rows[4]
			rows[4] = row[:rapid.IntRange(0, len(row)-1).Draw(t, "bytes")]
			return rows
		},
	}
	names := []string{"cut", "headless", "left out", "swapped", "doubled", "foreign", "changed", "shorter"}
	if len(names) != len(tampered) {
		t.Fatal("a way is not tried")
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := tampered[rapid.SampledFrom(names).Draw(t, "way")](t, append([][]byte{}, whole...))
		write(rows)
		got, err := f.sent(file)
		if err == nil {
			t.Fatalf("%d rows are read as a file of %d bytes", len(rows), len(got))
		}
		if !bytes.HasPrefix(content, got) {
			t.Fatal("what comes out before the error was not in the file")
		}
	})
	write(whole)
	if got, err := f.sent(file); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("put back: %v", err)
	}
	// All of another file, in the place of this one.
	write(foreign)
	if got, err := f.sent(file); err == nil || len(got) > 0 {
		t.Errorf("another file is read as this one: %d bytes, %v", len(got), err)
	}
}

// A file that a request has begun and that its server never ended goes within an hour.
func TestFilesOfCrashes(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		ctx, cancel := context.WithCancel(f.ctx)
		body := io.MultiReader(bytes.NewReader(aPDF(700_000)), readFunc(func([]byte) (int, error) {
			cancel()
			f.rename("file_chunk", "file_chunk_gone") // so that nothing can be cleaned up at once
			return 0, io.ErrUnexpectedEOF
		}))
		if _, err := files.Receive(ctx, f.Registry, f.session(f.people[0]), prokura.File{Owner: f.clients[0], Place: "papers"}, body); err == nil {
			t.Fatal("it was received")
		}
		f.rename("file_chunk_gone", "file_chunk")
		if n := f.fileRows(); n < 2 {
			t.Fatalf("%d rows: nothing is there to sweep", n)
		}
		list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]prokura.File, error) { return tx.Files(f.clients[0], "papers", f.Now()) })
		if err != nil || len(list) != 0 {
			t.Errorf("half a file is listed: %v %v", list, err)
		}
		f.travel(61 * time.Minute)
		if n := f.fileRows(); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

type readFunc func([]byte) (int, error)

func (r readFunc) Read(b []byte) (int, error) { return r(b) }

// The names that files are kept under.
func TestFileNames(t *testing.T) {
	pdf, _ := prokura.SniffFile([]byte("%PDF-1.4"))
	for given, want := range map[string]string{
		"Register.pdf": "Register.pdf", "Register.PDF": "Register.pdf", "a/b/../c.exe": "c.pdf", `C:\Users\Ada\x.png`: "x.pdf",
		"": "file.pdf", "...": "file.pdf", ".htaccess": "htaccess.pdf", "Übersicht 2026": "Übersicht 2026.pdf", "a\r\nSet-Cookie: x": "a__Set-Cookie_ x.pdf",
		"invoice\u202efdp.exe": "invoice_fdp.pdf", `"quoted".pdf`: "_quoted_.pdf", strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", 100) + ".pdf",
	} {
		if got := pdf.FileName(given); got != want {
			t.Errorf("%q is kept as %q, want %q", given, got, want)
		}
	}
}
