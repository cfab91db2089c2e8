package document

import (
	"iter"
	"reflect"
)

// Rows is a mapping whose keys the author chooses, in the order of the file.
type Rows[T any] []Row[T]

// Row is one line of it.
type Row[T any] struct {
	Key   string
	Value T
}

// Table is what the reader and the schema need to know of rows.
type Table interface {
	Add(key string) reflect.Value
	Element() reflect.Type
	Texts() iter.Seq2[string, string] // of rows that are texts
}

// Add adds a line.
func (r *Rows[T]) Add(key string) reflect.Value {
	*r = append(*r, Row[T]{Key: key})
	return reflect.ValueOf(&(*r)[len(*r)-1].Value).Elem()
}

// Element is the type of each line.
func (r *Rows[T]) Element() reflect.Type { return reflect.TypeFor[T]() }

// Texts are the lines, where they are texts.
func (r *Rows[T]) Texts() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, e := range *r {
			if v := reflect.ValueOf(e.Value); v.Kind() == reflect.String && !yield(e.Key, v.String()) {
				return
			}
		}
	}
}
