package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/notification"
	"github.com/soloprint/soloprint/ent/predicate"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/listing"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/page"
	"github.com/soloprint/soloprint/internal/pid"
)

// ListNotificationsInput says which notifications a list shows.
type ListNotificationsInput struct {
	listing.Notifications
	Unread *bool `query:"unread" doc:"true: only those that are unread; false: only those that are read. With include=total_count, total_count is the number of unread ones."`
}

// List reads one page of what the person was told. A key lists what its creator was told, as far as it could read it itself.
func (s *Service) List(ctx context.Context, in ListNotificationsInput) (page.List[*ent.Notification], error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.Notification], error) {
		return in.Page(ctx, c.Notification.Query().Where(in.unread()...), in.Unread)
	})
}

// Where are the conditions of all the list's filters, for GraphQL's lists.
func (s *Service) Where(ctx context.Context, in ListNotificationsInput) ([]predicate.Notification, error) {
	return op.Read(ctx, s.Ops, OpList, in, func(ctx context.Context, _ *ent.Client) ([]predicate.Notification, error) {
		return append(in.Predicates(), in.unread()...), nil
	})
}

func (in ListNotificationsInput) unread() []predicate.Notification {
	switch {
	case in.Unread == nil:
		return nil
	case *in.Unread:
		return []predicate.Notification{notification.ReadAtIsNil()}
	default:
		return []predicate.Notification{notification.ReadAtNotNil()}
	}
}

// ReadNotificationInput names a notification.
type ReadNotificationInput struct {
	NotificationID pid.ID `path:"notification_id" json:"-" doc:"Identifier of the notification." example:"ntf_01jd4c0n5xe2vb8w6h3ks9qt7m"`
}

// Read says that the person has read it. Saying so twice changes nothing. It is no event: what somebody reads is theirs.
func (s *Service) Read(ctx context.Context, in ReadNotificationInput) (*ent.Notification, error) {
	return op.Do(ctx, s.Ops, OpRead, in, func(ctx context.Context, tx *ent.Tx) (*ent.Notification, error) {
		n, err := op.Load(ctx, tx.Notification, in.NotificationID)
		if err != nil || n.ReadAt != nil {
			return n, err
		}
		if n, err = tx.Notification.UpdateOneID(n.ID).SetReadAt(op.Now(ctx)).Save(ctx); err != nil {
			return nil, fmt.Errorf("mark notification: %w", err)
		}
		return n, nil
	})
}

// ReadAllNotificationsInput says up to when.
type ReadAllNotificationsInput struct {
	Until *time.Time `json:"until,omitempty" doc:"Only those made until then: what came while the person was reading stays unread; absent = all."`
}

// ReadNotifications is how many notifications were marked.
type ReadNotifications struct {
	Count int `json:"count" doc:"How many were unread."`
}

// ReadAll says that the person has read everything.
func (s *Service) ReadAll(ctx context.Context, in ReadAllNotificationsInput) (*ReadNotifications, error) {
	return op.Do(ctx, s.Ops, OpReadAll, in, func(ctx context.Context, tx *ent.Tx) (*ReadNotifications, error) {
		u := tx.Notification.Update().Where(notification.MembershipID(authz.From(ctx).Membership), notification.ReadAtIsNil()).SetReadAt(op.Now(ctx))
		if in.Until != nil {
			u.Where(notification.CreatedAtLTE(*in.Until))
		}
		n, err := u.Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("mark notifications: %w", err)
		}
		return &ReadNotifications{Count: n}, nil
	})
}
