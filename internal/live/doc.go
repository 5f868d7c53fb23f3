// Package live tells listeners what was committed, as it happens: the event rows of their organization, in the order of
// their numbers, each once, from any place on. The audit log, the webhooks and the feed of events read the same rows.
//
// The flow: op.Do commits -> Bus.Committed wakes this server's Hub and, over LISTEN and NOTIFY, the hubs of others -> Hub.Run
// reads the new rows of each organization that somebody listens to, once, into its journal -> every Listener takes them from
// there, asks now and then whether its caller still may, and narrows them to what the caller sees. Who is too far behind
// for the journal reads the database until it has caught up. So what listening costs does not grow with listeners times
// events.
//
// Rules that hold here: a listener is a place and nothing else, so that a slow one costs no memory, and whoever is cut off goes
// on from the last place they were told. Nothing is lost where a wake-up is: the numbers of the newest events are looked at
// every second. What is told to others between servers is an organization's identifier, never content.
//
// Next door: report reads the same feed page by page, rest and graph write what a Listener answers.
package live
