// Package rest serves the operations as the /v1 REST API. It turns bytes into an Input and a result into bytes, and
// decides nothing: what may be done, and to what, is the operations' matter.
//
// The flow, for each line of the route table:
//
//	request id, contract headers -> who (401) -> rate (429) -> may this operation run (403)
//	-> version pin, query, body size and type, strict JSON (400, 413, 415, 422) -> bind the Input
//	-> the operation (404, 409, 412, 422, 5xx) -> view -> JSON, ETag, Location, Link
//
// A refusal is an *errs.Error that errors.go turns into an answer; it is logged there, once. The OpenAPI document is made
// from the same table, Inputs and views.
//
// Next door: internal/validate checks values for all adapters, rest/generated holds the views, graph and web are the
// other adapters.
package rest
