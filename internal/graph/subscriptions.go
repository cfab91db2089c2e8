package graph

import "github.com/prokura/prokura/internal/graph/wire"

// subscriptionEdges are the calls about webhooks of an app.
func (g *graph) subscriptionEdges() []wire.Edge {
	return nil
}
