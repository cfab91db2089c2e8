package store

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Ahead is this transaction for what will be asked for once more is known, unless
// that turns out otherwise: its questions are not answered, which is an error, but
// travel with the next one that is. Who then asks the very same has the answer at
// hand, unless something was written meanwhile. Where there is no journey it does
// nothing.
func (t *Tx) Ahead() *Tx { return t.store.tx(t.ctx, noting{t.q, t.store}) }

// noting notes questions, and does nothing else.
type noting struct {
	session
	store *Store
}

var errAhead = errors.New("asked ahead of time, and not answered")

func (n noting) query(_ context.Context, query string, args []any) (rows, error) {
	n.store.sent.Add(-1) // it is counted when somebody wants to know
	if s, ok := n.session.(*postgresSession); ok {
		s.ahead = append(s.ahead, queued{"", query, args})
	}
	return nil, errAhead
}

func (n noting) exec(context.Context, string, []any) (int64, error) { return 0, errAhead }
func (n noting) do(context.Context, string, string, []any) error    { return errAhead }

// answers are what came of questions that were asked ahead.
type answers struct {
	ahead []queued          // to be sent
	known []*keptRows       // that came
	words map[string]string // texts that recur
}

// answer finds what was asked ahead.
func (a *answers) answer(query string, args []any) (rows, bool) {
	for _, r := range a.known {
		if r.text == query && reflect.DeepEqual(r.args, args) {
			return &keptRows{queued: r.queued, words: a.words, fields: r.fields, list: r.list}, true
		}
	}
	return nil, false
}

// forget is for who writes: what was read may be otherwise from then on.
func (a *answers) forget() { a.ahead, a.known = nil, nil }

// take reads the answers of a batch to what was asked ahead.
func (a *answers) take(sent pgx.BatchResults, asked []queued) error {
	for _, q := range asked {
		r, err := sent.Query()
		if err != nil {
			return err
		}
		kept := &keptRows{queued: q, fields: slices.Clone(r.FieldDescriptions())} // pgx uses them again
		for r.Next() {
			var row [][]byte
			for _, v := range r.RawValues() {
				if v != nil {
					v = append([]byte{}, v...)
				}
				row = append(row, v)
			}
			kept.list = append(kept.list, row)
		}
		if r.Close(); r.Err() != nil {
			return r.Err()
		}
		a.known = append(a.known, kept)
	}
	return nil
}

// keptRows are rows that came ahead.
type keptRows struct {
	queued
	words  map[string]string
	fields []pgconn.FieldDescription
	list   [][][]byte
	row    [][]byte
}

func (k *keptRows) Next() bool {
	if len(k.list) == 0 {
		return false
	}
	k.row, k.list = k.list[0], k.list[1:]
	return true
}

func (k *keptRows) Scan(dest ...any) error { return scanPostgres(k.fields, k.row, k.words, dest) }
func (k *keptRows) Err() error             { return nil }
func (k *keptRows) Close()                 {}

func (k *keptRows) Columns() []string {
	var out []string
	for _, f := range k.fields {
		out = append(out, f.Name)
	}
	return out
}
