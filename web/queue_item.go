package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/event"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/printrun"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// queueItem is the page of one item, found by its number or its identifier.
func (c *Console) queueItem(v *visit) (templ.Component, error) {
	it, err := c.findItem(v, v.r.PathValue("item"))
	if err != nil {
		return nil, err
	}
	p := page.Item{Row: c.itemRow(v, it), Facts: c.facts(v, it), Class: v.actor.Has(authz.QueueManage)}
	p.Lead = v.say("item.lead", "number", it.Number, "person", p.Row.Person, "time", words.Ago(v, it.CreatedAt))
	if it.ApprovalState != queueitem.ApprovalStateNotRequired {
		s := component.SignOf(v, "approval", string(it.ApprovalState))
		p.Approval = &page.Approval{Sign: s, Reason: it.ApprovalReason, Pending: it.ApprovalState == queueitem.ApprovalStatePending && it.State == queueitem.StateQueued && v.actor.Has(authz.QueueManage)}
		if it.DecidedAt != nil {
			p.Approval.When = words.When(v, *it.DecidedAt)
		}
		if it.DecidedByID != nil {
			if m, err := c.Client.Membership.Query().Where(membership.ID(*it.DecidedByID)).WithUser().Only(v); err == nil && m.Edges.User != nil { // who may not see the person sees the decision only
				p.Approval.By = m.Edges.User.Name
			}
		}
	}
	if slices.Contains([]queueitem.State{queueitem.StateQueued, queueitem.StateAssigned, queueitem.StateDraft}, it.State) && staff(v.actor) {
		e, err := c.Matching.Eligibility(v, queue.QueueItemEligibilityInput{QueueItemID: it.ID})
		if err != nil {
			return nil, err
		}
		p.Matrix = c.matrix(v, it, e)
	}
	p.Acts = c.itemActs(v, it)
	if p.Runs, err = c.runs(v, it); err != nil {
		return nil, err
	}
	p.Timeline, err = c.timeline(v, "queue_item", it.ID)
	return page.ItemPage(p), err
}

// findItem finds an item by number or identifier.
func (c *Console) findItem(v *visit, named string) (*ent.QueueItem, error) {
	id := pid.ID(named)
	if n, err := strconv.ParseInt(strings.TrimPrefix(strings.ToUpper(named), "Q-"), 10, 64); err == nil {
		if id, err = c.Client.QueueItem.Query().Where(queueitem.Number(n)).OnlyID(v); err != nil {
			return nil, errs.NotFound("queue_item")
		}
	}
	return c.Items.Get(v, queue.GetQueueItemInput{QueueItemID: id, Expand: []string{"submitter.user", "class", "file", "assigned_printer"}})
}

// facts is what an item asks for, in three columns.
func (c *Console) facts(v *visit, it *ent.QueueItem) [][]page.Fact {
	q := it.Requirements
	say := func(key, value string) page.Fact { return page.Fact{Name: v.say("item." + key), Value: value} }
	first := []page.Fact{say("time", orDash(it.EstimatedSeconds > 0, words.Seconds(v, it.EstimatedSeconds))), say("filament", orDash(it.EstimatedG > 0, words.Grams(v, it.EstimatedG))),
		say("copies.name", v.say("item.copies.done", "done", it.CopiesDone, "all", it.CopiesRequested)), say("tries.name", v.say("item.tries.left", "left", max(0, it.MaxAttempts-it.Attempts), "all", it.MaxAttempts))}
	second := []page.Fact{{Name: v.say("item.material"), Value: wanted(v, it), Colour: q.ColorHex}, say("nozzle", orDash(q.NozzleDiameterMM > 0, words.Number(v, q.NozzleDiameterMM)+" mm "+q.NozzleType))}
	if s := q.MinVolumeMM; s != nil {
		second = append(second, say("size", fmt.Sprintf("%s × %s × %s mm", words.Number(v, s.X), words.Number(v, s.Y), words.Number(v, s.Z))))
	}
	if q.NozzleC > 0 || q.BedC > 0 {
		second = append(second, say("heat.name", v.say("item.heat.both", "nozzle", words.Number(v, q.NozzleC), "bed", words.Number(v, q.BedC))))
	}
	third := []page.Fact{say("priority", v.say("priority."+string(it.Priority)))}
	if f := it.Edges.File; f != nil {
		third = append(third, page.Fact{Name: v.say("item.file"), Value: f.Name})
	}
	if it.DeadlineAt != nil {
		third = append(third, say("deadline", words.When(v, *it.DeadlineAt)))
	}
	if it.NotBefore != nil {
		third = append(third, say("notbefore", words.When(v, *it.NotBefore)))
	}
	if it.ExternalRef != "" {
		third = append(third, say("ref", it.ExternalRef))
	}
	return [][]page.Fact{first, second, third}
}

