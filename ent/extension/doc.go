// Package extension is the code generator of SoLoPrint: an Ent extension that reads the annotations of internal/expose and
// writes what both APIs share. It runs inside go generate ./ent, from a checkout without any generated file too.
//
// The flow: Ent loads the schemas into a graph -> decode makes the Model of it (annotations by JSON round trip) -> check
// refuses what makes no sense, naming the entity -> the prepare steps may change the graph -> Ent generates -> the emit
// steps render templates -> flush writes what differs and deletes what is no longer generated.
//
// To add an entity, annotate its schema with expose.Resource. To add a verb, list it in Verbs; to take one over by hand,
// strike it there and write the operation under the same name. To generate something new, write a template and a step.
package extension
