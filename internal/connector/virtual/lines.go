package virtual

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// lineFile is a file of JSON lines that grows at its end. A line is there when append returned, whatever happens next.
type lineFile struct {
	f      *os.File
	size   int64 // bytes up to the end of the last whole line
	lines  int
	broken error // set once when the file's end is no longer known
}

// openLines opens or makes a file, cuts off what a crash left unfinished at its end, and returns the rest.
func openLines(path string) (*lineFile, []byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, err
	}
	l := &lineFile{f: f}
	data, err := l.repair()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(path), err), f.Close())
	}
	return l, data, nil
}

// repair reads the whole lines and makes them the durable end of the file.
func (l *lineFile) repair() ([]byte, error) {
	data, err := io.ReadAll(l.f)
	if err != nil {
		return nil, err
	}
	lines, size, err := wholeLines(data)
	if err != nil {
		return nil, err
	}
	if err := l.f.Truncate(size); err != nil {
		return nil, err
	}
	// The file may be new, and what was read may never have been synced by a process that was killed.
	if err := errors.Join(l.f.Sync(), syncDir(filepath.Dir(l.f.Name()))); err != nil {
		return nil, err
	}
	l.size, l.lines = size, len(lines)
	return data[:size], nil
}

// append writes one line and syncs it. When that fails, the line is taken back.
func (l *lineFile) append(v any) error {
	if l.broken != nil {
		return l.broken
	}
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	_, err = l.f.WriteAt(line, l.size)
	if err == nil {
		err = l.f.Sync()
	}
	if err != nil {
		return errors.Join(err, l.takeBack())
	}
	l.size += int64(len(line))
	l.lines++
	return nil
}

// takeBack removes a line that may be half written: the next one must not continue it. When even that fails, nobody
// knows what a later sync would make durable, so the file takes no more lines.
func (l *lineFile) takeBack() error {
	if err := errors.Join(l.f.Truncate(l.size), l.f.Sync()); err != nil {
		l.broken = fmt.Errorf("file is broken by an earlier failure: %w", err)
		return l.broken
	}
	return nil
}

func (l *lineFile) Close() error { return l.f.Close() }

// wholeLines splits data into its JSON lines and tells how many bytes they take. Only the last line may be torn, by a
// writer that was stopped or is at it right now, and is left out; damage before it is an error.
func wholeLines(data []byte) (lines [][]byte, size int64, err error) {
	for len(data) > 0 {
		line, rest, whole := bytes.Cut(data, []byte{'\n'})
		if valid := json.Valid(line); !whole || !valid && len(rest) == 0 {
			return lines, size, nil
		} else if !valid {
			return nil, 0, fmt.Errorf("line %d is damaged", len(lines)+1)
		}
		lines = append(lines, line)
		size += int64(len(line)) + 1
		data = rest
	}
	return lines, size, nil
}
