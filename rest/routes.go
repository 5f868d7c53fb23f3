package rest

import (
	"net/http"

	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/live"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/sso/signin"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/rest/generated"
)

// API is the services behind the routes.
type API struct {
	Crud     *crud.Service
	Org      *org.Service
	Roster   *roster.Service
	Invites  *roster.Invites
	Keys     *apikey.Service
	Hooks    *webhook.Service
	Reports  *report.Service
	Fleet    *fleet.Service
	Material *material.Service
	Files    *file.Service
	Items    *queue.Items
	Matching *queue.Matching
	Dispatch *queue.Dispatch
	Notify   *notify.Service
	Live     *live.Hub
	SSO      *sso.Service
	SignIn   *signin.Service
}

// Routes is THE table: a line for each route that is not generated, and the generated ones.
func (a *API) Routes() []Route {
	const ok, created, accepted = http.StatusOK, http.StatusCreated, http.StatusAccepted
	const printers, queueItems, spools, files = "/v1/platform/printers/{printer_id}", "/v1/platform/queue", "/v1/spools", "/v1/files"
	const class = "/v1/platform/classes/{class_id}"
	const users = "/v1/org/users"
	const item = queueItems + "/{queue_item_id}"
	const invites, keys, assignments = "/v1/org/invites", "/v1/platform/api-keys", "/v1/platform/spool-assignments"
	const webhooks, deliveries = "/v1/platform/webhooks", "/v1/platform/webhook-deliveries"
	const providers, mappings = "/v1/platform/sso/providers", "/v1/platform/sso/group-mappings"
	const rules, notifications, preferences = "/v1/platform/notification-rules", "/v1/platform/notifications", "/v1/platform/notification-preferences"
	return append([]Route{
		route(GET, "/v1/me", ok, org.OpMe, a.Org.Me, same),
		route(GET, "/v1/org/context", ok, org.OpContext, a.Org.Context, same),
		route(PATCH, "/v1/org", ok, org.OpUpdate, a.Org.UpdateOrganization, generated.NewOrganization),
		list("/v1/org/audit-log", org.OpAuditLogList, a.Org.ListAuditLog, same),
		route(GET, "/v1/org/sso/start", ok, signin.OpStart, a.SignIn.Start, same).public().within(providerTime).setting("slp_login", loginCookie),
		route(POST, "/v1/org/sso/complete", ok, signin.OpComplete, a.SignIn.Complete, viewSignedIn).public().within(providerTime).setting("slp_login", noLogin),
		list(users, roster.OpUserList, a.Roster.ListUsers, viewUser),
		route(POST, users+"/bulk", ok, roster.OpUserBulkUpdate, a.Roster.BulkUpdateUsers, viewBulkResult).bodyOf(rosterBody).within(rosterTime),
		route(GET, users+"/{membership_id}", ok, roster.OpUserGet, a.Roster.GetUser, viewUser),
		route(PATCH, users+"/{membership_id}", ok, roster.OpUserUpdate, a.Roster.UpdateUser, viewUser),
		remove(users+"/{membership_id}", roster.OpUserRemove, a.Roster.RemoveUser),

		route(POST, "/v1/printers", created, fleet.OpPrinterCreate, a.Fleet.CreatePrinter, viewPrinter),
		route(PATCH, "/v1/printers/{printer_id}", ok, fleet.OpPrinterUpdate, a.Fleet.UpdatePrinter, viewPrinter),
		remove("/v1/printers/{printer_id}", fleet.OpPrinterDelete, a.Fleet.DeletePrinter),
		remove("/v1/platform/printer-groups/{printer_group_id}", fleet.OpPrinterGroupDelete, a.Fleet.DeletePrinterGroup),
		route(POST, printers+"/dispatch-next", ok, queue.OpDispatchNext, a.Dispatch.DispatchNext, viewDispatch),
		route(POST, printers+"/clear-bed", ok, queue.OpClearBed, a.Dispatch.ClearBed, viewClearBed),
		route(POST, printers+"/pause", ok, queue.OpPause, a.Dispatch.Pause, viewPrinter),
		route(POST, printers+"/resume", ok, queue.OpResume, a.Dispatch.Resume, viewPrinter),
		route(POST, printers+"/cancel", ok, queue.OpCancelPrint, a.Dispatch.CancelPrint, viewPrinter),
		route(POST, printers+"/test-connection", ok, fleet.OpPrinterTestConnection, a.Fleet.TestConnection, same),

		list(queueItems, queue.OpList, a.Items.List, viewQueueItem),
		route(POST, queueItems, created, queue.OpCreate, a.Items.Create, viewQueueItem),
		route(GET, item, ok, queue.OpGet, a.Items.Get, viewQueueItem),
		route(PATCH, item, ok, queue.OpUpdate, a.Items.Update, viewQueueItem),
		route(GET, item+"/eligibility", ok, queue.OpEligibility, a.Matching.Eligibility, same),
		route(POST, item+"/recompute", ok, queue.OpRecompute, a.Matching.Recompute, viewQueueItem),
		route(POST, item+"/assign", ok, queue.OpAssign, a.Matching.Assign, viewQueueItem),
		route(POST, item+"/unassign", ok, queue.OpUnassign, a.Matching.Unassign, viewQueueItem),
		route(POST, item+"/cancel", ok, queue.OpCancel, a.Items.Cancel, viewQueueItem),
		route(POST, item+"/approve", ok, queue.OpApprove, a.Items.Approve, viewQueueItem),
		route(POST, item+"/deny", ok, queue.OpDeny, a.Items.Deny, viewQueueItem),
		route(POST, item+"/request-changes", ok, queue.OpRequestChanges, a.Items.RequestChanges, viewQueueItem),
		route(POST, item+"/hold", ok, queue.OpHold, a.Items.Hold, viewQueueItem),
		route(POST, item+"/release", ok, queue.OpRelease, a.Items.Release, viewQueueItem),
		route(POST, item+"/move", ok, queue.OpMove, a.Items.Move, viewQueueItem),
		route(POST, "/v1/history/{print_id}/confirm", ok, queue.OpConfirm, a.Dispatch.Confirm, generated.NewPrint),

		route(POST, spools, created, material.OpSpoolCreate, a.Material.CreateSpool, viewSpool),
		route(PATCH, spools+"/{spool_id}", ok, material.OpSpoolUpdate, a.Material.UpdateSpool, viewSpool),
		remove(spools+"/{spool_id}", material.OpSpoolDelete, a.Material.DeleteSpool),
		route(POST, spools+"/{spool_id}/deduct", ok, material.OpSpoolDeduct, a.Material.DeductSpool, viewSpoolChange),
		route(POST, spools+"/{spool_id}/measure", ok, material.OpSpoolMeasure, a.Material.MeasureSpool, viewSpoolChange),
		list(spools+"/{spool_id}/ledger", material.OpLedgerList, a.Material.ListLedger, generated.NewLedgerEntry),
		route(POST, spools+"/{spool_id}/ledger/{entry_id}/undo", ok, material.OpLedgerUndo, a.Material.UndoLedgerEntry, viewSpoolChange),
		route(GET, "/v1/materials/shopping-list", ok, material.OpMaterialShoppingList, a.Material.ShoppingList, same),
		remove("/v1/materials/{material_id}", material.OpMaterialDelete, a.Material.DeleteMaterial),
		route(POST, assignments, created, material.OpAssignmentCreate, a.Material.AssignSpool, generated.NewSpoolAssignment).at(assignments),
		remove(assignments+"/{assignment_id}", material.OpAssignmentDelete, a.Material.UnassignSpool),

		route(POST, files+"/register", created, file.OpRegister, a.Files.Register, viewRegistered).at("/v1/files/{file.id}"),
		route(POST, files+"/upload-from-url", accepted, file.OpUploadFromURL, a.Files.UploadFromURL, generated.NewFile),
		route(PATCH, files+"/{fileId}", ok, file.OpUpdate, a.Files.Update, generated.NewFile),
		remove(files+"/{fileId}", file.OpDelete, a.Files.Delete),
		route(POST, files+"/{fileId}/complete", ok, file.OpComplete, a.Files.Complete, generated.NewFile),
		download(files+"/{fileId}/download", file.OpDownload, a.Files.Download, same, func(l *file.FileLink) string { return l.URL }),

		remove(class, roster.OpClassDelete, a.Roster.DeleteClass),
		list(class+"/enrollments", roster.OpEnrollmentList, a.Roster.ListEnrollments, generated.NewEnrollment),
		route(POST, class+"/enrollments", ok, roster.OpEnroll, a.Roster.Enroll, viewEnrollments),
		remove(class+"/enrollments/{membership_id}", roster.OpUnenroll, a.Roster.Unenroll),
		route(POST, class+"/roll-over", ok, roster.OpClassRollOver, a.Roster.RollOver, same),
		route(POST, class+"/roll-over/undo", ok, roster.OpClassUndoRollOver, a.Roster.UndoRollOver, same),
		route(POST, "/v1/platform/user-groups", created, roster.OpUserGroupCreate, a.Roster.CreateUserGroup, generated.NewUserGroup),
		route(PATCH, "/v1/platform/user-groups/{user_group_id}", ok, roster.OpUserGroupUpdate, a.Roster.UpdateUserGroup, generated.NewUserGroup),
		remove("/v1/platform/user-groups/{user_group_id}", roster.OpUserGroupDelete, a.Roster.DeleteUserGroup),

		route(POST, invites, created, roster.OpInviteCreate, a.Invites.Create, viewInviteLink).at(invites),
		route(POST, invites+"/{invite_id}/resend", ok, roster.OpInviteResend, a.Invites.Resend, viewInviteLink),
		remove(invites+"/{invite_id}", roster.OpInviteRevoke, a.Invites.Revoke),

		list(keys, apikey.OpList, a.Keys.List, generated.NewAPIKey),
		route(POST, keys, created, apikey.OpCreate, a.Keys.Create, viewCreatedAPIKey),
		route(POST, keys+"/{api_key_id}/rotate", created, apikey.OpRotate, a.Keys.Rotate, viewCreatedAPIKey).at(keys + "/{id}"),
		remove(keys+"/{api_key_id}", apikey.OpRevoke, a.Keys.Revoke),

		route(POST, webhooks, created, webhook.OpCreate, a.Hooks.Create, viewCreatedWebhook),
		route(PATCH, webhooks+"/{webhook_id}", ok, webhook.OpUpdate, a.Hooks.Update, viewWebhook),
		route(POST, webhooks+"/{webhook_id}/test", accepted, webhook.OpTest, a.Hooks.Test, same),
		route(POST, webhooks+"/{webhook_id}/rotate-secret", ok, webhook.OpRotateSecret, a.Hooks.RotateSecret, viewCreatedWebhook),
		route(POST, webhooks+"/{webhook_id}/recover", accepted, webhook.OpRecover, a.Hooks.Recover, same),
		route(POST, deliveries+"/{webhook_delivery_id}/replay", accepted, webhook.OpReplay, a.Hooks.Replay, generated.NewWebhookDelivery),
		route(GET, "/v1/platform/webhook-event-types", ok, webhook.OpEventTypes, a.Hooks.EventTypes, same),
		route(POST, rules, created, notify.OpRuleCreate, a.Notify.CreateRule, generated.NewNotificationRule),
		route(PATCH, rules+"/{notification_rule_id}", ok, notify.OpRuleUpdate, a.Notify.UpdateRule, generated.NewNotificationRule),
		route(POST, rules+"/{notification_rule_id}/test", accepted, notify.OpRuleTest, a.Notify.TestRule, same),
		list(notifications, notify.OpList, a.Notify.List, generated.NewNotification),
		route(POST, notifications+"/{notification_id}/read", ok, notify.OpRead, a.Notify.Read, generated.NewNotification),
		route(POST, notifications+"/read-all", ok, notify.OpReadAll, a.Notify.ReadAll, same),
		list(preferences, notify.OpPreferenceList, a.Notify.ListPreferences, same),
		route(POST, preferences, ok, notify.OpPreferenceSet, a.Notify.SetPreference, same),

		route(GET, "/v1/platform/sso/provider-profiles", ok, sso.OpProviderProfiles, a.SSO.Profiles, same),
		route(POST, providers, created, sso.OpProviderCreate, a.SSO.CreateProvider, viewSSOProvider),
		route(PATCH, providers+"/{provider_id}", ok, sso.OpProviderUpdate, a.SSO.UpdateProvider, viewSSOProvider),
		remove(providers+"/{provider_id}", sso.OpProviderDelete, a.SSO.DeleteProvider),
		route(POST, providers+"/{provider_id}/test", ok, sso.OpProviderTest, a.SSO.TestProvider, viewSSOProvider).within(providerTime),
		route(POST, providers+"/{provider_id}/verify-domain", ok, sso.OpProviderVerifyDomain, a.SSO.VerifyDomain, viewSSOProvider),
		route(POST, mappings, created, sso.OpMappingCreate, a.SSO.CreateMapping, generated.NewSSOGroupMapping),
		route(PATCH, mappings+"/{mapping_id}", ok, sso.OpMappingUpdate, a.SSO.UpdateMapping, generated.NewSSOGroupMapping),
		remove(mappings+"/{mapping_id}", sso.OpMappingDelete, a.SSO.DeleteMapping),
		route(POST, mappings+"/evaluate", ok, sso.OpMappingEvaluate, a.SSO.Evaluate, same),

		route(GET, "/v1/statistics", ok, report.OpStatistics, a.Reports.Statistics, same),
		follow(list("/v1/platform/events", report.OpEvents, a.Reports.Events, generated.NewEvent), a.Live, generated.NewEvent),
	}, crudRoutes(a.Crud)...)
}

// same shows a result that is a view already.
func same[T any](v T) T { return v }
