package store

import (
	"bytes"
	"embed"
	"io"
	"io/fs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationFiles are the texts of the migrations for a database.
func (d dialect) migrationFiles() (fs.FS, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err == nil && d.key != bigKey {
		files = keyedFiles{files, d.key}
	}
	return files, err
}

// bigKey is what the migrations call the number that is a table's key. Of SQLite's
// tables such a number is an index to a hidden one, unless it has the one name of a
// type by which it takes its place: each row is then found in one tree instead of
// two. Databases of earlier builds have what they were made with, and work as well.
const bigKey, sqliteKey = "BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY"

// keyedFiles are files with another type of keys.
type keyedFiles struct {
	fs.FS
	key string
}

func (k keyedFiles) Open(name string) (fs.File, error) {
	f, err := k.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return &keyedFile{f, bytes.NewReader(bytes.ReplaceAll(text, []byte(bigKey), []byte(k.key)))}, nil
}

type keyedFile struct {
	fs.File
	text io.Reader
}

func (f *keyedFile) Read(b []byte) (int, error) { return f.text.Read(b) }
