package virtual

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// minCompactLines is how many lines a journal has at least when it is rewritten.
const minCompactLines = 1000

// stateFile is the journal of all devices.
type stateFile struct {
	*lineFile
	path      string
	compactAt int // lines
}

type stateLine struct {
	PrinterID string `json:"printer_id"`
	Device    device `json:"device"`
}

func openState(path string) (*stateFile, map[string]device, error) {
	file, data, err := openLines(path)
	if err != nil {
		return nil, nil, err
	}
	s := &stateFile{lineFile: file, path: path, compactAt: minCompactLines}
	devices, err := parseState(data)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("state: %w", err), s.Close())
	}
	return s, devices, nil
}

func parseState(data []byte) (map[string]device, error) {
	raw, _, err := wholeLines(data)
	if err != nil {
		return nil, err
	}
	devices := map[string]device{}
	for i := range raw {
		var line stateLine
		if err := json.Unmarshal(raw[i], &line); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		devices[line.PrinterID] = line.Device
	}
	return devices, nil
}

// grown tells whether most of the journal is history.
func (s *stateFile) grown(devices int) bool {
	return s.lines >= s.compactAt && s.lines >= 4*devices
}

// compact rewrites a journal that has grown. Failing to is no failure of the change that was just written; it is tried
// again when the journal has doubled.
func (s *stateFile) compact(devices map[string]device) {
	if !s.grown(len(devices)) {
		return
	}
	if err := s.rewrite(devices); err != nil {
		s.compactAt *= 2
	}
}

// rewrite replaces the journal by one line a device. Whenever it is stopped, one whole journal is at the path.
func (s *stateFile) rewrite(devices map[string]device) error {
	temp := s.path + ".tmp"
	if err := writeState(temp, devices); err != nil {
		return fmt.Errorf("rewrite state: %w", err)
	}
	// Some systems do not replace an open file. Whether or not the rename succeeds, the path has a journal to go on with.
	err := errors.Join(s.Close(), os.Rename(temp, s.path))
	file, _, openErr := openLines(s.path)
	if openErr != nil {
		s.broken = fmt.Errorf("reopen state: %w", errors.Join(err, openErr))
		return s.broken
	}
	s.lineFile = file
	if err != nil {
		return fmt.Errorf("rewrite state: %w", err)
	}
	return nil
}

func writeState(path string, devices map[string]device) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for _, id := range slices.Sorted(maps.Keys(devices)) {
		if err := enc.Encode(stateLine{PrinterID: id, Device: devices[id]}); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Sync(), f.Close())
}
