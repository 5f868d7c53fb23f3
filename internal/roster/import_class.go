package roster

import (
	"context"
	"fmt"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/class"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/record"
	"github.com/soloprint/soloprint/internal/roster/sheet"
	"github.com/soloprint/soloprint/internal/validate"
)

// maxClasses bounds the classes of an organization that gets them from files.
const maxClasses = 20_000

// course is a class of the file, and which one it is here.
type course struct {
	id  pid.ID     // empty where enrollments in it are passed over
	was *ent.Class // nil for a new one
	now classData
}

// classData is what a file says of a class.
type classData struct {
	Name     string      `json:"name" minLength:"1" maxLength:"200"`
	Code     string      `json:"code" maxLength:"60"`
	StartsOn string      `json:"starts_on"`
	EndsOn   string      `json:"ends_on"`
	State    class.State `json:"state"`
}

func dataOf(c *ent.Class) classData {
	return classData{c.Name, c.Code, orEmpty(c.StartsOn), orEmpty(c.EndsOn), c.State}
}

// catalog are the classes of the organization, by the words for them.
type catalog struct{ codes, folded, names map[string][]*ent.Class }

func (p *imported) catalog(ctx context.Context) (*catalog, error) {
	all, err := p.tx.Class.Query().Order(class.ByID()).Limit(maxClasses + 1).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read classes: %w", err)
	}
	if len(all) > maxClasses {
		return nil, errs.Invalid(errs.Field{Path: "file", Code: sheet.TooMany, Message: fmt.Sprintf("the organization has more than %d classes: roster files are for fewer", maxClasses)})
	}
	c := &catalog{map[string][]*ent.Class{}, map[string][]*ent.Class{}, map[string][]*ent.Class{}}
	for _, k := range all {
		p.names[k.ID] = k.Name
		if k.Code != "" {
			c.codes[k.Code] = append(c.codes[k.Code], k)
			c.folded[strings.ToLower(k.Code)] = append(c.folded[strings.ToLower(k.Code)], k)
		}
		if p.closed[k.ID] = over(k); !over(k) {
			c.names[strings.ToLower(k.Name)] = append(c.names[strings.ToLower(k.Name)], k)
		}
	}
	return c, nil
}

// findClasses looks up the classes of the file. Those with an identifier are found by code, or by a name that nothing else has
// and that has no code yet; words are codes or names of classes that are not over. Who is not found is new.
func (p *imported) findClasses(ctx context.Context) error {
	known, err := p.catalog(ctx)
	if err != nil {
		return err
	}
	titles := map[string]int{}
	for _, c := range p.file.Classes {
		titles[strings.ToLower(c.Name)]++
	}
	p.courses = make([]course, len(p.file.Classes))
	for i := range p.file.Classes {
		c := &p.file.Classes[i]
		found := known.codes[c.Key]
		if c.Key == "" {
			if found = known.folded[strings.ToLower(c.Name)]; len(found) == 0 {
				found = known.names[strings.ToLower(c.Name)]
			}
		} else if named := known.names[strings.ToLower(c.Name)]; len(found) == 0 && len(named) == 1 && named[0].Code == "" && titles[strings.ToLower(c.Name)] == 1 {
			found = named
		}
		p.courses[i] = p.course(c, found)
		if p.courses[i].id != "" {
			p.names[p.courses[i].id] = p.courses[i].now.Name
		}
	}
	return nil
}

// course settles which class is meant, of those that were found.
func (p *imported) course(c *sheet.Class, found []*ent.Class) course {
	refuse := func(code, message string, args ...any) course {
		p.wrong.Note(sheet.Fault{File: c.File, Row: c.Row, Column: p.classColumn(c), Code: code, Message: fmt.Sprintf(message, args...)})
		return course{}
	}
	switch {
	case len(found) > 1:
		return refuse(sheet.NotOne, "%q means %d classes of the organization: give them codes, and name the code", c.Key+c.Name, len(found))
	case len(found) == 1 && over(found[0]):
		p.notes.Note(sheet.Fault{File: c.File, Row: c.Row, Column: p.classColumn(c), Code: kept, Message: fmt.Sprintf("the class %q is over: nobody comes into it, or goes", found[0].Name)})
		return course{}
	case len(found) == 1:
		now := said(c, found[0])
		if wrong := validate.Struct(now); now != dataOf(found[0]) && len(wrong) > 0 {
			return refuse(wrong[0].Code, "the class's %s %s", wrong[0].Path, wrong[0].Message)
		}
		return course{found[0].ID, found[0], now}
	case c.Bare:
		return refuse(sheet.NotOne, "%q is no class of the organization", c.Key)
	case c.Leaves, c.EndsOn != "" && c.EndsOn < p.today:
		return course{}
	}
	now := classData{c.Name, c.Key, c.StartsOn, c.EndsOn, class.StateActive}
	if c.StartsOn > p.today {
		now.State = class.StateUpcoming
	}
	if wrong := validate.Struct(now); len(wrong) > 0 {
		return refuse(wrong[0].Code, "the class's %s %s", wrong[0].Path, wrong[0].Message)
	}
	return course{id: class.DefaultID(), now: now}
}

