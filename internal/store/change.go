package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/prokura/prokura"
)

// Change names something whose facts changed.
type Change struct {
	Kind byte // what it is, by the numbers of whoever writes and reads
	ID   prokura.ID
}

// Changed writes into the log of changes, in the transaction that changes them,
// what the facts of others are read from. Every change of authority other than
// cutting a token does. Nobody else writes the row, so changes of different
// entities do not meet. Once another process has begun a term, nothing of an
// earlier one is committed: the term is read and locked in share mode, which
// conflicts with beginning one, and with nothing else. With move it moves the
// revision too, and tells it.
func (t *Tx) Changed(list []Change, move bool) (revision int64, err error) {
	term, args := `0`, []any{rand.Int64(), time.Now().UnixMilli(), changeText(list)}
	switch {
	case t.store.hold != nil:
		term = `(SELECT CAST(m.value AS BIGINT) FROM meta m WHERE m.name = $4 AND m.value = $5` + t.store.dialect.share + `)`
		args = append(args, metaTerm, strconv.FormatInt(t.store.term.Load(), 10))
	case t.store.asIs:
		return 0, errBeside
	}
	err = t.do("log change", `INSERT INTO change (xid, id, term, at, entities) VALUES (`+t.store.dialect.xid+`, $1, `+term+`, $2, $3)`, args...)
	if err == nil && move {
		return t.Bump()
	}
	return 0, err
}

var errBeside = errors.New("beside a server nobody may change who has power, as its memory would not know")

// isTermOver reports that a change found another term than its own: there was
// none to write down.
func isTermOver(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23502" && e.TableName == "change"
	}
	return err != nil && strings.Contains(err.Error(), "NOT NULL constraint failed: change.term")
}

func changeText(list []Change) string {
	var b []byte
	for i, c := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendUint(b, uint64(c.Kind), 10), ':')
		b = strconv.AppendInt(b, int64(c.ID), 10)
	}
	return string(b)
}

func changes(text string) (out []Change, err error) {
	for part := range strings.SplitSeq(text, ",") {
		kind, id, _ := strings.Cut(part, ":")
		k, err := strconv.ParseUint(kind, 10, 8)
		if err != nil {
			return nil, fmt.Errorf("read change: %w", err)
		}
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read change: %w", err)
		}
		out = append(out, Change{byte(k), prokura.ID(n)})
	}
	return out, nil
}

// A Reader follows the log of changes. What it was told is all that was committed
// before it last asked: it never passes a change. Transactions end in another order
// than that of their numbers, so the place that it keeps is the oldest transaction
// that had not ended, and what it has read of later ones.
type Reader struct {
	store *Store
	floor int64 // transactions below it have ended, and were read
	seen  map[changeKey]bool
	asked time.Time // zero: never
}

type changeKey struct{ xid, id int64 }

// Changes makes a reader of the log. It may be used by one at a time.
func (s *Store) Changes() *Reader { return &Reader{store: s, seen: map[changeKey]bool{}} }

// changesLast is how long changes are kept, and half of it how long a reader may
// stay away.
const changesLast = 10 * time.Minute

// Next returns what was committed since it was asked last. whole is false when
// that is not known: the first time, and after a long time in which nobody asked.
// Then everything may have changed.
func (r *Reader) Next(ctx context.Context) (list []Change, whole bool, err error) {
	type row struct {
		changeKey
		entities string
	}
	asked := time.Now()
	whole = !r.asked.IsZero() && asked.Sub(r.asked) < changesLast/2
	var floor int64
	var rows []row
	err = r.store.View(ctx, func(tx *View) (err error) {
		if floor, err = one(tx, "find the oldest change under way", scanOne[int64], `SELECT `+r.store.dialect.floor); err != nil {
			return err
		}
		from := r.floor
		if !whole { // what is there is covered by that; it is not to be told later
			from = floor
		}
		rows, err = all(tx, "read changes", func(s scanner) (v row, err error) {
			err = s.Scan(&v.xid, &v.id, &v.entities)
			return v, err
		}, `SELECT xid, id, entities FROM change WHERE xid >= $1 ORDER BY xid, id`, from)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	seen := map[changeKey]bool{}
	for _, v := range rows {
		if v.xid >= floor {
			seen[v.changeKey] = true
		}
		if !whole || r.seen[v.changeKey] {
			continue
		}
		some, err := changes(v.entities)
		if err != nil {
			return nil, false, err
		}
		list = append(list, some...)
	}
	r.floor, r.seen, r.asked = floor, seen, asked
	return list, whole, nil
}

// sweepChanges drops what is older than readers may be, but for the newest, from
// which SQLite counts on, and what notices have not looked at. It goes by real time, as
// readers do.
func (t *Tx) sweepChanges(now time.Time) (int64, error) {
	return t.exec(`DELETE FROM change WHERE at < $1 AND xid < (SELECT max(n.xid) FROM change n)
		AND xid < COALESCE((SELECT CAST(m.value AS BIGINT) FROM meta m WHERE m.name = '`+metaNoticedChange+`'), xid + 1)`, now.Add(-changesLast).UnixMilli())
}
