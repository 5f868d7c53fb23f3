// Package graph is the GraphQL adapter: it turns documents into calls of operations and reads, and rows into answers.
//
// The flow of a request: door (POST, token, JSON) -> post (body, limits) -> gqlgen (parse, validate) -> fields (may the
// actor read this type?) -> a resolver: a page read through guard with everything below it loaded eagerly, or one call of
// an operation -> presenter.
//
// The schema's entities, pages and plain mutations are generated from the Ent schemas (ent/extension). An operation of a
// domain package takes three steps: graph/schema/<noun>.graphql with "extend type Mutation" and the Input's name, the
// package in gqlgen.yml under autobind, and graph/<noun>.go with a method of one line on mutationResolver or queryResolver.
//
// Next door: rest is the other adapter; listing has the filters that both take.
package graph
