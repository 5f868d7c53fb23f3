package store

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

//go:embed migrations/sqlite migrations/postgres
var migrationFiles embed.FS

// Migrations is the folder of the program's own migrations for a dialect: NNNN_name.sql and atlas.sum.
func Migrations(name string) fs.FS {
	folder := "sqlite"
	if name == dialect.Postgres {
		folder = "postgres"
	}
	sub, err := fs.Sub(migrationFiles, path.Join("migrations", folder))
	if err != nil {
		panic(err) // the name is one of two constants
	}
	return sub
}

// SumFile lists the checksums of a migrations folder, in Atlas's format. A file that was edited, added or removed without
// it is refused.
const SumFile = "atlas.sum"

// migration is one file of a migrations folder.
type migration struct {
	version  string // "0001"
	name     string // "initial"
	checksum string // SHA-256 of the file, in hex
	script   string
}

func (m migration) String() string { return m.version + "_" + m.name }

// load reads a migrations folder in the order of the versions and checks it against its sum file.
func load(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var (
		all    []migration
		hashed []migrate.File
	)
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("store: read a migration: %w", err)
		}
		m, err := parse(name, b)
		if err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && all[n-1].version == m.version {
			return nil, fmt.Errorf("store: migrations %s and %s have one number", all[n-1], m)
		}
		all = append(all, m)
		hashed = append(hashed, migrate.NewLocalFile(name, b))
	}
	return all, checkSums(files, hashed)
}

func parse(name string, script []byte) (migration, error) {
	parts := regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`).FindStringSubmatch(name)
	if parts == nil {
		return migration{}, fmt.Errorf("store: a migration is named NNNN_name.sql, not %s", name)
	}
	sum := sha256.Sum256(script)
	return migration{version: parts[1], name: parts[2], checksum: hex.EncodeToString(sum[:]), script: string(script)}, nil
}

func checkSums(files fs.FS, hashed []migrate.File) error {
	var want migrate.HashFile
	switch b, err := fs.ReadFile(files, SumFile); {
	case errors.Is(err, fs.ErrNotExist) && len(hashed) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("store: read the migrations' checksums: %w", err)
	default:
		if err := want.UnmarshalText(b); err != nil {
			return fmt.Errorf("store: %s of the migrations: %w", SumFile, err)
		}
	}
	have, err := migrate.NewHashFile(hashed)
	if err != nil {
		return fmt.Errorf("store: sum the migrations: %w", err)
	}
	if !slices.Equal(have, want) {
		return fmt.Errorf("store: the migrations do not agree with their %s; was a file edited by hand?", SumFile)
	}
	return nil
}
