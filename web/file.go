package web

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/enrollment"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// maxUpload bounds a file that a form brings, in bytes. Larger ones come by the API's signed addresses.
const maxUpload = 512 << 20

// filePages are the pages of files, and of handing one in.
func (c *Console) filePages() map[string]viewer {
	return map[string]viewer{"files": c.files, "submit": c.submit}
}

func (c *Console) fileActs() map[string]doer {
	return map[string]doer{
		"files/{fileId}/delete": do(c.Files.Delete, said("group.did.delete", func(f *ent.File) []any { return []any{"name", f.Name} })),
		"files/{fileId}/rename": do(c.Files.Update, said("material.did.save", func(f *ent.File) []any { return []any{"name", f.Name} })),
	}
}

// uploads are the forms that bring a file.
func (c *Console) uploads() map[string]form {
	return map[string]form{"submit": {c.submit, c.handIn}, "files": {c.files, func(v *visit) (done, error) {
		f, err := c.received(v)
		if err == nil && f == nil {
			err = errs.Invalid(errs.Field{Path: "file", Code: "required", Message: v.say("file.which")})
		}
		if err != nil {
			return done{}, err
		}
		return done{Toast: component.Toast{Text: v.say("file.did.add", "name", f.Name)}, To: "files"}, nil
	}}}
}

// picture is the picture in a file, and what names its version.
func (c *Console) picture(ctx context.Context, id string) ([]byte, string, error) {
	f, err := c.Crud.GetFile(ctx, crud.GetFileInput{ID: pid.ID(id)})
	if err != nil {
		return nil, "", err
	}
	return f.Thumbnail, strconv.Quote(strconv.Itoa(f.Version)), nil
}

// files is the list of files.
func (c *Console) files(v *visit) (templ.Component, error) {
	in, err := bind[crud.ListFilesInput](v)
	if err != nil {
		return nil, err
	}
	if in.Expand = []string{"uploaded_by.user"}; len(in.Status) == 0 {
		in.Status = append(in.Status, "ready", "pending", "fetching", "failed")
	}
	l, err := c.Crud.ListFiles(v, in)
	if err != nil {
		return nil, err
	}
	p := page.List{Page: component.Page{Title: v.say("nav.files"), Crumbs: []component.Crumb{{Word: v.say("nav.files")}}}, Sentence: v.say("file.sentence"), Path: "files", Search: v.say("file.search"), Q: in.Q, Caption: v.say("nav.files"), Actions: []page.NeedLink{{Path: "submit", Word: v.say("nav.submit"), Primary: true}},
		Columns: []page.Head{{Word: v.say("item.file")}, {Word: v.say("file.facts")}, {Word: v.say("filter.status")}, {Word: v.say("spool.col.when"), Off: true}}, Filters: []page.Filter{choice(v, "kind", "filekind", "gcode", "bgcode", "gcode_3mf", "3mf", "stl", "other")}, Pager: pager(v, l.Next), Narrowed: narrowed(v),
		Empty: page.Blank{Icon: "folder", Title: v.say("file.none.title"), Text: v.say("file.none.why"), Link: &page.NeedLink{Path: "submit", Word: v.say("nav.submit")}}}
	for _, f := range l.Data {
		p.Rows = append(p.Rows, c.fileRow(v, f))
	}
	return page.ListPage(p), nil
}

// fileRow is a file in a list.
func (c *Console) fileRow(v *visit, f *ent.File) page.Row {
	t := component.Thumb{ID: string(f.ID)}
	if len(f.Thumbnail) > 0 {
		t.Source = v.base() + "/thumbnails/" + string(f.ID)
	}
	name := page.Entry{Text: f.Name, Strong: true, Thumb: &t}
	if m := f.Edges.UploadedBy; m != nil {
		name.Sub = personName(m)
	}
	facts := page.Entry{Text: words.Bytes(v, f.SizeBytes)}
	if m := f.Metadata; m != nil {
		var parts []string
		if m.EstimatedSeconds > 0 {
			parts = append(parts, words.Seconds(v, m.EstimatedSeconds))
		}
		if m.FilamentG > 0 {
			parts = append(parts, words.Grams(v, m.FilamentG))
		}
		facts.Sub = list(parts)
	}
	sign := component.SignOf(v, "file", string(f.Status))
	r := page.Row{ID: string(f.ID), Label: f.Name, Cells: []page.Entry{name, facts, {Sign: &sign}, {Text: words.When(v, f.CreatedAt)}}}
	if f.Status == "ready" {
		r.Link = &page.NeedLink{Path: "submit?file_id=" + string(f.ID), Word: v.say("file.print")}
		r.Acts = append(r.Acts, component.Act{To: templ.SafeURL(v.base() + "/files/" + string(f.ID) + "/delete"), Icon: "trash-2", Word: v.say("group.delete.do"), Of: f.Name, Variant: "ghost", Confirm: v.say("group.delete.gone", "name", f.Name)})
	}
	return r
}

