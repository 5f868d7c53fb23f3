package rest

import (
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/validate"
)

// refusalOf is what one status means for every route, with the codes that any of them can answer.
type refusalOf struct {
	description string
	codes       []errs.Code
}

// general are the refusals that the document states once; routes refer to them, and state their own where they say more.
func general() map[int]refusalOf {
	return map[int]refusalOf{
		400: {"The request cannot be read: JSON, a parameter that the route does not have, a cursor that is not of this list, Idempotency-Key, or a version that is not served.",
			[]errs.Code{errs.InvalidJSON, errs.UnknownParameter, errs.InvalidCursor, errs.UnsupportedAPIVersion, errs.IdempotencyKeyInvalid}},
		401: {"No valid bearer token.", []errs.Code{errs.MissingBearerToken, errs.InvalidToken, errs.TokenExpired, errs.TokenRevoked}},
		403: {"A capability is missing; details names it.", []errs.Code{errs.InsufficientPermissions, errs.MembershipNotActive, errs.SSORequired}},
		404: {"There is no such thing, or it belongs to another organization.", []errs.Code{errs.OrganizationNotFound}},
		409: {"Right, but not in this state. reasons lists the rules that refused. For a POST also idempotency_key_in_use.",
			[]errs.Code{errs.AlreadyExists, errs.ReferenceConflict, errs.IdempotencyKeyInUse}},
		412: {"If-Match names another version than the current one.", []errs.Code{errs.PreconditionFailed}},
		413: {"The body is too large.", []errs.Code{errs.RequestTooLarge}},
		415: {"The body is not application/json.", []errs.Code{errs.UnsupportedMediaType}},
		422: {"Values are not allowed, in the body or of a parameter that the route has. fields names each of them. For a POST also idempotency_key_reused.",
			[]errs.Code{errs.ValidationFailed, errs.IdempotencyKeyReused}},
		429: {"Too many requests.", []errs.Code{errs.RateLimited}},
		500: {"A fault of the server: <resource>_<verb>_failed where an operation had begun. The request id finds it in the log.", []errs.Code{errs.InternalError}},
		503: {"Not ready. Try again soon.", []errs.Code{errs.NotReady}},
		507: {"The disk or the file store is full.", []errs.Code{errs.StorageFull}},
	}
}

// ruled are the codes with which the rules of an operation refuse, beside those that every write can meet. It stands here
// and not in the descriptors, which the model imports.
var ruled = map[string][]errs.Code{
	"printer_update":             {errs.PrinterInUse, errs.SpoolInUse},
	"printer_delete":             {errs.PrinterInUse},
	"printer_dispatch_next":      {errs.PrinterNotReady, errs.BedNotClear, errs.FilamentShort, errs.NoEligibleQueueItem, errs.FileRequired},
	"printer_pause":              {errs.PrintStateConflict},
	"printer_resume":             {errs.PrintStateConflict},
	"printer_cancel":             {errs.PrintStateConflict},
	"printer_clear_bed":          {errs.PrinterNotReady, errs.PrintStateConflict},
	"print_confirm":              {errs.PrintStateConflict},
	"queue_item_create":          {errs.QueueLimitReached, errs.FileNotReady},
	"queue_item_update":          {errs.QueueItemStateConflict, errs.QueueLimitReached, errs.FileNotReady},
	"queue_item_recompute":       {errs.QueueItemStateConflict},
	"queue_item_assign":          {errs.QueueItemNotAssignable, errs.QueueItemStateConflict, errs.FilamentShort},
	"queue_item_unassign":        {errs.QueueItemStateConflict},
	"queue_item_cancel":          {errs.QueueItemStateConflict},
	"queue_item_approve":         {errs.QueueItemStateConflict},
	"queue_item_deny":            {errs.QueueItemStateConflict},
	"queue_item_request_changes": {errs.QueueItemStateConflict},
	"queue_item_hold":            {errs.QueueItemStateConflict},
	"queue_item_release":         {errs.QueueItemStateConflict},
	"queue_item_move":            {errs.QueueItemStateConflict},
	"spool_update":               {errs.SpoolInUse, errs.SpoolInsufficientMaterial},
	"spool_delete":               {errs.SpoolInUse},
	"spool_deduct":               {errs.SpoolInsufficientMaterial},
	"spool_measure":              {errs.SpoolInsufficientMaterial},
	"ledger_entry_undo":          {errs.LedgerEntryNotUndoable, errs.SpoolInsufficientMaterial},
	"spool_assignment_create":    {errs.PrinterInUse, errs.SpoolInUse, errs.SpoolInsufficientMaterial},
	"spool_assignment_delete":    {errs.PrinterInUse},
	"material_delete":            {errs.MaterialInUse},
	"file_complete":              {errs.UploadIncomplete, errs.FileNotReady},
	"file_delete":                {errs.FileInUse},
	"file_download":              {errs.FileNotReady},
	"file_upload_from_url":       {errs.EndpointAddressBlocked},
	"class_delete":               {errs.ClassInUse},
	"class_roll_over":            {errs.ClassStateConflict},
	"class_undo_roll_over":       {errs.ClassStateConflict},
	"user_update":                {errs.LastOwner},
	"user_remove":                {errs.LastOwner},
	"user_bulk_update":           {errs.LastOwner},
	"api_key_rotate":             {errs.APIKeyNotActive},
	"invite_resend":              {errs.InviteNotOpen},
	"invite_delete":              {errs.InviteNotOpen},
	"statistics_get":             {errs.ReportTooLarge},
	"webhook_create":             {errs.WebhookLimitReached, errs.EndpointAddressBlocked},
	"webhook_update":             {errs.EndpointAddressBlocked},
	"webhook_test":               {errs.WebhookDisabled},
	"webhook_recover":            {errs.WebhookDisabled},
	"webhook_delivery_replay":    {errs.DeliveryNotReplayable, errs.WebhookDisabled},
	"notification_rule_create":   {errs.RuleLimitReached, errs.EndpointAddressBlocked},
	"notification_rule_update":   {errs.EndpointAddressBlocked},
	"sso_provider_create":        {errs.SSOLimitReached, errs.EndpointAddressBlocked},
	"sso_provider_update":        {errs.EndpointAddressBlocked},
	"sso_provider_verify_domain": {errs.DomainNotProved},
	"sso_group_mapping_create":   {errs.SSOLimitReached},
	"sso_start":                  {errs.SSOUnavailable},
	"sso_complete":               {errs.SSOStateInvalid, errs.SSORefused, errs.SSONotAMember, errs.SSOAccountConflict, errs.MembershipNotActive, errs.SSOUnavailable},
}

