package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is a flag that says how much memory: 0, or a number with a unit.
type byteSize int64

// minCache is less than any use of a cache needs.
const minCache = 1 << 20

var byteUnits = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// UnmarshalText reads 0, 64MiB, 1.5GiB. A number without a unit is refused: it may
// be one of entries, which the flag once said.
func (b *byteSize) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s == "0" {
		*b = 0
		return nil
	}
	number, unit := s, int64(0)
	for name, n := range byteUnits {
		if v, ok := strings.CutSuffix(s, name); ok {
			number, unit = strings.TrimSpace(v), n
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	switch size := v * float64(unit); {
	case err != nil:
		return fmt.Errorf("%q is not a size such as 64MiB, or 0", s)
	case unit == 0:
		return fmt.Errorf("%s has no unit: it is a size of memory, such as 64MiB (KiB, MiB or GiB), not a number of entries; 0 for none", s)
	case !(size >= minCache && size < math.MaxInt64/2):
		return fmt.Errorf("%s is not between 1MiB and the memory that there is; 0 for none", s)
	default:
		*b = byteSize(size)
	}
	return nil
}
