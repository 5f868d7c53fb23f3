package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing/fstest"

	"ariga.io/atlas/sql/migrate"

	"github.com/soloprint/soloprint/internal/store"
)

// folder is a migrations folder in memory: scripts by file name.
type folder map[string]string

func readFolder(dir string) (folder, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	f := folder{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f[filepath.Base(path)] = string(b)
	}
	return f, nil
}

// names lists the files in the order in which they are applied.
func (f folder) names() []string { return slices.Sorted(maps.Keys(f)) }

// next is the name of the file that comes after all others. Numbers, not times: two branches that add a migration get the
// same one and cannot both be merged without a look at the order.
func (f folder) next(what string) string {
	last := 0
	if names := f.names(); len(names) > 0 {
		last, _ = strconv.Atoi(names[len(names)-1][:4])
	}
	return fmt.Sprintf("%04d_%s.sql", last+1, what)
}

func (f folder) with(name, script string) folder {
	all := maps.Clone(f)
	all[name] = script
	return all
}

// sums is the text of the sum file.
func (f folder) sums() ([]byte, error) {
	var files []migrate.File
	for _, name := range f.names() {
		files = append(files, migrate.NewLocalFile(name, []byte(f[name])))
	}
	sums, err := migrate.NewHashFile(files)
	if err != nil {
		return nil, err
	}
	return sums.MarshalText()
}

// filesystem is the folder as the store applies it.
func (f folder) filesystem() (fs.FS, error) {
	sums, err := f.sums()
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{store.SumFile: {Data: sums}}
	for name, script := range f {
		files[name] = &fstest.MapFile{Data: []byte(script)}
	}
	return files, nil
}

// write makes the folder on disk the same, with its sum file.
func (f folder) write(dir string) error {
	old, err := readFolder(dir)
	if err != nil {
		return err
	}
	sums, err := f.sums()
	if err != nil {
		return err
	}
	var errs []error
	for name := range old {
		if _, kept := f[name]; !kept {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	for name, script := range f.with(store.SumFile, string(sums)) {
		errs = append(errs, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o644))
	}
	return errors.Join(errs...)
}