// codes are what the route answers with a status, the particular ones first.
func (rt Route) codes(code int) []errs.Code {
	var own []errs.Code
	for _, c := range ruled[rt.Op.Name()] {
		if status(errs.New(c).Kind) == code {
			own = append(own, c)
		}
	}
	switch code {
	case http.StatusNotFound:
		own = append(own, rt.missing()...)
	case http.StatusInternalServerError:
		own = append(own, rt.Op.Failed(nil).Code)
	}
	for _, c := range general()[code].codes {
		if rt.can(c) {
			own = append(own, c)
		}
	}
	return own
}

// can tells a general code that the route never answers from one that it does.
func (rt Route) can(c errs.Code) bool {
	switch c {
	case errs.InvalidJSON:
		return hasBody(rt.Method)
	case errs.InvalidCursor:
		return rt.listed
	case errs.IdempotencyKeyInvalid, errs.IdempotencyKeyInUse, errs.IdempotencyKeyReused:
		return rt.keeps()
	case errs.MissingBearerToken, errs.TokenExpired, errs.TokenRevoked, errs.OrganizationNotFound:
		return !rt.Public
	case errs.AlreadyExists:
		return rt.Op.Write && rt.Method != http.MethodDelete
	case errs.ReferenceConflict:
		return rt.Op.Write
	}
	return true
}

// missing are the codes of what path and body name and is not there.
func (rt Route) missing() []errs.Code {
	var found []errs.Code
	add := func(name string) {
		if c := errs.NotFound(resourceOf(name)).Code; !slices.Contains(found, c) {
			found = append(found, c)
		}
	}
	for _, m := range wildcard.FindAllStringSubmatch(rt.Path, -1) {
		add(m[1])
	}
	if rt.Method == http.MethodDelete {
		add(rt.Op.Resource)
	}
	if rt.Op.Name() == "sso_start" { // named in the query, by who is nobody yet
		return []errs.Code{errs.OrganizationNotFound, errs.NotFound("sso_provider").Code}
	}
	if hasBody(rt.Method) {
		identified(rt.plan.typ, bodyName, map[reflect.Type]bool{}, add)
	}
	return found
}

// identified tells the fields that identify something, those of nested objects and of lists of them too.
func identified(t reflect.Type, nameOf func(reflect.StructField) string, seen map[reflect.Type]bool, tell func(string)) {
	if seen[t] { // it contains itself
		return
	}
	seen[t] = true
	for _, f := range members(t, nameOf) {
		switch held := bare(f.Type); {
		case held == reflect.TypeFor[pid.ID](), held.Kind() == reflect.String && strings.HasSuffix(nameOf(f), "_ids"): // stored JSON keeps texts
			tell(nameOf(f))
		case held.Kind() == reflect.Struct && !selfReading(held):
			identified(held, jsonName, seen, tell)
		}
	}
}

// bare is what a field holds, or a list of it.
func bare(t reflect.Type) reflect.Type {
	if inner, ok := validate.Omittable(t); ok {
		t = inner
	}
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t
}