func orDash(known bool, text string) string {
	if known {
		return text
	}
	return "–"
}

// itemActs are the actions of an item's head.
func (c *Console) itemActs(v *visit, it *ent.QueueItem) (acts []component.Act) {
	to := func(verb string) templ.SafeURL {
		return templ.SafeURL(v.base() + "/items/" + string(it.ID) + "/" + verb)
	}
	seen := []component.Field{{Name: "version", Value: strconv.Itoa(it.Version)}}
	may := v.actor.Has(authz.QueueManage)
	if may && (it.State == queueitem.StateQueued || it.State == queueitem.StateAssigned) {
		if it.Hold == queueitem.HoldNone {
			acts = append(acts, component.Act{To: to("hold"), Icon: "pause", Word: v.say("queue.hold"), Fields: seen})
		} else {
			acts = append(acts, component.Act{To: to("release"), Icon: "play", Word: v.say("queue.release.do"), Fields: seen})
		}
	}
	if may && it.State == queueitem.StateAssigned && it.AssignedPrinterID != nil {
		acts = append(acts, component.Act{To: to("unassign"), Word: v.say("queue.unassign.do"), Fields: seen},
			component.Act{To: templ.SafeURL(v.base() + "/printers/" + string(*it.AssignedPrinterID) + "/dispatch"), Icon: "play", Word: v.say("item.start"), Variant: "primary"})
	}
	if may || it.SubmitterID == v.actor.Membership {
		switch it.State {
		case queueitem.StateDraft, queueitem.StateQueued, queueitem.StateAssigned:
			acts = append(acts, component.Act{To: to("cancel"), Icon: "ban", Word: v.say("item.cancel.do"), Fields: seen})
		case queueitem.StateDispatching, queueitem.StatePrinting, queueitem.StatePaused:
			acts = append(acts, component.Act{To: to("cancel"), Icon: "ban", Word: v.say("item.cancel.do"), Variant: "destructive", Confirm: v.say("item.cancel.sure", "name", it.Name), Fields: seen})
		}
	}
	return acts
}

