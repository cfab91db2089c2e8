package store

import (
	"slices"
	"sync"

	"github.com/prokura/prokura"
)

// recent keeps what was read of texts that recur in many rows, such as the settings
// of an app, which are JSON. It holds no facts: a row is read each time, and what its
// text says depends on the text alone.
type recent[V any] struct {
	parse func(text string) (V, error)
	own   func(V) V // what a reader may change; nil: what is read is a plain value

	mu   sync.Mutex
	kept map[string]V // by their text
}

// Bounds of what is kept: an icon makes a text long.
const (
	mostRecent    = 256
	longestRecent = 4096
)

func (r *recent[V]) read(text string) (V, error) {
	r.mu.Lock()
	out, ok := r.kept[text]
	r.mu.Unlock()
	if ok {
		return r.copy(out), nil
	}
	out, err := r.parse(text)
	if err != nil || len(text) > longestRecent {
		return out, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept == nil || len(r.kept) >= mostRecent {
		r.kept = map[string]V{}
	}
	r.kept[text] = r.copy(out)
	return out, nil
}

func (r *recent[V]) copy(v V) V {
	if r.own != nil {
		return r.own(v)
	}
	return v
}

// texts are those that the facts of a token consist of.
type texts struct {
	settings   recent[prokura.AppSettings]
	kinds      recent[[]prokura.ConfigurationAsset]
	sets       recent[prokura.PermissionSet]
	attributes recent[map[string]any] // of assets, which are told of and not changed
}

func (t *texts) init(catalog *prokura.Catalog) {
	t.settings.parse, t.settings.own = parseJSON[prokura.AppSettings], ownSettings
	t.kinds.parse, t.kinds.own = parseJSON[[]prokura.ConfigurationAsset], ownKinds
	t.sets.parse = func(text string) (prokura.PermissionSet, error) { return readSet(catalog, text), nil }
	t.attributes.parse = parseJSON[map[string]any]
}

func parseJSON[V any](text string) (v V, err error) {
	err = fromJSON(text, &v)
	return v, err
}

// ownSettings is a copy that shares nothing which can be changed.
func ownSettings(v prokura.AppSettings) prokura.AppSettings {
	for _, list := range []*[]string{&v.Domains, &v.RedirectURIs, &v.JSDomains, &v.ServerIPs} {
		*list = slices.Clone(*list)
	}
	return v
}

func ownKinds(v []prokura.ConfigurationAsset) []prokura.ConfigurationAsset {
	v = slices.Clone(v)
	for i := range v {
		v[i].Tasks = slices.Clone(v[i].Tasks)
	}
	return v
}
