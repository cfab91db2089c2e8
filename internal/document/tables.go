package document

import (
	"fmt"
	"reflect"
	"strings"
)

// Tables describes the fields of a kind of document in Markdown: a table for each noun,
// as the reader knows it.
func Tables(whole reflect.Type) string {
	var b strings.Builder
	var write func(title, path string, of reflect.Type)
	write = func(title, path string, of reflect.Type) {
		fmt.Fprintf(&b, "\n### %s\n\n| field | type | |\n|---|---|---|\n", title)
		var below []func()
		for _, f := range Fields(of) {
			mark := ""
			if f.Required {
				mark = " ▪"
			}
			kind, inner := typeName(of.Field(f.Index).Type)
			if len(f.OneOf) > 0 {
				kind += ": `" + strings.Join(f.OneOf, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s`%s | %s | %s |\n", f.Name, mark, kind, f.About)
			if inner != nil {
				below = append(below, func() { write("`"+path+f.Name+"`", path+f.Name+".*.", inner) })
			}
		}
		for _, f := range below {
			f()
		}
	}
	for _, f := range Fields(whole) {
		_, inner := typeName(whole.Field(f.Index).Type)
		write("`"+f.Name+"`", f.Name+".*.", inner)
	}
	b.WriteByte('\n')
	return b.String()
}

// typeName names a type in the words of the description; inner is the struct
// that its values are, if they are any.
func typeName(t reflect.Type) (name string, inner reflect.Type) {
	if rows, ok := reflect.New(t).Interface().(Table); ok {
		name, inner = typeName(rows.Element())
		return "by key, " + name, inner
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Struct:
		return "fields", t
	case reflect.Slice:
		name, inner = typeName(t.Elem())
		return "list of " + strings.TrimSuffix(name, "s") + "s", inner
	case reflect.String:
		return "text", nil
	case reflect.Bool:
		return "true or false", nil
	case reflect.Int, reflect.Int64:
		return "whole number", nil
	case reflect.Float64:
		return "number", nil
	case reflect.Interface:
		return "any value", nil
	}
	return "mapping", nil
}
