package errs

import "strings"

// Code is a stable name that clients switch on.
type Code string

// Codes made from an operation's descriptor end in these.
const (
	suffixNotFound = "_not_found"
	suffixFailed   = "_failed"
)

// Definition is a code's entry in the registry, from which the reference page is printed.
type Definition struct {
	Code    Code
	Kind    Kind
	Meaning string // when it is answered
	Fix     string // what the caller does about it
}

// Codes that have a fixed name. Those named after a resource (printer_not_found, spool_deduct_failed) are made by NotFound and Failed.
const (
	InvalidJSON           Code = "invalid_json"
	UnknownParameter      Code = "unknown_parameter"
	InvalidCursor         Code = "invalid_cursor"
	UnsupportedAPIVersion Code = "unsupported_api_version"
	IdempotencyKeyInvalid Code = "idempotency_key_invalid"

	MissingBearerToken Code = "missing_bearer_token"
	InvalidToken       Code = "invalid_token"
	TokenExpired       Code = "token_expired"
	TokenRevoked       Code = "token_revoked"

	InsufficientPermissions Code = "insufficient_permissions"
	MembershipNotActive     Code = "membership_not_active"
	SSORequired             Code = "sso_required"
	InviteNotYours          Code = "invite_not_yours"
	SSOStateInvalid         Code = "sso_state_invalid"
	SSORefused              Code = "sso_sign_in_refused"
	SSONotAMember           Code = "sso_not_a_member"
	SSOAccountConflict      Code = "sso_account_conflict"
	SSOUnavailable          Code = "sso_provider_unavailable"
	SignInFailed            Code = "sign_in_failed"

	OrganizationNotFound Code = "organization_not_found"
	RouteNotFound        Code = "route_not_found"
	MethodNotAllowed     Code = "method_not_allowed"

	QueueItemNotAssignable    Code = "queue_item_not_assignable"
	NoEligibleQueueItem       Code = "no_eligible_queue_item"
	PrinterNotReady           Code = "printer_not_ready"
	PrinterInUse              Code = "printer_in_use"
	BedNotClear               Code = "bed_not_clear"
	FilamentShort             Code = "filament_short"
	FileRequired              Code = "file_required"
	FileNotReady              Code = "file_not_ready"
	FileInUse                 Code = "file_in_use"
	UploadIncomplete          Code = "upload_incomplete"
	QueueItemStateConflict    Code = "queue_item_state_conflict"
	PrintStateConflict        Code = "print_state_conflict"
	SpoolInsufficientMaterial Code = "spool_insufficient_material"
	SpoolInUse                Code = "spool_in_use"
	MaterialInUse             Code = "material_in_use"
	ClassInUse                Code = "class_in_use"
	LedgerEntryNotUndoable    Code = "ledger_entry_not_undoable"
	QueueLimitReached         Code = "queue_limit_reached"
	LastOwner                 Code = "last_owner"
	ClassStateConflict        Code = "class_state_conflict"
	RosterLeaveLimit          Code = "roster_leave_limit"
	RosterImportNotUndoable   Code = "roster_import_not_undoable"
	AlreadyExists             Code = "already_exists"
	ReferenceConflict         Code = "reference_conflict"
	IdempotencyKeyInUse       Code = "idempotency_key_in_use"
	APIKeyNotActive           Code = "api_key_not_active"
	InviteNotOpen             Code = "invite_not_open"
	DeliveryNotReplayable     Code = "delivery_not_replayable"
	WebhookDisabled           Code = "webhook_disabled"
	WebhookLimitReached       Code = "webhook_limit_reached"
	RuleLimitReached          Code = "notification_rule_limit_reached"
	SSOLimitReached           Code = "sso_limit_reached"
	DomainNotProved           Code = "domain_not_proved"

	PreconditionFailed     Code = "precondition_failed"
	RequestTooLarge        Code = "request_too_large"
	UnsupportedMediaType   Code = "unsupported_media_type"
	ValidationFailed       Code = "validation_failed"
	QueryTooComplex        Code = "query_too_complex"
	EndpointAddressBlocked Code = "endpoint_address_blocked"
	RateLimited            Code = "rate_limited"
	InternalError          Code = "internal_error"
	NotReady               Code = "not_ready"
	StorageFull            Code = "storage_full"
	IdempotencyKeyReused   Code = "idempotency_key_reused"
	ReportTooLarge         Code = "report_too_large"

	UploadURLInvalid    Code = "upload_url_invalid"
	UploadURLExpired    Code = "upload_url_expired"
	DownloadURLInvalid  Code = "download_url_invalid"
	DownloadURLExpired  Code = "download_url_expired"
	UploadDoesNotMatch  Code = "content_mismatch"
	StoredObjectDiffers Code = "object_exists"
)

// Registry is every code with a fixed name.
func Registry() []Definition { return registry }

