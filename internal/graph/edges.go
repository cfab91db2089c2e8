package graph

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// Parameters that several edges take.
var (
	pageParams = []wire.Param{
		{Name: "limit", Type: "integer", About: "How many items: 25, at most 100."},
		{Name: "after", Type: "string", About: "The cursor that the page starts behind."},
		{Name: "before", Type: "string", About: "The cursor that the page ends before."},
		{Name: "summary", Type: "boolean", About: "Adds summary.total_count."},
	}
	clientParams = []wire.Param{
		{Name: "client_id", Type: "id", About: "The app, unless HTTP Basic names it."},
		{Name: "client_secret", Type: "string", About: "The app's secret, unless HTTP Basic brings it."},
	}
	permissionParam = wire.Param{Name: "permission", Type: "string", About: "Only this permission."}
	pictureParams   = []wire.Param{
		{Name: "redirect", Type: "boolean", About: "false answers the picture's address instead of leading there."},
		{Name: "type", Type: "string", About: "small, normal, album, large or square."},
		{Name: "width", Type: "integer", About: "In pixels."},
		{Name: "height", Type: "integer", About: "In pixels."},
	}
)

// Edges are the calls that there are in a world of a catalog, to be read and not served.
func Edges(c *prokura.Catalog) []wire.Edge { return (&graph{catalog: c}).edges() }

// edges is the table of all calls.
func (g *graph) edges() []wire.Edge {
	g.user, g.systemUser = g.userShape("User", person), g.userShape("User", systemUser)
	g.app, g.business, g.token = g.appShape(), g.businessShape(), tokenShape()
	g.served = slices.Concat(g.user.Served(), g.systemUser.Served(), g.app.Served(), g.business.Served(), g.token.Served())

	users := []wire.Kind{person, systemUser}
	rows := []wire.Edge{
		// Tokens.
		{On: root, Name: "oauth/access_token", Method: "GET", Terms: free, Act: prokura.ActExchangeCode, About: "Cuts a token from a code, an app's secret or another token.", Params: clientParams, Serve: g.accessToken},
		{On: root, Name: "oauth/access_token", Method: "POST", Terms: free, Act: prokura.ActExchangeCode, About: "Cuts a token from a code, an app's secret or another token.", Params: clientParams, Serve: g.accessToken},
		{On: root, Name: "oauth/revoke", Method: "GET", Terms: free, Act: prokura.ActRevokeToken, About: "Ends one token and what was cut from it.", Params: revokeParams, Serve: g.revokeToken},
		{On: root, Name: "oauth/revoke", Method: "POST", Terms: free, Act: prokura.ActRevokeToken, About: "Ends one token and what was cut from it.", Params: revokeParams, Serve: g.revokeToken},
		{On: root, Name: "oauth/logout", Method: "POST", Terms: free, Act: prokura.ActLogOut, About: "Ends the calling token, a short-lived one of a page, and has the person's next login say who goes on.", Serve: g.logOut},
		{On: root, Name: "oauth/access_token_info", Method: "GET", Terms: free, Act: prokura.ActDebugToken, About: "How long the token still lives.", Serve: g.accessTokenInfo},
		{On: root, Name: "debug_token", Method: "GET", Terms: read, Act: prokura.ActDebugToken, About: "What a token is, what it may do and, when it is dead, why.", Params: debugParams, Serve: g.debugToken},
		{On: []wire.Kind{business}, Name: "system_user_access_tokens", Method: "POST", Terms: write, Act: prokura.ActMintChild, About: "Cuts a granular child of the calling token, or fetches one.", Params: childParams, Serve: g.childToken},

		// Nodes.
		{On: []wire.Kind{person}, Method: "GET", Terms: read, Act: prokura.ActReadSelf, About: "A person.", Serve: nodeOf(g.user)},
		{On: []wire.Kind{systemUser}, Method: "GET", Terms: read, Act: prokura.ActReadSelf, About: "A system user.", Serve: nodeOf(g.systemUser)},
		{On: []wire.Kind{app}, Method: "GET", Terms: read, Act: prokura.ActReadApp, About: "An app.", Serve: nodeOf(g.app)},
		{On: []wire.Kind{business}, Method: "GET", Terms: read, Act: prokura.ActReadBusiness, About: "A business.", Serve: g.businessNode},

		// What a person or system user has.
		{On: users, Name: "accounts", Method: "GET", Terms: read, Act: prokura.ActListPages, About: "The pages that the caller reaches, with page tokens.", Params: pageParams, Serve: g.accounts()},
		{On: users, Name: "businesses", Method: "GET", Terms: read, Act: prokura.ActListBusinesses, About: "The businesses that the caller belongs to.", Params: pageParams, Serve: g.businesses},
		{On: users, Name: "permissions", Method: "GET", Terms: read, Act: prokura.ActReadPermissions, About: "What was granted and declined.", Params: []wire.Param{permissionParam, statusParam}, Serve: g.permissions},
		{On: users, Name: "permissions", Method: "DELETE", Terms: write, Act: prokura.ActRevokeScope, About: "Takes one permission back, or with none named everything.", Arg: "permission", Params: []wire.Param{permissionParam}, Serve: g.revokePermissions},

		// What an app has.
		{On: []wire.Kind{app}, Name: "roles", Method: "GET", Terms: read, Act: prokura.ActReadOwnApp, About: "The people on the app.", Serve: g.roles},
		{On: []wire.Kind{app}, Name: "permissions", Method: "GET", Terms: read, Act: prokura.ActReadOwnApp, About: "The permissions that the app uses, live or unapproved.", Params: []wire.Param{permissionParam, statusParam}, Serve: g.appPermissions},
		{On: []wire.Kind{app}, Name: "connected_client_businesses", Method: "GET", Terms: read, Act: prokura.ActReadOwnApp, About: "The businesses that granted the app something.", Params: pageParams, Serve: g.clientBusinesses},
		{On: []wire.Kind{app}, Name: "connected_client_businesses", Method: "DELETE", Terms: write, Act: prokura.ActGiveBack, About: "Gives back what a business granted the app, through one configuration or through all.", Params: giveBackParams, Serve: g.giveBack},

		{On: []wire.Kind{person, systemUser, app, business, wire.Kind(prokura.KindPage)}, Name: "picture", Method: "GET", Terms: read, Act: prokura.ActReadApp, About: "The node's picture.", Params: pictureParams, Serve: g.picture},
	}
	for _, k := range g.catalog.Kinds {
		rows = append(rows, g.assetEdges(k, users)...)
	}
	return slices.Concat(rows, g.systemUserEdges(), g.peopleEdges(), g.ownershipEdges(), g.assignmentEdges(), g.appSharingEdges(), g.grantEdges(), g.subscriptionEdges(), g.accountListEdges(), unservedEdges())
}

