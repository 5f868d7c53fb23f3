package notify_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func TestCreateRule(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		owner := b.us.Session(t, b.us.Owner)
		for _, tt := range []struct {
			name  string
			actor context.Context
			with  func(*notify.CreateNotificationRuleInput)
			want  errs.Code
			field string
		}{
			{"an owner makes one", owner, nil, "", ""},
			{"a key may", b.us.Key(t, authz.IntegrationsManage), nil, "", ""},
			{"a key of another scope may not", b.us.Key(t, authz.QueueManage), nil, errs.InsufficientPermissions, ""},
			{"an operator may not", b.us.Session(t, b.us.operator), nil, errs.InsufficientPermissions, ""},
			{"an event that does not exist", owner, func(in *notify.CreateNotificationRuleInput) {
				in.EventTypes = []string{"queue_item.approved", "queue_item.exploded"}
			}, errs.ValidationFailed, "event_types[1]"},
			{"a resource without events", owner, func(in *notify.CreateNotificationRuleInput) { in.EventTypes = []string{"ledger_entry.*"} }, errs.ValidationFailed, "event_types[0]"},
			{"a wildcard in the middle", owner, func(in *notify.CreateNotificationRuleInput) { in.EventTypes = []string{"queue*"} }, errs.ValidationFailed, "event_types[0]"},
			{"everything", owner, func(in *notify.CreateNotificationRuleInput) { in.EventTypes = []string{"*"} }, "", ""},
			{"an operator that does not exist", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Condition = &schematype.Condition{Field: "state", Operator: "matches", Value: ".*"}
			}, errs.ValidationFailed, "condition.operator"},
			{"a field that is no name", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Condition = &schematype.Condition{Field: "state; DROP", Operator: "equals", Value: "x"}
			}, errs.ValidationFailed, "condition.field"},
			{"more than what is no number", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Condition = &schematype.Condition{Field: "grams", Operator: "greater", Value: "many"}
			}, errs.ValidationFailed, "condition.value"},
			{"empty is compared with nothing", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Condition = &schematype.Condition{Field: "class_id", Operator: "empty", Value: "x"}
			}, errs.ValidationFailed, "condition.value"},
			{"an audience of nobody", owner, func(in *notify.CreateNotificationRuleInput) { in.Audience = &schematype.Audience{} }, errs.ValidationFailed, "audience"},
			{"students are told as submitters", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Audience = &schematype.Audience{Roles: []string{"student"}}
			}, errs.ValidationFailed, "audience.roles[0]"},
			{"somebody of another school", owner, func(in *notify.CreateNotificationRuleInput) {
				in.Audience = &schematype.Audience{Members: []string{string(b.us.teacher.ID), string(b.them.teacher.ID)}}
			}, "user_not_found", ""},
			{"a channel that does not exist", owner, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"pigeon"} }, errs.ValidationFailed, "channels[0]"},
			{"a webhook without its address", owner, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"webhook"} }, errs.ValidationFailed, "webhook_url"},
			{"a chat without its address", owner, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"chat"} }, errs.ValidationFailed, "chat_url"},
			{"a chat that runs programs", owner, func(in *notify.CreateNotificationRuleInput) { in.ChatURL = new("exec://rm") }, errs.ValidationFailed, "chat_url"},
			{"a webhook into the LAN", owner, func(in *notify.CreateNotificationRuleInput) { in.WebhookURL = new("http://10.0.0.7/hook") }, errs.EndpointAddressBlocked, ""},
			{"a chat into the LAN", owner, func(in *notify.CreateNotificationRuleInput) { in.ChatURL = new("ntfy://169.254.169.254/topic") }, errs.EndpointAddressBlocked, ""},
			{"quiet hours of nothing", owner, func(in *notify.CreateNotificationRuleInput) {
				in.QuietHours = &schematype.QuietHours{From: "20:00", To: "20:00"}
			}, errs.ValidationFailed, "quiet_hours.to"},
			{"a time that does not exist", owner, func(in *notify.CreateNotificationRuleInput) {
				in.QuietHours = &schematype.QuietHours{From: "24:00", To: "07:00"}
			}, errs.ValidationFailed, "quiet_hours.from"},
		} {
			in := notify.CreateNotificationRuleInput{Name: tt.name, EventTypes: []string{"queue_item.*"}, Audience: &schematype.Audience{Submitter: true}}
			if tt.with != nil {
				tt.with(&in)
			}
			before := len(b.us.EventRows(t))
			_, err := b.service.CreateRule(tt.actor, in)
			wantCode(t, tt.name, err, tt.want)
			if tt.field != "" && !slices.ContainsFunc(errs.From(err).Fields, func(f errs.Field) bool { return f.Path == tt.field }) {
				t.Errorf("%s: fields %+v", tt.name, errs.From(err).Fields)
			}
			if made := len(b.us.EventRows(t)) - before; (made == 1) != (tt.want == "") {
				t.Errorf("%s: %d events", tt.name, made)
			}
		}
	})
}

