package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Use says when a token was last accepted, or when an app last called on an ad
// account of its list, to the minute.
type Use struct {
	Token        prokura.TokenID
	App, Account prokura.ID // instead of a token
	At           prokura.Instant
}

// mostUses is how many rows one statement of NoteUses writes.
const mostUses = 256

// NoteUses keeps the newest use of each token and each listed ad account; the list
// names each once. What is gone meanwhile is left out.
func (t *Beside) NoteUses(list []Use) error {
	tokens := make([]Use, 0, len(list))
	for _, u := range list {
		if u.Token != 0 {
			tokens = append(tokens, u)
		} else if err := t.noteAccount(u); err != nil {
			return err
		}
	}
	list = tokens
	// Statements of 256, 128, … 1 rows: few of them, and few texts to prepare.
	for rows := mostUses; len(list) > 0; rows /= 2 {
		for len(list) >= rows {
			args := make([]any, 0, 2*rows)
			for _, u := range list[:rows] {
				args = append(args, int64(u.Token), u.At)
			}
			if err := t.do("note uses", noteUses(rows), args...); err != nil {
				return err
			}
			list = list[rows:]
		}
	}
	return nil
}

func noteUses(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO token_use (token, used) SELECT v.column1, v.column2 FROM (VALUES `)
	for i := range rows {
		if i > 0 {
			b.WriteString(`, `)
		}
		b.WriteString(`(CAST($` + strconv.Itoa(2*i+1) + ` AS BIGINT), CAST($` + strconv.Itoa(2*i+2) + ` AS BIGINT))`)
	}
	b.WriteString(`) v WHERE EXISTS (SELECT 1 FROM token t WHERE t.id = v.column1)
		ON CONFLICT (token) DO UPDATE SET used = excluded.used WHERE token_use.used < excluded.used`)
	return b.String()
}

// LastUse is when a token was last accepted, to the minute; 0 when never.
func (t *View) LastUse(id prokura.TokenID) (prokura.Instant, error) {
	at, err := one(t, "find use of token", scanOne[prokura.Instant], `SELECT used FROM token_use WHERE token = $1`, int64(id))
	if isNotFound(err) {
		return 0, nil
	}
	return at, err
}

// UseMinute is how exactly uses are kept.
const UseMinute = prokura.Instant(time.Minute / time.Millisecond)

// UsedSince is a last use as it is told: of what was used in the very minute in
// which it was made, not before that. What was used longer ago was so by tokens
// of an earlier installation.
func UsedSince(made, used prokura.Instant) prokura.Instant {
	if used != 0 && used <= made && made-used < UseMinute {
		return made
	}
	return used
}
