package graph

import "github.com/prokura/prokura/internal/graph/wire"

// peopleEdges are the calls about the people of a business and its own settings.
func (g *graph) peopleEdges() []wire.Edge {
	return nil
}
