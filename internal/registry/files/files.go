// Package files keeps what people hand in: it receives files piece by piece, seals
// them, and gives them out again to whom another room has let look.
//
// It decides nothing. It is a cellar under the rooms that files belong to: these ask
// it to receive what they have decided may come, keep it with an act of theirs, and
// say when it goes.
package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const (
	// chunk is how many sealed bytes lie in a row.
	chunk = 256 << 10
	// looseFor is how long a file waits for the act that keeps it.
	looseFor = time.Hour
)

// cipher seals the content of one file, with a key that seals nothing else. Each piece
// is bound to its number and to being the last one or not (Hoang, Reyhanitabar, Rogaway
// and Vizár, CRYPTO 2015), so that none is left out, moved or taken from elsewhere.
func cipher(key []byte) (*subtle.AESGCMHKDF, error) {
	return subtle.NewAESGCMHKDF(key, "SHA256", 32, chunk, 0)
}

// Receive reads one file to its end and keeps it sealed, loose at first: what no act
// keeps within an hour goes. The caller has been decided about. f says whose the file
// is, where it belongs and how its sender calls it.
//
// The errors are about the field file: a kind of file that is not taken, one that is
// too large or not whole, and a place that is full. The person and the owner pay for
// the bytes. However it ends, nothing is left of what did not arrive whole.
func Receive(ctx context.Context, r *registry.Registry, c registry.Caller, f prokura.File, body io.Reader) (_ prokura.File, err error) {
	end, err := r.Receiving(ctx, c)
	if err != nil {
		return prokura.File{}, err
	}
	defer end()
	in := &source{r: body}
	head := make([]byte, prokura.SniffedHead)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return prokura.File{}, err
	}
	kind, ok := prokura.SniffFile(head[:n])
	if !ok {
		return prokura.File{}, refuse("This is neither a PDF nor a PNG or JPEG picture nor an MP4 film.")
	}
	f.ID, f.Type, f.Name = registry.NewMessageID(), kind.Type, kind.FileName(f.Name)
	f.By, f.Created, f.Size, f.SHA256 = c.Actor(), r.Now(), 0, ""
	f.Due = f.Created.Add(looseFor)
	out := &sink{ctx: ctx, r: r, c: c, file: f, key: registry.RandomBytes(32), in: in, sum: sha256.New()}
	defer func() {
		if err != nil && out.number > 0 {
			out.forget()
		}
	}()
	aead, err := cipher(out.key)
	if err != nil {
		return prokura.File{}, fmt.Errorf("receive file: %w", err)
	}
	sealing, err := aead.NewEncryptingWriter(out, []byte(registry.PlaceOfFile(f.ID)))
	if err != nil {
		return prokura.File{}, fmt.Errorf("receive file: %w", err)
	}
	if err := out.copy(sealing, io.MultiReader(bytes.NewReader(head[:n]), in)); err != nil {
		return prokura.File{}, err
	}
	if !kind.Whole(in.tail) {
		return prokura.File{}, refuse("This file begins like a " + kind.Name + " file and does not end like one. It may be damaged, or cut off.")
	}
	out.last = true
	if err := sealing.Close(); err != nil {
		return prokura.File{}, err
	}
	if err := out.flush(); err != nil {
		return prokura.File{}, err
	}
	return out.file, nil
}

func refuse(text string) error {
	return prokura.Errorf(prokura.InvalidParameter, "%s", text).WithField("file")
}

// broken is the error for a request that ended early.
func broken(err error) error {
	if e, ok := errors.AsType[*prokura.Error](err); ok {
		return e
	}
	return prokura.Errorf(prokura.InvalidParameter, "The file did not arrive whole.").WithField("file").WithCause(err)
}

// source counts what comes in, ends what is too large, and remembers the end.
type source struct {
	r    io.Reader
	size int64
	tail []byte
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, broken(err) // what breaks off does not look like an end
	}
	if s.size += int64(n); s.size > prokura.MaxFile {
		return 0, refuse(fmt.Sprintf("A file has at most %d MiB.", prokura.MaxFile>>20))
	}
	s.tail = append(s.tail, b[max(0, n-prokura.SniffedTail):n]...)
	s.tail = append(s.tail[:0], s.tail[max(0, len(s.tail)-prokura.SniffedTail):]...)
	return n, err
}

// sink writes what is sealed into the database, a row for each chunk.
type sink struct {
	ctx  context.Context
	r    *registry.Registry
	c    registry.Caller
	file prokura.File
	key  []byte
	in   *source
	sum  hash.Hash

	buffer []byte // sealed, not written yet
	number int    // of the next row
	last   bool   // nothing more comes
}

