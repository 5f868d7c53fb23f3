// Package file keeps what people upload: a row that says what it is, bytes in the blob store, and what its content says.
//
// The flow: Register makes a pending row and a signed URL -> the client PUTs the bytes straight into the store -> Complete
// compares size and SHA-256, reads the G-code and makes the file ready -> Download gives a signed URL of five minutes.
//
// Or: UploadFromURL judges the address and makes a fetching row -> Fetcher leases it, streams the bytes through egress into
// the store, reads them the same way, and makes the file ready or failed. A server that dies leaves a lease that ends.
//
// Next door: gcode reads slicers' comments, blob stores bytes, queue prints files.
package file
