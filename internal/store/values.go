package store

import (
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"

	"github.com/prokura/prokura"
)

// What a database answers is put where it is wanted by the functions below, one for
// each kind of value that there is. NULL is the zero value: of what is joined and
// not there, all columns are zero. They take the types that facts consist of first,
// and look at others by reflection.

// plain is a parameter as one of the few types of [driver.Value].
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, int64, string, []byte, bool:
		return v, nil
	case prokura.ID:
		return int64(v), nil
	case prokura.Instant:
		return int64(v), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
}

func setInt(to any, v int64) error {
	switch to := to.(type) {
	case *prokura.ID:
		*to = prokura.ID(v)
		return nil
	case *prokura.Instant:
		*to = prokura.Instant(v)
		return nil
	case *int64:
		*to = v
		return nil
	case *bool:
		*to = v == 1
		if v&^1 == 0 {
			return nil
		}
	case *any:
		*to = v
		return nil
	case sql.Scanner:
		return to.Scan(v)
	}
	switch into := reflect.ValueOf(to).Elem(); {
	case into.CanInt() && !into.OverflowInt(v):
		into.SetInt(v)
		return nil
	case into.CanUint() && v >= 0 && !into.OverflowUint(uint64(v)):
		into.SetUint(uint64(v))
		return nil
	case into.Kind() == reflect.Bool && v&^1 == 0:
		into.SetBool(v == 1)
		return nil
	}
	return unfit("number", to)
}

// setText puts a text, which it copies. Types of texts are few different ones, as
// kinds and modes are; words has those that were met before.
func setText(to any, v []byte, words map[string]string) error {
	switch to := to.(type) {
	case *string:
		*to = string(v)
		return nil
	case *[]byte:
		*to = append([]byte{}, v...)
		return nil
	case *any:
		*to = string(v)
		return nil
	case sql.Scanner:
		return to.Scan(string(v))
	}
	into := reflect.ValueOf(to).Elem()
	if into.Kind() != reflect.String {
		return unfit("text", to)
	}
	word, ok := words[string(v)]
	if !ok {
		if word = string(v); len(v) <= longestWord && len(words) < mostWords {
			words[word] = word
		}
	}
	into.SetString(word)
	return nil
}

// setBytes puts bytes that nobody else has.
func setBytes(to any, v []byte) error {
	switch to := to.(type) {
	case *[]byte:
		*to = v
		return nil
	case *string:
		*to = string(v)
		return nil
	case *any:
		*to = v
		return nil
	case sql.Scanner:
		return to.Scan(v)
	}
	return unfit("row of bytes", to)
}

func setBool(to any, v bool) error {
	switch to := to.(type) {
	case *bool:
		*to = v
		return nil
	case *any:
		*to = v
		return nil
	case sql.Scanner:
		return to.Scan(v)
	}
	into := reflect.ValueOf(to).Elem()
	if into.Kind() != reflect.Bool {
		return unfit("truth value", to)
	}
	into.SetBool(v)
	return nil
}

func setNull(to any) error {
	switch to := to.(type) {
	case *prokura.ID:
		*to = 0
	case *prokura.Instant:
		*to = 0
	case *int64:
		*to = 0
	case *string:
		*to = ""
	default:
		if to, ok := to.(sql.Scanner); ok {
			return to.Scan(nil)
		}
		reflect.ValueOf(to).Elem().SetZero()
	}
	return nil
}

func unfit(what string, to any) error { return fmt.Errorf("a %s does not go into a %T", what, to) }
