// Package oauth is the front door of the login dialog: it reads what an app
// asks for at /dialog/oauth, saves it as a pending login and sends the browser
// to the pages that show it.
//
// It draws no pages, sets no cookies and knows nobody: who the person is, and
// what they answer, is the business of the pages. It never sends a browser
// anywhere but to those pages; the redirect URI of a request is checked, kept
// and not used here (R-LOGIN-06, T01, T06).
package oauth
