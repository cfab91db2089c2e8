package serve

import (
	"context"

	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
)

// data plants one row of data as a scenario would, also what no call of the API writes,
// and tells the apps that would be told: a message from somebody, a post of somebody
// else, a lead.
func (d *dev) data(ctx context.Context, body []byte, _ string) (any, error) {
	var in struct {
		On     word           `json:"on"`   // an asset, or data of one
		List   string         `json:"list"` // the edge on which it stands
		Fields map[string]any `json:"fields"`
	}
	if err := strict(body, &in); err != nil {
		return nil, err
	}
	on, err := number("on", in.On)
	if err != nil {
		return nil, err
	}
	made, err := resources.Receive(ctx, d.registry, registry.Operator("dev"), on, in.List, in.Fields)
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": made[0].ID.String()}, nil
}
