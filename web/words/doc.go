// Package words is what the console says: a catalogue of sentences for each language, and numbers, weights and times as people of
// a place write them. A page's speaker travels in its context; templates ask for a sentence by its key, and glue nothing.
//
// Sentences stand in <noun>.<language>.toml. One that counts has a form for each number ("one", "other", by the rules of the
// Unicode CLDR); what is put into a sentence stands in it as {{.name}}.
package words
