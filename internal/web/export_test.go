package web

// What tests walk through.
var (
	Rooms     = rooms
	Languages = languages
)
