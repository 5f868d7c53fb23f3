// Package validate checks the values of an operation's Input against its struct tags, the same tags from which the
// OpenAPI document is made, so that the document and the check cannot drift apart.
//
// The flow: the operation runner calls Struct for every caller alike (REST, GraphQL, console, jobs); the first call for a
// type turns its tags into a plan, later calls walk the value; each wrong value becomes one errs.Field.
//
// Tags: minLength and maxLength (in characters), pattern (and patternText for people), format, enum (comma list),
// minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, uniqueItems, minProperties, maxProperties,
// keyMaxLength and valueMaxLength (maps), required:"true", nullable:"false", multiline:"true", dependentRequired (the
// other field is sent with this one, and is null where this one is). On slices the tags of scalars apply to the items.
//
// Whatever its tags, a text is valid UTF-8 without control characters and bidirectional overrides, and one line unless it
// is multiline; a text that cannot be empty (required, not nullable, or of a minimum length) is not blank either, and one
// line of it neither begins nor ends with white space: nothing is trimmed silently. A number is finite, and a weight
// (grams, g, *_g) has at most 2 decimals.
//
// Absent values are not checked unless they are required: nil pointers, slices and maps, Omittables that are not set, and
// zero values of fields that are omitempty or come from path, query or header. A required number or bool that is not a
// pointer cannot be told from an absent one here: the REST adapter sees it in the bytes, GraphQL in its schema.
//
// Next door: rest checks the form of a request (names, JSON types), operations check facts.
package validate
