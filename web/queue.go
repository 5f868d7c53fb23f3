package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/web/component"
	"github.com/soloprint/soloprint/web/page"
	"github.com/soloprint/soloprint/web/words"
)

// queueActs are what one button does to an item.
func (c *Console) queueActs() map[string]doer {
	of := func(key string, undo string) func(*visit, *ent.QueueItem) done {
		return func(v *visit, it *ent.QueueItem) done {
			t := component.Toast{Text: v.say(key, "name", it.Name)}
			if undo != "" {
				t.Undo = v.base() + "/items/" + string(it.ID) + "/" + undo
			}
			return done{Toast: t}
		}
	}
	return map[string]doer{
		"items/{queue_item_id}/approve":         do(c.Items.Approve, of("queue.did.approve", "")),
		"items/{queue_item_id}/deny":            do(c.Items.Deny, of("queue.did.deny", "approve")),
		"items/{queue_item_id}/request-changes": do(c.Items.RequestChanges, of("queue.did.changes", "approve")),
		"items/{queue_item_id}/hold":            do(c.Items.Hold, of("queue.did.hold", "release")),
		"items/{queue_item_id}/release":         do(c.Items.Release, of("queue.did.release", "hold")),
		"items/{queue_item_id}/cancel":          do(c.Items.Cancel, of("queue.did.cancel", "")),
		"items/{queue_item_id}/move":            do(c.Items.Move, of("queue.did.move", "")),
		"items/{queue_item_id}/assign":          do(c.Matching.Assign, of("queue.did.assign", "unassign")),
		"items/{queue_item_id}/unassign":        do(c.Matching.Unassign, of("queue.did.unassign", "")),
		"items/{queue_item_id}/recompute":       do(c.Matching.Recompute, of("queue.did.recompute", "")),
		"items/{queue_item_id}/change":          do(c.Items.Update, of("queue.did.change", "")),
		"items/{queue_item_id}/relax":           c.relax,
		"items/prints/{print_id}/confirm":       do(c.Dispatch.Confirm, said("queue.did.confirm", func(r *ent.PrintRun) []any { return []any{"printer", r.PrinterName} })),
		"queue/bulk":                            c.bulkQueue,
	}
}

// tabs are the saved views that everybody has, with what they show.
var tabs = []struct {
	key  string
	want queue.ListQueueItemsInput
}{
	{"open", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{State: append(slices.Clone(open), queueitem.StateDraft)}}},
	{"approval", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{ApprovalState: []queueitem.ApprovalState{queueitem.ApprovalStatePending}, State: open}}},
	{"blocked", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{State: []queueitem.State{queueitem.StateQueued}, Hold: []queueitem.Hold{queueitem.HoldNone}}, Eligibility: []string{"blocked"}}},
	{"running", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{State: []queueitem.State{queueitem.StateDispatching, queueitem.StatePrinting, queueitem.StatePaused, queueitem.StateAwaitingVerdict}}}},
	{"ended", queue.ListQueueItemsInput{QueueItems: listing.QueueItems{State: []queueitem.State{queueitem.StateCompleted, queueitem.StateFailed, queueitem.StateCancelled, queueitem.StateExpired}, Sort: "-updated_at"}}},
}

// queue is the list of items, or the board of them.
func (c *Console) queue(v *visit) (templ.Component, error) {
	in, err := bind[queue.ListQueueItemsInput](v)
	if err != nil {
		return nil, err
	}
	p := page.Queue{View: v.r.URL.Query().Get("view"), Board: v.r.URL.Query().Get("as") == "board", Q: in.Q}
	at := max(0, slices.IndexFunc(tabs, func(t struct {
		key  string
		want queue.ListQueueItemsInput
	}) bool {
		return t.key == p.View
	}))
	want := tabs[at].want
	p.View = tabs[at].key
	if len(in.State) == 0 {
		in.State = want.State
	}
	if len(in.Eligibility) == 0 {
		in.Eligibility = want.Eligibility
	}
	if len(in.ApprovalState) == 0 {
		in.ApprovalState = want.ApprovalState
	}
	if len(in.Hold) == 0 {
		in.Hold = want.Hold
	}
	if in.Sort == "" {
		if in.Sort = want.Sort; in.Sort == "" {
			in.Sort = "position"
		}
	}
	in.Expand = []string{"submitter.user", "class", "file", "assigned_printer"}
	l, err := c.Items.List(v, in)
	if err != nil {
		return nil, err
	}
	p.Sort, p.Ordered = in.Sort, in.Sort == "position" && v.actor.Has(authz.QueueManage)
	for _, it := range l.Data {
		p.Rows = append(p.Rows, c.itemRow(v, it))
	}
	p.Pager = pager(v, l.Next)
	if p.Board {
		p.Columns = columns(v, p.Rows)
	}
	return page.QueuePage(p), c.queueFilters(v, &p, in)
}