// The addresses are sealed, and nothing shows them again.
func TestAddressesAreSecrets(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
			in.Channels, in.WebhookURL, in.ChatURL = []string{"webhook", "chat"}, new("http://127.0.0.1:9/canary-hook"), new("ntfy://user:canary-chat@127.0.0.1:9/topic")
		})
		if r.WebhookHost != "127.0.0.1:9" || r.ChatService != "ntfy" || bytes.Contains(r.WebhookURL, []byte("canary")) || bytes.Contains(r.ChatURL, []byte("canary")) {
			t.Errorf("%+v", r)
		}
		owner := b.us.Session(t, b.us.Owner)
		r = must(b.service.UpdateRule(owner, notify.UpdateNotificationRuleInput{NotificationRuleID: r.ID, WebhookURL: graphql.OmittableOf(new("http://127.0.0.1:9/canary-two"))}))(t)
		for _, e := range b.us.EventRows(t) {
			if strings.Contains(string(e.Data), "canary") {
				t.Errorf("%s shows %s", e.Type, e.Data)
			}
		}
		_, err := b.service.UpdateRule(owner, notify.UpdateNotificationRuleInput{NotificationRuleID: r.ID, ChatURL: graphql.OmittableOf[*string](nil)})
		wantCode(t, "the channel stays, its address goes", err, errs.ValidationFailed)
		r = must(b.service.UpdateRule(owner, notify.UpdateNotificationRuleInput{NotificationRuleID: r.ID, ChatURL: graphql.OmittableOf[*string](nil), Channels: graphql.OmittableOf([]string{"webhook"})}))(t)
		if r.ChatService != "" || len(r.ChatURL) != 0 || r.WebhookHost == "" {
			t.Errorf("%+v", r)
		}
	})
}

func TestUpdateRule(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.rule(b.us, nil)
		owner := b.us.Session(t, b.us.Owner)
		for _, tt := range []struct {
			name  string
			actor context.Context
			in    notify.UpdateNotificationRuleInput
			want  errs.Code
			event bool
		}{
			{"another school's rule does not exist", b.them.Session(t, b.them.Owner), notify.UpdateNotificationRuleInput{}, "notification_rule_not_found", false},
			{"an operator may not", b.us.Session(t, b.us.operator), notify.UpdateNotificationRuleInput{}, errs.InsufficientPermissions, false},
			{"somebody else was faster", owner, notify.UpdateNotificationRuleInput{IfMatch: `"7-ab"`}, errs.PreconditionFailed, false},
			{"nothing", owner, notify.UpdateNotificationRuleInput{}, "", false},
			{"the same name", owner, notify.UpdateNotificationRuleInput{Name: graphql.OmittableOf(&r.Name)}, "", false},
			{"off", owner, notify.UpdateNotificationRuleInput{Enabled: graphql.OmittableOf(new(false))}, "", true},
			{"a condition", owner, notify.UpdateNotificationRuleInput{Condition: graphql.OmittableOf(&schematype.Condition{Field: "state", Operator: "equals", Value: "queued"})}, "", true},
			{"no condition", owner, notify.UpdateNotificationRuleInput{Condition: graphql.OmittableOf[*schematype.Condition](nil)}, "", true},
			{"nobody", owner, notify.UpdateNotificationRuleInput{Audience: graphql.OmittableOf(&schematype.Audience{})}, errs.ValidationFailed, false},
		} {
			before := len(b.us.EventRows(t))
			tt.in.NotificationRuleID = r.ID
			_, err := b.service.UpdateRule(tt.actor, tt.in)
			wantCode(t, tt.name, err, tt.want)
			if told := len(b.us.EventRows(t)) > before; told != tt.event {
				t.Errorf("%s: told %t", tt.name, told)
			}
		}
	})
}

func TestTooManyRules(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	for range 100 {
		b.rule(b.us, nil)
	}
	_, err := b.service.CreateRule(b.us.Session(t, b.us.Owner), notify.CreateNotificationRuleInput{Name: "one more", EventTypes: []string{"*"}, Audience: &schematype.Audience{Submitter: true}})
	wantCode(t, "the 101st", err, errs.RuleLimitReached)
	b.rule(b.them, nil)
}

