package notify_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/ent/notificationrule"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
)

func byMail(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"email"} }

// What was claimed by a server that is gone is sent by another when the lease is over, and once it was reported never again.
func TestAServerThatIsGone(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.rule(b.us, byMail)
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
		b.plan()
		if claimed, _, err := op.ClaimMessages(t.Context(), b.Ops, time.Minute, 10); err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		b.send()
		if mails := b.post.take(); len(mails) != 0 {
			t.Errorf("sent what another server has: %v", mails)
		}
		b.Clock.Advance(time.Minute)
		b.send()
		if mails := b.post.take(); len(mails) != 1 {
			t.Errorf("%d mails after the lease", len(mails))
		}
		for range 3 {
			b.Clock.Advance(24 * time.Hour)
			b.plan()
			b.send()
		}
		if mails := b.post.take(); len(mails) != 0 {
			t.Errorf("sent again: %v", mails)
		}
		equal(t, "messages", b.messages(b.us), []string{"email sent"})
	})
}

// A mail that was sent by a server that could not report it is sent again, and can be told to be the same.
func TestAReportThatIsLost(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	b.rule(b.us, byMail)
	b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
	b.plan()
	b.send()
	first := b.post.take()
	b.Raw.NotificationMessage.Update().SetStatus("sending").SetLeaseToken("gone").SetLeaseUntil(b.Clock.Now()).SetNextAttemptAt(b.Clock.Now()).ClearEndedAt().ExecX(t.Context())
	b.send()
	second := b.post.take()
	if len(first) != 1 || len(second) != 1 || first[0].ID != second[0].ID || first[0].ID == "" {
		t.Errorf("%v, then %v", first, second)
	}
}

// A server that starts alone waits for nobody's lease.
func TestSQLiteTakesLeasesBack(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	b.rule(b.us, byMail)
	b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
	b.plan()
	must(first3(op.ClaimMessages(t.Context(), b.Ops, time.Minute, 10)))(t)
	if err := op.ReleaseMessages(t.Context(), b.Ops); err != nil {
		t.Fatal(err)
	}
	b.send()
	if mails := b.post.take(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
}

func first3[A, B any](a A, _ B, err error) (A, error) { return a, err }

func TestAttempts(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	b.rule(b.us, byMail)
	for _, tt := range []struct {
		name  string
		err   error
		waits []time.Duration // after which each further attempt is made
		want  string
	}{
		{"a mail server that is down", errors.New("down"), []time.Duration{30 * time.Second, 2 * time.Minute, 8 * time.Minute, 32 * time.Minute}, "email failed mail_server_failed"},
		{"a mail server that refuses", notify.ErrRefused, nil, "email failed mail_refused"},
	} {
		b.Raw.NotificationMessage.Delete().ExecX(t.Context())
		b.post.err = tt.err
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
		b.plan()
		b.send()
		for i, wait := range tt.waits {
			equal(t, tt.name, b.messages(b.us), []string{"email queued mail_server_failed"})
			b.Clock.Advance(wait - time.Microsecond)
			b.send()
			if n := b.Raw.NotificationMessage.Query().OnlyX(t.Context()).Attempts; n != i+1 {
				t.Errorf("%s: attempt %d was made too early", tt.name, n)
			}
			b.Clock.Advance(time.Microsecond)
			b.send()
		}
		equal(t, tt.name+": the end", b.messages(b.us), []string{tt.want})
		b.post.err = nil
		b.Clock.Advance(24 * time.Hour)
		b.send()
		if mails := b.post.take(); len(mails) != 0 {
			t.Errorf("%s: sent after all: %v", tt.name, mails)
		}
	}
}

func TestWithoutAMailServer(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	b.service.Mail = nil
	b.rule(b.us, func(in *notify.CreateNotificationRuleInput) { in.Channels = []string{"in_app", "email"} })
	b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
	b.plan()
	b.send()
	equal(t, "messages", b.messages(b.us), []string{"email skipped no_mail_server"})
	equal(t, "told", b.told(b.us), []string{"student: Gear was approved"})
}

// Whoever is no member any more when the mail is due, or does not want it any more, has none.
func TestMailsThatAreNotWantedAnyMore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*bundle)
		want   string
	}{
		{"who was suspended", func(b *bundle) { b.us.student.Update().SetStatus("suspended").ExecX(b.t.Context()) }, "email skipped not_a_member"},
		{"who was removed", func(b *bundle) { b.us.student.Update().SetDeletedAt(b.Clock.Now()).ExecX(b.t.Context()) }, "email skipped not_a_member"},
		{"who does not want it", func(b *bundle) {
			r := b.Raw.NotificationRule.Query().OnlyX(b.t.Context())
			must(b.service.SetPreference(b.us.Session(b.t, b.us.student), notify.SetPreferenceInput{NotificationRuleID: r.ID}))(b.t)
		}, "email skipped not_wanted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBundle(t, testkit.SQLite(t))
			b.rule(b.us, byMail)
			b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
			b.plan()
			tt.change(b)
			b.send()
			equal(t, "messages", b.messages(b.us), []string{tt.want})
			b.emit(b.us, about(event.QueueItemCompleted, b.item(b.us, "Gear")))
			b.plan()
			equal(t, "and none is made", b.messages(b.us), []string{tt.want})
		})
	}
}

