package notify_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notification"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

// postbox is a Mailer that keeps what it is given.
type postbox struct {
	mu    sync.Mutex
	mails []notify.Mail
	err   error
}

func (p *postbox) Send(_ context.Context, m notify.Mail) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	p.mails = append(p.mails, m)
	return nil
}

// take answers what came since the last time.
func (p *postbox) take() []notify.Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.mails
	p.mails = nil
	return out
}

// side is a school with one of everybody.
type side struct {
	*testkit.Organization
	operator, teacher, colleague, student *ent.Membership
	robotics                              *ent.Class
}

type bundle struct {
	*testkit.Kit
	t        *testing.T
	service  *notify.Service
	planner  *notify.Planner
	sender   *notify.Sender
	post     *postbox
	us, them *side
}

func newBundle(t *testing.T, db *store.DB) *bundle {
	t.Helper()
	k, texts, post := testkit.NewKit(t, db), must(notify.NewTexts())(t), &postbox{}
	log := slog.New(slog.DiscardHandler)
	s := &notify.Service{Ops: k.Ops, Secrets: k.Secrets, Egress: &egress.Client{Allow: must(egress.ParseAllow("127.0.0.1/32"))(t)}, Mail: post, Texts: texts,
		PublicURL: "https://print.example.org", Standing: authn.Standing}
	b := &bundle{Kit: k, t: t, service: s, post: post, planner: &notify.Planner{Service: s, Log: log}, sender: &notify.Sender{Service: s, Log: log}}
	b.us, b.them = b.side("riverside"), b.side("hillside")
	return b
}

// must fails the test where there is an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *bundle) side(slug string) *side {
	b.t.Helper()
	s := &side{Organization: b.Organization(b.t, slug)}
	s.operator, s.teacher, s.colleague, s.student = s.Member(b.t, authz.RoleOperator), s.Member(b.t, authz.RoleTeacher), s.Member(b.t, authz.RoleTeacher), s.Member(b.t, authz.RoleStudent)
	s.robotics = b.Raw.Class.Create().SetOrganizationID(s.ID).SetName("Robotics").SaveX(b.t.Context())
	b.Raw.Enrollment.Create().SetOrganizationID(s.ID).SetClass(s.robotics).SetMembership(s.teacher).SetRole("teacher").ExecX(b.t.Context())
	b.Raw.Enrollment.Create().SetOrganizationID(s.ID).SetClass(s.robotics).SetMembership(s.student).SetRole("student").ExecX(b.t.Context())
	return s
}

// rule makes a rule that tells the submitter in the program, unless with says otherwise.
func (b *bundle) rule(s *side, with func(*notify.CreateNotificationRuleInput)) *ent.NotificationRule {
	b.t.Helper()
	in := notify.CreateNotificationRuleInput{Name: "What became of it", EventTypes: []string{"queue_item.*"}, Audience: &schematype.Audience{Submitter: true}}
	if with != nil {
		with(&in)
	}
	return must(b.service.CreateRule(s.Session(b.t, s.Owner), in))(b.t)
}

// item makes a student's item of the class.
func (b *bundle) item(s *side, name string) *ent.QueueItem {
	b.t.Helper()
	return s.QueueItem(b.t, func(q *ent.QueueItemCreate) { q.SetName(name).SetSubmitter(s.student).SetClass(s.robotics) })
}

// about is an event on an item.
func about(t event.Type, it *ent.QueueItem) event.Fact {
	return event.Fact{Type: t, Resource: "queue_item", ID: it.ID, Object: map[string]any{"id": it.ID, "state": it.State, "approval_state": it.ApprovalState,
		"submitter_id": it.SubmitterID, "class_id": it.ClassID, "copies_requested": it.CopiesRequested}}
}

var opEmit = authz.Op{Resource: "test", Verb: "emit", System: true, Write: true}

// emit commits events.
func (b *bundle) emit(s *side, facts ...event.Fact) {
	b.t.Helper()
	must(op.Do(s.System(b.t), b.Ops, opEmit, struct{}{}, func(ctx context.Context, tx *ent.Tx) (int, error) {
		for _, f := range facts {
			event.Emit(ctx, tx, f)
		}
		return 0, nil
	}))(b.t)
}

// plan follows the events.
func (b *bundle) plan() {
	b.t.Helper()
	if err := b.planner.Sweep(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// send sends what is due, until nothing is.
func (b *bundle) send() {
	b.t.Helper()
	for range 20 {
		if n := must(b.sender.Sweep(b.t.Context()))(b.t); n == 0 {
			return
		}
	}
	b.t.Fatal("messages stay due")
}

// told are the people with notifications, by name of the role and title.
func (b *bundle) told(s *side) []string {
	b.t.Helper()
	var out []string
	for _, n := range b.Raw.Notification.Query().Where(notification.OrganizationID(s.ID)).Order(notification.ByCreatedAt(), notification.ByID()).AllX(b.t.Context()) {
		out = append(out, b.name(s, n.MembershipID)+": "+n.Title)
	}
	slices.Sort(out)
	return out
}

func (b *bundle) name(s *side, id pid.ID) string {
	for name, m := range map[string]*ent.Membership{"owner": s.Owner, "operator": s.operator, "teacher": s.teacher, "colleague": s.colleague, "student": s.student} {
		if m.ID == id {
			return name
		}
	}
	return string(id)
}

// messages are the messages of an organization as words: channel and status.
func (b *bundle) messages(s *side) []string {
	b.t.Helper()
	var out []string
	for _, m := range b.Raw.NotificationMessage.Query().Where(notificationmessage.OrganizationID(s.ID)).Order(notificationmessage.ByID()).AllX(b.t.Context()) {
		words := []string{string(m.Channel), string(m.Status)}
		if m.Error != "" {
			words = append(words, m.Error)
		}
		out = append(out, strings.Join(words, " "))
	}
	slices.Sort(out)
	return out
}

func equal[T comparable](t *testing.T, name string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", name, got, want)
	}
}

func wantCode(t *testing.T, name string, err error, code errs.Code) {
	t.Helper()
	if code == "" && err != nil || code != "" && !errs.Is(err, code) {
		t.Errorf("%s: %v, want %q", name, err, code)
	}
}
