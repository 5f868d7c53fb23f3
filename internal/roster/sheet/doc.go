// Package sheet reads roster files: OneRoster 1.1 and 1.2 (CSV files in a zip), plain CSV and spreadsheets. It turns them into
// one Roster, whatever they were, and knows nothing of what the organization has.
//
// The flow: Read looks at the bytes, not at the file's name -> a table visits rows (text.go, book.go) -> plain.go or oneroster*.go
// makes people and classes of them -> what is wrong with a row is a Fault of the Roster, with row and column; what is wrong with
// the whole file is the error.
//
// Limits: 16 MiB a file, 96 MiB unpacked (a spreadsheet 48), no more than 200 times what was packed, 1,000 entries; 50,000
// people, 100 columns, 20 rows of enrollments for each person, 1,000 characters a cell. What is unpacked is read, never stored.
//
// It is pure: no database, no clock, no network, no files.
//
// Next door: internal/roster resolves people and classes, and makes the bulk operation of them.
package sheet
