// Package phpdate writes times by the letters of PHP's date(), which clients of the
// Graph API name in date_format. It reads none.
package phpdate

import (
	"strconv"
	"time"
)

// letters maps PHP's date() letters to Go layouts; what a layout cannot
// say is in Append. Other characters stand for themselves.
var letters = map[byte]string{
	'd': "02", 'j': "2", 'D': "Mon", 'l': "Monday",
	'm': "01", 'n': "1", 'M': "Jan", 'F': "January",
	'Y': "2006", 'y': "06", 'a': "pm", 'A': "PM",
	'g': "3", 'h': "03", 'H': "15", 'i': "04", 's': "05", 'v': "000", 'u': "000000",
	'e': "MST", 'T': "MST", 'O': "-0700", 'P': "-07:00", 'p': "Z07:00",
	'c': "2006-01-02T15:04:05-07:00", 'r': "Mon, 02 Jan 2006 15:04:05 -0700",
}

// Append appends a time in a format of such letters.
func Append(dst []byte, format string, t time.Time) []byte {
	for i := 0; i < len(format); i++ {
		switch c := format[i]; c {
		case '\\':
			if i++; i < len(format) {
				dst = append(dst, format[i])
			}
		case 'U':
			dst = strconv.AppendInt(dst, t.Unix(), 10)
		case 'G':
			dst = strconv.AppendInt(dst, int64(t.Hour()), 10)
		case 'N':
			dst = strconv.AppendInt(dst, int64((t.Weekday()+6)%7)+1, 10)
		case 'w':
			dst = strconv.AppendInt(dst, int64(t.Weekday()), 10)
		case 'z':
			dst = strconv.AppendInt(dst, int64(t.YearDay()-1), 10)
		case 'v', 'u': // a layout has fractions only after a point
			fraction := t.AppendFormat(nil, "."+letters[c])
			dst = append(dst, fraction[1:]...)
		default:
			if layout, ok := letters[c]; ok {
				dst = t.AppendFormat(dst, layout)
			} else {
				dst = append(dst, c)
			}
		}
	}
	return dst
}
