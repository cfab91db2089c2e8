package cache

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/prokura/prokura"
)

// What was read ahead for a call is found by this call alone, under its own kind and
// key; a cache that keeps what it has does not look at it.
func TestAhead(t *testing.T) {
	none := func(k Key, _ *prokura.ID, list []Entity) []Entity { return list }
	for _, bytes := range []int64{0, 1 << 20} {
		c := New(bytes)
		ids, others := NewKind(c, (*Coder).ID, none), NewKind(c, (*Coder).ID, none)
		a := &Ahead{}
		*ids.Put(a, Key{1, 2}) = 7
		ahead := a.With(t.Context())
		get := func(ctx context.Context, k *Kind[prokura.ID], key Key) prokura.ID {
			t.Helper()
			h, err := k.Get(ctx, key, func(_ context.Context, v *prokura.ID) error { *v = 9; return nil })
			if err != nil {
				t.Fatal(err)
			}
			return h.Value
		}
		want := prokura.ID(9)
		if bytes == 0 {
			want = 7
			if h := ids.Peek(ahead, Key{1, 2}); h == nil || h.Value != 7 {
				t.Error("what was read ahead is not seen")
			}
			if ids.Peek(t.Context(), Key{1, 2}) != nil {
				t.Error("another call sees it")
			}
		}
		if got := get(ahead, ids, Key{1, 2}); got != want {
			t.Errorf("%d bytes: %d, want %d", bytes, got, want)
		}
		if get(t.Context(), ids, Key{1, 2}) != 9 || get(ahead, ids, Key{1, 3}) != 9 || get(ahead, others, Key{1, 2}) != 9 {
			t.Errorf("%d bytes: found by another call, key or kind", bytes)
		}
	}
}

// A memo makes a thing once, forgets errors, and does not grow.
func TestMemo(t *testing.T) {
	var m Memo[string, int]
	made := 0
	make := func() (int, error) { made++; return made, nil }
	for range 3 {
		if v, err := m.Of("a", make); v != 1 || err != nil {
			t.Errorf("%d, %v", v, err)
		}
	}
	broken := errors.New("broken")
	if _, err := m.Of("b", func() (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if v, err := m.Of("b", make); v != 2 || err != nil {
		t.Errorf("after an error: %d, %v", v, err)
	}
	for i := range 3 * mostMemo {
		if _, err := m.Of(strconv.Itoa(i), make); err != nil || len(m.kept) > mostMemo {
			t.Fatalf("%d are kept, %v", len(m.kept), err)
		}
	}
}
