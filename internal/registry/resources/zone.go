package resources

import (
	"time"
	_ "time/tzdata" // containers have none

	"github.com/prokura/prokura"
)

// zoneNames are the time zones that ad accounts name by a number, as far as they are
// known.
var zoneNames = map[int]string{1: "America/Los_Angeles", 2: "America/Denver", 3: "Pacific/Honolulu", 4: "America/Anchorage", 5: "America/Phoenix", 6: "America/Chicago", 7: "America/New_York",
	47: "Europe/Berlin", 57: "Europe/Paris", 58: "Europe/London"}

// Zone is the time zone whose days the reports of an ad account have: by its name, by
// how far it is from UTC, or by its number; UTC, where none of these says it.
func Zone(a prokura.Asset) *time.Location {
	name, _ := a.Attributes["timezone_name"].(string)
	if zone, ok := zoneNamed(name); ok {
		return zone
	}
	if hours, ok := amountOf(a.Attributes["timezone_offset_hours_utc"]); ok && hours >= -24 && hours <= 24 {
		return time.FixedZone("", int(hours*3600))
	}
	number, _ := amountOf(a.Attributes["timezone_id"])
	zone, _ := zoneNamed(zoneNames[int(number)])
	return zone
}

// ZoneThere reports whether there is a time zone of a name, such as Europe/Berlin.
func ZoneThere(name string) bool { _, ok := zoneNamed(name); return ok }

// zoneNamed finds a time zone of the IANA database.
func zoneNamed(name string) (*time.Location, bool) {
	if name == "" || name == "Local" { // the machine's is nobody's
		return time.UTC, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC, false
	}
	return zone, true
}

// Today is midnight of the day that it is in a time zone, as UTC has midnights: days
// are counted so.
func Today(now prokura.Instant, zone *time.Location) time.Time {
	year, month, day := now.Time().In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
