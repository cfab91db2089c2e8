package serve

import (
	"encoding/hex"
	"fmt"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/resource"
)

// Users that each app has at least for the limit of the platform: of a --dev world a
// whole platform's.
const devUsers = 100_000

// rates are the rate limits of the world r; nil: nothing is counted.
func (c Config) rates(r *registry.Registry) (*quota.Rates, *quota.Leased, error) {
	if c.RateRules == NoRates {
		if c.Redis != "" {
			return nil, nil, fmt.Errorf("without rate limits (--rate-rules off) there is nothing to share by Redis")
		}
		return nil, nil, nil
	}
	rules := c.rules()
	if rules == nil {
		if c.RateRules == "" {
			return nil, nil, nil
		}
		return nil, nil, fmt.Errorf("there are no rate limits %q in the catalog", c.RateRules)
	}
	config := quota.RatesConfig{Rules: rules, Offset: r.Ahead}
	if c.Dev {
		config.Users = devUsers
	}
	if c.Redis != "" {
		world := r.DeriveLasting("shared rate limits")
		store, err := quota.NewRedis(c.Redis, "prokura:"+hex.EncodeToString(world[:8]))
		if err != nil {
			return nil, nil, err
		}
		config.Shared = quota.NewLeased(store, func(lost bool, err error) {
			if lost {
				c.Log.Warn("Redis does not answer: until it does, each server lets in its share of the rate limits", "error", err)
			} else {
				c.Log.Info("Redis answers: rate limits are shared again")
			}
		})
	}
	return quota.NewRates(config), config.Shared, nil
}

// rules are the rate limits that were chosen: the catalog's first ones, unless another
// set is named; nil: none are in force.
func (c Config) rules() *prokura.RateRules {
	catalog := c.given()
	if c.RateRules == "" && len(catalog.Rates) > 0 {
		return &catalog.Rates[0]
	}
	rules, _ := catalog.Rules(c.RateRules)
	return rules
}

// catalog is the world's, under the rate limits that were chosen.
func (c Config) catalog() *prokura.Catalog {
	catalog := c.given().Under(c.rules())
	if !c.BelowCriteria {
		return catalog
	}
	open := *catalog
	open.Reviews.BelowCriteria = true
	return &open
}

func (c Config) given() *prokura.Catalog {
	if c.Catalog == nil {
		return resource.BuiltIn()
	}
	return c.Catalog
}
