package graph

import (
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/assets"
)

// acceptedAssets are the rows of accepted about what businesses own, ask for,
// share and assign. Where one caller leaves nothing for the next, the first one
// in the order of names stands alone.
var acceptedAssets = map[string]string{
	"business POST owned":                 "server", // a claim; the next caller repeats it
	"business POST client":                "server",
	"business GET pending":                "server short user",
	"business DELETE remove":              "server", // takes the claim back
	"business POST create":                "server short user",
	"business GET agencies":               "server short user",
	"business DELETE agencies":            "", // nothing is shared yet
	"business GET clients":                "server short user",
	"business DELETE clients":             "server", // what is shared was not chosen for the others
	"business GET owned_businesses":       "server short user",
	"business GET managed_businesses":     "server short user",
	"business GET business_asset_groups":  "server short user",
	"business POST business_asset_groups": "server short user",

	"asset POST ":                 "server short user",
	"asset DELETE ":               "", // one that was not chosen
	"asset GET agencies":          "server short user",
	"asset POST agencies":         "server short user",
	"asset DELETE agencies":       "server",
	"asset GET assigned_users":    "server short user",
	"asset POST assigned_users":   "server short user",
	"asset DELETE assigned_users": "server",
	"page POST ":                  "server short user",
	"page GET agencies":           "server short user",
	"page POST agencies":          "server short user",
	"page DELETE agencies":        "server",
	"page GET assigned_users":     "server short user",
	"page POST assigned_users":    "server short user",
	"page DELETE assigned_users":  "server",

	"asset_group GET ":                                     "server short user",
	"asset_group POST ":                                    "server short user",
	"asset_group DELETE ":                                  "server",
	"asset_group GET contained_adaccounts":                 "server short user",
	"asset_group GET contained_pages":                      "server short user",
	"asset_group GET contained_pixels":                     "server short user",
	"asset_group GET contained_product_catalogs":           "short user", // no permission of system users opens these kinds
	"asset_group GET contained_instagram_accounts":         "short user",
	"asset_group GET contained_whatsapp_business_accounts": "short user",
	"asset_group POST contained":                           "server",
	"asset_group DELETE contained":                         "server",
	"asset_group GET assigned_users":                       "server short user",
	"asset_group POST assigned_users":                      "server short user",
	"asset_group DELETE assigned_users":                    "server",
}

// generic gives the edges that each kind has under a name of its own one name.
func generic(k prokura.AssetKindInfo, method, name string) string {
	switch name {
	case "":
	case k.Assigned:
		return "assigned"
	case k.Owned:
		return "owned"
	case k.Client:
		return "client"
	case k.PendingOwned, k.PendingClient:
		return "pending"
	case k.Remove:
		return "remove"
	case k.Create:
		return "create"
	case k.Contained:
		if method != "GET" {
			return "contained"
		}
	}
	return name
}

// group makes an asset group of a business.
func (w *fixture) group(email, business string) prokura.ID {
	w.t.Helper()
	id, err := assets.CreateGroup(w.t.Context(), w.registry, w.session(email), w.id[business], "Season")
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// filled are the parameters with which an edge about assets does something for
// who may do it; and the node, where that of the kind is not to be lost.
func (w *fixture) filled(kind wire.Kind, e *wire.Edge) (pairs []string, node string) {
	ben := w.memberOf("nordwind", "ada", "ben")
	for _, k := range w.registry.Catalog().Kinds {
		tasks := string(k.Tasks[0].Task)
		if len(k.TaskSets) > 0 {
			tasks = ""
			for _, t := range k.TaskSets[0] {
				tasks += "," + string(t)
			}
		}
		own, foreign := w.id[string(k.Kind)+"1"].String(), w.id["foreign_"+string(k.Kind)].String()
		switch {
		case kind == business && (e.Name == k.Owned || e.Name == k.Client || e.Name == k.Remove) && e.Method != "GET":
			return []string{k.Param, foreign, "permitted_tasks", tasks}, ""
		case kind == assetGroup && e.Name == k.Contained:
			return []string{"asset_id", own}, ""
		case kind == assetGroup && e.Name == "assigned_users":
			return []string{"user", ben, "adaccount_tasks", "ANALYZE"}, ""
		case kind == wire.Kind(k.Kind) && e.Name == "assigned_users" && e.Method == "GET":
			return []string{"business", w.id["nordwind"].String()}, ""
		case kind == wire.Kind(k.Kind) && e.Name == "assigned_users":
			return []string{"user", ben, "tasks", tasks}, ""
		case kind == wire.Kind(k.Kind) && e.Name == "agencies":
			return []string{"business", w.id["kitchen"].String(), "permitted_tasks", tasks}, ""
		case kind == wire.Kind(k.Kind) && e.Name == "" && e.Method == "DELETE":
			return nil, w.id["shared_"+string(k.Kind)].String()
		case kind == wire.Kind(k.Kind) && e.Name == "" && e.Method == "POST":
			return []string{"name", k.Title + " 1"}, ""
		}
	}
	if strings.Contains(" agencies clients ", " "+e.Name+" ") && e.Method == "DELETE" {
		return []string{"business", w.id["kitchen"].String()}, ""
	}
	if kind == assetGroup && e.Method == "POST" || kind == business && e.Method == "POST" && strings.Contains(" adaccount adspixels business_asset_groups ", " "+e.Name+" ") {
		return []string{"name", "New"}, ""
	}
	return nil, ""
}
