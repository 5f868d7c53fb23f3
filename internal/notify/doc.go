// Package notify tells people what happened: in the program, by mail, and through webhooks and chats that an organization
// names. A rule says which events, of which only those that a condition holds of, who is told, and how.
//
// The flow: an operation commits events -> the Planner reads them (package outbox), finds the rules that want them and the
// people who may read what they are about, and writes notifications and messages, all in one transaction with its cursor ->
// the Sender claims messages that are due, sends them and reports how it went -> SendDigests puts collected messages
// together. What has to last before anybody is told is a message too, of the channel later, which becomes others or nothing.
//
// Rules that hold here: nobody is told of what they may not read; a message is made once (unique keys) and sent at least once;
// what was reported as sent is never sent again. Addresses of webhooks and chats are secrets, and messages that leave
// the organization by them name no people.
//
// Next door: package event has the catalogue, outbox the cursors, egress the way off the machine, jobs the timetable.
package notify
