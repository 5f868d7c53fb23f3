package gcode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

const maxLine = 64 << 10 // bytes; no slicer writes a line near it

// limits bound one read, in bytes.
type limits struct {
	ends int64 // how much of each end is searched for comments
	scan int64 // the largest file whose moves are scanned
}

func defaultLimits() limits {
	return limits{ends: 512 << 10, scan: 256 << 20}
}

// Read reads the metadata of a G-code file of size bytes. Strange content is never an error: what could not be
// believed is left out and named in the warnings. The moves of a file over 256 MB are not scanned, and a scan stops
// when ctx ends; then the bounds are absent and a warning says so.
//
// An error means that r could not be read, or that ctx had ended before anything was.
func Read(ctx context.Context, r io.ReaderAt, size int64) (Metadata, error) {
	return read(ctx, r, size, defaultLimits())
}

func read(ctx context.Context, r io.ReaderAt, size int64, lim limits) (Metadata, error) {
	if size < 0 {
		return Metadata{}, errors.New("read gcode: negative size")
	}
	if err := ctx.Err(); err != nil {
		return Metadata{}, fmt.Errorf("read gcode: %w", err)
	}
	warn := &warnings{}
	c := newComments(warn)
	if err := readEnds(r, size, lim.ends, c); err != nil {
		return Metadata{}, fmt.Errorf("read gcode comments: %w", err)
	}
	m, err := scanMoves(ctx, r, size, lim.scan, warn)
	if err != nil {
		return Metadata{}, fmt.Errorf("read gcode moves: %w", err)
	}
	return assemble(c, m, warn), nil
}

// readEnds hands the complete lines of both ends to the comments. A line that the cut went through is left out.
func readEnds(r io.ReaderAt, size, each int64, c *comments) error {
	if size <= 2*each {
		all, err := c.fetch(r, 0, size)
		if err == nil {
			c.part(all)
		}
		return err
	}
	head, err := c.fetch(r, 0, each)
	if err != nil {
		return err
	}
	tail, err := c.fetch(r, size-each, each)
	if err != nil {
		return err
	}
	c.part(head[:bytes.LastIndexByte(head, '\n')+1])
	c.cut()
	_, tail, _ = bytes.Cut(tail, []byte{'\n'})
	c.part(tail)
	return nil
}

// scanMoves runs every line of the file through the moves. They are whole only if the scan reached the end: half of the
// bounds would be taken for all of them.
func scanMoves(ctx context.Context, r io.ReaderAt, size, limit int64, warn *warnings) (*moves, error) {
	m := newMoves(warn)
	if size > limit {
		warn.add(WarnScan, fmt.Sprintf("file is larger than %d MB", limit>>20))
		return m, nil
	}
	err := eachLine(gatedReader{ctx.Err, io.NewSectionReader(r, 0, size)}, warn, m.line)
	if ctx.Err() != nil {
		warn.add(WarnScan, "out of time")
		return m, nil
	}
	m.whole = err == nil
	return m, err
}

// eachLine calls use with each line, without its line feed. The bytes are good until use returns. Lines over maxLine
// are skipped.
func eachLine(r io.Reader, warn *warnings, use func([]byte)) error {
	br := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			warn.add(WarnLongLine, "skipped")
			err = skipLine(br)
			line = nil
		}
		use(bytes.TrimSuffix(line, []byte{'\n'}))
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func skipLine(br *bufio.Reader) error {
	for {
		if _, err := br.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// gatedReader asks before each read whether it may go on, so that a long scan notices within one buffer that its time
// is over.
type gatedReader struct {
	gate func() error
	r    io.Reader
}

func (g gatedReader) Read(p []byte) (int, error) {
	if err := g.gate(); err != nil {
		return 0, err
	}
	return g.r.Read(p)
}