// columns divides the rows of a board by where they are.
func columns(v *visit, rows []page.ItemRow) []page.Column {
	all := []page.Column{{Key: "approval"}, {Key: "waiting"}, {Key: "assigned"}, {Key: "printing"}, {Key: "bed"}}
	for i := range all {
		all[i].Word = v.say("queue.column." + all[i].Key)
	}
	for _, r := range rows {
		at := 1
		switch {
		case r.State == "queued" && r.Approval == "pending":
			at = 0
		case r.State == "assigned" || r.State == "dispatching":
			at = 2
		case r.State == "printing" || r.State == "paused":
			at = 3
		case r.State == "awaiting_verdict":
			at = 4
		}
		all[at].Rows = append(all[at].Rows, r)
	}
	return all
}

// queueFilters are the choices that narrow the list, and the sentence of its head.
func (c *Console) queueFilters(v *visit, p *page.Queue, in queue.ListQueueItemsInput) error {
	return nil
}

// itemRow is an item as lists show it: its state, why, and the next step at the end.
func (c *Console) itemRow(v *visit, it *ent.QueueItem) page.ItemRow {
	r := page.ItemRow{ID: string(it.ID), Number: strconv.FormatInt(it.Number, 10), Version: strconv.Itoa(it.Version), Name: it.Name, Person: submitter(it), State: string(it.State), Approval: string(it.ApprovalState),
		Thumb: c.thumb(v, it, ""), Colour: it.Requirements.ColorHex, Material: wanted(v, it), Size: size(v, it), Priority: v.say("priority." + string(it.Priority)), High: it.Priority == queueitem.PriorityHigh || it.Priority == queueitem.PriorityUrgent}
	if it.Edges.Class != nil {
		r.Person = v.say("queue.personclass", "person", r.Person, "class", it.Edges.Class.Name)
	}
	if it.DeadlineAt != nil {
		r.Due = v.say("queue.due", "time", words.When(v, *it.DeadlineAt))
	}
	r.Sign, r.Why = itemState(v, it)
	r.Acts, r.Step = c.itemStep(v, it)
	return r
}

