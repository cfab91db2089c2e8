package graph

import "github.com/prokura/prokura/internal/graph/wire"

// systemUserEdges are the calls about system users: making them, installing apps, cutting tokens.
func (g *graph) systemUserEdges() []wire.Edge {
	return nil
}
