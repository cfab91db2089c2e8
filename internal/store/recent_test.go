package store

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// Settings that were read before are read as they were, and what one reader does to
// them reaches no other one, whatever lists they have.
func TestSettingsAreOnesOwn(t *testing.T) {
	var want prokura.AppSettings
	fields := reflect.ValueOf(&want).Elem()
	for i := range fields.NumField() {
		switch v := fields.Field(i); v.Kind() {
		case reflect.String:
			v.SetString(fields.Type().Field(i).Name)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"a", "b"}))
		default:
			t.Fatalf("nobody knows how to copy %s", fields.Type().Field(i).Name)
		}
	}
	var all texts
	all.init(prokura.DefaultCatalog())
	s := &all.settings
	text := toJSON(want)
	for range 3 {
		got, err := s.read(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
		v := reflect.ValueOf(&got).Elem()
		for i := range v.NumField() {
			if v.Field(i).Kind() == reflect.Slice {
				v.Field(i).Index(0).SetString("another")
			}
		}
	}
	if _, err := s.read(`{`); err == nil {
		t.Error("broken settings were read")
	}
	for i := range 3 * mostRecent {
		if _, err := s.read(fmt.Sprintf(`{"category":"%d"}`, i)); err != nil || len(s.kept) > mostRecent {
			t.Fatalf("%d are kept, %v", len(s.kept), err)
		}
	}
	long := toJSON(prokura.AppSettings{Icon: strings.Repeat("x", longestRecent)})
	if v, err := s.read(long); err != nil || len(v.Icon) != longestRecent || s.kept[long].Icon != "" {
		t.Errorf("long settings: %v", err)
	}
}