// itemState is the state of an item in a word, and why it is so.
func itemState(v *visit, it *ent.QueueItem) (component.Sign, string) {
	name := ""
	if it.Edges.AssignedPrinter != nil {
		name = it.Edges.AssignedPrinter.Name
	}
	switch {
	case it.State == queueitem.StateQueued && it.ApprovalState == queueitem.ApprovalStatePending:
		s := component.SignOf(v, "approval", "pending")
		if !v.actor.Has(authz.QueueManage) {
			s.Tone = "idle" // somebody else is asked
		}
		return s, words.Ago(v, it.CreatedAt)
	case it.State == queueitem.StateQueued && it.ApprovalState == queueitem.ApprovalStateChangesRequested, it.State == queueitem.StateQueued && it.ApprovalState == queueitem.ApprovalStateDenied, it.State == queueitem.StateDraft && it.ApprovalState == queueitem.ApprovalStateChangesRequested:
		s := component.SignOf(v, "approval", string(it.ApprovalState))
		if it.SubmitterID != v.actor.Membership && s.Tone == "you" {
			s.Tone = "idle"
		}
		return s, quoted(v, it.ApprovalReason)
	case it.State == queueitem.StateQueued && it.Hold == queueitem.HoldManual:
		return component.SignOf(v, "queue", "hold"), quoted(v, it.HoldReason)
	case it.State == queueitem.StateQueued && it.Hold == queueitem.HoldSchedule && it.NotBefore != nil:
		return component.SignOf(v, "queue", "schedule", "time", words.When(v, *it.NotBefore)), ""
	case it.State == queueitem.StateQueued && it.Eligibility != nil:
		n := it.Eligibility.EligiblePrinterCount
		return component.SignOf(v, "queue", it.Eligibility.State), v.say("queue.why."+it.Eligibility.State, "n", n)
	case it.State == queueitem.StateQueued:
		return component.SignOf(v, "queue", "unknown"), ""
	case it.State == queueitem.StateAssigned || it.State == queueitem.StateDispatching:
		return component.SignOf(v, "queue", string(it.State), "printer", name), ""
	case it.State == queueitem.StateAwaitingVerdict && v.actor.Role == authz.RoleStudent:
		return component.SignOf(v, "queue", "pickup"), v.say("queue.why.pickup")
	case it.State == queueitem.StateAwaitingVerdict:
		return component.SignOf(v, "queue", "awaiting_verdict"), v.say("queue.why.verdict")
	case it.State == queueitem.StateDraft:
		return component.SignOf(v, "queue", "draft"), ""
	case it.State == queueitem.StateCompleted || it.State == queueitem.StateFailed:
		return component.SignOf(v, "queue", string(it.State)), words.When(v, it.UpdatedAt)
	}
	return component.SignOf(v, "queue", string(it.State)), ""
}

// itemStep is the next step of an item: buttons that do it, or a link to where it is done.
func (c *Console) itemStep(v *visit, it *ent.QueueItem) (acts []component.Act, link *page.NeedLink) {
	to := func(verb string) templ.SafeURL {
		return templ.SafeURL(v.base() + "/items/" + string(it.ID) + "/" + verb)
	}
	seen := []component.Field{{Name: "version", Value: strconv.Itoa(it.Version)}}
	page1 := fmt.Sprintf("queue/%d", it.Number)
	switch may := v.actor.Has(authz.QueueManage); {
	case may && it.State == queueitem.StateQueued && it.ApprovalState == queueitem.ApprovalStatePending:
		return []component.Act{{To: to("approve"), Word: v.say("queue.approve.do"), Of: it.Name, Variant: "primary", Fields: seen, Keys: "a"}}, &page.NeedLink{Path: page1 + "#decide", Word: v.say("queue.decide")}
	case may && it.State == queueitem.StateQueued && it.Hold == queueitem.HoldManual:
		return []component.Act{{To: to("release"), Icon: "play", Word: v.say("queue.release.do"), Of: it.Name, Fields: seen}}, nil
	case it.State == queueitem.StateQueued && it.Eligibility != nil && it.Eligibility.State == "blocked":
		return nil, &page.NeedLink{Path: page1, Word: v.say("dashboard.blocked.do"), Primary: may}
	case may && it.State == queueitem.StateQueued:
		return nil, &page.NeedLink{Path: page1 + "#fit", Word: v.say("queue.assign")}
	case may && it.State == queueitem.StateAssigned:
		return []component.Act{{To: to("unassign"), Word: v.say("queue.unassign.do"), Of: it.Name, Fields: seen}}, nil
	case may && it.State == queueitem.StateAwaitingVerdict:
		return nil, &page.NeedLink{Path: page1, Word: v.say("queue.verdict"), Primary: true}
	}
	return nil, &page.NeedLink{Path: page1, Word: v.say("queue.open")}
}

// submitter is whose item it is, as far as the reader may know.
func submitter(it *ent.QueueItem) string {
	if m := it.Edges.Submitter; m != nil && m.Edges.User != nil {
		return m.Edges.User.Name
	}
	return ""
}