// What people were told is theirs: nobody else reads it or says that they have.
func TestInbox(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, nil)
		it := b.item(b.us, "Gear")
		b.emit(b.us, about(event.QueueItemApproved, it), about(event.QueueItemStarted, it), about(event.QueueItemCompleted, it))
		b.plan()
		student := b.us.Session(t, b.us.student)
		list := func(ctx context.Context, unread *bool) (titles []string) {
			l := must(b.service.List(ctx, notify.ListNotificationsInput{Unread: unread}))(t)
			for _, n := range l.Data {
				titles = append(titles, n.Title)
			}
			slices.Sort(titles)
			return titles
		}
		equal(t, "the student's", list(student, nil), []string{"Gear is being printed", "Gear is finished", "Gear was approved"})
		for name, ctx := range map[string]context.Context{"owner": b.us.Session(t, b.us.Owner), "teacher": b.us.Session(t, b.us.teacher), "their student": b.them.Session(t, b.them.student)} {
			equal(t, name, list(ctx, nil), nil)
		}
		_, err := b.service.ReadAll(b.us.Key(t, authz.Capabilities()...), notify.ReadAllNotificationsInput{})
		wantCode(t, "a key reads all", err, errs.InsufficientPermissions)

		all := must(b.service.List(student, notify.ListNotificationsInput{}))(t).Data
		first := notify.ReadNotificationInput{NotificationID: all[0].ID}
		for name, ctx := range map[string]context.Context{"owner": b.us.Session(t, b.us.Owner), "their student": b.them.Session(t, b.them.student)} {
			_, err := b.service.Read(ctx, first)
			wantCode(t, name+" reads another's", err, "notification_not_found")
		}
		n := must(b.service.Read(student, first))(t)
		b.Clock.Advance(time.Minute)
		if again := must(b.service.Read(student, first))(t); n.ReadAt == nil || !again.ReadAt.Equal(*n.ReadAt) {
			t.Errorf("read at %v, then at %v", n.ReadAt, again.ReadAt)
		}
		if len(list(student, new(true))) != 2 || len(list(student, new(false))) != 1 {
			t.Errorf("unread %v, read %v", list(student, new(true)), list(student, new(false)))
		}
		l := must(b.service.List(student, unreadCount()))(t)
		if l.Total == nil || *l.Total != 2 {
			t.Errorf("unread count %v", l.Total)
		}
		if all := must(b.service.ReadAll(b.us.Session(t, b.us.Owner), notify.ReadAllNotificationsInput{}))(t); all.Count != 0 {
			t.Errorf("the owner marked %d", all.Count)
		}
		if all := must(b.service.ReadAll(student, notify.ReadAllNotificationsInput{}))(t); all.Count != 2 {
			t.Errorf("the student marked %d", all.Count)
		}
		equal(t, "unread at the end", list(student, new(true)), nil)
	})
}

// A key finds of what its creator was told that which its scopes let it read.
func TestKeysFindWhatTheyMayRead(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
			in.EventTypes, in.Audience = []string{"*"}, &schematype.Audience{Roles: []string{"owner"}}
		})
		spool := b.us.Spool(t, b.us.Material(t), 80)
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")), broken(b),
			event.Fact{Type: event.SpoolEmpty, Resource: "spool", ID: spool.ID, Object: map[string]any{"id": spool.ID}})
		b.plan()
		for _, tt := range []struct {
			name   string
			scopes []authz.Capability
			want   []string
		}{
			{"of the queue", []authz.Capability{authz.QueueManage}, []string{"queue_item"}},
			{"of printers", []authz.Capability{authz.PrinterManage}, []string{"printer"}},
			{"that reads operations", []authz.Capability{authz.OperationsRead}, []string{"printer", "queue_item", "spool"}},
			{"of integrations", []authz.Capability{authz.IntegrationsManage}, []string{"notification_rule"}},
		} {
			var types []string
			for _, n := range must(b.service.List(b.us.Key(t, tt.scopes...), notify.ListNotificationsInput{}))(t).Data {
				types = append(types, n.SubjectType)
			}
			slices.Sort(types)
			equal(t, "a key "+tt.name, types, tt.want)
		}
	})
}

func unreadCount() notify.ListNotificationsInput {
	in := notify.ListNotificationsInput{Unread: new(true)}
	in.Limit, in.Include = new(1), []string{"total_count"}
	return in
}