var identifierSuffix = regexp.MustCompile(`(Id|_ids?(_add|_remove)?)$`)

// resourceOf is the resource that a field or path parameter identifies.
func resourceOf(name string) string {
	name = identifierSuffix.ReplaceAllString(name, "")
	switch name {
	case "membership", "on_behalf_of", "submitter":
		return "user"
	case "tag", "group":
		return "printer_" + name
	case "before", "after":
		return "queue_item"
	case "provider":
		return "sso_provider"
	case "mapping":
		return "sso_group_mapping"
	case "assignment":
		return "spool_assignment"
	case "entry":
		return "ledger_entry"
	case "next_class":
		return "class"
	}
	return name
}

// codesByStatus are all codes of a route, for readers that are programs.
func codesByStatus(rt Route) map[string][]errs.Code {
	all := map[string][]errs.Code{}
	for _, code := range refusals(rt) {
		all[strconv.Itoa(code)] = rt.codes(code)
	}
	return all
}

// refusal is the answer of a route with a status: by reference where it says what every route says. So does 500, whose code
// is the operation's name.
func (d *describer) refusal(rt Route, code int) *huma.Response {
	own := rt.codes(code)
	if code == http.StatusInternalServerError || !slices.ContainsFunc(own, func(c errs.Code) bool { return !slices.Contains(general()[code].codes, c) }) {
		return &huma.Response{Ref: "#/components/responses/" + responseName(code)}
	}
	return d.refused(code, general()[code].description, own)
}

// refused is the answer with a status and an example of each of its codes.
func (d *describer) refused(code int, description string, codes []errs.Code) *huma.Response {
	names := []string{}
	switch code {
	case http.StatusUnauthorized:
		names = append(names, "WWW-Authenticate")
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		names = append(names, "Retry-After")
	}
	examples := map[string]*huma.Example{}
	for _, c := range codes {
		examples[string(c)] = d.keep(string(c), huma.Example{Summary: definition(c).Meaning, Description: definition(c).Fix, Value: errorExample(c)})
	}
	return &huma.Response{
		Description: description, Headers: headerRefs(names...),
		Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Ref: schemaPrefix + "Error"}, Examples: examples}},
	}
}

// definition is a code's entry in the registry; codes that are named after a resource have one made for them.
func definition(c errs.Code) errs.Definition {
	for _, d := range errs.Registry() {
		if d.Code == c {
			return d
		}
	}
	words := strings.ReplaceAll(string(c), "_", " ")
	if name, ok := strings.CutSuffix(words, " not found"); ok {
		return errs.Definition{Code: c, Kind: errs.KindNotFound, Meaning: "The " + name + " does not exist, or it belongs to another organization.", Fix: "Check the identifier, and which organization the token is of."}
	}
	return errs.Definition{Code: c, Kind: errs.KindInternal, Meaning: "A fault of the server in this operation.", Fix: "Send it again with the same Idempotency-Key; if it stays, tell the operator the request id."}
}

// errorExample is a body that carries the code.
func errorExample(c errs.Code) Error {
	d := definition(c)
	e := Error{Error: c, Details: d.Meaning}
	switch d.Kind {
	case errs.KindInternal, errs.KindUnavailable, errs.KindStorageFull:
		e.Details, e.RequestID = errs.Failed("", "", nil).Details, "req_JX7M3V5N6BQ2KZC4DFG2HWY7TP"
	}
	switch c {
	case errs.MissingBearerToken:
		e.Details = ""
	case errs.InsufficientPermissions:
		e.Details = "The capability queue.manage is missing."
	case errs.ValidationFailed:
		e.Fields = []errs.Field{{Path: "name", Code: "required", Message: "Say what it is called."}}
	case errs.QueueItemNotAssignable, errs.NoEligibleQueueItem:
		e.Reasons = []errs.Reason{{Code: "material_mismatch", Axis: "material", Severity: "hard", Expected: "PETG", Actual: "PLA", Fix: "Load a spool of PETG."}}
	case errs.PrinterNotReady:
		e.Reasons = []errs.Reason{{Code: "printer_offline", Axis: "state", Severity: "temporary", Expected: "idle", Actual: "offline", Fix: "Switch the printer on."}}
	case errs.BedNotClear:
		e.Reasons = []errs.Reason{{Code: "bed_not_clear", Axis: "bed", Severity: "temporary", Expected: "clear", Actual: "occupied", Fix: "Take the part off and say so with clear-bed."}}
	case errs.FilamentShort:
		e.Reasons = []errs.Reason{{Code: "filament_insufficient", Axis: "filament", Severity: "hard", Expected: "84 g", Actual: "41 g", Fix: "Load a spool with at least 84 g.",
			NeededG: new(84.0), RemainingG: new(41.0), ReservedG: new(0.0)}}
	}
	return e
}
