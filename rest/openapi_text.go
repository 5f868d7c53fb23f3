package rest

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// about is what the document says of the whole API.
const about = `Fleet control, queue orchestration, school operations, integrations and reporting for one organization.

**Authentication.** Send ` + "`Authorization: Bearer <api-key>`" + ` with every request but the public ones. A key belongs to one organization; what it can do is its scopes and what its creator's membership still allows.

**Errors.** ` + "`{\"error\": \"code\", \"details\": \"...\"}`" + `: switch on the code, show the details. 422 adds ` + "`fields`" + `, 409 the ` + "`reasons`" + ` of the rules that refused, 5xx the ` + "`request_id`" + `.

**Lists.** ` + "`{\"data\": [], \"has_more\": true, \"next_cursor\": \"...\"}`" + `: send ` + "`next_cursor`" + ` back as ` + "`cursor`" + ` until it is null.

**Retries.** Every POST takes an ` + "`Idempotency-Key`" + `: it has its effect once, however often it is sent.

**Versions.** Every answer names the contract's version; an unknown one in ` + "`X-SoLoPrint-API-Version`" + ` is refused.`

// group is a tag: a resource, what readers call it and where it stands in the reference.
type group struct {
	resource, title, description string
}

// groups are the tags in reading order. A resource that is not listed stands at the end, under its own name.
var groups = []group{
	{"version", "Contract", "Which contract this server serves. Answered without a key: the first thing a client asks."},
	{"openapi", "This document", "The OpenAPI 3.1 document that this reference is made from."},
	{"user", "Users", "People of the organization, and who the caller is."},
	{"organization", "Organization", "The organization, the caller's membership in it, and what they may do."},
	{"invite", "Invites", "Ways into the organization."},
	{"class", "Classes", "School classes: who may print where, whose items wait for approval, and the share of a class in a fair queue."},
	{"enrollment", "Enrollments", "Who is in a class, as student, assistant or teacher."},
	{"user_group", "User groups", "Reusable groups of people with capabilities of their own, access to printers and limits."},
	{"sso", "Sign-in", "Sign-in through an organization's own identity provider."},
	{"sso_provider", "SSO providers", "Identity providers that people sign in through."},
	{"sso_group_mapping", "SSO group mappings", "What a claim of an identity provider grants: role, classes, user groups."},
	{"printer", "Printers", "The fleet: printers with state, bed, slots and equipment, and what starts, pauses and clears them."},
	{"printer_tag", "Printer tags", "Words on printers; a queue item can ask for printers that have all of some."},
	{"printer_group", "Printer groups", "Floors and labs."},
	{"queue_item", "Queue", "What waits to be printed. State, approval and eligibility are three independent axes; every printer answers with all of its reasons."},
	{"print", "History", "Prints: one physical run each, from the claim to the verdict."},
	{"spool", "Spools", "Filament: what is left, what is reserved, and a ledger that adds up."},
	{"ledger_entry", "Ledger", "Every change of a spool's weight. Entries are never changed; undoing is the opposite entry."},
	{"material", "Materials", "What spools are of."},
	{"spool_assignment", "Spool assignments", "Which spool is in which slot of which printer, and was before."},
	{"file", "Files", "Files to print: registered, uploaded straight into the store or fetched from a URL, and read for their metadata."},
	{"statistics", "Statistics", "Prints, hours, filament and success over time."},
	{"api_key", "API keys", "Keys for integrations, with scopes and an expiry. The key itself is shown once."},
	{"webhook", "Webhooks", "Endpoints that events are delivered to, signed as Standard Webhooks says."},
	{"webhook_delivery", "Webhook deliveries", "What was sent to an endpoint, what it answered, and replays."},
	{"audit_log", "Audit log", "Who did what, and when: the same events, read as a log."},
	{"event", "Events", "The feed of all events, for consumers that missed deliveries."},
	{"notification_rule", "Notification rules", "Who hears of what, how and when."},
	{"notification", "Notifications", "What a person was told."},
	{"notification_preference", "Notification preferences", "Which rules may mail you."},
	{webhookTag, "Webhook events", "What endpoints receive: one request for each event that they subscribe to."},
}

// rank is where a tag stands in the reference.
func rank(resource string) int {
	for i, g := range groups {
		if g.resource == resource {
			return i
		}
	}
	return len(groups)
}

