package world

import (
	"slices"

	"github.com/prokura/prokura"
)

// firstKey is added to the key of an app that is made for use cases: the key of the
// configuration that it starts with.
const firstKey = "_use_cases"

// withUseCases gives apps that are made for use cases the configuration that they start
// with. What is wrong with use cases the check tells.
func (w World) withUseCases(c *prokura.Catalog) World {
	w.Apps = slices.Clone(w.Apps)
	for i := range w.Apps {
		a := &w.Apps[i]
		conf, err := c.FirstConfiguration(a.UseCases)
		if len(a.UseCases) > 0 && err == nil {
			a.Configurations = append(slices.Clip(a.Configurations), Configuration{Key: a.Key + firstKey, Configuration: conf})
		}
	}
	return w
}
