package scim_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestConversations sends what products send, as their documentation has it, and compares what is answered. A file is a list of
// requests ("> METHOD path", then the body) and answers ("< status", then the body); $user1 and $group1 are the first user and
// group of the conversation.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	must(t, err)
	if len(files) < 3 {
		t.Fatalf("only %d conversations", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, db *store.DB) {
				want, err := os.ReadFile(file)
				must(t, err)
				got := setup(t, db).talk(t, string(want))
				if *update {
					must(t, os.WriteFile(file, []byte(got), 0o600))
				} else if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("the conversation is another one (-want +got):\n%s", diff)
				}
			})
		})
	}
}

var identifier = regexp.MustCompile(`sc[ug]_[0-9a-z]{26}`)

// talk sends the requests of a conversation, and writes it with what was answered.
func (b *bundle) talk(t testing.TB, text string) string {
	t.Helper()
	var out strings.Builder
	named, count := map[string]string{}, map[string]int{}
	known := func(id string) string {
		if named[id] == "" {
			kind := map[string]string{"scu": "$user", "scg": "$group"}[id[:3]]
			count[kind]++
			named[id] = fmt.Sprint(kind, count[kind])
		}
		return named[id]
	}
	for part := range strings.SplitSeq(text, "\n> ") {
		request, _, _ := strings.Cut(part, "\n< ")
		if !strings.Contains(part, "\n< ") && out.Len() == 0 { // what stands before the first request
			out.WriteString(part)
			continue
		}
		line, body, _ := strings.Cut(request, "\n")
		out.WriteString("\n> " + request + "\n")
		method, path, _ := strings.Cut(line, " ")
		send := func(s string) string {
			for id, name := range named {
				s = regexp.MustCompile(regexp.QuoteMeta(name)+`\b`).ReplaceAllLiteralString(s, id)
			}
			return s
		}
		a := b.calls(t, method, send(path), strings.TrimSpace(send(body)))
		answer := identifier.ReplaceAllStringFunc(pretty(t, a.text), known)
		fmt.Fprintf(&out, "< %d\n%s", a.status, answer)
		if i := strings.Index(part, "\n# "); i >= 0 { // the heading of the next request
			out.WriteString(strings.TrimRight(part[i:], "\n") + "\n")
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func pretty(t testing.TB, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	var out bytes.Buffer
	must(t, json.Indent(&out, []byte(text), "", "  "))
	return out.String() + "\n"
}
