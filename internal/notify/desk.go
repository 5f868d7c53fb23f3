package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notification"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/ent/organization"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// writeRows bounds one INSERT: 20 columns a row stay far below the 32,766 parameters of SQLite.
const writeRows = 500

// desk is where notifications and messages are made in one transaction.
type desk struct {
	s    *Service
	tx   *ent.Tx
	org  *ent.Organization
	zone *time.Location
	now  time.Time

	people   map[pid.ID]*person // who was looked up; nil = not active
	subjects map[string]subject
	last     map[string]time.Time // when what throttles was said last, in this transaction

	notifications []*ent.NotificationCreate
	messages      []*ent.NotificationMessageCreate
}

func (s *Service) desk(ctx context.Context, tx *ent.Tx) (*desk, error) {
	org, err := tx.Organization.Query().Where(organization.ID(authz.From(ctx).Organization)).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read organization: %w", err)
	}
	return &desk{s: s, tx: tx, org: org, zone: zone(org.TimeZone), now: op.Now(ctx), people: map[pid.ID]*person{}, subjects: map[string]subject{}, last: map[string]time.Time{}}, nil
}

// write inserts what was made, and answers how many.
func (d *desk) write(ctx context.Context) (int, error) {
	n := len(d.notifications) + len(d.messages)
	for len(d.notifications) > 0 {
		chunk := d.notifications[:min(writeRows, len(d.notifications))]
		if err := d.tx.Notification.CreateBulk(chunk...).Exec(ctx); err != nil {
			return 0, fmt.Errorf("write notifications: %w", err)
		}
		d.notifications = d.notifications[len(chunk):]
	}
	for len(d.messages) > 0 {
		chunk := d.messages[:min(writeRows, len(d.messages))]
		if err := d.tx.NotificationMessage.CreateBulk(chunk...).Exec(ctx); err != nil {
			return 0, fmt.Errorf("write messages: %w", err)
		}
		d.messages = d.messages[len(chunk):]
	}
	return n, nil
}

// throttled reports whether the rule said something of the same subject to the same recipient within its time. Where it did
// not, it does now.
func (d *desk) throttled(ctx context.Context, r *ent.NotificationRule, f fact, p *person, channel string) (bool, error) {
	if r.ThrottleSeconds == 0 {
		return false, nil
	}
	since := f.OccurredAt.Add(-time.Duration(r.ThrottleSeconds) * time.Second)
	var who pid.ID
	if p != nil {
		who = p.membership.ID
	}
	key := channel + string(r.ID) + f.SubjectID + string(who)
	if d.last[key].After(since) {
		return true, nil
	}
	said, err := d.said(ctx, r, f, who, channel, since)
	if err == nil && !said {
		d.last[key] = f.OccurredAt
	}
	return said, err
}

// said looks for what earlier transactions wrote.
func (d *desk) said(ctx context.Context, r *ent.NotificationRule, f fact, who pid.ID, channel string, since time.Time) (said bool, err error) {
	if channel == inApp {
		said, err = d.tx.Notification.Query().Where(notification.MembershipID(who), notification.RuleID(string(r.ID)), notification.SubjectID(f.SubjectID),
			notification.OccurredAtGT(since)).Exist(ctx)
	} else {
		q := d.tx.NotificationMessage.Query().Where(notificationmessage.RuleID(r.ID), notificationmessage.SubjectID(f.SubjectID),
			notificationmessage.ChannelEQ(messageChannel(channel)), notificationmessage.OccurredAtGT(since))
		if who != "" {
			q.Where(notificationmessage.MembershipID(who))
		}
		said, err = q.Exist(ctx)
	}
	if err != nil {
		return false, fmt.Errorf("look for earlier messages: %w", err)
	}
	return said, nil
}

func messageChannel(channel string) notificationmessage.Channel {
	return notificationmessage.Channel(channel)
}
