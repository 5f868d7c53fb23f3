package extension

// graphqlPrepare tells entgql what the annotations say.
func (x *Extension) graphqlPrepare(*Model) error { return nil }

// graphql renders the operations of the GraphQL schema and their resolvers.
func (x *Extension) graphql(*Model) error { return nil }