// copy seals what comes, in pieces that are a chunk when they are sealed. Only while
// it seals it has a place for heavy work: its sender may be slow.
func (s *sink) copy(sealing io.WriteCloser, from io.Reader) error {
	piece := make([]byte, chunk/4)
	for {
		n, err := io.ReadFull(from, piece)
		if n > 0 {
			if err := s.seal(sealing, piece[:n]); err != nil {
				return err
			}
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF: // of ReadFull: the source ends
			return nil
		default:
			return err
		}
		if len(s.buffer) >= chunk {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
}

func (s *sink) seal(sealing io.Writer, piece []byte) error {
	if err := s.r.PayBytes(s.c, s.file.Owner, len(piece)); err != nil {
		return err
	}
	place, err := s.r.PlaceFor(s.ctx, s.c)
	if err != nil {
		return err
	}
	defer place.Leave()
	s.sum.Write(piece)
	_, err = sealing.Write(piece)
	return err
}

// Write takes what is sealed.
func (s *sink) Write(b []byte) (int, error) {
	s.buffer = append(s.buffer, b...)
	return len(b), nil
}

// flush writes what is sealed, and with the first of it the file itself. Each row is a
// transaction of its own, so that nobody waits for a slow sender.
func (s *sink) flush() error {
	rows := [][]byte{}
	rest := s.buffer
	for len(rest) >= chunk || s.last && len(rest) > 0 {
		n := min(chunk, len(rest))
		rows, rest = append(rows, rest[:n]), rest[n:]
	}
	first := s.number
	var sealed []byte
	if first == 0 {
		var err error
		if sealed, err = s.r.SealSecret(registry.PlaceOfFile(s.file.ID), prokura.Secret(s.key)); err != nil {
			return err
		}
	}
	s.file.Size = s.in.size
	if s.last {
		s.file.SHA256 = hex.EncodeToString(s.sum.Sum(nil))
	}
	if err := s.r.Beside(s.ctx, func(tx *store.Beside) error {
		if first == 0 {
			if err := tx.AddFile(s.file, sealed); err != nil {
				return err
			}
		}
		for i, row := range rows {
			if err := tx.AddChunk(s.file.ID, first+i, row, s.file.Size); err != nil {
				return err
			}
		}
		switch size, err := tx.View().FilesSize(s.file.Owner, s.file.Place); {
		case err != nil:
			return err
		case size > prokura.MaxFiles:
			return prokura.Errorf(prokura.LimitReached, "All files together have at most %d MiB here.", prokura.MaxFiles>>20).WithField("file")
		}
		if s.last {
			return tx.EndFile(s.file.ID, s.file.SHA256)
		}
		return nil
	}); err != nil {
		return err
	}
	s.number += len(rows)
	s.buffer = append(s.buffer[:0], rest...)
	return nil
}

// forget deletes what has arrived. If that fails too, the sweep does.
func (s *sink) forget() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 5*time.Second)
	defer cancel()
	_ = s.r.Beside(ctx, func(tx *store.Beside) error { return tx.DeleteFile(s.file.ID) })
}

// Keep keeps a file that was received for a place, as a part of an act about its
// owner. It is the error of [registry.Missing] for one that was not, or is gone.
func Keep(d *registry.Door, id, owner prokura.ID, place string) (prokura.File, error) {
	f, err := Find(d.View(), d.Now, id, owner, place)
	if err != nil {
		return f, err
	}
	f.Due = 0
	return f, d.SetFileDue(id, 0)
}

// Find finds a whole file in a place, that is not due.
func Find(tx *store.View, now prokura.Instant, id, owner prokura.ID, place string) (prokura.File, error) {
	f, err := tx.File(id)
	if err != nil || f.Owner != owner || f.Place != place || f.SHA256 == "" || f.Due != 0 && f.Due <= now {
		return prokura.File{}, registry.OrMissing(err)
	}
	return f, nil
}

// Send writes the content of a file, for who was let look at it. What is written is as
// it was received; when anything is missing or is not what was sealed, it ends with an
// error before that.
func Send(ctx context.Context, r *registry.Registry, f prokura.File, to io.Writer) error {
	sealed, err := registry.Look(ctx, r, func(tx *store.View) ([]byte, error) { return tx.FileKey(f.ID) })
	if err != nil {
		return registry.HideMissing(err)
	}
	place := registry.PlaceOfFile(f.ID)
	key, err := r.OpenSecret(place, sealed)
	if err != nil {
		return fmt.Errorf("open the key of a file: %w", err)
	}
	aead, err := cipher([]byte(key.Reveal()))
	if err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	opened, err := aead.NewDecryptingReader(&rows{ctx: ctx, r: r, file: f.ID}, []byte(place))
	if err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, to), opened)
	if err == nil && (n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256) {
		err = errors.New("it is not what was received")
	}
	if err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	return nil
}

// rows reads the chunks of a file one after the other.
type rows struct {
	ctx    context.Context
	r      *registry.Registry
	file   prokura.ID
	number int
	rest   []byte
}

func (s *rows) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		row, err := registry.Look(s.ctx, s.r, func(tx *store.View) ([]byte, error) { return tx.FileChunk(s.file, s.number, s.r.Now()) })
		if errors.Is(err, prokura.NotFound) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		s.number, s.rest = s.number+1, row
	}
	n := copy(b, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}
