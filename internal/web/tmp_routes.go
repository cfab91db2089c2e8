package web

var consentRoutes, businessRoutes, settingsRoutes []route
