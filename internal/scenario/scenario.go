// Package scenario reads worlds from YAML and writes them: people, businesses, assets, apps,
// configurations and grants, for demonstrations, tests and first starts.
//
// It is strict. Unknown fields, values of another type, keys that name nothing
// and whatever the rules of the product refuse are errors, each with its line
// and column; anchors, aliases and tags are refused too, so that a file says
// what it means where it says it. The format is described in docs/scenario.md.
//
// The package plants nothing: that is [registry.Registry.Plant].
package scenario

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
	"github.com/prokura/prokura/internal/registry/world"
)

// demo is the world of prokura demo, of the documentation and of the tests.
//
//go:embed demo.yaml
var demo []byte

// DemoName is the name of the built-in world.
const DemoName = "demo"

// maxFile is the size of the largest scenario, in bytes.
const maxFile = 4 << 20

// Error is one fault of a scenario.
type Error = document.Error

// Scenario is a world with the places where it was written.
type Scenario struct {
	World world.World
	file  string
	where map[string]document.Place // by path
}

// Load reads the named file, or the built-in world for the name "demo".
func Load(name string, cat *prokura.Catalog) (*Scenario, error) {
	if name == DemoName {
		return Demo(cat)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("read scenario: %s has more than %d MiB", name, maxFile>>20)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	return Parse(name, text, cat)
}

// DrawSecrets draws the app secrets that the file leaves to chance, for those who
// have to know them.
func (s *Scenario) DrawSecrets() {
	for i := range s.World.Apps {
		if a := &s.World.Apps[i]; a.Secret == "" {
			secret := make([]byte, 16)
			rand.Read(secret) // does not fail
			a.Secret = prokura.Secret(hex.EncodeToString(secret))
		}
	}
}

// Demo is the built-in world.
func Demo(cat *prokura.Catalog) (*Scenario, error) { return Parse("demo.yaml", demo, cat) }

// Parse reads a world and checks it against the rules. The error joins one
// [*Error] for each fault, in the order of the file.
func Parse(file string, text []byte, cat *prokura.Catalog) (*Scenario, error) {
	s := &Scenario{file: file}
	var doc worldFile
	var found []*Error
	if s.where, found = document.Read("scenario", file, text, &doc); len(found) == 0 {
		s.World = doc.world()
		for _, e := range s.World.Check(cat) {
			found = append(found, s.locate(e))
		}
	}
	if err := document.Join(found); err != nil {
		return nil, err
	}
	return s, nil
}

// Locate gives an error of planting this world its line and column, if it is
// about a part of the world.
func (s *Scenario) Locate(err error) error {
	if e, ok := errors.AsType[*world.Error](err); ok {
		return s.locate(e)
	}
	return err
}

// locate finds the nearest place of a path: the part itself, or what it is in.
func (s *Scenario) locate(e *world.Error) *Error {
	return document.Locate(s.where, s.file, e.At, e.Error())
}