var root = []wire.Kind{wire.Root}

// assetEdges are the node and the lists of one asset kind of the catalog.
func (g *graph) assetEdges(k prokura.AssetKindInfo, users []wire.Kind) []wire.Edge {
	plain, assigned := g.assetShape(k), g.assetShape(k, "tasks")
	searchable := append(slices.Clone(pageParams), wire.Param{Name: "search_query", Type: "string", About: "Part of the name."})
	rows := []wire.Edge{
		{On: []wire.Kind{wire.Kind(k.Kind)}, Method: "GET", Terms: termsOf(k).read, Act: prokura.ActReadAsset, About: k.Title + ".", Serve: assetNode(plain)},
		{On: users, Name: k.Assigned, Method: "GET", Terms: read, Act: prokura.ActListAssets, About: k.Plural + " that the caller reaches, with tasks.", Params: pageParams, Serve: g.assets(k.Kind, assigned)},
		{On: []wire.Kind{business}, Name: k.Owned, Method: "GET", Terms: read, Act: prokura.ActListOwned, About: k.Plural + " of the business.", Params: searchable, Serve: g.businessAssets(k.Kind, plain, false)},
		{On: []wire.Kind{business}, Name: k.Client, Method: "GET", Terms: read, Act: prokura.ActListOwned, About: k.Plural + " that others share with the business.", Params: searchable, Serve: g.businessAssets(k.Kind, g.clientShape(k), true)},
	}
	if k.Kind == prokura.KindAdAccount {
		rows = append(rows, wire.Edge{On: users, Name: "adaccounts", Method: "GET", Terms: read, Act: prokura.ActListAssets, About: "The ad accounts that the caller reaches.", Params: pageParams, Serve: g.assets(k.Kind, plain)})
	}
	// A kind of an operator's catalog may lack some of the lists.
	return slices.DeleteFunc(rows, func(e wire.Edge) bool { return e.Name == "" && e.On[0] != wire.Kind(k.Kind) })
}