// A link in a mail ends the mails of its rules to its person, and can do nothing else.
func TestUnsubscribe(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.rule(b.us, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"in_app", "email"} })
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
		b.plan()
		b.send()
		_, token, _ := strings.Cut(b.post.take()[0].Unsubscribe, "token=")
		for range 2 { // opening a link changes nothing, however often it is opened
			if s := must(b.service.Subscribed(t.Context(), token))(t); s.Ended || s.Organization != "riverside" || !slices.Equal(s.Rules, []string{r.Name}) {
				t.Errorf("%+v", s)
			}
		}
		for i := range len(token) { // no byte can be another
			changed := []byte(token)
			changed[i] = 'A' + (changed[i]+1-'A')%26
			if _, err := b.service.Unsubscribe(t.Context(), string(changed)); string(changed) != token && !errs.Is(err, "notification_preference_not_found") {
				t.Fatalf("byte %d: %v", i, err)
			}
		}
		preferences := func() []notify.Preference {
			return must(b.service.ListPreferences(b.us.Session(t, b.us.student), notify.ListPreferencesInput{}))(t).Data
		}
		equal(t, "before", preferences(), []notify.Preference{{NotificationRuleID: r.ID, Name: r.Name, Email: true}})
		for range 2 {
			if s := must(b.service.Unsubscribe(t.Context(), token))(t); !s.Ended {
				t.Errorf("%+v", s)
			}
		}
		equal(t, "after", preferences(), []notify.Preference{{NotificationRuleID: r.ID, Name: r.Name, Email: false}})
		b.emit(b.us, about(event.QueueItemCompleted, b.item(b.us, "Gear")))
		b.plan()
		b.send()
		if mails := b.post.take(); len(mails) != 0 || len(b.told(b.us)) != 2 {
			t.Errorf("mails %v, told %v", mails, b.told(b.us))
		}
		must(b.service.SetPreference(b.us.Session(t, b.us.student), notify.SetPreferenceInput{NotificationRuleID: r.ID, Email: true}))(t)
		equal(t, "wanted again", preferences(), []notify.Preference{{NotificationRuleID: r.ID, Name: r.Name, Email: true}})
		for name, ctx := range map[string]context.Context{"theirs": b.them.Session(t, b.them.student)} {
			_, err := b.service.SetPreference(ctx, notify.SetPreferenceInput{NotificationRuleID: r.ID})
			wantCode(t, name, err, "notification_rule_not_found")
		}
	})
}

func TestTryRule(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	r := b.rule(b.us, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"email", "in_app"} })
	for range 2 {
		out := must(b.service.TestRule(b.us.Session(t, b.us.Owner), notify.TestNotificationRuleInput{NotificationRuleID: r.ID}))(t)
		equal(t, "channels", out.Channels, []string{"email", "in_app"})
	}
	b.send()
	if mails := b.post.take(); len(mails) != 2 || mails[0].Subject != "Test of the rule “What became of it”" {
		t.Errorf("%+v", mails)
	}
	equal(t, "told", b.told(b.us), []string{"owner: Test of the rule “What became of it”", "owner: Test of the rule “What became of it”"})
	out := must(b.service.TestRule(b.us.Key(t, authz.IntegrationsManage), notify.TestNotificationRuleInput{NotificationRuleID: r.ID}))(t)
	equal(t, "a key's channels", out.Channels, nil)
	_, err := b.service.TestRule(b.them.Session(t, b.them.Owner), notify.TestNotificationRuleInput{NotificationRuleID: r.ID})
	wantCode(t, "theirs", err, "notification_rule_not_found")
	_, err = b.service.TestRule(b.us.Session(t, b.us.Owner), notify.TestNotificationRuleInput{NotificationRuleID: pid.ID("ntr_none")})
	wantCode(t, "none", err, "notification_rule_not_found")
}

// A rule is found by its name as it is now, and so are those that an organization begins with.
func TestRulesAreFoundByName(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		r := b.rule(b.us, func(in *notify.CreateNotificationRuleInput) { in.Name = "Printer trouble" })
		owner := b.us.Session(t, b.us.Owner)
		found := func(q string) (names []string) {
			for _, r := range must((&crud.Service{Ops: b.Ops}).ListNotificationRules(owner, crud.ListNotificationRulesInput{Q: q}))(t).Data {
				names = append(names, r.Name)
			}
			return names
		}
		equal(t, "by a word", found("TROUBLE"), []string{"Printer trouble"})
		must(b.service.UpdateRule(owner, notify.UpdateNotificationRuleInput{NotificationRuleID: r.ID, Name: graphql.OmittableOf(new("Mishaps"))}))(t)
		equal(t, "by the old word", found("trouble"), nil)
		equal(t, "by the new word", found("mishap"), []string{"Mishaps"})
	})
}
