// Package web serves the pages that people see. It is the list of the rooms that
// make them, and of the languages that they speak:
//
//	account       oneself: logging in, signing up, security, own apps, invitations
//	dialog        the steps of a login
//	business      business settings: people, partners, requests, connected apps
//	assets        a business's assets and asset groups
//	integrations  who holds power over a business; system users and their tokens
//	apps          the app dashboard, and staff's view of an app
//	tools         the token debugger, and why a call was refused
//
// Each room has its routes, pages, words and templates; what they have in common is
// package kit. Rooms do not know each other, but for the dialog, whose steps show
// pages of account.
//
// The pages decide nothing: what a person may do is the registry's answer. They do
// not speak the Graph API, and they do not know SQL.
package web
