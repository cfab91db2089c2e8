package store

import (
	"slices"
	"sync"

	"github.com/prokura/prokura"
)

// appSettings reads the settings of apps, which are JSON, and keeps what it read: a
// token's facts hold those of its app, and to read them anew each time takes a tenth
// of a cold check.
type appSettings struct {
	mu   sync.Mutex
	kept map[string]prokura.AppSettings // by their text
}

// Bounds of what is kept: an icon makes a text long.
const (
	mostSettings    = 256
	longestSettings = 4096
)

// read gives settings that the caller may change.
func (s *appSettings) read(text string) (out prokura.AppSettings, err error) {
	s.mu.Lock()
	out, ok := s.kept[text]
	s.mu.Unlock()
	if ok {
		return ownSettings(out), nil
	}
	if err := fromJSON(text, &out); err != nil || len(text) > longestSettings {
		return out, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= mostSettings {
		s.kept = map[string]prokura.AppSettings{}
	}
	s.kept[text] = ownSettings(out)
	return out, nil
}

// ownSettings is a copy that shares nothing which can be changed.
func ownSettings(v prokura.AppSettings) prokura.AppSettings {
	for _, list := range []*[]string{&v.Domains, &v.RedirectURIs, &v.JSDomains, &v.ServerIPs} {
		*list = slices.Clone(*list)
	}
	return v
}
