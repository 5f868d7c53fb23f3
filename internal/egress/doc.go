// Package egress is the only HTTP client that leaves the machine: webhooks, sign-in providers and files fetched from a URL
// all go through it, because the host of each is a stranger's word.
//
// The flow of one request:
//
//	ParseURL: http or https, a host, no user, no control characters, a port that exists
//	dial:     look the name up once -> judge every address -> connect to one that was judged, without a second lookup
//	answer:   at most Redirects hops, each judged anew -> headers and bytes within limits, never unpacked
//
// What is judged is the address that is dialled, never the name: no spelling of a host (127.1, 0x7f.1, ①②⑦.0.0.1,
// localhost., ::ffff:127.0.0.1) and no change of DNS between check and use gets around it. Public addresses are reached on
// ports 80 and 443. An address that the operator lists in SOLOPRINT_EGRESS_ALLOW_CIDRS is reached by http and on any port;
// it is looked for there first, before scheme and port. Where a name has allowed and blocked addresses, only the allowed
// ones are dialled: a school's own DNS often answers with an inner address beside the public one, and a blocked address
// that gets no packet does no harm. A name with blocked ones only is blocked.
//
// A refusal tells nothing. No packet is sent, the error is one and the same for a wrong address, port or scheme, and it is
// given at a multiple of Pace, however long the lookup took: an open, a closed and a filtered port look alike. That a name
// does not exist can be told apart.
//
// Each request of a Client has a connection of its own, so that none is carried out on a connection that was judged for
// another one. A Line keeps the connections of one endpoint that is sent to again and again: each was judged when it was
// dialled, and leads where it led then, whatever the name means by now. There are no cookies, no proxy from the environment, no unpacking, and headers of the caller go to the first host only.
// Errors carry words of this package, never bytes of the other side.
//
// Next door: printers have private addresses and a list of their own; they are internal/connector's.
package egress
