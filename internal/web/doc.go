// Package web serves the pages that people see: the steps of the login dialog,
// business settings, personal settings, the app dashboard and the platform
// staff's view of an app.
//
// A page is a struct with everything it shows (pages_*.go) and one template
// (page/*.html); its comment states the URLs it answers on and the forms it
// holds: method, action and field names. Every text comes from the words
// catalog (words_*.go) by key. Pages work without JavaScript; the files under
// static/ only make them quicker.
//
// A request runs through one table of routes: session, form token and limits
// are the same for all of them, and a handler is a method of request that
// returns what went wrong. No other package sets cookies.
//
// The package decides nothing: what a person may do is the registry's answer.
// It does not speak the Graph API, and it does not know SQL.
package web