func TestQuietHoursPostponeMailOnly(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		b.Raw.Organization.UpdateOneID(b.us.ID).SetTimeZone("America/New_York").ExecX(t.Context()) // it is 04:00 there
		b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
			in.Channels, in.QuietHours = []string{"in_app", "email"}, &schematype.QuietHours{From: "20:00", To: "06:30"}
		})
		b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
		b.plan()
		b.send()
		equal(t, "told at night", b.told(b.us), []string{"student: Gear was approved"})
		b.Clock.Advance(2*time.Hour + 29*time.Minute)
		b.send()
		if mails := b.post.take(); len(mails) != 0 {
			t.Errorf("a mail at night: %v", mails)
		}
		b.Clock.Advance(time.Minute)
		b.send()
		if mails := b.post.take(); len(mails) != 1 {
			t.Errorf("%d mails in the morning", len(mails))
		}
	})
}

// One mail for each person and window, whatever rules it comes from.
func TestDigest(t *testing.T) {
	t.Parallel()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) {
		b := newBundle(t, db)
		for _, types := range [][]string{{"queue_item.approved"}, {"queue_item.completed"}} {
			b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
				in.EventTypes, in.Channels, in.Digest = types, []string{"email"}, new(notificationrule.DigestHourly)
			})
		}
		gear := b.item(b.us, "Gear")
		other := b.us.QueueItem(t, func(q *ent.QueueItemCreate) { q.SetName("Other").SetSubmitter(b.us.colleague) })
		b.emit(b.us, about(event.QueueItemApproved, gear), about(event.QueueItemCompleted, gear), about(event.QueueItemApproved, other))
		b.plan()
		must(b.service.SendDigests(t.Context()))(t)
		b.send()
		if mails := b.post.take(); len(mails) != 0 {
			t.Errorf("before the window ends: %v", mails)
		}
		b.Clock.Advance(time.Hour)
		for range 2 {
			must(b.service.SendDigests(t.Context()))(t)
			b.send()
		}
		mails := b.post.take()
		if len(mails) != 2 {
			t.Fatalf("%d mails", len(mails))
		}
		for _, m := range mails {
			switch m.To {
			case b.us.student.QueryUser().OnlyX(t.Context()).Email:
				if m.Subject != "2 messages from riverside" || !strings.Contains(m.Text, "* Gear was approved\n") || !strings.Contains(m.HTML, ">Gear is finished<") {
					t.Errorf("the student's: %q\n%s\n%s", m.Subject, m.Text, m.HTML)
				}
			default:
				if m.Subject != "Other was approved" || strings.Contains(m.Text, "Gear") {
					t.Errorf("the colleague's: %q\n%s", m.Subject, m.Text)
				}
			}
		}
		b.Clock.Advance(31 * 24 * time.Hour)
		must(b.service.Forget(b.us.System(t), notify.ForgetInput{}))(t)
		if n := b.Raw.NotificationMessage.Query().Where(notificationmessage.OrganizationID(b.us.ID)).CountX(t.Context()); n != 0 {
			t.Errorf("%d messages are kept", n)
		}
	})
}

// received is what a receiver of webhooks and chats was sent.
type received struct {
	path, id, kind string
	body           map[string]any
}

func receiver(t *testing.T, status *atomic.Int32) (string, chan received) {
	t.Helper()
	got := make(chan received, 20)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		one := received{path: r.URL.Path, id: r.Header.Get("Webhook-Id"), kind: r.Header.Get("Content-Type")}
		_ = json.Unmarshal(raw, &one.body)
		got <- one
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

// Webhook and chat leave the organization: they name the item by its number, and no people.
func TestWebhookAndChat(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	var status atomic.Int32
	status.Store(http.StatusOK)
	url, got := receiver(t, &status)
	b.rule(b.us, func(in *notify.CreateNotificationRuleInput) {
		in.Audience, in.Channels = nil, []string{"webhook", "chat"}
		in.WebhookURL, in.ChatURL = new(url+"/hook"), new(strings.Replace(url, "http://", "ntfy://", 1)+"/printers?scheme=http")
	})
	it := b.item(b.us, "Ada Lindqvist's gear")
	b.emit(b.us, about(event.QueueItemApproved, it))
	b.plan()
	b.send()
	for range 2 {
		switch one := <-got; one.path {
		case "/hook":
			if one.body["event_type"] != "queue_item.approved" || one.body["subject_id"] != string(it.ID) || one.body["title"] != "#1 was approved" || one.id != one.body["id"] {
				t.Errorf("webhook: %+v", one)
			}
		default:
			if one.body["topic"] != "printers" || one.body["title"] != "#1 was approved" || one.kind != "application/json" {
				t.Errorf("chat: %+v", one)
			}
		}
	}
	equal(t, "messages", b.messages(b.us), []string{"chat sent", "webhook sent"})

	status.Store(http.StatusGone)
	b.emit(b.us, about(event.QueueItemCompleted, it))
	b.plan()
	b.send()
	equal(t, "refused", b.messages(b.us), []string{"chat failed status_410", "chat sent", "webhook failed status_410", "webhook sent"})

	b.service.Egress.Allow = nil
	b.emit(b.us, about(event.QueueItemCancelled, it))
	b.plan()
	b.send()
	equal(t, "blocked by now", b.messages(b.us), []string{"chat failed status_410", "chat queued endpoint_address_blocked", "chat sent",
		"webhook failed status_410", "webhook queued endpoint_address_blocked", "webhook sent"})
}
