package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Used is what an app has used of its rate limits on an asset when the world begins.
// Rate limits are counted in memory, so this is read when a server starts and when
// the world goes back to its seed.
type Used struct {
	Asset  string
	Points int // of the score rule
	Calls  int // of the budget of the use case
}

// metaUsed has what was planted, as a list.
const metaUsed = "used"

// Planted is Used as it was planted.
type Planted struct {
	App    prokura.ID `json:"app"`
	Asset  prokura.ID `json:"asset"`
	Points int        `json:"points"`
	Calls  int        `json:"calls"`
}

// Limited is what rate limits depend on, beside the call: the app's level, and of an
// asset its kind and attributes.
type Limited struct {
	Level      prokura.Level
	Kind       prokura.AssetKind
	Attributes map[string]any
}

// LimitedOf reads what the rate limits of an app on an asset (0: on none) depend on.
func LimitedOf(ctx context.Context, r *registry.Registry, app, asset prokura.ID) (Limited, error) {
	return registry.View(ctx, r, func(tx *store.View) (out Limited, err error) {
		a, err := tx.App(app)
		if err != nil || asset == 0 {
			return Limited{Level: a.Level}, err
		}
		b, err := tx.Asset(asset)
		return Limited{Level: a.Level, Kind: b.Kind, Attributes: b.Attributes}, err
	})
}

// PlantedUse reads what a --dev world has used when it begins.
func PlantedUse(ctx context.Context, r *registry.Registry) ([]Planted, error) {
	if !r.Dev() {
		return nil, nil
	}
	return registry.Look(ctx, r, readPlanted)
}

func readPlanted(tx *store.View) (list []Planted, err error) {
	text, err := tx.Meta(metaUsed)
	if errors.Is(err, prokura.NotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}

func (p *planter) used(apps []App) error {
	list, err := readPlanted(p.View())
	if err != nil {
		return err
	}
	before := len(list)
	for _, a := range apps {
		for _, u := range a.Used {
			if !p.r.Dev() {
				return at(prokura.Errorf(prokura.InvalidParameter, "Only a --dev world begins with something used: rate limits are counted, not written."), "apps", a.Key, "used", u.Asset)
			}
			list = append(list, Planted{p.ids[a.Key], p.ids[u.Asset], u.Points, u.Calls})
		}
	}
	if len(list) == before {
		return nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("plant what is used: %w", err)
	}
	return p.SetMeta(metaUsed, string(text))
}
