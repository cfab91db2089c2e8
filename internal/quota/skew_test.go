package quota

import "testing"

// Servers whose clocks differ take turns without forgetting for each other what is
// used (R-LEVEL-04).
func TestServersWithOtherClocks(t *testing.T) {
	s, err := NewRedis(startRedis(t).url, world())
	if err != nil {
		t.Fatal(err)
	}
	const used, skew = int64(3000e9), int64(60e9)
	k, most, now := Key{App: 7, Object: 9}, [measures]int64{0, 7200e9, 0}, real()
	news := []News{{Key: k, Now: now + skew, Added: [measures]int64{0, used, 0}, Most: most}}
	for i := range 50 { // within one moment
		a, err := s.Tell(t.Context(), news)
		if err != nil || a[0].Used[1] != used {
			t.Fatalf("after %d turns %v is left of %d, %v", i, a, used, err)
		}
		news = []News{{Key: k, Now: now + skew*int64(i%2), Most: most}}
	}
}

// What is told of a key that nothing is known of any more changes nothing for others,
// and what waits to be told is bounded.
func TestForgottenLeasesTellNothing(t *testing.T) {
	server := startRedis(t)
	prefix := world()
	store, err := NewRedis(server.url, prefix)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLeased(store, nil)
	calls := Measure{Max: 300, Window: 3600e9}
	c := Claim{Key: Key{App: 7, Object: 9}, Measures: [measures]Measure{ByCalls: calls}, Costs: [measures]int64{ByCalls: 1}}
	now := real()
	if v := l.Take(now, &c); v.By != Admitted {
		t.Fatal(v)
	}
	l.Tell(t.Context())
	l.Take(now, &c) // waits to be told
	s := l.shard(c.Key)
	s.mu.Lock()
	delete(s.leases, c.Key) // for another one
	s.mu.Unlock()
	l.Tell(t.Context())
	a, err := store.Tell(t.Context(), []News{{Key: c.Key, Now: now, Most: [measures]int64{c.Measures[0].Window * 2, c.Measures[1].Window * 2, c.Measures[2].Window * 2}}})
	if err != nil || a[0].Used[ByCalls] == 0 {
		t.Errorf("what was told is forgotten: %+v, %v", a, err)
	}
}
