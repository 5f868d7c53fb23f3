package roster_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/roster"
)

func (b *bundle) imports() *roster.Imports { return &roster.Imports{Roster: b.roster} }

// oneRoster is the sample of a version, with some files other than they are.
func (b *bundle) oneRoster(version string, other map[string]string) []byte {
	b.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	all, err := filepath.Glob("sheet/testdata/oneroster-" + version + "/*.csv")
	if err != nil || len(all) == 0 {
		b.Fatal(err)
	}
	for _, path := range all {
		content, err := os.ReadFile(path)
		if text, ok := other[filepath.Base(path)]; ok {
			content = []byte(text)
		}
		if len(content) == 0 {
			continue
		}
		w, createErr := z.Create(filepath.Base(path))
		if err != nil || createErr != nil {
			b.Fatal(err, createErr)
		}
		_, _ = w.Write(content)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func csv(lines ...string) []byte { return []byte(strings.Join(lines, "\n")) }

// apply applies a file that is good.
func (b *bundle) apply(as context.Context, content []byte) *roster.ImportResult {
	b.Helper()
	r, err := b.imports().Apply(as, roster.ApplyImportInput{ImportInput: roster.ImportInput{Content: content}})
	if err != nil {
		b.Fatalf("apply: %v %+v", err, errs.From(err).Fields)
	}
	return r
}

// inventory is everything that files change in a school, as lines.
func (b *bundle) inventory(s school) (out []string) {
	b.Helper()
	for _, m := range b.client.Membership.Query().Where(membership.OrganizationID(s.org.ID), membership.DeletedAtIsNil()).WithUser().WithUserGroups().AllX(b.system) {
		line := fmt.Sprintf("person %s|%s|%s|%s|%s|%s", m.Edges.User.Email, m.Name, m.Role, m.Status, m.ExternalID, m.GradeLevel)
		for _, g := range m.Edges.UserGroups {
			line += " " + g.Name
		}
		out = append(out, line)
	}
	for _, c := range b.client.Class.Query().Where(class.OrganizationID(s.org.ID), class.DeletedAtIsNil()).AllX(b.system) {
		out = append(out, fmt.Sprintf("class %s|%s %s..%s %s", c.Code, c.Name, deref(c.StartsOn), deref(c.EndsOn), c.State))
	}
	for _, e := range b.client.Enrollment.Query().Where(enrollment.OrganizationID(s.org.ID)).WithClass().WithMembership(func(q *ent.MembershipQuery) { q.WithUser() }).AllX(b.system) {
		out = append(out, fmt.Sprintf("seat %s %s %s %s", e.Edges.Class.Name, e.Edges.Membership.Edges.User.Email, e.Role, e.Source))
	}
	slices.Sort(out)
	return out
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// added are the lines of the second inventory that the first one has not, and the other way round with a minus.
func added(before, after []string) (out []string) {
	for _, l := range after {
		if !slices.Contains(before, l) {
			out = append(out, l)
		}
	}
	for _, l := range before {
		if !slices.Contains(after, l) {
			out = append(out, "- "+l)
		}
	}
	return out
}
