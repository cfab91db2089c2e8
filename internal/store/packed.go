package store

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// A packed row is one text: the database puts the columns together, and the
// program takes them apart. Both drivers pay for each column that they hand over,
// by name, type and value, many times what its bytes cost: the hundred columns of
// a token's facts take three times as long as the query itself.
//
// The separators are control characters, which no name may contain
// (prokura.PlainName) and JSON escapes. A value that has one all the same makes one
// field more, and the row is an error: nobody gives a field a value by way of
// another one.
const (
	fieldSep  = "\x1f" // between the fields of a row
	recordSep = "\x1e" // between the rows of a list that is one field
	partSep   = "\x1d" // between the fields of such a row
)

// packed is the expression of columns as one text. None of them may be NULL, and
// the first one not be empty.
func packed(sep, columns string) string { return `concat_ws('` + sep + `', ` + columns + `)` }

// packedRow scans a packed row from its first field on; take it with unpack.
type packedRow struct {
	text string
	sep  string
	left bool // there are fields, if only an empty one
}

// unpack takes a packed row apart and wants each field of it taken.
func unpack(text, sep string, f func(*packedRow) error) error {
	p := &packedRow{text, sep, true}
	if err := f(p); err != nil {
		return err
	}
	if p.left {
		return fmt.Errorf("a packed row has more fields than are known")
	}
	return nil
}

// next is the next field.
func (p *packedRow) next() (string, error) {
	if !p.left {
		return "", fmt.Errorf("a packed row ends early")
	}
	field, text, left := strings.Cut(p.text, p.sep)
	p.text, p.left = text, left // text is empty when nothing is left
	return field, nil
}

// Scan takes the next fields.
func (p *packedRow) Scan(dest ...any) error {
	for _, to := range dest {
		field, err := p.next()
		if err != nil {
			return err
		}
		switch to := to.(type) {
		case *string:
			*to = field
			continue
		case *prokura.ID:
			if field != "0" {
				var n int64
				n, err = strconv.ParseInt(field, 10, 64)
				*to = prokura.ID(n)
			} else {
				*to = 0
			}
		case *mailbox:
			err = to.Scan(field)
		default:
			err = unpackInto(reflect.ValueOf(to).Elem(), field)
		}
		if err != nil {
			return fmt.Errorf("field of a packed row: %w", err)
		}
	}
	return nil
}

func unpackInto(into reflect.Value, field string) error {
	switch {
	case into.Kind() == reflect.String:
		into.SetString(field)
		return nil
	case into.Kind() == reflect.Bool:
		yes := field == "1" || field == "t"
		into.SetBool(yes)
		if !yes && field != "0" && field != "f" {
			return fmt.Errorf("%q is no truth value", field)
		}
		return nil
	case into.CanUint():
		n, err := strconv.ParseUint(field, 10, into.Type().Bits())
		into.SetUint(n)
		return err
	case into.CanInt():
		n, err := strconv.ParseInt(field, 10, into.Type().Bits())
		into.SetInt(n)
		return err
	}
	return fmt.Errorf("a packed field does not go into a %s", into.Type())
}
