package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/pid"
)

// Notifications is the query notifications: a page of what the person was told.
func (r *queryResolver) Notifications(ctx context.Context, after *ent.Cursor, first *int, before *ent.Cursor, last *int, orderBy *ent.NotificationOrder, where *notify.ListNotificationsInput) (*ent.NotificationConnection, error) {
	conditions, err := r.Notify.Where(ctx, or(where, notify.ListNotificationsInput{}))
	if err != nil {
		return nil, err
	}
	return r.Client.Notification.Query().Where(conditions...).Paginate(ctx, after, first, before, last, ent.WithNotificationOrder(orderBy))
}

// NotificationPreferences is the query notificationPreferences.
func (r *queryResolver) NotificationPreferences(ctx context.Context) ([]*notify.Preference, error) {
	l, err := r.Notify.ListPreferences(ctx, notify.ListPreferencesInput{})
	out := make([]*notify.Preference, len(l.Data))
	for i := range l.Data {
		out[i] = &l.Data[i]
	}
	return out, err
}

// CreateNotificationRule is the mutation createNotificationRule.
func (r *mutationResolver) CreateNotificationRule(ctx context.Context, input notify.CreateNotificationRuleInput) (*ent.NotificationRule, error) {
	return reload[*ent.NotificationRule](ctx, r.Client)(r.Notify.CreateRule(ctx, input))
}

// UpdateNotificationRule is the mutation updateNotificationRule.
func (r *mutationResolver) UpdateNotificationRule(ctx context.Context, input notify.UpdateNotificationRuleInput) (*ent.NotificationRule, error) {
	return reload[*ent.NotificationRule](ctx, r.Client)(r.Notify.UpdateRule(ctx, input))
}

// TestNotificationRule is the mutation testNotificationRule.
func (r *mutationResolver) TestNotificationRule(ctx context.Context, notificationRuleID pid.ID) (*notify.TestedRule, error) {
	return r.Notify.TestRule(ctx, notify.TestNotificationRuleInput{NotificationRuleID: notificationRuleID})
}

// ReadNotification is the mutation readNotification.
func (r *mutationResolver) ReadNotification(ctx context.Context, notificationID pid.ID) (*ent.Notification, error) {
	return reload[*ent.Notification](ctx, r.Client)(r.Notify.Read(ctx, notify.ReadNotificationInput{NotificationID: notificationID}))
}

// ReadAllNotification is the mutation readAllNotification.
func (r *mutationResolver) ReadAllNotification(ctx context.Context, input notify.ReadAllNotificationsInput) (*notify.ReadNotifications, error) {
	return r.Notify.ReadAll(ctx, input)
}

// SetNotificationPreference is the mutation setNotificationPreference.
func (r *mutationResolver) SetNotificationPreference(ctx context.Context, input notify.SetPreferenceInput) (*notify.Preference, error) {
	return r.Notify.SetPreference(ctx, input)
}
