package graph

import "github.com/prokura/prokura/internal/graph/wire"

// appSharingEdges are the calls about apps that businesses own and use.
func (g *graph) appSharingEdges() []wire.Edge {
	return nil
}
