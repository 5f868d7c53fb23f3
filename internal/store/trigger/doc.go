// Package trigger writes the SQL with which the database itself keeps organizations apart.
//
// Ent knows no composite foreign keys, so a foreign key alone lets a row point at another organization's. From Ent's tables
// this package derives, for SQLite and PostgreSQL:
//
//   - a trigger for each foreign key between two tables with an organization_id: both rows have the same one;
//   - for tables without one that join two that have it (edges of many to many): the joined rows have the same one;
//   - a trigger that no row changes its organization_id;
//   - a trigger that rows of append-only tables are neither changed nor deleted.
//
// A refusal reads like a violated foreign key, so Ent takes it for a constraint error. Next door: internal/store/migrategen
// puts the triggers into the migrations.
package trigger
