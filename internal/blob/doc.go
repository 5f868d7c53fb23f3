// Package blob keeps the bytes of files: models, G-code, pictures.
//
// A file's life:
//
//	caller picks a random key, writes its row, and signs a PUT for exactly one size, hash and type
//	client PUTs to the signed URL -> temporary place, hashed on the way, compared, synced, moved into place
//	caller asks Stat and believes the file is there only then
//	caller signs a GET of at most five minutes -> client downloads under the name that the caller signed
//	Delete by the caller; Sweep removes objects that no row claims
//
// An object is written once and never changes: a second PUT of the same bytes is a success, of other bytes a refusal.
// Keys are opaque. What people call a file appears only in the header of a download, cleaned.
//
// [Disk] is written on the os package directly and not on gocloud.dev's fileblob, which neither syncs what it writes nor
// keeps two writers of one key apart. [Store] asks for nothing that S3 lacks, so a store on gocloud.dev's s3blob fits
// beside it. Every store passes the suite in package blobtest.
//
// Who may sign is decided by the caller, for example internal/file. What is inside of a file is read there too.
package blob
