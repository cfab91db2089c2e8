package graph

import "github.com/prokura/prokura/internal/graph/wire"

// ownershipEdges are the calls about what a business owns, asks for and gives up.
func (g *graph) ownershipEdges() []wire.Edge {
	return nil
}
