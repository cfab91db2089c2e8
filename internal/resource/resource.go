// Package resource reads declarations of data: which types there are, what they hang on,
// their fields, and what reading and writing them takes. The built-in ones lie beside
// it; an operator's own come from a file.
//
// It is as strict as scenarios are, and tells every fault with its line. What the
// declarations mean is the business of the root package and of who serves them.
package resource

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"sync"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// maxFile is the size of the largest file of declarations, in bytes.
const maxFile = 1 << 20

// Catalog is the built-in catalog with the built-in declarations and, of a file that an
// operator named ("": none), with theirs. The error joins one [*document.Error] for
// each fault.
func Catalog(file string) (*prokura.Catalog, error) {
	types, err := builtins()
	if err != nil {
		return nil, err
	}
	sources := slices.Clone(types)
	if file != "" {
		info, err := os.Stat(file)
		if err == nil && info.Size() > maxFile {
			err = fmt.Errorf("%s has more than %d MiB", file, maxFile>>20)
		}
		if err != nil {
			return nil, fmt.Errorf("read declarations: %w", err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read declarations: %w", err)
		}
		own, err := read(file, text)
		if err != nil {
			return nil, err
		}
		sources = append(sources, own...)
	}
	return together(sources)
}

// Parse is Catalog with declarations that are at hand.
func Parse(file string, text []byte) (*prokura.Catalog, error) {
	types, err := builtins()
	if err != nil {
		return nil, err
	}
	own, err := read(file, text)
	if err != nil {
		return nil, err
	}
	return together(append(slices.Clone(types), own...))
}

// BuiltIn is the built-in catalog with the built-in declarations.
func BuiltIn() *prokura.Catalog {
	c, err := Catalog("")
	if err != nil {
		panic(fmt.Sprintf("built-in declarations: %v", err)) // every test that starts would show it
	}
	return c
}

// source is the declarations of a file, with their places.
type source struct {
	file  string
	where map[string]document.Place
	types []prokura.ResourceType
}

// builtins reads the built-in declarations once.
var builtins = sync.OnceValues(func() (list []source, err error) {
	files, err := fs.Glob(builtin, "builtin/*.yaml")
	for _, name := range files {
		text, err := builtin.ReadFile(name)
		if err != nil {
			return nil, err
		}
		one, err := read(name, text)
		if err != nil {
			return nil, err
		}
		list = append(list, one...)
	}
	return list, err
})

func read(file string, text []byte) ([]source, error) {
	var d declarations
	where, found := document.Read("catalog", file, text, &d)
	if len(found) > 0 {
		return nil, document.Join(found)
	}
	return []source{{file, where, d.types()}}, nil
}

// together checks the declarations of all files as one catalog.
func together(sources []source) (*prokura.Catalog, error) {
	c := prokura.DefaultCatalog()
	from := map[prokura.ResourceKind]source{}
	var found []*document.Error
	for _, s := range sources {
		for _, t := range s.types {
			if _, twice := from[t.Kind]; twice {
				found = append(found, document.Locate(s.where, s.file, "resources."+string(t.Kind), string(t.Kind)+" is declared already"))
				continue
			}
			from[t.Kind] = s
			t.Fields = slices.Clone(t.Fields) // the catalog prepares them for itself
			c.Resources = append(c.Resources, t)
		}
	}
	for _, e := range c.CheckResources() {
		for kind, s := range from {
			if e.Of() == kind {
				found = append(found, document.Locate(s.where, s.file, "resources."+e.At, e.At+": "+e.Why+"."))
			}
		}
	}
	if err := document.Join(found); err != nil {
		return nil, err
	}
	return c, c.Index()
}

// Schema is the JSON schema of declarations.
func Schema() ([]byte, error) {
	return document.Schema("Declarations of data for Prokura", "Types of data of assets: what they hang on, their fields, and what reading and writing them takes.", reflect.TypeFor[declarations]())
}
