package store

import (
	"fmt"

	"github.com/prokura/prokura"
)

const fileColumns = `f.id, f.owner, f.place, f.name, f.type, f.size, f.sha256, f.created, f.created_by, f.due`

func fileDest(f *prokura.File) []any {
	return []any{&f.ID, &f.Owner, &f.Place, &f.Name, &f.Type, &f.Size, &f.SHA256, &f.Created, &f.By, &f.Due}
}

func scanFile(s scanner) (f prokura.File, err error) {
	err = s.Scan(fileDest(&f)...)
	return f, err
}

// AddFile begins a file, nothing of which has arrived. key is the sealed one of its
// content.
func (t *Beside) AddFile(f prokura.File, key []byte) error {
	return t.do("add file", `INSERT INTO file (id, owner, place, name, type, size, sha256, sealed, created, created_by, due)
		VALUES ($1, $2, $3, $4, $5, 0, '', $6, $7, $8, $9)`, f.ID, f.Owner, f.Place, f.Name, f.Type, key, f.Created, f.By, f.Due)
}

// AddChunk adds the next piece of a file, sealed, with how many bytes of the content
// have arrived by now. The file must not be whole yet, and not gone.
func (t *Beside) AddChunk(file prokura.ID, number int, sealed []byte, arrived int64) error {
	if err := t.must("add to file", `UPDATE file SET size = $2 WHERE id = $1 AND sha256 = ''`, file, arrived); err != nil {
		return err
	}
	return t.do("add chunk of file", `INSERT INTO file_chunk (file, number, sealed) VALUES ($1, $2, $3)`, file, number, sealed)
}

// EndFile says that a file has arrived whole.
func (t *Beside) EndFile(file prokura.ID, sha256 string) error {
	return t.must("end file", `UPDATE file SET sha256 = $2 WHERE id = $1 AND sha256 = ''`, file, sha256)
}

// SetFileDue says when a file is deleted; 0: nobody has said.
func (t *Beside) SetFileDue(file prokura.ID, due prokura.Instant) error {
	return t.must("set when file is due", `UPDATE file SET due = $2 WHERE id = $1`, file, due)
}

// SetFilesDue says so of all files in a place that are not due earlier.
func (t *Beside) SetFilesDue(owner prokura.ID, place string, due prokura.Instant) error {
	return t.do("set when files are due", `UPDATE file SET due = $3 WHERE owner = $1 AND place = $2 AND (due = 0 OR due > $3)`, owner, place, due)
}

// DeleteFile deletes a file with its content.
func (t *Beside) DeleteFile(file prokura.ID) error {
	if err := t.do("delete content of file", `DELETE FROM file_chunk WHERE file = $1`, file); err != nil {
		return err
	}
	return t.must("delete file", `DELETE FROM file WHERE id = $1`, file)
}

// File finds a file.
func (t *View) File(id prokura.ID) (prokura.File, error) {
	return one(t, "find file", scanFile, `SELECT `+fileColumns+` FROM file f WHERE f.id = $1`, id)
}

// FileKey is the sealed key of a file's content.
func (t *View) FileKey(id prokura.ID) ([]byte, error) {
	return one(t, "find key of file", scanOne[[]byte], `SELECT f.sealed FROM file f WHERE f.id = $1`, id)
}

// FileChunk finds one piece of a file that is not due yet, as it was sealed.
func (t *View) FileChunk(id prokura.ID, number int, now prokura.Instant) ([]byte, error) {
	return one(t, "find chunk of file", scanOne[[]byte], `SELECT c.sealed FROM file_chunk c JOIN file f ON f.id = c.file
		WHERE c.file = $1 AND c.number = $2 AND (f.due = 0 OR f.due > $3)`, id, number, now)
}

// Files lists the whole files in a place that are not due, in the order in which
// they came.
func (t *View) Files(owner prokura.ID, place string, now prokura.Instant) ([]prokura.File, error) {
	return all(t, "list files", scanFile, `SELECT `+fileColumns+` FROM file f
		WHERE f.owner = $1 AND f.place = $2 AND f.sha256 <> '' AND (f.due = 0 OR f.due > $3) ORDER BY f.created, f.id`, owner, place, now)
}

// FilesSize is how many bytes there are in a place, with what arrives now.
func (t *View) FilesSize(owner prokura.ID, place string) (int64, error) {
	return one(t, "measure files", scanOne[int64], `SELECT CAST(COALESCE(sum(f.size), 0) AS BIGINT) FROM file f WHERE f.owner = $1 AND f.place = $2`, owner, place)
}

// filesSwept bounds the files that one sweep deletes: a transaction that sweeps
// keeps others waiting.
const filesSwept = 10

// sweepFiles deletes files that were due before an instant.
func (t *Beside) sweepFiles(now prokura.Instant) (n int64, err error) {
	list, err := all(t.view, "list due files", scanOne[prokura.ID], `SELECT id FROM file WHERE due <> 0 AND due < $1 ORDER BY due LIMIT $2`, now, filesSwept)
	for _, id := range list {
		if err := t.DeleteFile(id); err != nil {
			return n, fmt.Errorf("sweep files: %w", err)
		}
		n++
	}
	return n, err
}
