package prokuratest

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/resource"
	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

// planted is a world as files, from which each server of it gets a copy: to make a
// database and to hash passwords takes longer than all else of a start.
type planted struct {
	catalog *prokura.Catalog
	files   map[string][]byte // of the data folder
	ids     map[string]prokura.ID
	apps    map[string]appOf
}

// worlds are those that this process has planted, by their text.
var worlds sync.Map // of [sha256.Size]byte to func() (*planted, error)

// plantedOf plants a world once; without a text it is the built-in one.
func plantedOf(ctx context.Context, name string, text []byte, o chosen) (*planted, error) {
	key := sha256.Sum256(text)
	own := sha256.Sum256(o.declared)
	once, _ := worlds.LoadOrStore(sha256.Sum256(append(key[:], own[:]...)), sync.OnceValues(func() (*planted, error) {
		catalog := resource.BuiltIn()
		if o.declared != nil {
			var err error
			if catalog, err = resource.Parse(o.file, o.declared); err != nil {
				return nil, err
			}
		}
		world, err := scenario.Demo(catalog)
		if text != nil {
			world, err = scenario.Parse(name, text, catalog)
		}
		if err != nil {
			return nil, err
		}
		return plant(context.WithoutCancel(ctx), world, catalog)
	}))
	return once.(func() (*planted, error))()
}

// cacheBytes is little, as a test machine may run many servers.
const cacheBytes = 16 << 20

func configOf(data string, catalog *prokura.Catalog) serve.Config {
	return serve.Config{Catalog: catalog, Data: data, Listen: "127.0.0.1:0", Dev: true, Fleeting: true, CacheBytes: cacheBytes}
}

func plant(ctx context.Context, world *scenario.Scenario, catalog *prokura.Catalog) (p *planted, err error) {
	world.DrawSecrets()
	data, remove, err := folder()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	p = &planted{catalog: catalog, files: map[string][]byte{}, apps: map[string]appOf{}}
	if p.ids, err = serve.Plant(ctx, configOf(data, catalog), world.World); err != nil {
		return nil, world.Locate(err)
	}
	for _, a := range world.World.Apps {
		app := appOf{secret: a.Secret}
		if len(a.Settings.RedirectURIs) > 0 {
			app.redirect = a.Settings.RedirectURIs[0]
		}
		for _, c := range a.Configurations {
			app.configs = append(app.configs, c.Key)
		}
		p.apps[a.Key] = app
	}
	list, err := os.ReadDir(data)
	for _, f := range list {
		if err == nil {
			p.files[f.Name()], err = os.ReadFile(filepath.Join(data, f.Name()))
		}
	}
	return p, err
}

// copy makes a data folder for one server.
func (p *planted) copy() (data string, remove func() error, err error) {
	if data, remove, err = folder(); err != nil {
		return "", nil, err
	}
	for name, text := range p.files {
		if err := os.WriteFile(filepath.Join(data, name), text, 0o600); err != nil {
			return "", nil, errors.Join(err, remove())
		}
	}
	return data, remove, nil
}

// memory is where Linux has a file system in memory: what is gone after the test
// need not wait for a disk.
const memory = "/dev/shm"

func folder() (data string, remove func() error, err error) {
	for _, parent := range []string{memory, ""} {
		if data, err = os.MkdirTemp(parent, "prokuratest-"); err == nil {
			break
		}
	}
	return data, func() error { return os.RemoveAll(data) }, err
}
