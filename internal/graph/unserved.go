package graph

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// unserved are paths of Meta's API without a node that nothing serves here, with
// what they would do. Without a row such a path is taken for the name of a node.
var unserved = []struct{ path, what string }{
	{"search", "Searching for places, interests and other things to aim ads at"},
	{"pages/search", "Searching for pages"},
	{"ads_archive", "The library of ads"},
	{"oembed_page", "Embedding pages"},
	{"oembed_post", "Embedding posts"},
	{"oembed_video", "Embedding videos"},
	{"instagram_oembed", "Embedding posts of Instagram"},
	{"ig_hashtag_search", "Searching for hashtags"},
}

// unservedEdges answer what is not served by saying so, whoever asks.
func unservedEdges() (rows []wire.Edge) {
	for _, u := range unserved {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			rows = append(rows, wire.Edge{On: root, Name: u.path, Method: method, Terms: free, About: u.what + ": not served.", Serve: func(*wire.Call, *wire.Writer) error {
				return prokura.Errorf(prokura.EdgeClosed, "%s: /%s is not served here.", u.what, u.path)
			}})
		}
	}
	return rows
}