func tag(resource string) *huma.Tag {
	if i := rank(resource); i < len(groups) {
		return &huma.Tag{Name: resource, Description: groups[i].description, Extensions: map[string]any{"x-displayName": groups[i].title}}
	}
	title := strings.ReplaceAll(resource, "_", " ")
	return &huma.Tag{Name: resource, Extensions: map[string]any{"x-displayName": strings.ToUpper(title[:1]) + title[1:]}}
}

// habits are the sentences that a route shares with others of its kind.
func habits(rt Route) string {
	var says []string
	switch {
	case rt.followed:
		says = append(says, "Answers a page, and has_more whether another follows. next_cursor is never null: on the last page it is where to go on once something has happened.")
	case rt.listed:
		says = append(says, "Answers a page; next_cursor is the cursor of the next one and null on the last.")
	}
	if rt.plan.find("header", "If-Match") != nil {
		says = append(says, "With If-Match it is done only to the version that the caller has read.")
	}
	if rt.keeps() {
		says = append(says, "Safe to send again with the same Idempotency-Key.")
	}
	if len(says) == 0 {
		return ""
	}
	return "\n\n" + strings.Join(says, " ")
}

// more is what a reader has to know beyond the summary, by operation.
var more = map[string]string{
	"version_get":                "Call it first: it names the API series, the version of the contract and where documentation and changelog are, without a key.",
	"user_me":                    "For an API key this is its creator and its one organization.",
	"organization_context":       "capabilities is what the caller may do, after roles, user groups and scopes; capability_sources says for each of them why.",
	"printer_list":               "Each printer carries state, bed, equipment, slots and the spool that is loaded.",
	"printer_create":             "A printer begins offline, until the server has reached it. Its connector's secret is stored encrypted and never answered.",
	"printer_update":             "connector changes what it names; options are replaced as a whole. Lists (slots, tag_ids, group_ids) replace what was there.",
	"printer_dispatch_next":      "Claims the next eligible item for this printer: its own line first, then the queue in order. The answer comes at the claim; upload and start follow, and the start is sent at most once. With dry_run nothing is booked. A refusal carries the first item's reasons.",
	"printer_clear_bed":          "Every end of a print leaves the bed occupied; only a person makes it clear. Where a print awaits its verdict, verdict is required: success counts the copy, failure puts it back in the queue until its attempts are used up.",
	"printer_pause":              "The wish is stored; the worker that owns the printer carries it out.",
	"printer_resume":             "The wish is stored; the worker that owns the printer carries it out.",
	"printer_cancel":             "The wish is stored; the worker that owns the printer carries it out. What was printed is taken off the spool.",
	"printer_test_connection":    "Asks the device now, with the stored connector or with the one in the body, and stores nothing.",
	"queue_item_create":          "Matched and, where a policy says so, waiting for approval as soon as it is answered. What the file says fills what requirements leave out; the request wins. draft keeps it out of the queue until it is PATCHed to queued.",
	"queue_item_eligibility":     "Every printer with verdict, score and all of its reasons, each with what would mend it. Matching never stops at the first failure.",
	"queue_item_recompute":       "Verdicts follow changes of printers, spools, files and items by themselves within a second; this forces it.",
	"queue_item_assign":          "Puts the item in the printer's line, whatever the order of the queue. override names the reason codes to overlook and why; volume, temperatures, file format and the bed cannot be overridden.",
	"queue_item_cancel":          "Before it is dispatched the item is cancelled; later its prints are asked to stop.",
	"queue_item_deny":            "A denied item is cancelled.",
	"queue_item_request_changes": "A change by the submitter makes the item wait for approval again.",
	"queue_item_move":            "Name one of before_id, after_id and position.",
	"print_confirm":              "A start whose answer was lost is never sent again: the print waits in needs_confirmation until a person has looked.",
	"material_shopping_list":     "Every material that is short of its low_stock or of what queued items need, as things stand now: what is left, what the queue wants of it, how many spools make it enough, and why. Queued items that several materials serve are counted on the one of which most is left. Items that wait for approval, or are held, are not queued yet.",
	"spool_deduct":               "By grams or by length_mm, of which the material's diameter and density make grams. Refused where the spool holds less, unless allow_negative.",
	"spool_measure":              "gross_g is spool and filament together on the scale; the empty spool's weight is taken off.",
	"spool_delete":               "The spool is archived: its ledger stays.",
	"ledger_entry_undo":          "Entries are never changed: this writes the opposite one.",
	"spool_assignment_create":    "The assignment that held the slot, or the spool, is ended.",
	"file_register":              "First of three steps: register, PUT the bytes to upload.url with upload.headers, complete. The URL takes the bytes straight into the store and ends at expires_at.",
	"file_complete":              "Third of three steps. The file is ready once size and SHA-256 hold, and carries what the content says: slicer, time, filament, printer model.",
	"file_upload_from_url":       "Answered at once; the file is fetching, then ready or failed with failure_code. Addresses that are not public are refused.",
	"file_download":              "The URL is valid for minutes. With Accept: application/octet-stream, or redirect=true, the answer is a redirect to the bytes.",
	"enrollment_create":          "Who is in the class already stays, with the role that the request says.",
	"webhook_create":             "It receives what happens from now on. The secret begins with whsec_ and is shown this once; docs/webhooks.md shows how to verify a delivery. Addresses that are not public are refused unless the operator allows them.",
	"webhook_update":             "state enables and disables it. While it is disabled nothing is sent: what waited waits on, and what happens meanwhile can be recovered.",
	"webhook_test":               "The ping is an event like any other, for this endpoint alone; event_id finds its delivery.",
	"webhook_rotate_secret":      "For 24 hours each delivery carries two signatures, of the new secret and of the one before: whoever verifies with either is right.",
	"webhook_recover":            "What failed, and what happened while the endpoint was disabled, is queued as new deliveries with the same webhook-id. Asking again finds what is left.",
	"webhook_delivery_list":      "attempts has what was tried: when, the status, how long it took, why it is no success, and the beginning of the answer.",
	"webhook_delivery_replay":    "A delivery of its own, with replay_of, the same event and so the same webhook-id.",
	"sso_provider_create":        "It is a draft: nobody signs in through it until it is enabled. The profile fills in scopes and claims, and the issuer where all customers have the same. The client secret is stored encrypted and never answered. Addresses that are not public are refused unless the operator allows them.",
	"sso_provider_update":        "state enables and disables it; lists replace what was there. Another issuer, or other claims for subject and email, are other people: domains are proved anew, and a client secret that is not sent along is forgotten.",
	"sso_provider_delete":        "With its mappings, and the identities that lead through it. The sessions that it opened end. What its mappings granted stays, as if granted by hand.",
	"sso_provider_test":          "Asks the provider now, and keeps what was found in last_test: its discovery document, where that leads, its keys, and whether it would send people back here. A provider that does not answer is a result, not an error. Nobody is signed in.",
	"sso_provider_verify_domain": "Publish the domain's token as a TXT record of _soloprint-challenge.<domain> first. What is proved stays proved, until the provider's issuer changes.",
	"sso_provider_profiles":      "What a new provider of each product begins with, the address to enter there, and how to set it up, step by step.",
	"sso_group_mapping_create":   "Evaluated at every sign-in from now on. A mapping manages what it granted, and nothing that a person granted by hand. Nobody makes one that gives more than they could give themselves.",
	"sso_group_mapping_update":   "What it granted follows at each person's next sign-in. The order of mappings is their priority.",
	"sso_group_mapping_delete":   "What it granted is lost at each person's next sign-in, as its on_loss said.",
	"sso_group_mapping_evaluate": "Changes nothing. Each mapping of the provider answers whether it matches, and why; the rest is what somebody would have who comes for the first time. A claim that is missing or cut off (group overage) matches nothing and takes nothing away.",
	"sso_start":                  "For front ends of one's own: send the browser to authorization_url, and hand what comes back to complete. The provider sends it to redirect_uri, which has to be one of the provider's redirect_uris and entered there too. Code flow with PKCE (S256); state and nonce are the server's, for ten minutes and once.",
	"sso_complete":               "Exchanges the code, judges what the provider says, brings the member up to the group mappings and opens a session. The cookie that start set, or binding, has to come along: a sign-in is completed where it was begun. Hand on iss where the provider sent one.",
	"event_list":                 "With stream=true the answer stays open and tells events as they happen, as Server-Sent Events. What was read page by page goes on as a stream from next_cursor, and a stream that was cut off with Last-Event-ID: no event is lost or comes twice. A key or session has 50 streams at most, an organization 1,000.",
	"openapi_get":                "Made from the same source as the routes; it revalidates with ETag.",
}
