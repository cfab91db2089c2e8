package graph

import "github.com/prokura/prokura/internal/graph/wire"

// grantEdges are the calls about every living token family of a business.
func (g *graph) grantEdges() []wire.Edge {
	return nil
}
