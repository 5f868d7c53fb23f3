package store

import (
	"strings"
	"testing"
)

func TestReads(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]bool{
		"SELECT 1":                                                       true,
		"  \n\tselect * from a":                                          true,
		"(SELECT 1) UNION (SELECT 2)":                                    true,
		"-- a comment; DELETE\nSELECT 1":                                 true,
		"/* DELETE */ SELECT 1":                                          true,
		"SELECT 'x' FOR UPDATE":                                          true,
		"WITH a AS (SELECT 1) SELECT * FROM a":                           true,
		"WITH a AS (SELECT 'DELETE') SELECT * FROM a":                    true,
		"WITH a AS (SELECT replace(b, 'x', 'y') FROM c) SELECT * FROM a": true,
		"WITH a AS (SELECT \"delete\", `update`, [insert] FROM c) SELECT * FROM a": true,
		"WITH a AS (SELECT it''s 'UPDATE' FROM c) SELECT deleted_at FROM a":        true,
		"WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a":                    false,
		"WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a":                       false,
		"WITH a AS (SELECT 1) update b SET c = 1":                                  false,
		"WITH a AS (SELECT 1) REPLACE INTO b SELECT * FROM a":                      false,
		"INSERT INTO a VALUES (1) RETURNING id":                                    false,
		"UPDATE a SET b = (SELECT 1)":                                              false,
		"DELETE FROM a":                                                            false,
		"PRAGMA foreign_keys":                                                      false,
		"EXPLAIN SELECT 1":                                                         false,
		"SELECTED":                                                                 false,
		"":                                                                         false,
		"/* unfinished":                                                            false,
	} {
		if got := reads(query); got != want {
			t.Errorf("reads(%q) = %v", query, got)
		}
	}
}

// Whatever the text, it ends, and a text that begins with a word of writing is none that reads.
func FuzzReads(f *testing.F) {
	f.Add("WITH a AS (SELECT '''') SELECT 1 -- x")
	f.Add("/*/ */ [")
	f.Fuzz(func(t *testing.T, text string) {
		_ = reads(text)
		if reads("DELETE " + text) {
			t.Errorf("DELETE %q reads", text)
		}
		if !strings.ContainsAny(text, "'\"`[-/") && reads("WITH "+text+" DELETE ") {
			t.Errorf("WITH %q DELETE reads", text)
		}
	})
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52": true, "4.0.0": true, "3.54.1": true,
		"3.51.2": false, "3.51": false, "3.9.99": false, "2.99.99": false, "": false, "x": false,
	} {
		if got := atLeast(version, minSQLite); got != want {
			t.Errorf("%q is new enough: %v", version, got)
		}
	}
}

func TestWithoutPragmas(t *testing.T) {
	t.Parallel()
	script := "-- off\nPRAGMA foreign_keys = off;\nCREATE TABLE a (b text);\npragma foreign_keys=on;\nSELECT 'PRAGMA foreign_keys = off';\n"
	want := "-- off\n\nCREATE TABLE a (b text);\n\nSELECT 'PRAGMA foreign_keys = off';\n"
	if got := withoutPragmas(script); got != want {
		t.Errorf("got %q", got)
	}
}
