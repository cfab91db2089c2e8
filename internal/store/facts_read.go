package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// TokenFacts is Facts for a cold check. The kind is what the token's string says.
func (s *Store) TokenFacts(ctx context.Context, id prokura.TokenID, kind prokura.TokenKind, f *prokura.Facts) error {
	q := question{id: id, scope: scopeOf(kind), facts: f}
	return s.facts.ask(ctx, &q)
}

// Inspected is what else, beside the facts of a token, who asks about it is told or
// judged by.
type Inspected struct {
	Secrets []AppSecret           // of its app, newest first
	Assets  []*prokura.AssetFacts // that its grant chose, or the page of a page token, as its holder has them
}

// Inspect is TokenFacts with what else a question about a token costs, in the same
// statement.
func (s *Store) Inspect(ctx context.Context, id prokura.TokenID, kind prokura.TokenKind, now prokura.Instant, f *prokura.Facts) (Inspected, error) {
	q := question{id: id, scope: scopeOf(kind), facts: f, more: &Inspected{}, now: now}
	err := s.inspections.ask(ctx, &q)
	slices.SortFunc(q.more.Secrets, func(a, b AppSecret) int { return cmp.Compare(b.Number, a.Number) })
	return *q.more, err
}

// question is one about a token.
type question struct {
	id    prokura.TokenID
	scope scope
	now   prokura.Instant
	facts *prokura.Facts
	more  *Inspected // nil: facts alone

	found bool
	err   error
	turn  chan []*question // those whom whoever asked answers; nil: it is answered
}

// questions answers those who ask about tokens. As long as places are free, each asks
// for itself. Who finds all taken waits until a statement has ended, and is answered
// with all others who wait, by the next one: on a database that is far away most of
// what a question costs is its journey, and on any the beginning of its statement. It
// is read after everybody was there who is answered by it.
type questions struct {
	s    *Store
	text *[scopes][len(factSizes)]string

	mu      sync.Mutex
	free    int // places
	waiting []*question
}

// answerLasts bounds a statement that several wait for; whose own time ends
// earlier goes earlier.
const answerLasts = 5 * time.Second

func (b *questions) ask(ctx context.Context, q *question) error {
	if b.s.dialect.together == 0 {
		b.answer(ctx, []*question{q})
		return b.again(ctx, q)
	}
	b.mu.Lock()
	leads := b.free > 0
	list := []*question{q}
	if leads {
		b.free--
	} else {
		q.turn = make(chan []*question, 1)
		b.waiting = append(b.waiting, q)
	}
	b.mu.Unlock()
	if !leads {
		select {
		case list = <-q.turn:
			leads = list != nil
		case <-ctx.Done():
			return b.giveUp(ctx, q)
		}
	}
	if leads {
		b.lead(ctx, q, list)
	}
	return b.again(ctx, q)
}

// lead answers those who wait, q among them, and gives the place on.
func (b *questions) lead(ctx context.Context, q *question, list []*question) {
	if len(list) > 1 { // whoever leads may go away; the others do not
		var end context.CancelFunc
		ctx, end = context.WithTimeout(context.WithoutCancel(ctx), answerLasts)
		defer end()
	}
	done := false
	defer func() { // also when reading panics
		for _, other := range list {
			if other != q {
				if !done {
					other.err = errTogether
				}
				other.turn <- nil
			}
		}
		b.passOn()
	}()
	b.answer(ctx, list)
	done = true
}

// passOn gives a place to the one who waits longest.
func (b *questions) passOn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) == 0 {
		b.free++
		return
	}
	n := min(len(b.waiting), mostQuestions)
	list := slices.Clone(b.waiting[:n])
	b.waiting = slices.Delete(b.waiting, 0, n)
	list[0].turn <- list
}

// giveUp takes a question back whose time is over. If it was its turn to lead, that
// goes on to the next; if it is being answered, nobody reads what it writes to.
func (b *questions) giveUp(ctx context.Context, q *question) error {
	b.mu.Lock()
	i := slices.Index(b.waiting, q)
	if i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
	}
	b.mu.Unlock()
	if i < 0 { // soon: the answer is under way, or it is its turn to lead
		if list := <-q.turn; list != nil {
			b.mu.Lock()
			b.waiting = slices.Insert(b.waiting, 0, list[1:]...)
			b.mu.Unlock()
			b.passOn()
		}
	}
	return unavailable(ctx.Err())
}

// again asks for itself what was not answered by the statement, because there is more
// of the token than it looked at, or another one's row could not be read.
func (b *questions) again(ctx context.Context, q *question) error {
	alone := errors.Is(q.err, errTogether)
	if !alone && (q.err != nil || !q.found || q.scope.covers(&q.facts.Token)) {
		return q.result()
	}
	q.scope, q.found, q.err = whole, false, nil
	if q.more != nil {
		*q.more = Inspected{}
	}
	b.answer(ctx, []*question{q})
	return q.result()
}

func (q *question) result() error {
	if q.err == nil && !q.found {
		return fmt.Errorf("find token: %w", prokura.NotFound)
	}
	return q.err
}

// errTogether is the error of a statement for several, of which one may be at fault.
var errTogether = errors.New("asked together with others")

// answer asks one statement for all of some questions.
func (b *questions) answer(ctx context.Context, list []*question) {
	s, now := b.s, list[0].now
	most, ids := list[0].scope, make([]int64, len(list))
	for i, q := range list {
		most, now, ids[i] = max(most, q.scope), min(now, q.now), int64(q.id)
	}
	for _, q := range list {
		q.scope = most
	}
	var first []any
	if list[0].more != nil {
		first = []any{now}
	}
	size, args := factArgs(ids, first...)
	err := s.Look(ctx, func(t *View) error {
		return each(t, "find token", func(row scanner) error { return s.scanAnswer(row, list) }, b.text[most][size], args...)
	})
	_, refused := errors.AsType[*quota.Busy](err) // the one who leads, for what that one had
	for i, q := range list {
		switch {
		case err == nil:
		case len(list) > 1 && !errors.Is(err, prokura.Unavailable), refused && i > 0:
			q.err = fmt.Errorf("%w: %w", errTogether, err)
		case q.err == nil:
			q.err = err
		}
	}
}

// scanAnswer gives a row to those who asked for it. More rows of one token have more
// secrets of its app.
func (s *Store) scanAnswer(row scanner, list []*question) error {
	into, secret, assets := list[0].facts, AppSecret{}, ""
	var more []any
	if list[0].more != nil {
		more = []any{&secret.Number, &secret.Sealed, &secret.Created, &secret.Retires, &assets}
	}
	if len(list) > 1 || list[0].found {
		into = &prokura.Facts{}
	}
	page, err := s.scan(row, into, more...)
	missing := errors.Is(err, prokura.NotFound) // a parent
	if err != nil && !missing {
		return err
	}
	for _, q := range list {
		switch {
		case q.id != into.Token.ID:
			continue
		case missing && q.scope.covers(&into.Token):
			q.err = fmt.Errorf("find token: %w", err)
			continue
		case q.more != nil && secret.Number != 0:
			q.more.Secrets = append(q.more.Secrets, secret)
		}
		if q.found {
			continue
		}
		q.found = true
		if into != q.facts {
			*q.facts = *into
		}
		if q.more == nil {
			continue
		}
		if q.more.Assets, err = s.scanAssets(assets); page != nil {
			q.more.Assets = []*prokura.AssetFacts{page}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
