package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notificationmessage"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
)

// Bounds of a digest run and of what is kept.
const (
	digestRows = 1000
	keepFor    = 30 * 24 * time.Hour // messages that have ended
)

// SendDigests puts collected messages whose time has come together, one mail for each person, in every organization. It
// answers how many mails that makes; the Sender sends them.
func (s *Service) SendDigests(ctx context.Context) (int, error) {
	due, err := op.DueDigests(ctx, s.Ops, digestRows)
	if err != nil {
		return 0, err
	}
	var failed []error
	made := 0
	for _, id := range due {
		n, err := s.Digest(authz.With(ctx, authz.System(id, "digests")), DigestInput{})
		if made += n; err != nil {
			failed = append(failed, fmt.Errorf("organization %s: %w", id, err))
		}
	}
	return made, errors.Join(failed...)
}

// DigestInput has no fields: it is about the organization of the actor.
type DigestInput struct{}

// Digest makes the mails of one organization: one for each person and window. A message is in one of them only, because it
// names it.
func (s *Service) Digest(ctx context.Context, in DigestInput) (int, error) {
	return op.Do(ctx, s.Ops, OpDigest, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		rows, err := tx.NotificationMessage.Query().Where(notificationmessage.StatusEQ(notificationmessage.StatusCollected), notificationmessage.WindowAtLTE(op.Now(ctx))).
			Order(notificationmessage.ByWindowAt(), notificationmessage.ByID()).Limit(digestRows).All(ctx)
		if err != nil {
			return 0, fmt.Errorf("read collected messages: %w", err)
		}
		digests := map[pid.ID][]pid.ID{} // by person: whoever slept through two windows has one mail
		locales := map[pid.ID]string{}
		for _, m := range rows {
			who := *m.MembershipID
			digests[who], locales[who] = append(digests[who], m.ID), m.Locale
		}

		for who, inside := range digests {
			d, err := tx.NotificationMessage.Create().SetKey("digest|" + string(who) + "|" + string(inside[0])).SetMembershipID(who).SetChannel(notificationmessage.ChannelEmail).
				SetLocale(locales[who]).SetOccurredAt(op.Now(ctx)).SetNextAttemptAt(op.Now(ctx)).Save(ctx)
			if err != nil {
				return 0, fmt.Errorf("make digest: %w", err)
			}
			if err := tx.NotificationMessage.Update().Where(notificationmessage.IDIn(inside...)).SetStatus(notificationmessage.StatusSent).SetDigestID(string(d.ID)).
				SetEndedAt(op.Now(ctx)).Exec(ctx); err != nil {
				return 0, fmt.Errorf("collect messages: %w", err)
			}
		}
		return len(digests), nil
	})
}

// ForgetInput has no fields: it is about the organization of the actor.
type ForgetInput struct{}

// Forget removes messages that ended long ago, a bounded number at a time.
func (s *Service) Forget(ctx context.Context, in ForgetInput) (int, error) {
	return op.Do(ctx, s.Ops, OpForget, in, func(ctx context.Context, tx *ent.Tx) (int, error) {
		ids, err := tx.NotificationMessage.Query().Where(notificationmessage.EndedAtLT(op.Now(ctx).Add(-keepFor))).Order(notificationmessage.ByEndedAt()).Limit(digestRows).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return 0, err
		}
		return tx.NotificationMessage.Delete().Where(notificationmessage.IDIn(ids...)).Exec(ctx)
	})
}
