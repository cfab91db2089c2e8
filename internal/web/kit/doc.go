// Package kit is what the rooms of the pages have in common: the request with its
// session, cookies, form token and limits; forms, notices, words and templates;
// the layouts, and the few pages that belong to no room.
//
// A room hands in one value, [Room]: its routes, templates and words. A page is a
// struct with everything it shows and one template; its comment states the URLs
// it answers on and the forms it holds: method, action and field names. Every text
// comes from words by key. Pages work without JavaScript; the files under static/
// only make them quicker. No other package sets cookies.
//
// The kit knows no room, and of the acts only those that every page needs: whose
// session this is, and which business the page is about.
package kit