// copyName is the name of an item with the number of the copy, where there are several.
func copyName(v *visit, it *ent.QueueItem, n int) string {
	if it.CopiesRequested < 2 {
		return it.Name
	}
	return v.say("queue.copy", "name", it.Name, "number", n, "all", it.CopiesRequested)
}

// quoted is what somebody wrote, in quotation marks, "" where nobody did.
func quoted(v *visit, text string) string {
	if text == "" {
		return ""
	}
	return v.say("quote", "text", text)
}

// wanted is the filament that an item asks for.
func wanted(v *visit, it *ent.QueueItem) string {
	q := it.Requirements
	switch {
	case q.MaterialType == "":
		return v.say("queue.anymaterial")
	case q.ColorMatch == "any" || q.ColorHex == "":
		return v.say("queue.anycolour", "material", q.MaterialType)
	}
	return q.MaterialType + " " + strings.ToLower(q.ColorHex)
}

// size is how much an item takes: weight, time and copies.
func size(v *visit, it *ent.QueueItem) string {
	var parts []string
	if it.EstimatedG > 0 {
		parts = append(parts, words.Grams(v, it.EstimatedG))
	}
	if it.EstimatedSeconds > 0 {
		parts = append(parts, words.Seconds(v, it.EstimatedSeconds))
	}
	text := strings.Join(parts, ", ")
	if it.CopiesRequested > 1 {
		text = fmt.Sprintf("%d × %s", it.CopiesRequested, text)
	}
	return text
}

// asked says what a blocked item asks for.
func asked(v *visit, it *ent.QueueItem) string {
	return v.say("dashboard.blocked.why", "material", wanted(v, it), "weight", words.Grams(v, it.EstimatedG))
}

// thumb is the picture of an item's file.
func (c *Console) thumb(v *visit, it *ent.QueueItem, class string) component.Thumb {
	t := component.Thumb{ID: string(it.ID), Class: class}
	if f := it.Edges.File; f != nil && len(f.Thumbnail) > 0 {
		t.Source = v.base() + "/thumbnails/" + string(f.ID)
	}
	return t
}

// bulkQueue does one thing to several items and says how many it was done to.
func (c *Console) bulkQueue(v *visit) (done, error) {
	form := v.r.PostForm
	ids := form["id"]
	if len(ids) > 200 {
		ids = ids[:200]
	}
	act := c.queueActs()["items/{queue_item_id}/"+form.Get("do")]
	if act == nil || !slices.Contains([]string{"approve", "hold", "release", "cancel", "move", "change", "unassign"}, form.Get("do")) {
		return done{}, fmt.Errorf("no such act for several: %q", form.Get("do"))
	}
	form.Del("version")
	ok, why := 0, ""
	for _, id := range ids {
		v.r.SetPathValue("queue_item_id", id)
		if _, err := act(v); err != nil {
			why = v.problem(err)
			continue
		}
		ok++
	}
	t := component.Toast{Text: v.say("queue.bulk", "n", ok, "all", len(ids)), Bad: ok < len(ids)}
	if why != "" {
		t.Text += " " + why
	}
	return done{Toast: t}, nil
}

// pager are the ways to the pages before and after, from the address of this one.
func pager(v *visit, next string) page.Pager {
	p := page.Pager{}
	q := v.r.URL.Query()
	path := strings.TrimPrefix(v.r.URL.Path, v.base()+"/")
	if q.Get("cursor") != "" {
		back := v.r.URL.Query()
		back.Del("cursor")
		p.First = path + "?" + back.Encode()
	}
	if next != "" {
		q.Set("cursor", next)
		p.Next = path + "?" + q.Encode()
	}
	return p
}

// thumbnail answers the picture of a file that the reader may see.
func (c *Console) thumbnail() http.Handler {
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		actor, err := c.Authenticate(r)
		if err != nil || actor == nil {
			http.NotFound(w, r)
			return
		}
		picture, tag, err := c.picture(authz.With(r.Context(), actor), r.PathValue("file"))
		kind := http.DetectContentType(picture)
		if err != nil || !slices.Contains([]string{"image/png", "image/jpeg", "image/webp"}, kind) {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "private, max-age=3600")
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(picture)
	}))
}
