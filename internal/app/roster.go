package app

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/roster/sheet"
)

// Behalf is in whose name the operator gives a command: a member of an organization, its first owner where no address is given.
type Behalf struct{ Organization, Email string }

// RosterFile is a roster file and how the operator says that it is meant.
type RosterFile struct {
	Behalf
	Name           string
	Content        []byte
	Columns, Roles map[string]string
	Sheet          string
	Schools        []string
	Complete       *bool
	SkipErrors     bool
	ConfirmLeaving bool
}

func (f RosterFile) input() roster.ImportInput {
	return roster.ImportInput{Name: f.Name, Content: f.Content, Columns: f.Columns, Roles: f.Roles, Sheet: f.Sheet, Schools: f.Schools, Complete: f.Complete, SkipErrors: f.SkipErrors}
}

// ExamineRoster says what a file is.
func (a *App) ExamineRoster(ctx context.Context, f RosterFile) (*sheet.Look, error) {
	ctx, err := a.onBehalf(ctx, f.Behalf)
	if err != nil {
		return nil, err
	}
	return a.Imports.Examine(ctx, f.input())
}

// PreviewRoster says what a file would change.
func (a *App) PreviewRoster(ctx context.Context, f RosterFile) (*roster.ImportResult, error) {
	ctx, err := a.onBehalf(ctx, f.Behalf)
	if err != nil {
		return nil, err
	}
	return a.Imports.Preview(ctx, f.input())
}

// ApplyRoster brings an organization up to a file.
func (a *App) ApplyRoster(ctx context.Context, f RosterFile) (*roster.ImportResult, error) {
	ctx, err := a.onBehalf(ctx, f.Behalf)
	if err != nil {
		return nil, err
	}
	return a.Imports.Apply(ctx, roster.ApplyImportInput{ImportInput: f.input(), ConfirmLeaving: f.ConfirmLeaving})
}

// UndoRoster takes back what a file changed.
func (a *App) UndoRoster(ctx context.Context, b Behalf, id string) (*roster.UndoResult, error) {
	ctx, err := a.onBehalf(ctx, b)
	if err != nil {
		return nil, err
	}
	return a.Imports.Undo(ctx, roster.UndoImportInput{ImportID: pid.ID(id)})
}

// RosterImports are the files that were applied in the last 30 days.
func (a *App) RosterImports(ctx context.Context, b Behalf) ([]*ent.RosterImport, error) {
	ctx, err := a.onBehalf(ctx, b)
	if err != nil {
		return nil, err
	}
	return a.Imports.List(ctx, roster.ListImportsInput{})
}

// onBehalf is the context of a command that is given in a member's name.
func (a *App) onBehalf(ctx context.Context, b Behalf) (context.Context, error) {
	actor, _, err := a.Person(ctx, b.Organization, b.Email)
	if err != nil {
		return nil, err
	}
	return authz.With(ctx, actor), nil
}