// runs are the prints of an item, the newest first.
func (c *Console) runs(v *visit, it *ent.QueueItem) ([]page.RunRow, error) {
	all, err := c.Client.PrintRun.Query().Where(printrun.QueueItemID(it.ID)).Order(ent.Desc(printrun.FieldDispatchedAt)).Limit(20).All(v)
	if err != nil {
		return nil, fmt.Errorf("read prints: %w", err)
	}
	var rows []page.RunRow
	for _, r := range all {
		row := page.RunRow{ID: string(r.ID), Name: copyName(v, it, r.Copy), Printer: r.PrinterName, Sign: runSign(v, r), When: words.When(v, r.DispatchedAt), Left: c.left(v, r), Running: r.State == printrun.StatePrinting || r.State == printrun.StatePaused, Progress: r.Progress}
		if r.FailureReason != nil {
			row.Why = v.say("failure.by_" + string(*r.FailureReason))
		}
		if r.PrinterID != nil && v.actor.Has(authz.QueueManage) {
			row.Acts = runActs(v, r)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// runActs is what a person can do about a print.
func runActs(v *visit, r *ent.PrintRun) []component.Act {
	to := func(verb string) templ.SafeURL {
		return templ.SafeURL(v.base() + "/printers/" + string(*r.PrinterID) + "/" + verb)
	}
	switch r.State {
	case printrun.StatePrinting:
		return []component.Act{{To: to("pause"), Icon: "pause", Word: v.say("run.pause")}}
	case printrun.StatePaused:
		return []component.Act{{To: to("resume"), Icon: "play", Word: v.say("run.resume")}}
	case printrun.StateFinished:
		return []component.Act{{To: to("clear-bed"), Word: v.say("bed.failed.do"), Fields: []component.Field{{Name: "verdict", Value: "failure"}, {Name: "failure_reason", Value: "other"}}},
			{To: to("clear-bed"), Icon: "check", Word: v.say("bed.good.do"), Variant: "primary", Fields: []component.Field{{Name: "verdict", Value: "success"}}}}
	case printrun.StateNeedsConfirmation:
		confirm := templ.SafeURL(v.base() + "/items/prints/" + string(r.ID) + "/confirm")
		return []component.Act{{To: confirm, Word: v.say("run.no"), Fields: []component.Field{{Name: "started", Value: "false"}}}, {To: confirm, Word: v.say("run.yes"), Variant: "primary", Fields: []component.Field{{Name: "started", Value: "true"}}}}
	}
	return nil
}

// runSign is the state of a print.
func runSign(v *visit, r *ent.PrintRun) component.Sign {
	word := map[printrun.State]string{printrun.StateDispatching: "preparing", printrun.StateFinished: "awaiting", printrun.StateNeedsConfirmation: "awaiting"}[r.State]
	if word == "" {
		word = string(r.State)
	}
	return component.SignOf(v, "print", word)
}

// timeline is what happened to a thing, the newest first, as far as the reader may read events.
func (c *Console) timeline(v *visit, subject string, id pid.ID) ([]page.Moment, error) {
	if !v.actor.HasAny(authz.OperationsRead, authz.IntegrationsManage) {
		return nil, nil
	}
	all, err := c.Client.Event.Query().Where(event.SubjectType(subject), event.SubjectID(string(id))).Order(ent.Desc(event.FieldSequence)).Limit(50).All(v)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	names := map[string]string{}
	var ids []pid.ID
	for _, e := range all {
		if e.ActorMembershipID != "" {
			ids = append(ids, pid.ID(e.ActorMembershipID))
		}
	}
	if people, err := c.Client.Membership.Query().Where(membership.IDIn(ids...)).WithUser().Limit(100).All(v); err == nil { // a name that may not be read is left out
		for _, m := range people {
			if m.Edges.User != nil {
				names[string(m.ID)] = m.Edges.User.Name
			}
		}
	}
	var moments []page.Moment
	for _, e := range all {
		moments = append(moments, page.Moment{Text: words.Or(v, "event."+e.Type, strings.ReplaceAll(e.Type, ".", " ")), By: names[e.ActorMembershipID], When: words.When(v, e.OccurredAt), ISO: e.OccurredAt.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return moments, nil
}

// maxMatrix is how many printers a matrix draws; those that are farther away are counted.
const maxMatrix = 40

// matrix says of every printer whether it fits, nearest first, and what would mend it.
func (c *Console) matrix(v *visit, it *ent.QueueItem, e *schematype.Eligibility) *page.Matrix {
	m := &page.Matrix{Total: len(e.Printers), At: words.Clock(v, e.ComputedAt), Again: component.Act{To: templ.SafeURL(v.base() + "/items/" + string(it.ID) + "/recompute"), Icon: "refresh-cw", Word: v.say("matrix.again"), Variant: "ghost"}}
	axes := map[string]bool{}
	general := map[string]bool{}
	var lines []page.MatrixLine
	for _, p := range e.Printers {
		l := page.MatrixLine{ID: p.PrinterID, Name: p.PrinterName, Score: p.Score, Cells: map[string]page.Cell{}}
		for _, r := range p.Reasons {
			if itemReason(r.Code) {
				if !general[r.Code] {
					general[r.Code] = true
					m.General = append(m.General, c.reason(v, it, p, r))
				}
				continue
			}
			c.judge(v, it, p, r, &l)
			axes[axisOf(r)] = true
		}
		l.Group = groupOf(p, l)
		if p.Verdict == "eligible" || p.Verdict == "waiting" {
			l.Acts = c.assignAct(v, it, p)
		}
		lines = append(lines, l)
	}
	slices.SortStableFunc(lines, func(a, b page.MatrixLine) int {
		if d := slices.Index(page.Groups, a.Group) - slices.Index(page.Groups, b.Group); d != 0 {
			return d
		}
		return b.Score - a.Score
	})
	m.More = max(0, len(lines)-maxMatrix)
	m.Lines = lines[:min(len(lines), maxMatrix)]
	for i, a := range page.Axes {
		if i < 9 || axes[a] {
			m.Axes = append(m.Axes, a)
		}
	}
	if len(m.Lines) > 0 && e.State == "blocked" && m.Lines[0].Group == "near" {
		m.Shortest = &m.Lines[0]
	}
	return m
}

// itemReason reports whether a reason is about the print itself, whatever the printer.
func itemReason(code string) bool {
	return slices.Contains([]string{"approval_required", "hold", "not_before", "file_not_ready"}, code)
}

// judge puts a reason into a printer's line.
func (c *Console) judge(v *visit, it *ent.QueueItem, p schematype.PrinterVerdict, r errs.Reason, l *page.MatrixLine) {
	tone := map[string]string{"hard": "bad", "temporary": "wait", "soft": "soft"}[r.Severity]
	axis := axisOf(r)
	if old := l.Cells[axis].Tone; old == "" || old != "bad" {
		l.Cells[axis] = page.Cell{Tone: tone}
	}
	why := c.reason(v, it, p, r)
	why.Quiet = r.Severity != "hard"
	l.Whys = append(l.Whys, why)
	if r.Severity == "hard" {
		l.Steps++
		if slices.Contains([]string{"volume_exceeded", "nozzle_temperature_exceeded", "bed_temperature_exceeded", "file_format_unsupported"}, r.Code) {
			l.Never = true
		}
	}
}

// axisOf is the column that a reason stands in.
func axisOf(r errs.Reason) string {
	switch r.Code {
	case "user_no_printer_access", "class_no_printer_access", "not_in_target_printers", "not_in_target_models", "not_in_target_groups", "model_mismatch":
		return "access"
	case "tag_missing":
		return "tags"
	case "bed_not_clear":
		return "bed"
	case "nozzle_diameter_mismatch", "nozzle_type_mismatch":
		return "nozzle"
	case "volume_exceeded":
		return "size"
	case "nozzle_temperature_exceeded", "bed_temperature_exceeded":
		return "heat"
	case "file_format_unsupported":
		return "format"
	case "tool_count":
		return "tools"
	case "material_mismatch", "slot_empty":
		return "material"
	case "color_mismatch":
		return "colour"
	case "filament_insufficient":
		return "filament"
	}
	return "state"
}

// groupOf is how far a printer is away.
func groupOf(p schematype.PrinterVerdict, l page.MatrixLine) string {
	switch {
	case p.Verdict == "eligible":
		return "now"
	case l.Never:
		return "never"
	case l.Steps == 0:
		return "wait"
	case l.Steps == 1:
		return "near"
	}
	return "far"
}

// assignAct puts the item into the printer's line.
func (c *Console) assignAct(v *visit, it *ent.QueueItem, p schematype.PrinterVerdict) []component.Act {
	if !v.actor.Has(authz.QueueManage) || it.State != queueitem.StateQueued {
		return nil
	}
	return []component.Act{{To: templ.SafeURL(v.base() + "/items/" + string(it.ID) + "/assign"), Icon: "printer", Word: v.say("queue.assign"), Of: p.PrinterName,
		Fields: []component.Field{{Name: "printer_id", Value: p.PrinterID}, {Name: "version", Value: strconv.Itoa(it.Version)}}}}
}

// reason is a reason as a sentence, with what mends it in one click.
func (c *Console) reason(v *visit, it *ent.QueueItem, p schematype.PrinterVerdict, r errs.Reason) page.Why {
	w := page.Why{}
	values := []any{"expected", r.Expected, "actual", r.Actual, "printer", p.PrinterName}
	if r.NeededG != nil && r.RemainingG != nil && r.ReservedG != nil {
		values = append(values, "needed", words.Grams(v, *r.NeededG), "left", words.Grams(v, *r.RemainingG), "reserved", words.Grams(v, *r.ReservedG))
	}
	if key := "reason." + r.Code; words.From(v).Known(key) {
		w.Text = v.say(key, values...)
	} else {
		w.Text = r.Fix
	}
	if !v.actor.Has(authz.QueueManage) {
		return w
	}
	at := func(path string, act component.Act) component.Act {
		act.To = templ.SafeURL(v.base() + "/" + path)
		return act
	}
	item, seen := "items/"+string(it.ID)+"/", component.Field{Name: "version", Value: strconv.Itoa(it.Version)}
	switch r.Code {
	case "approval_required":
		w.Acts = append(w.Acts, at(item+"approve", component.Act{Icon: "user-check", Word: v.say("queue.approve.do"), Variant: "primary", Fields: []component.Field{seen}}))
	case "hold":
		w.Acts = append(w.Acts, at(item+"release", component.Act{Icon: "play", Word: v.say("queue.release.do"), Fields: []component.Field{seen}}))
	case "not_before":
		w.Acts = append(w.Acts, at(item+"change", component.Act{Icon: "play", Word: v.say("matrix.startnow"), Fields: []component.Field{seen, {Name: "not_before", Value: ""}}}))
	case "bed_not_clear":
		w.Acts = append(w.Acts, at("printers/"+p.PrinterID+"/clear-bed", component.Act{Icon: "check", Word: v.say("bed.clear.do"), Of: p.PrinterName}))
	case "printer_paused":
		w.Acts = append(w.Acts, at("printers/"+p.PrinterID+"/resume", component.Act{Icon: "play", Word: v.say("run.resume")}))
	case "color_mismatch":
		w.Acts = append(w.Acts, at(item+"relax", component.Act{Icon: "palette", Word: v.say("matrix.anycolour"), Fields: []component.Field{seen, {Name: "drop", Value: "colour"}}}))
		w.Link = loadLink(v, it, p)
	case "tag_missing":
		w.Acts = append(w.Acts, at(item+"relax", component.Act{Word: v.say("matrix.droptag"), Fields: []component.Field{seen, {Name: "drop", Value: "tags"}}}))
	case "not_in_target_printers", "not_in_target_models", "not_in_target_groups", "model_mismatch":
		w.Acts = append(w.Acts, at(item+"relax", component.Act{Word: v.say("matrix.anyprinter"), Fields: []component.Field{seen, {Name: "drop", Value: "printers"}}}))
	case "material_mismatch", "slot_empty", "filament_insufficient":
		w.Link = loadLink(v, it, p)
	case "printer_offline", "printer_error", "printer_attention", "printer_out_of_order":
		w.Link = &page.NeedLink{Path: "printers/" + p.PrinterID, Word: v.say("dashboard.printer.do")}
	case "user_no_printer_access", "class_no_printer_access":
		if v.actor.Has(authz.OrgManageUsers) {
			w.Link = &page.NeedLink{Path: "user-groups", Word: v.say("matrix.access")}
		}
	}
	return w
}

// loadLink leads to where a spool is loaded into the printer, with what fits chosen.
func loadLink(v *visit, it *ent.QueueItem, p schematype.PrinterVerdict) *page.NeedLink {
	if !v.actor.Has(authz.SpoolManage) {
		return nil
	}
	return &page.NeedLink{Path: "printers/" + p.PrinterID + "?material=" + it.Requirements.MaterialType + "#slots", Word: v.say("matrix.load")}
}

// relax drops one demand of an item: any colour, any nozzle, any printer.
func (c *Console) relax(v *visit) (done, error) {
	in, err := bind[queue.UpdateQueueItemInput](v)
	if err != nil {
		return done{}, err
	}
	it, err := c.Items.Get(v, queue.GetQueueItemInput{QueueItemID: in.QueueItemID})
	if err != nil {
		return done{}, err
	}
	q := it.Requested
	switch v.r.PostForm.Get("drop") {
	case "colour":
		q.ColorHex, q.ColorMatch = it.Requirements.ColorHex, "any"
	case "tags":
		q.TagIDs = nil
	case "printers":
		q.PrinterIDs, q.PrinterModels, q.PrinterGroupIDs = nil, nil, nil
	default:
		return done{}, errs.Invalid(errs.Field{Path: "drop", Code: "invalid", Message: "is no demand that can be dropped"})
	}
	in.Requirements = omitted(&q)
	changed, err := c.Items.Update(v, in)
	if err != nil {
		return done{}, err
	}
	return done{Toast: component.Toast{Text: v.say("queue.did.change", "name", changed.Name)}}, nil
}
