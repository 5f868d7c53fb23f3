package event

import (
	"slices"
	"strings"
)

// Type is the name of a fact, resource and what happened to it. Subscribers switch on it; it never changes its meaning.
type Type string

// The facts that are more than a row made, changed or deleted.
const (
	QueueItemCreated            Type = "queue_item.created"
	QueueItemUpdated            Type = "queue_item.updated"
	QueueItemApproved           Type = "queue_item.approved"
	QueueItemDenied             Type = "queue_item.denied"
	QueueItemChangesRequested   Type = "queue_item.changes_requested"
	QueueItemEligibilityChanged Type = "queue_item.eligibility_changed"
	QueueItemBlocked            Type = "queue_item.blocked"
	QueueItemAssigned           Type = "queue_item.assigned"
	QueueItemUnassigned         Type = "queue_item.unassigned"
	QueueItemDispatched         Type = "queue_item.dispatched"
	QueueItemStarted            Type = "queue_item.started"
	QueueItemPaused             Type = "queue_item.paused"
	QueueItemResumed            Type = "queue_item.resumed"
	QueueItemCompleted          Type = "queue_item.completed"
	QueueItemFailed             Type = "queue_item.failed"
	QueueItemCancelled          Type = "queue_item.cancelled"
	QueueItemExpired            Type = "queue_item.expired"

	PrintStarted           Type = "print.started"
	PrintFinished          Type = "print.finished"
	PrintFailed            Type = "print.failed"
	PrintCancelled         Type = "print.cancelled"
	PrintNeedsConfirmation Type = "print.needs_confirmation"
	PrintVerdictRecorded   Type = "print.verdict_recorded"

	PrinterOnline       Type = "printer.online"
	PrinterOffline      Type = "printer.offline"
	PrinterStateChanged Type = "printer.state_changed"
	PrinterErrorRaised  Type = "printer.error_raised"
	PrinterBedCleared   Type = "printer.bed_cleared"

	SpoolArchived Type = "spool.archived"
	SpoolDeducted Type = "spool.deducted"
	SpoolMeasured Type = "spool.measured"
	SpoolLow      Type = "spool.low"
	SpoolCritical Type = "spool.critical"
	SpoolEmpty    Type = "spool.empty"

	SpoolAssignmentCreated Type = "spool_assignment.created"
	SpoolAssignmentEnded   Type = "spool_assignment.ended"
	MaterialLowStock       Type = "material.low_stock"

	FileRegistered Type = "file.registered"
	FileReady      Type = "file.ready"
	FileFailed     Type = "file.failed"
	FileDeleted    Type = "file.deleted"

	UserInvited     Type = "user.invited"
	UserJoined      Type = "user.joined"
	UserApproved    Type = "user.approved"
	UserRoleChanged Type = "user.role_changed"
	UserSuspended   Type = "user.suspended"
	UserRemoved     Type = "user.removed"

	ClassEnrolled   Type = "class.enrolled"
	ClassUnenrolled Type = "class.unenrolled"
	ClassEnded      Type = "class.ended"
	ClassRolledOver Type = "class.rolled_over"

	SSOSignedIn       Type = "sso.signed_in"
	SSOSignInFailed   Type = "sso.sign_in_failed"
	SSOMappingApplied Type = "sso.mapping_applied"

	PasswordSignedIn     Type = "password.signed_in"
	PasswordSignInFailed Type = "password.sign_in_failed"
	PasswordSet          Type = "password.set"
	PasswordTOTPEnabled  Type = "password.totp_enabled"

	APIKeyRotated  Type = "api_key.rotated"
	APIKeyRevoked  Type = "api_key.revoked"
	APIKeyExpiring Type = "api_key.expiring"

	WebhookDisabled Type = "webhook.disabled"

	QueueEligibilityChanged Type = "queue.eligibility_changed"
	TestPing                Type = "test.ping"
)

// rowResources are the resources whose rows, made, changed and deleted, are events by themselves.
var rowResources = []string{
	"organization", "user", "class", "enrollment", "user_group", "invite", "sso_provider", "sso_group_mapping", "api_key",
	"printer", "printer_slot", "printer_tag", "printer_group", "material", "spool", "file", "webhook", "notification_rule",
}

var facts = []Type{
	QueueItemCreated, QueueItemUpdated, QueueItemApproved, QueueItemDenied, QueueItemChangesRequested, QueueItemEligibilityChanged,
	QueueItemBlocked, QueueItemAssigned, QueueItemUnassigned, QueueItemDispatched, QueueItemStarted, QueueItemPaused, QueueItemResumed,
	QueueItemCompleted, QueueItemFailed, QueueItemCancelled, QueueItemExpired,
	PrintStarted, PrintFinished, PrintFailed, PrintCancelled, PrintNeedsConfirmation, PrintVerdictRecorded,
	PrinterOnline, PrinterOffline, PrinterStateChanged, PrinterErrorRaised, PrinterBedCleared,
	SpoolArchived, SpoolDeducted, SpoolMeasured, SpoolLow, SpoolCritical, SpoolEmpty,
	SpoolAssignmentCreated, SpoolAssignmentEnded, MaterialLowStock, FileRegistered, FileReady, FileFailed,
	UserInvited, UserJoined, UserApproved, UserRoleChanged, UserSuspended, UserRemoved,
	ClassEnrolled, ClassUnenrolled, ClassEnded, ClassRolledOver, SSOSignedIn, SSOSignInFailed, SSOMappingApplied,
	PasswordSignedIn, PasswordSignInFailed, PasswordSet, PasswordTOTPEnabled,
	APIKeyRotated, APIKeyRevoked, APIKeyExpiring, WebhookDisabled, QueueEligibilityChanged, TestPing,
}

// Catalogue lists every type of event, sorted.
func Catalogue() []Type {
	types := slices.Clone(facts)
	for _, r := range rowResources {
		types = append(types, Type(r+".created"), Type(r+".updated"), Type(r+".deleted"))
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// Means reports whether a subscription takes in a type: by its name, by its resource (queue_item.*), or by *.
func Means(subscription, typ string) bool {
	prefix, all := strings.CutSuffix(subscription, "*")
	return subscription == typ || all && (prefix == "" || strings.HasSuffix(prefix, ".") && strings.HasPrefix(typ, prefix))
}

// Named are the types that a subscription means.
func Named(subscription string) []Type {
	return slices.DeleteFunc(Catalogue(), func(t Type) bool { return !Means(subscription, string(t)) })
}

// Names are the types that any of the subscriptions means, sorted; none where all are meant.
func Names(subscriptions []string) (names []string) {
	if slices.Contains(subscriptions, "*") {
		return nil
	}
	for _, s := range subscriptions {
		for _, t := range Named(s) {
			names = append(names, string(t))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Subject reports whether events are on the resource.
func Subject(resource string) bool { return resource != "" && len(Named(resource+".*")) > 0 }

// Known reports whether the type is in the catalogue.
func (t Type) Known() bool {
	if slices.Contains(facts, t) {
		return true
	}
	for _, r := range rowResources {
		if rest, ok := cut(string(t), r); ok && (rest == "created" || rest == "updated" || rest == "deleted") {
			return true
		}
	}
	return false
}

// cut is what follows "<resource>." in the type.
func cut(t, resource string) (string, bool) {
	if len(t) > len(resource) && t[:len(resource)] == resource && t[len(resource)] == '.' {
		return t[len(resource)+1:], true
	}
	return "", false
}
