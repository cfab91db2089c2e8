package quota

import (
	"math"
	"math/bits"
	"sync"
)

// Users counts, for each app, who used it on a day: not exactly but to some 6 %,
// in 256 bytes however many they are (HyperLogLog, Flajolet and others 2007).
type Users struct {
	shards [shards]struct {
		mu   sync.Mutex
		apps map[uint64]*daily
	}
}

const (
	registers = 256
	maxApps   = 1000 // of a shard; beyond them, those that nobody used today are forgotten, then all
)

// daily is the sketch of a day: in each register, the longest run of zeros that a
// hash began with.
type daily struct {
	day       int64
	seen      [registers]uint8
	today     int64
	yesterday int64
}

// Seen notes that somebody used an app on a day, and answers how many have: the
// larger number of that day and the one before.
func (u *Users) Seen(app, who uint64, day int64) int64 {
	s := &u.shards[mix(app)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.apps[app]
	if d == nil {
		if s.apps == nil || len(s.apps) >= maxApps {
			kept := map[uint64]*daily{}
			for k, v := range s.apps {
				if v.day == day && len(kept) < maxApps/2 {
					kept[k] = v
				}
			}
			s.apps = kept
		}
		d = &daily{day: day}
		s.apps[app] = d
	}
	switch {
	case day == d.day+1:
		*d = daily{day: day, yesterday: d.today}
	case day > d.day:
		*d = daily{day: day}
	}
	h := mix(who)
	r := &d.seen[h%registers]
	if run := uint8(bits.LeadingZeros64(h|registers-1)) + 1; who != 0 && run > *r {
		*r = run
		d.today = d.estimate()
	}
	return max(d.today, d.yesterday)
}

// Forget begins anew.
func (u *Users) Forget() {
	for i := range u.shards {
		s := &u.shards[i]
		s.mu.Lock()
		s.apps = nil
		s.mu.Unlock()
	}
}

func (d *daily) estimate() int64 {
	sum, free := 0.0, 0
	for _, r := range d.seen {
		sum += 1 / float64(uint64(1)<<r)
		if r == 0 {
			free++
		}
	}
	const alpha = 0.7213 / (1 + 1.079/registers)
	n := alpha * registers * registers / sum
	if n <= 2.5*registers && free > 0 { // few: by how many registers are free
		n = registers * math.Log(registers/float64(free))
	}
	return int64(math.Round(n))
}

// mix spreads a number over 64 bits (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
