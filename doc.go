// Package prokura holds the nouns and the rules of a Login for Business: who
// may hand which app which power over which assets, and what ends that power.
//
// The vocabulary, one word each, the same in Go, SQL, URLs and on screen:
//
//   - A [Person] is a human with a login.
//   - A [Business] owns assets, apps and system users; people are its members
//     with the role ADMIN (full control) or EMPLOYEE.
//   - An [Asset] is an ad account, page, catalog, … of one owning business; its
//     kind comes from the [Catalog], and so do the tasks people do on it.
//   - An [App] is a client of the platform.
//   - A [Configuration] is a saved login of a business-type app; its id is the
//     config_id of the dialog.
//   - A [Permission] is a named right such as ads_read.
//   - A [SystemUser] is a principal without a login; an integration system user
//     stands for one app inside one client business.
//   - A [Grant] is what somebody gave an app: person × app, or client business ×
//     app × configuration. It is revoked as one object.
//   - A [Token] is a credential cut from a grant. Its reach is computed at each
//     check from what is true then, never copied.
//
// Every request is decided by [Decide], the only decision in the product, from
// [Facts] that somebody else read. The package therefore has no I/O, no clock
// and no configuration: rules take the time as an argument. It does not know
// SQL, HTTP or any wire format; errors carry a [Reason] that each wire maps to
// its own codes.
package prokura
