// Package gcode reads what an ASCII G-code file of the PrusaSlicer family says about itself: PrusaSlicer, SuperSlicer,
// Slic3r and its forks, OrcaSlicer and BambuStudio. Of any other text it finds what the moves and M73 say.
//
// The flow of [Read]:
//
//	first and last 512 KB -> comments (slicer, time, filament, settings, thumbnails)
//	whole file, line by line, bounded -> moves (bounds, dangerous commands, secrets)
//	comments + moves -> Metadata, every number checked on the way
//
// The bytes are a stranger's. No line over 64 KB is believed, no number that is negative, not finite or absurd gets
// out, memory does not grow with the file, and whatever was refused stands in [Metadata.Warnings].
//
// Binary G-code, 3MF and STL are read next door, in sibling packages of internal/file. Storing files is internal/blob.
package gcode
