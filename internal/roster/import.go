package roster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/rosterimport"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster/sheet"
	"github.com/soloprint/soloprint/internal/validate"
)

// Imports has the operations on roster files, in the order in which a person comes to them: look at a file, keep it while columns
// are chosen, preview what it would change, apply it, take that back. Only the file matters: who calls without keeping it sends
// it with each.
type Imports struct {
	Roster *Service
}

// The operations on roster files.
var (
	OpImportExamine = authz.Op{Resource: "roster_import", Verb: "examine", Needs: authz.Any(authz.OrgManageUsers), Summary: "Say what a roster file is, and what its columns are taken for."}
	OpImportUpload  = authz.Op{Resource: "roster_import", Verb: "upload", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Keep a roster file for a day, until it is applied."}
	OpImportGet     = authz.Op{Resource: "roster_import", Verb: "get", Needs: authz.Any(authz.OrgManageUsers), Wide: true, Summary: "Read a roster file that is kept."}
	OpImportPreview = authz.Op{Resource: "roster_import", Verb: "preview", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Say what a roster file would change, and change nothing."}
	OpImportApply   = authz.Op{Resource: "roster_import", Verb: "apply", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Bring people, classes and enrollments up to a roster file: all of it or nothing."}
	OpImportList    = authz.Op{Resource: "roster_import", Verb: "list", Needs: authz.Any(authz.OrgManageUsers), Wide: true, Summary: "List the roster files that were applied in the last 30 days."}
	OpImportUndo    = authz.Op{Resource: "roster_import", Verb: "undo", Needs: authz.Any(authz.OrgManageUsers), Write: true, Summary: "Take back what a roster file changed, within 30 days, and leave what was changed since."}
)

// ImportOps lists them.
func ImportOps() []authz.Op {
	return []authz.Op{OpImportExamine, OpImportUpload, OpImportGet, OpImportPreview, OpImportApply, OpImportList, OpImportUndo}
}

// ImportInput is a roster file and how it is meant.
type ImportInput struct {
	Name     string            `json:"name,omitempty" maxLength:"200" doc:"Name of the file."`
	Content  []byte            `json:"content" doc:"OneRoster 1.1 or 1.2 (zip), CSV or XLSX; at most 16 MiB."`
	Columns  map[string]string `json:"columns,omitempty" doc:"Header to field, where words do not tell; \"-\" = ignore."`
	Roles    map[string]string `json:"roles,omitempty" doc:"Word of the file to role, where another one is meant."`
	Sheet    string            `json:"sheet,omitempty" maxLength:"200" doc:"Sheet of a workbook; absent = the first."`
	Schools  []string          `json:"schools,omitempty" maxItems:"500" doc:"sourcedIds of the organizations of OneRoster that are meant, with those below them; absent = all."`
	Complete *bool             `json:"complete,omitempty" doc:"Whether the file names everybody, so that others leave; absent = what the manifest says, and no for other files."`

	SkipErrors bool `json:"skip_errors,omitempty" doc:"Leave rows with errors out, instead of refusing the file. Whose row is left out stays as they are."`
}

// importTime is how long a file may take: 50,000 people with their enrollments are many rows.
const importTime = 5 * time.Minute

// Timeout implements op.Patient.
func (ImportInput) Timeout() time.Duration { return importTime }

// Validate refuses roles that are none.
func (in ImportInput) Validate() (fields []errs.Field) {
	for word, role := range in.Roles {
		if role != "-" && !slices.Contains(roles, roleOf(role)) {
			fields = append(fields, errs.Field{Path: "roles." + word, Code: validate.NotAllowed, Message: "must be owner, admin, operator, teacher, student or - for nobody"})
		}
	}
	return fields
}

func (in ImportInput) options(now time.Time) sheet.Options {
	return sheet.Options{Columns: in.Columns, Roles: in.Roles, Sheet: in.Sheet, Schools: in.Schools, Complete: in.Complete, Today: now.Format(time.DateOnly)}
}

// reading is the Input with what was read of the file, before the transaction begins.
type reading struct {
	ImportInput
	now  func() time.Time
	file *sheet.Roster
}

// Prepare implements op.Preparer.
func (in *reading) Prepare(context.Context) (err error) {
	in.file, err = sheet.Read(in.Content, in.options(in.now()))
	return err
}

func (s *Imports) reading(in ImportInput) *reading {
	return &reading{ImportInput: in, now: s.Roster.Ops.Clock.Now}
}

// Examine says what a file is, so that a person can choose columns, a sheet and schools.
func (s *Imports) Examine(ctx context.Context, in ImportInput) (*sheet.Look, error) {
	return op.Read(ctx, s.Roster.Ops, OpImportExamine, in, func(ctx context.Context, _ *ent.Client) (*sheet.Look, error) {
		return sheet.Examine(in.Content, in.options(op.Now(ctx)))
	})
}

// Preview says what a file would change.
func (s *Imports) Preview(ctx context.Context, in ImportInput) (*ImportResult, error) {
	read := s.reading(in)
	return op.Do(ctx, s.Roster.Ops, OpImportPreview, read, func(ctx context.Context, tx *ent.Tx) (*ImportResult, error) {
		p, err := s.plan(ctx, tx, read)
		if err != nil {
			return nil, err
		}
		return p.result(), nil
	})
}

// ApplyImportInput is a roster file that is to be applied.
type ApplyImportInput struct {
	ImportInput
	ImportID       *pid.ID                   `json:"import_id,omitempty" doc:"Under which the file is kept, if it is."`
	ConfirmLeaving bool                      `json:"confirm_leaving,omitempty" doc:"Go on although more than 20 % of those whom files manage would leave or be suspended."`
	Expect         *schematype.ImportSummary `json:"-"` // the counts that somebody was shown; other ones are refused
}

// applying is the Input with what was read of its file.
type applying struct {
	ApplyImportInput
	read *reading
}

// Prepare implements op.Preparer.
func (in applying) Prepare(ctx context.Context) error { return in.read.Prepare(ctx) }

// Apply brings people, classes and enrollments up to a file: all of it or nothing. It stops where more than a fifth of those
// whom files manage would leave, until that is confirmed. What it changed can be taken back for 30 days.
func (s *Imports) Apply(ctx context.Context, in ApplyImportInput) (*ImportResult, error) {
	all := applying{in, s.reading(in.ImportInput)}
	return op.Do(ctx, s.Roster.Ops, OpImportApply, all, func(ctx context.Context, tx *ent.Tx) (*ImportResult, error) {
		p, err := s.plan(ctx, tx, all.read)
		if err != nil {
			return nil, err
		}
		if err := p.refusal(in); err != nil {
			return nil, err
		}

		if err := p.write(ctx); err != nil {
			return nil, err
		}
		out := p.result()
		out.Import, err = p.keep(ctx, in)
		return out, err
	})
}

// UploadImportInput is a file that is to be kept.
type UploadImportInput struct {
	Name    string `json:"name,omitempty" maxLength:"200" doc:"Name of the file."`
	Content []byte `json:"content" doc:"The file, at most 16 MiB."`
}

// Validate refuses files of no size.
func (in UploadImportInput) Validate() []errs.Field {
	if len(in.Content) == 0 || len(in.Content) > sheet.MaxBytes {
		return []errs.Field{{Path: "content", Code: "too_long", Message: fmt.Sprintf("must have 1 byte to %d MiB", sheet.MaxBytes>>20)}}
	}
	return nil
}

// Upload keeps a file until it is applied, for a day at most.
func (s *Imports) Upload(ctx context.Context, in UploadImportInput) (*ent.RosterImport, error) {
	return op.Do(ctx, s.Roster.Ops, OpImportUpload, in, func(ctx context.Context, tx *ent.Tx) (*ent.RosterImport, error) {
		return by(ctx, tx.RosterImport.Create().SetName(in.Name).SetContent(in.Content)).Save(ctx)
	})
}

// by says who uploads or applies.
func by(ctx context.Context, c *ent.RosterImportCreate) *ent.RosterImportCreate {
	if m := authz.From(ctx).Membership; m != "" {
		c.SetByMembershipID(m)
	}
	return c
}

// GetImportInput names a file.
type GetImportInput struct {
	ImportID pid.ID `path:"import_id" json:"-" doc:"Identifier of the import."`
}

// Get reads a file that is kept. One that was applied has no content any more.
func (s *Imports) Get(ctx context.Context, in GetImportInput) (*ent.RosterImport, error) {
	return op.Read(ctx, s.Roster.Ops, OpImportGet, in, func(ctx context.Context, c *ent.Client) (*ent.RosterImport, error) {
		return c.RosterImport.Query().Where(rosterimport.ID(in.ImportID)).Only(ctx)
	})
}

// maxImports bounds the list: a file each night, and then some.
const maxImports = 200

// ListImportsInput has no fields.
type ListImportsInput struct{}

// List reads the files that were applied, the newest first, without what they changed.
func (s *Imports) List(ctx context.Context, in ListImportsInput) ([]*ent.RosterImport, error) {
	return op.Read(ctx, s.Roster.Ops, OpImportList, in, func(ctx context.Context, c *ent.Client) ([]*ent.RosterImport, error) {
		return c.RosterImport.Query().Where(rosterimport.AppliedAtNotNil()).
			Order(rosterimport.ByAppliedAt(sql.OrderDesc()), rosterimport.ByID(sql.OrderDesc())).Limit(maxImports).
			Select(rosterimport.FieldID, rosterimport.FieldName, rosterimport.FieldFormat, rosterimport.FieldSummary, rosterimport.FieldByMembershipID,
				rosterimport.FieldCreatedAt, rosterimport.FieldAppliedAt, rosterimport.FieldUndoneAt).All(ctx)
	})
}
