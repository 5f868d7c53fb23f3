// Package store opens the database and is the only way to it: SQLite in a file by default, PostgreSQL when a URL names one.
//
// The flow:
//
//	lock, err := store.Lock(dir)               // one server on one SQLite file
//	db, err := store.Open(ctx, store.Config{…}) // pools, versions, pragmas
//	err = store.Migrate(ctx, db)                // versioned SQL files, under a lock
//	client := ent.NewClient(ent.Driver(db.Driver()))
//	defer db.Close()                            // checkpoint
//
// On SQLite one connection writes and several read: the driver sends SELECT and reading WITH statements to the readers and
// everything else to the writer, so no statement ever meets SQLITE_BUSY inside the process. On PostgreSQL there is one pool.
// A transaction answers reads after its commit, from the pool, so that an entity it returned can still load an edge.
//
// Next door: internal/store/trigger writes the SQL that refuses cross-organization rows, internal/store/migrategen writes
// the migration files, internal/testkit gives a test an empty migrated database.
package store
