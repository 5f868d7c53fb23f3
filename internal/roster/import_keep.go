package roster

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/rosterimport"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// changeLog is what a file changed, as it is kept for an undo: JSON, packed.
type changeLog struct {
	People  []changedPerson `json:"people,omitempty"`
	Classes []changedClass  `json:"classes,omitempty"`
}

// changedPerson is what became of somebody: they joined (Was is nil), left (Now is nil) or changed.
type changedPerson struct {
	ID       pid.ID        `json:"id"`
	Was      *keptPerson   `json:"was,omitempty"`
	Now      *keptPerson   `json:"now,omitempty"`
	Added    []pid.ID      `json:"added,omitempty"`   // classes
	Removed  []changedSeat `json:"removed,omitempty"` // places in classes
	Reseated []changedSeat `json:"reseated,omitempty"`
	Groups   []pid.ID      `json:"groups,omitempty"` // user groups of somebody who left
}

// keptPerson are the columns of a member that files change.
type keptPerson struct {
	Name       string            `json:"name"`
	Role       membership.Role   `json:"role"`
	Status     membership.Status `json:"status"`
	ExternalID string            `json:"external_id"`
	GradeLevel string            `json:"grade_level"`
}

// changedSeat is a place in a class that somebody lost, or has with another role (Now).
type changedSeat struct {
	Class  pid.ID            `json:"class"`
	Role   enrollment.Role   `json:"role"`
	Source enrollment.Source `json:"source"`
	Now    enrollment.Role   `json:"now,omitempty"`
}

// changedClass is a class that was made (Was is nil) or changed.
type changedClass struct {
	ID  pid.ID     `json:"id"`
	Was *classData `json:"was,omitempty"`
	Now classData  `json:"now"`
}

// write carries the plan out: classes first, then people in statements by the hundred rows.
func (p *imported) write(ctx context.Context) error {
	if err := p.writeClasses(ctx); err != nil {
		return err
	}
	if err := p.roster.write(ctx); err != nil {
		return err
	}
	roles := map[pid.ID]map[Enrolling][]pid.ID{}
	for _, r := range p.reseated {
		putSeat(roles, r.class, r.now, r.member.id)
	}
	return reseat(ctx, p.tx, roles)
}

func putSeat(into map[pid.ID]map[Enrolling][]pid.ID, class pid.ID, as Enrolling, member pid.ID) {
	if into[class] == nil {
		into[class] = map[Enrolling][]pid.ID{}
	}
	into[class][as] = append(into[class][as], member)
}

// reseat is a step that gives people other roles in their classes.
func reseat(ctx context.Context, tx *ent.Tx, classes map[pid.ID]map[Enrolling][]pid.ID) error {
	ids := make([]pid.ID, 0, len(classes))
	for id := range classes {
		ids = append(ids, id)
	}
	for _, id := range distinct(ids) {
		if _, err := op.Load(ctx, tx.Class, id); err != nil {
			return err
		}
		if err := seatAll(ctx, tx, id, classes[id]); err != nil {
			return err
		}
	}
	return nil
}

// keep stores what was changed, and forgets the file.
func (p *imported) keep(ctx context.Context, in ApplyImportInput) (*ent.RosterImport, error) {
	packed, err := pack(p.log())
	if err != nil {
		return nil, err
	}
	if in.ImportID == nil {
		return by(ctx, p.tx.RosterImport.Create().SetName(in.Name)).SetFormat(p.file.Format).SetSummary(p.summary()).SetChanges(packed).SetAppliedAt(op.Now(ctx)).Save(ctx)
	}
	uploaded, err := lock(p.tx, p.tx.RosterImport.Query().Where(rosterimport.ID(*in.ImportID))).Only(ctx)
	if err != nil {
		return nil, err
	}
	if uploaded.AppliedAt != nil {
		return nil, errs.New(errs.AlreadyExists, "This file was applied already.")
	}
	return p.tx.RosterImport.UpdateOne(uploaded).SetFormat(p.file.Format).SetSummary(p.summary()).ClearContent().SetChanges(packed).SetAppliedAt(op.Now(ctx)).Save(ctx)
}

// log is what the plan changed of whom.
func (p *imported) log() *changeLog {
	roles := map[pid.ID][]changedSeat{}
	for _, r := range p.reseated {
		roles[r.member.id] = append(roles[r.member.id], changedSeat{r.class, r.was.Role, r.was.Source, r.now.Role})
	}
	out := &changeLog{}
	for i := range p.roster.rows {
		w := &p.roster.rows[i]
		c := p.logged(w)
		c.Reseated = roles[w.id]
		if delete(roles, w.id); w.was != w.now || len(c.Reseated) > 0 {
			out.People = append(out.People, c)
		}
	}
	for _, m := range p.people { // who has another role in a class, and nothing else
		if seats := roles[m.id]; seats != nil {
			out.People = append(out.People, changedPerson{ID: m.id, Was: keptOf(personOf(m.is)), Now: keptOf(personOf(m.is)), Reseated: seats})
		}
	}
	for _, c := range p.courses {
		switch c.action() {
		case ImportSame:
		case ImportNew:
			out.Classes = append(out.Classes, changedClass{ID: c.id, Now: c.now})
		default:
			was := dataOf(c.was)
			out.Classes = append(out.Classes, changedClass{c.id, &was, c.now})
		}
	}
	return out
}

// logged is what was changed of a person.
func (p *imported) logged(w *row) changedPerson {
	c := changedPerson{ID: w.id, Was: keptOf(w.was), Now: keptOf(w.now), Added: without(w.now.at().classes, w.had().at().classes)}
	if w.leaves {
		c.Now, c.Groups = nil, w.was.at().groups
	}
	for _, at := range without(w.had().at().classes, w.now.at().classes) {
		i := slices.IndexFunc(p.seats[w.id], func(s seatHad) bool { return s.class == at })
		if i >= 0 {
			c.Removed = append(c.Removed, changedSeat{Class: at, Role: p.seats[w.id][i].Role, Source: p.seats[w.id][i].Source})
		}
	}
	return c
}

func keptOf(p *person) *keptPerson {
	if p == nil {
		return nil
	}
	return &keptPerson{p.name, p.role, p.status, p.externalID, p.gradeLevel}
}

// pack is the log in few bytes: 50,000 people are 1 to 2 MB.
func pack(l *changeLog) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(l); err != nil {
		return nil, fmt.Errorf("pack changes: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack changes: %w", err)
	}
	return b.Bytes(), nil
}

func unpack(b []byte) (*changeLog, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("unpack changes: %w", err)
	}
	l := &changeLog{}
	if err := json.NewDecoder(z).Decode(l); err != nil {
		return nil, fmt.Errorf("unpack changes: %w", err)
	}
	return l, nil
}
