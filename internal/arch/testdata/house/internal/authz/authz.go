package authz

type Op struct{ Verb string }