// submit is the form that hands a print in.
func (c *Console) submit(v *visit) (templ.Component, error) {
	s := page.Sheet{Page: component.Page{Title: v.say("nav.submit"), Quiet: true, Crumbs: []component.Crumb{{Word: v.say("nav.submit")}}}, Sentence: v.say("submit.why")}
	box := page.FormBox{ID: "submit", To: "submit", File: true, Stay: true, Submit: v.say("nav.submit"), Icon: "upload"}
	if id := v.r.URL.Query().Get("file_id"); id != "" {
		f, err := c.Crud.GetFile(v, crud.GetFileInput{ID: pid.ID(id)})
		if err != nil {
			return nil, err
		}
		box.Hidden = []component.Field{{Name: "file_id", Value: id}}
		box.Fields = append(box.Fields, page.Control{Input: &component.Input{Name: "name", Label: v.say("submit.name.label"), Value: strings.TrimSuffix(f.Name, path.Ext(f.Name)), Length: "200"}})
	} else {
		box.Fields = append(box.Fields, page.Control{Input: &component.Input{Name: "file", Label: v.say("submit.file.label"), Hint: v.say("submit.file.hint"), Type: "file", Accept: ".gcode,.bgcode,.3mf,.stl"}},
			page.Control{Input: &component.Input{Name: "name", Label: v.say("submit.name.label"), Hint: v.say("submit.name.hint"), Optional: true, Length: "200"}})
	}
	box.Fields = append(box.Fields,
		page.Control{Input: &component.Input{Name: "copies_requested", Label: v.say("item.copies.name"), Type: "number", Min: "1", Max: "1000", Value: "1"}},
		page.Control{Input: &component.Input{Name: "requirements.material_type", Label: v.say("item.material"), Hint: v.say("submit.material.hint"), Optional: true, Length: "40"}},
		page.Control{Input: &component.Input{Name: "requirements.color_match", Label: v.say("axis.colour"), Value: "any", Choices: []component.Choice{{Value: "any", Word: v.say("submit.colour_any")}, {Value: "similar", Word: v.say("submit.colour_similar")}, {Value: "exact", Word: v.say("submit.colour_exact")}}}},
		page.Control{Input: &component.Input{Name: "requirements.color_hex", Label: v.say("submit.colour"), Type: "color", Value: "#808080", Optional: true}})
	classes, err := c.myClassChoices(v)
	if err != nil {
		return nil, err
	}
	if len(classes) > 0 {
		box.Fields = append(box.Fields, page.Control{Input: &component.Input{Name: "class_id", Label: v.say("class.class"), Optional: true, Choices: append([]component.Choice{{Word: "–"}}, classes...)}})
	}
	box.Fields = append(box.Fields, page.Control{Input: &component.Input{Name: "deadline_at", Label: v.say("item.deadline"), Type: "datetime-local", Optional: true}})
	s.Forms = []page.FormBox{box}
	return page.SheetPage(s), nil
}

// myClassChoices are the classes for which somebody may hand prints in.
func (c *Console) myClassChoices(v *visit) (all []component.Choice, err error) {
	mine, err := c.Client.Enrollment.Query().Where(enrollment.MembershipID(v.actor.Membership)).WithClass().Limit(100).All(v)
	if err != nil {
		return nil, fmt.Errorf("read own classes: %w", err)
	}
	for _, e := range mine {
		if k := e.Edges.Class; k != nil && k.State == "active" {
			all = append(all, component.Choice{Value: string(k.ID), Word: k.Name})
		}
	}
	return all, nil
}

// handIn stores the file and puts the print into the queue.
func (c *Console) handIn(v *visit) (done, error) {
	in, err := bind[queue.CreateQueueItemInput](v)
	if err != nil {
		return done{}, err
	}
	if in.Requirements.ColorMatch == "any" {
		in.Requirements.ColorHex = ""
	}
	if in.FileID == nil {
		f, err := c.received(v)
		if err == nil && f == nil {
			err = errs.Invalid(errs.Field{Path: "file", Code: "required", Message: v.say("file.which")})
		}
		if err != nil {
			return done{}, err
		}
		if in.FileID = &f.ID; in.Name == "" {
			in.Name = strings.TrimSuffix(f.Name, path.Ext(f.Name))
		}
	}
	it, err := c.Items.Create(v, in)
	if err != nil {
		return done{}, err
	}
	to := "my-prints"
	if v.actor.Has(authz.QueueManage) {
		to = fmt.Sprintf("queue/%d", it.Number)
	}
	return done{Toast: component.Toast{Text: v.say("queue.did.submit", "name", it.Name)}, To: to}, nil
}

// received is the file that a form brought, stored; nil where it brought none.
func (c *Console) received(v *visit) (*ent.File, error) {
	body, header, err := v.r.FormFile("file")
	if err == http.ErrMissingFile || err == http.ErrNotMultipart {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the form's file: %w", err)
	}
	defer func() { _ = body.Close() }()
	f, err := c.Files.Receive(v, file.ReceiveInput{Name: path.Base(strings.ReplaceAll(header.Filename, `\`, "/")), Body: body})
	if err == nil && f.Status == "failed" {
		err = errs.Invalid(errs.Field{Path: "file", Code: "invalid", Message: v.say("file.unreadable")})
	}
	return f, err
}
