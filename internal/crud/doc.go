// Package crud holds the operations that are nothing more than fields: list, get, create, update and delete of entities
// whose annotation asks for them. They are operations like those written by hand: one call to op.Do or op.Read each.
//
// The flow of a change: load and lock the row -> If-Match -> what of the patch is new -> write -> emit. An update that
// changes nothing writes and emits nothing.
//
// Next door: listing makes the lists, record what events show. crud.go is written by hand, the rest by ent/extension. When
// a verb needs more than fields, strike it from the annotation and write the operation in its domain package.
package crud