func (p *imported) classColumn(c *sheet.Class) string {
	switch {
	case p.file.Columns != nil:
		return p.file.HeaderOf("classes")
	case c.Bare:
		return "classSourcedId"
	}
	return "sourcedId"
}

// said is what the class will be.
func said(c *sheet.Class, was *ent.Class) classData {
	now := dataOf(was)
	if c.Key == "" || c.Bare {
		return now // the file names it, and says nothing of it
	}
	now.Code = c.Key
	if c.Name != "" {
		now.Name = c.Name
	}
	if c.StartsOn != "" {
		now.StartsOn = c.StartsOn
	}
	if c.EndsOn != "" {
		now.EndsOn = c.EndsOn
	}
	if c.Leaves {
		now.State = class.StateEnded
	}
	return now
}

// changedClasses are the classes that are made, changed or ended.
func (p *imported) changedClasses() (out []ImportClass) {
	for _, c := range p.courses {
		if action := c.action(); action != ImportSame {
			out = append(out, ImportClass{c.id, action, c.now.Name})
		}
	}
	return out
}

func (c course) action() ImportAction {
	switch {
	case c.id == "", c.was != nil && c.now == dataOf(c.was):
		return ImportSame
	case c.was == nil:
		return ImportNew
	case c.now.State == class.StateEnded:
		return ImportLeaving
	}
	return ImportChanged
}

// writeClasses makes and changes classes.
func (p *imported) writeClasses(ctx context.Context) error {
	for _, c := range p.courses {
		var err error
		switch c.action() {
		case ImportSame:
		case ImportNew:
			err = p.makeClass(ctx, c)
		default:
			err = rewriteClass(ctx, p.tx, c.was, c.now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *imported) makeClass(ctx context.Context, c course) error {
	draft := p.tx.Class.Create().SetID(c.id).SetName(c.now.Name).SetCode(c.now.Code).SetState(c.now.State).SetSearch(listing.Fold(c.now.Name, c.now.Code))
	if c.now.StartsOn != "" {
		draft.SetStartsOn(c.now.StartsOn)
	}
	if c.now.EndsOn != "" {
		draft.SetEndsOn(c.now.EndsOn)
	}
	if err := draft.Exec(ctx); err != nil {
		return fmt.Errorf("insert class: %w", err)
	}
	made, err := listing.LoadClass(p.tx.Class.Query().Where(class.ID(c.id))).Only(ctx)
	if err != nil {
		return fmt.Errorf("read class: %w", err)
	}
	event.Emit(ctx, p.tx, event.Created{Resource: "class", ID: made.ID, Object: record.Class(made)})
	return nil
}

// rewriteClass is a step that makes a class what a file says, or said before.
func rewriteClass(ctx context.Context, tx *ent.Tx, was *ent.Class, now classData) error {
	change := tx.Class.UpdateOne(was).SetName(now.Name).SetCode(now.Code).SetState(now.State).SetSearch(listing.Fold(now.Name, now.Code))
	if change.SetStartsOn(now.StartsOn); now.StartsOn == "" {
		change.Mutation().ResetStartsOn()
		change.ClearStartsOn()
	}
	if change.SetEndsOn(now.EndsOn); now.EndsOn == "" {
		change.Mutation().ResetEndsOn()
		change.ClearEndsOn()
	}
	if err := change.Exec(ctx); err != nil {
		return fmt.Errorf("update class: %w", err)
	}
	c, err := listing.LoadClass(tx.Class.Query().Where(class.ID(was.ID))).Only(ctx)
	if err != nil {
		return fmt.Errorf("read class: %w", err)
	}
	old := dataOf(was)
	if old.State != class.StateEnded && now.State == class.StateEnded {
		event.Emit(ctx, tx, event.Fact{Type: event.ClassEnded, Resource: "class", ID: c.ID, Object: record.Class(c), Previous: map[string]any{"state": was.State}})
		old.State = now.State
	}
	if previous := old.before(now); len(previous) > 0 {
		event.Emit(ctx, tx, event.Updated{Resource: "class", ID: c.ID, Object: record.Class(c), Previous: previous})
	}
	return nil
}

// before is what was other.
func (d classData) before(now classData) map[string]any {
	out := map[string]any{}
	note := func(name string, old, other string) {
		if old != other {
			out[name] = old
		}
	}
	note("name", d.Name, now.Name)
	note("code", d.Code, now.Code)
	note("starts_on", d.StartsOn, now.StartsOn)
	note("ends_on", d.EndsOn, now.EndsOn)
	note("state", string(d.State), string(now.State))
	return out
}