var registry = []Definition{
	{InvalidJSON, KindInvalid, "The body is not exactly one JSON document.", "Send one well-formed JSON document in UTF-8."},
	{UnknownParameter, KindInvalid, "The query has a parameter that this route does not know, or a value it cannot read.", "Remove it; the reference lists what the route takes."},
	{InvalidCursor, KindInvalid, "The cursor is damaged or was made for another filter or order.", "Start again without a cursor."},
	{UnsupportedAPIVersion, KindInvalid, "X-SoLoPrint-API-Version names a version that this server does not serve.", "Pin a version that GET /v1/public/version names."},
	{IdempotencyKeyInvalid, KindInvalid, "Idempotency-Key is not one value of 1 to 255 visible ASCII characters.", "Send one, for example a random UUID."},
	{MissingBearerToken, KindUnauthenticated, "No bearer token was sent.", "Send Authorization: Bearer <api-key>."},
	{InvalidToken, KindUnauthenticated, "The token is malformed, unknown, or was sent where tokens are not read.", "Check that the whole key was copied."},
	{TokenExpired, KindUnauthenticated, "The token's time is over.", "Make or rotate a key, or sign in again."},
	{TokenRevoked, KindUnauthenticated, "The token was revoked.", "Make a new key."},
	{InsufficientPermissions, KindForbidden, "The token is valid but lacks the capability that details names.", "Use a key with that scope, or ask an administrator."},
	{MembershipNotActive, KindForbidden, "The membership behind the token is pending or suspended.", "Ask an administrator of the organization."},
	{SSORequired, KindForbidden, "The session was opened for another organization.", "Sign in through that organization's provider."},
	{InviteNotYours, KindForbidden, "The invitation is for another mail address.", "Sign in with the address that it was sent to."},
	{SSOStateInvalid, KindInvalid, "The sign-in was not begun here or in this browser, was completed already, or took too long.", "Begin again with GET /v1/org/sso/start."},
	{SSORefused, KindForbidden, "The identity provider's answer was not believed, or it sent the person back without signing in.", "Try again; the audit log of the organization says why."},
	{SSONotAMember, KindForbidden, "The person is no member, and the provider makes none of newcomers.", "Ask an administrator for an invitation."},
	{SSOAccountConflict, KindConflict, "The person's mail address belongs to a member who is not known to be the same person.", "Ask an administrator of the organization."},
	{SSOUnavailable, KindUnavailable, "The identity provider does not answer, or not as it did when it was set up.", "Try again in a few minutes."},
	{SignInFailed, KindUnauthenticated, "Mail address, password or code is not right, or there is no such password.", "Check all three; the operator can rescue an owner with soloprint user recover."},
	{OrganizationNotFound, KindNotFound, "The organization does not exist or is not yours.", "Check the id or slug."},
	{RouteNotFound, KindNotFound, "There is no such route.", "See the reference for the routes there are."},
	{MethodNotAllowed, KindMethodNotAllowed, "The route exists, but not with this method.", "Allow lists the methods."},
	{QueueItemNotAssignable, KindConflict, "The item cannot be put in this printer's line; reasons lists every rule.", "Follow the fix of each reason, or override those that can be."},
	{NoEligibleQueueItem, KindConflict, "Nothing in the queue can start on this printer; reasons are those of the first item.", "Follow the fix of each reason."},
	{PrinterNotReady, KindConflict, "The printer is offline, busy, out of order or asks for attention.", "See reasons."},
	{PrinterInUse, KindConflict, "The printer has a print or assigned items.", "Finish or cancel them first."},
	{BedNotClear, KindConflict, "A part may still be on the bed.", "Clear the bed and say so with clear-bed."},
	{FilamentShort, KindConflict, "Filament alone stops the first item, and nothing else is eligible.", "Load a spool with enough filament."},
	{FileRequired, KindConflict, "A real printer cannot print an item without a file.", "Attach a file to the item."},
	{FileNotReady, KindConflict, "The file has not been uploaded and completed yet.", "Upload the bytes, then complete the file."},
	{FileInUse, KindConflict, "Queue items that are not finished use the file.", "Cancel them first."},
	{UploadIncomplete, KindConflict, "No bytes have arrived for this file yet.", "PUT the bytes to the signed URL first."},
	{QueueItemStateConflict, KindConflict, "The item's state does not allow this.", "Read the item and decide again."},
	{PrintStateConflict, KindConflict, "The print's state does not allow this.", "Read the print and decide again."},
	{SpoolInsufficientMaterial, KindConflict, "The spool holds less than is to be deducted.", "Measure the spool, or send allow_negative."},
	{SpoolInUse, KindConflict, "The spool is loaded or has filament reserved.", "Unload it or release the reservations first."},
	{MaterialInUse, KindConflict, "Spools of this material exist.", "Archive them first."},
	{ClassInUse, KindConflict, "Queue items of this class are not finished.", "Finish or cancel them first."},
	{ClassStateConflict, KindConflict, "The class's state does not allow this: it was rolled over or is archived, or there is no roll-over to undo.", "Read the class and decide again."},
	{RosterLeaveLimit, KindConflict, "More than 20 % of the people whom roster files manage would leave or be suspended by this file.", "Look at the preview; confirm it if the file is right."},
	{RosterImportNotUndoable, KindConflict, "The roster file was not applied, was taken back already, or was applied more than 30 days ago.", "Apply an older or a corrected file instead."},
	{LastOwner, KindConflict, "The organization would have no owner who can act.", "Make somebody else an owner first."},
	{LedgerEntryNotUndoable, KindConflict, "The entry was undone already or is of a kind that cannot be.", "Correct the weight with measure."},
	{QueueLimitReached, KindConflict, "A limit of the person's user groups refuses another item.", "Wait for prints to end, or ask an administrator."},
	{AlreadyExists, KindConflict, "A row with the same unique value exists; details names it.", "Use another value, or update the existing one."},
	{ReferenceConflict, KindConflict, "What the row points at is gone, or something still points at it.", "Read both again and decide again."},
	{IdempotencyKeyInUse, KindConflict, "The first request with this Idempotency-Key is still running.", "Send the same request again in a moment: it gets the first one's answer."},
	{APIKeyNotActive, KindConflict, "The key was revoked or has expired.", "Make a new key."},
	{RuleLimitReached, KindConflict, "The organization has as many notification rules as it may have.", "Change or delete a rule."},
	{InviteNotOpen, KindConflict, "The invitation was used up, was revoked or has expired, or who gave it may no longer give it.", "Ask for a new one."},
	{DeliveryNotReplayable, KindConflict, "The delivery has not ended yet: it will be tried by itself.", "Wait until its status is delivered or failed."},
	{WebhookDisabled, KindConflict, "The endpoint is disabled, by a person or by itself: nothing is sent to it.", "Enable it first."},
	{WebhookLimitReached, KindConflict, "The organization has as many webhook endpoints as it may have.", "Delete one that is not used."},
	{SSOLimitReached, KindConflict, "The organization has as many identity providers, or the provider as many group mappings, as there may be.", "Delete one that is not used."},
	{DomainNotProved, KindConflict, "The TXT record that proves the domain was not found.", "Add the record that details names, and ask again once it is seen."},
	{PreconditionFailed, KindPrecondition, "If-Match names another version than the current one.", "Read it again and decide again."},
	{RequestTooLarge, KindTooLarge, "The body is larger than the route takes.", "Send less."},
	{UnsupportedMediaType, KindUnsupportedMedia, "The body is not application/json.", "Send Content-Type: application/json."},
	{ValidationFailed, KindUnprocessable, "Values of the request are not allowed; fields lists them.", "Correct the fields."},
	{IdempotencyKeyReused, KindUnprocessable, "The Idempotency-Key was sent with another request to this route within 24 hours.", "Make a new key for each new request."},
	{QueryTooComplex, KindUnprocessable, "The GraphQL document is over a limit that details names.", "Ask for less at once."},
	{EndpointAddressBlocked, KindUnprocessable, "A URL leads to an address, port or scheme that this server does not send requests to.", "Use a public https URL, or ask the operator to allow the address."},
	{ReportTooLarge, KindUnprocessable, "An export or a statistic would have more rows than one answer may.", "Narrow the filters or the time, choose a longer interval, or read pages."},
	{RateLimited, KindRateLimited, "Too many requests.", "Wait as Retry-After says."},
	{InternalError, KindInternal, "A fault of the server outside an operation.", "Tell the operator the request id."},
	{NotReady, KindUnavailable, "The server is starting, stopping or cannot reach its database.", "Try again soon."},
	{StorageFull, KindStorageFull, "The file store has no room.", "Tell the operator."},
	{UploadURLInvalid, KindForbidden, "The upload URL was altered.", "Register the file again."},
	{UploadURLExpired, KindForbidden, "The upload URL's time is over.", "Register the file again."},
	{DownloadURLInvalid, KindForbidden, "The download URL was altered.", "Ask for a new one."},
	{DownloadURLExpired, KindForbidden, "The download URL's time is over.", "Ask for a new one."},
	{UploadDoesNotMatch, KindUnprocessable, "The bytes do not have the size or SHA-256 that was registered.", "Register the file again with the right values."},
	{StoredObjectDiffers, KindConflict, "Other bytes are stored under this upload already.", "Register the file again."},
}

func kindOf(code Code) Kind {
	for _, d := range registry {
		if d.Code == code {
			return d.Kind
		}
	}
	if strings.HasSuffix(string(code), suffixNotFound) {
		return KindNotFound
	}
	return KindInternal
}
