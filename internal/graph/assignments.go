package graph

import "github.com/prokura/prokura/internal/graph/wire"

// assignmentEdges are the calls about who may work on an asset, partners and asset groups.
func (g *graph) assignmentEdges() []wire.Edge {
	return nil
}
