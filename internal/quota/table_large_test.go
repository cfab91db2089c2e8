//go:build !race

package quota

import "testing"

// A million pairs of app and ad account take at most 64 MB; what is over is swept,
// with its memory (R-WORK-04).
func TestTableMillion(t *testing.T) {
	const n = 1_000_000
	table := NewTable(0)
	for i := range n {
		c := claim(1, development, Measure{})
		c.App, c.Object = uint64(i%1000)+1, uint64(i)
		if v := table.Take(start, c); v.By != Admitted || v.Now[ByPoints].Used != 5*second {
			t.Fatalf("pair %d: %+v", i, v)
		}
	}
	keys, bytes := table.Len()
	if keys != n || bytes > 64_000_000 {
		t.Errorf("%d pairs in %d bytes", keys, bytes)
	}
	for i := range n { // each is remembered
		c := claim(1, development, Measure{})
		c.App, c.Object = uint64(i%1000)+1, uint64(i)
		if v := table.Look(start, c); v.Now[ByPoints].Used != 5*second {
			t.Fatalf("pair %d: %+v", i, v)
		}
	}
	if table.Sweep(start + 5*second - 1); true {
		if keys, _ := table.Len(); keys != n {
			t.Errorf("%d pairs left, and none was over", keys)
		}
	}
	table.Sweep(start + 5*second)
	if keys, bytes := table.Len(); keys != 0 || bytes != 0 {
		t.Errorf("after it was over: %d pairs, %d bytes", keys, bytes)
	}
}

// New keys find room among those that are over, without any sweep; where there is
// none at all, the table takes no more memory, and whoever is nearest to the limit
// keeps what they have used.
func TestTableIsBounded(t *testing.T) {
	const most = 1 << 20
	table := NewTable(most)
	full := claim(1, development, Measure{})
	full.App = 7
	for range 60 {
		table.Take(start, full)
	}
	for round := range int64(20) {
		now := start + round*second/1000
		for i := range 20_000 {
			c := claim(1, development, Measure{})
			c.App, c.Object = uint64(round)+100, uint64(i)
			if v := table.Take(now, c); v.By != Admitted {
				t.Fatalf("a new pair: %+v", v)
			}
		}
		if _, bytes := table.Len(); bytes > most {
			t.Fatalf("%d bytes, at most %d were given", bytes, most)
		}
	}
	if v := table.Take(start+second, full); v.By != ByPoints {
		t.Errorf("whoever had used all was forgotten: %+v", v)
	}
	later := start + 3600*second
	for i := range 1000 {
		c := claim(1, development, Measure{})
		c.App, c.Object = 9, uint64(i)
		table.Take(later, c)
		if v := table.Look(later, c); v.Now[ByPoints].Used == 0 {
			t.Fatalf("pair %d was forgotten among what is over", i)
		}
	}
}
