package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/graph"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/internal/authn"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/virtual"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/guard"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/org"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/report"
	"github.com/soloprint/soloprint/internal/roster"
	"github.com/soloprint/soloprint/internal/sso"
	"github.com/soloprint/soloprint/internal/store"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
	"github.com/soloprint/soloprint/rest"
)

// served is a world whose operations are served over GraphQL and REST alike.
type served struct {
	*world
	api   *rest.API
	rest  http.Handler
	blobs http.Handler
}

func newServed(t testing.TB, db *store.DB) *served {
	t.Helper()
	w := newWorld(t, db)
	w.Raw.Organization.Update().SetItemSeq(1_000_000).ExecX(t.Context()) // beyond the numbers that testkit gives
	printers, err := virtual.Open(virtual.Config{Path: filepath.Join(t.TempDir(), "virtual", "printers.json"), Now: w.Clock.Now})
	must(t, err)
	disk, err := blob.OpenDisk(blob.DiskConfig{Dir: t.TempDir(), PublicURL: "http://example.org", Path: "/blobs/", Key: make([]byte, 32), Now: w.Clock.Now})
	must(t, err)
	t.Cleanup(func() { must(t, printers.Close()); must(t, disk.Close()) })

	types, err := rest.EventTypes(map[event.Type]any{event.TestPing: map[string]any{"id": ""}})
	must(t, err)
	api := &rest.API{
		Crud: &crud.Service{Ops: w.Ops}, Org: &org.Service{Ops: w.Ops}, Roster: newRoster(w.Ops),
		Invites: &roster.Invites{Ops: w.Ops, Tokens: tokens{}, PublicURL: "http://example.org"}, Keys: &apikey.Service{Ops: w.Ops, Tokens: tokens{}}, Reports: &report.Service{Ops: w.Ops},
		Hooks:    &webhook.Service{Ops: w.Ops, Secrets: w.Secrets, Egress: &egress.Client{}, APIVersion: rest.APIVersion, Types: types},
		Fleet:    &fleet.Service{Ops: w.Ops, Secrets: w.Secrets, Connectors: connector.Registry{virtual.Kind: printers}, Unload: material.UnloadPrinter},
		Material: &material.Service{Ops: w.Ops}, Files: &file.Service{Ops: w.Ops, Blobs: disk, Egress: &egress.Client{}, Secrets: w.Secrets},
		Items: &queue.Items{Ops: w.Ops}, Matching: &queue.Matching{Ops: w.Ops}, Dispatch: &queue.Dispatch{Ops: w.Ops},
		Notify: newNotify(t, w), SSO: &sso.Service{Ops: w.Ops, Secrets: w.Secrets, Egress: &egress.Client{}},
	}
	w.handler = graph.Handler(graph.Config{
		Resolver: &graph.Resolver{Client: w.Ops.Client, Crud: api.Crud, Org: api.Org, Roster: api.Roster,
			Invites: api.Invites, Keys: api.Keys, Hooks: api.Hooks, Reports: api.Reports, Fleet: api.Fleet, Material: api.Material,
			Files: api.Files, Items: api.Items, Matching: api.Matching, Dispatch: api.Dispatch, Notify: api.Notify, SSO: api.SSO},
		Authenticate: authenticate, Readable: w.Ops.Guard.Readable, Log: slog.New(slog.NewTextHandler(w.log, faults)),
	})
	server := &rest.Server{Routes: api.Routes(), Authenticate: authenticate, PublicURL: "http://example.org", Clock: w.Clock}
	return &served{world: w, api: api, rest: server.Handler(), blobs: disk.Handler()}
}

// tokens makes tokens that open nothing.
type tokens struct{}

func (tokens) NewKey(id pid.ID) (token, display string, hash []byte) {
	return "token of " + string(id), "token", []byte{1}
}

func (tokens) NewInvite(id pid.ID) (token string, hash []byte) {
	return "token of " + string(id), []byte{1}
}

func (tokens) ReadInvite(string) (id pid.ID, hash []byte, ok bool) { return "", nil, false }

// newRoster has the step that app lends.
func newRoster(ops *op.Runner) *roster.Service {
	return &roster.Service{Ops: ops, Join: func(ctx context.Context, tx *ent.Tx, people ...roster.Person) ([]roster.Joined, error) {
		return roster.Join(guard.AsSystem(ctx), tx, people...)
	}}
}

// newNotify tells people, and mails nobody.
func newNotify(t testing.TB, w *world) *notify.Service {
	t.Helper()
	texts, err := notify.NewTexts()
	must(t, err)
	return &notify.Service{Ops: w.Ops, Secrets: w.Secrets, Egress: &egress.Client{}, Texts: texts, Standing: authn.Standing}
}

// eachServed runs a test on SQLite and PostgreSQL.
func eachServed(t *testing.T, test func(t *testing.T, w *served)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, db *store.DB) { test(t, newServed(t, db)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// object is a JSON object.
type object = map[string]any

// do asks for one field of the root with arguments; the types of the variables are the schema's. An empty selection asks
// for the type's name.
func (w *served) do(ctx context.Context, t testing.TB, field, selection string, args object) answer {
	t.Helper()
	kind, def := "query", schemaOf().Query.Fields.ForName(field)
	if def == nil {
		kind, def = "mutation", schemaOf().Mutation.Fields.ForName(field)
	}
	if def == nil {
		t.Fatalf("the schema has no %s", field)
	}
	var variables, passed []string
	var values []any
	for name, value := range args {
		arg := def.Arguments.ForName(name)
		if arg == nil {
			t.Fatalf("%s has no argument %s", field, name)
			return answer{}
		}
		variables, passed = append(variables, "$"+name+": "+arg.Type.String()), append(passed, name+": $"+name)
		values = append(values, name, value)
	}
	doc := kind
	if len(args) > 0 {
		doc += "(" + strings.Join(variables, ", ") + ")"
		field += "(" + strings.Join(passed, ", ") + ")"
	}
	if selection == "" && schemaOf().Types[def.Type.Name()].IsCompositeType() {
		selection = "{__typename}"
	}
	return w.ask(ctx, t, doc+"{"+field+selection+"}", values...)
}

// input are the arguments of a mutation that takes one input.
func input(members object) object { return object{"input": members} }

func schemaOf() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// call is a REST request: method and path in one, and its answer.
func (w *served) call(ctx context.Context, t testing.TB, route string, body object, headers ...string) (int, object) {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	var content []byte
	if body != nil {
		var err error
		content, err = json.Marshal(body)
		must(t, err)
	}
	r := httptest.NewRequestWithContext(ctx, method, path, bytes.NewReader(content))
	r.Header.Set("Authorization", "Bearer good")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.rest.ServeHTTP(rec, r)
	var v object
	if rec.Body.Len() > 0 {
		must(t, json.Unmarshal(rec.Body.Bytes(), &v))
	}
	return rec.Code, v
}

// camel writes a REST answer with the names of GraphQL, and leaves out what is null.
func camel(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for name, member := range v {
			if !strings.Contains(name, ".") { // a capability is no name
				name = camelName(name)
			}
			if member = camel(member); member != nil {
				out[name] = member
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = camel(v[i])
		}
		return out
	}
	return v
}

// camelName is queueItemId for queue_item_id and queue-item-id.
func camelName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' })
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

// Every route has its counterpart: GraphQL names are the words of the operation.
func TestEveryRouteIsServed(t *testing.T) {
	w := newServed(t, sqlite(t))
	byHand := map[string]string{
		"printer.dispatch-next":   "dispatchNextQueueItem",
		"printer.clear-bed":       "clearPrinterBed",
		"printer.test-connection": "testPrinterConnection",
		"user.me":                 "me",
		"webhook.rotate-secret":   "rotateWebhookSecret",
		"file.upload-from-url":    "uploadFileFromUrl",
		"user.list":               "memberships",
		"user.bulk-update":        "bulkUpdateUsers",
		"audit_log.list":          "auditLog",

		"sso_provider.verify-domain": "verifySsoProviderDomain",
	}
	schema := schemaOf()
	for _, rt := range w.api.Routes() {
		o := rt.Op
		name := byHand[o.Resource+"."+o.Verb]
		switch {
		case rt.Public: // signing in: who asks GraphQL is somebody already
			continue
		case name != "":
		case o.Verb == "get":
			typ := strings.ToUpper(o.Resource[:1]) + camelName(o.Resource)[1:]
			if schema.Types[strings.NewReplacer("Api", "API", "Sso", "SSO").Replace(typ)] == nil {
				t.Errorf("%s %s: no node of the type %s", rt.Method, rt.Path, o.Resource)
			}
			continue
		case o.Verb == "list":
			name = plural(camelName(o.Resource))
		case o.Write:
			name = camelName(o.Verb + "-" + o.Resource)
		default:
			name = camelName(o.Resource + "-" + o.Verb)
		}
		if schema.Query.Fields.ForName(name) == nil && schema.Mutation.Fields.ForName(name) == nil {
			t.Errorf("%s %s has no counterpart %s", rt.Method, rt.Path, name)
		}
	}
}

func plural(word string) string {
	switch stem, ok := strings.CutSuffix(word, "y"); {
	case ok && !strings.HasSuffix(stem, "e"):
		return stem + "ies"
	case strings.HasSuffix(word, "s"):
		return word + "es"
	}
	return word + "s"
}

// refusal is a request that REST and GraphQL refuse alike.
type refusal struct {
	name    string
	as      func(testing.TB) context.Context // the owner where nil
	field   string
	args    object
	route   string
	body    object
	headers []string
	want    string
}

// refusals is long because it is a table: a refusal a line.
func (w *served) refusals(t *testing.T) []refusal {
	north, south := w.north, w.south
	mine, foreign, occupied := north.printers[0].ID, south.printers[0].ID, north.printers[1]
	w.Raw.Printer.UpdateOne(occupied).SetBedState(printer.BedStateOccupied).ExecX(t.Context())
	_, plain := w.call(north.owner(t), t, "POST /v1/platform/queue", object{"name": "PLA", "requirements": object{"material_type": "PLA"}})
	_, abs := w.call(north.owner(t), t, "POST /v1/platform/queue", object{"name": "ABS", "requirements": object{
		"material_type": "ABS", "filament_g": 5000, "nozzle_diameter_mm": 0.8, "min_volume_mm": object{"x": 900, "y": 900, "z": 900}}})
	_, made := w.call(north.owner(t), t, "POST /v1/files/register", object{"name": "a.gcode", "size_bytes": 1, "sha256": strings.Repeat("0", 64)})
	pending := made["file"].(object)["id"].(string)
	spool := north.printers[0].QuerySlots().QuerySpool().OnlyX(t.Context())
	first := spool.QueryLedger().OnlyX(t.Context())
	class := w.Raw.Class.Create().SetOrganizationID(north.ID).SetName("5b").SaveX(t.Context())
	w.Raw.QueueItem.UpdateOne(north.ours).SetClassID(class.ID).ExecX(t.Context())

	item := func(id any, more ...any) object {
		o := object{"queueItemId": id}
		for i := 0; i < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return input(o)
	}
	readOnly := func(t testing.TB) context.Context { return north.key(t, authz.OperationsRead) }
	operator := func(t testing.TB) context.Context { return north.key(t, authz.OrgManageUsers) }
	queueItem := func(id any, verb string) string { return fmt.Sprintf("POST /v1/platform/queue/%s/%s", id, verb) }
	press := func(id any, verb string) string { return fmt.Sprintf("POST /v1/platform/printers/%s/%s", id, verb) }
	return []refusal{
		{name: "no name", field: "createQueueItem", args: input(object{"name": ""}), route: "POST /v1/platform/queue", body: object{"name": ""}, want: "validation_failed"},
		{name: "a nozzle of 99 mm", field: "createQueueItem", args: input(object{"name": "x", "requirements": object{"nozzleDiameterMm": 99}}),
			route: "POST /v1/platform/queue", body: object{"name": "x", "requirements": object{"nozzle_diameter_mm": 99}}, want: "validation_failed"},
		{name: "two places", field: "moveQueueItem", args: item(plain["id"], "position", 1, "beforeId", abs["id"]),
			route: queueItem(plain["id"], "move"), body: object{"position": 1, "before_id": abs["id"]}, want: "validation_failed"},
		{name: "a reason for success", field: "clearPrinterBed", args: input(object{"printerId": mine, "verdict": "success", "failureReason": "clog"}),
			route: press(mine, "clear-bed"), body: object{"verdict": "success", "failure_reason": "clog"}, want: "validation_failed"},
		{name: "override of a volume", field: "assignQueueItem", args: item(abs["id"], "printerId", mine, "override", object{"codes": []string{"volume_exceeded"}, "reason": "x"}),
			route: queueItem(abs["id"], "assign"), body: object{"printer_id": mine, "override": object{"codes": []string{"volume_exceeded"}, "reason": "x"}}, want: "validation_failed"},
		{name: "neither grams nor length", field: "deductSpool", args: input(object{"spoolId": spool.ID}), route: fmt.Sprintf("POST /v1/spools/%s/deduct", spool.ID), body: object{}, want: "validation_failed"},
		{name: "lighter than empty", field: "measureSpool", args: input(object{"spoolId": spool.ID, "grossG": 3}), route: fmt.Sprintf("POST /v1/spools/%s/measure", spool.ID), body: object{"gross_g": 3}, want: "validation_failed"},
		{name: "a file from a private address", field: "uploadFileFromUrl", args: input(object{"url": "http://10.0.0.1/a.gcode"}),
			route: "POST /v1/files/upload-from-url", body: object{"url": "http://10.0.0.1/a.gcode"}, want: "endpoint_address_blocked"},
		{name: "a path for a name", field: "registerFile", args: input(object{"name": "../x", "sizeBytes": 1, "sha256": strings.Repeat("0", 64)}),
			route: "POST /v1/files/register", body: object{"name": "../x", "size_bytes": 1, "sha256": strings.Repeat("0", 64)}, want: "validation_failed"},
		{name: "a volume of one extent", field: "updatePrinter", args: input(object{"printerId": mine, "buildVolumeMm": object{"x": 1, "y": 0, "z": 0}}),
			route: fmt.Sprintf("PATCH /v1/printers/%s", mine), body: object{"build_volume_mm": object{"x": 1, "y": 0, "z": 0}}, want: "validation_failed"},
		{name: "null for a name", field: "updatePrinter", args: input(object{"printerId": mine, "name": nil}), route: fmt.Sprintf("PATCH /v1/printers/%s", mine), body: object{"name": nil}, want: "validation_failed"},

		{name: "another organization's printer", field: "dispatchNextQueueItem", args: input(object{"printerId": foreign}), route: press(foreign, "dispatch-next"), body: object{}, want: "printer_not_found"},
		{name: "a malformed printer", field: "pausePrinter", args: input(object{"printerId": "prn_x"}), route: press("prn_x", "pause"), body: object{}, want: "printer_not_found"},
		{name: "testing another organization's printer", field: "testPrinterConnection", args: input(object{"printerId": foreign}), route: press(foreign, "test-connection"), body: object{}, want: "printer_not_found"},
		{name: "deleting another organization's printer", field: "deletePrinter", args: object{"printerId": foreign}, route: fmt.Sprintf("DELETE /v1/printers/%s", foreign), want: "printer_not_found"},
		{name: "assigning to another organization's printer", field: "assignQueueItem", args: item(plain["id"], "printerId", foreign), route: queueItem(plain["id"], "assign"), body: object{"printer_id": foreign}, want: "printer_not_found"},
		{name: "another organization's item", field: "queueItemEligibility", args: object{"queueItemId": south.ours.ID}, route: fmt.Sprintf("GET /v1/platform/queue/%s/eligibility", south.ours.ID), want: "queue_item_not_found"},
		{name: "a student and somebody else's item", as: north.pupil, field: "queueItemEligibility", args: object{"queueItemId": north.ours.ID},
			route: fmt.Sprintf("GET /v1/platform/queue/%s/eligibility", north.ours.ID), want: "queue_item_not_found"},
		{name: "another organization's spool", field: "deleteSpool", args: object{"spoolId": south.printers[0].QuerySlots().QuerySpool().OnlyIDX(t.Context())},
			route: fmt.Sprintf("DELETE /v1/spools/%s", south.printers[0].QuerySlots().QuerySpool().OnlyIDX(t.Context())), want: "spool_not_found"},
		{name: "no such assignment", field: "deleteSpoolAssignment", args: object{"assignmentId": "sas_x"}, route: "DELETE /v1/platform/spool-assignments/sas_x", want: "spool_assignment_not_found"},
		{name: "no such file", field: "fileDownload", args: object{"fileId": "fil_x"}, route: "GET /v1/files/fil_x/download", want: "file_not_found"},

		{name: "a student approves", as: north.pupil, field: "approveQueueItem", args: item(north.theirs.ID), route: queueItem(north.theirs.ID, "approve"), body: object{}, want: "insufficient_permissions"},
		{name: "a student deducts", as: north.pupil, field: "deductSpool", args: input(object{"spoolId": spool.ID}), route: fmt.Sprintf("POST /v1/spools/%s/deduct", spool.ID), body: object{}, want: "insufficient_permissions"},
		{name: "a key that reads creates a printer", as: readOnly, field: "createPrinter", args: input(object{"name": "", "connector": object{"kind": ""}}), route: "POST /v1/printers", body: object{"name": "", "connector": object{"kind": ""}}, want: "insufficient_permissions"},
		{name: "a key that reads cancels", as: readOnly, field: "cancelQueueItem", args: item(plain["id"]), route: queueItem(plain["id"], "cancel"), body: object{}, want: "insufficient_permissions"},
		{name: "granting what one lacks", as: operator, field: "createUserGroup", args: input(object{"name": "x", "grants": []string{"printer.manage"}}), route: "POST /v1/platform/user-groups",
			body: object{"name": "x", "grants": []string{"printer.manage"}}, want: "insufficient_permissions"},

		{name: "a bed that is not clear", field: "dispatchNextQueueItem", args: input(object{"printerId": occupied.ID}), route: press(occupied.ID, "dispatch-next"), body: object{}, want: "bed_not_clear"},
		{name: "what cannot be assigned", field: "assignQueueItem", args: item(abs["id"], "printerId", mine), route: queueItem(abs["id"], "assign"), body: object{"printer_id": mine}, want: "queue_item_not_assignable"},
		{name: "approving what needs no approval", field: "approveQueueItem", args: item(plain["id"]), route: queueItem(plain["id"], "approve"), body: object{}, want: "queue_item_state_conflict"},
		{name: "confirming what ended", field: "confirmPrint", args: input(object{"printId": north.run.ID, "started": true}), route: fmt.Sprintf("POST /v1/history/%s/confirm", north.run.ID), body: object{"started": true}, want: "print_state_conflict"},
		{name: "more than there is", field: "deductSpool", args: input(object{"spoolId": spool.ID, "grams": 5000}), route: fmt.Sprintf("POST /v1/spools/%s/deduct", spool.ID), body: object{"grams": 5000}, want: "spool_insufficient_material"},
		{name: "undoing the beginning", field: "undoLedgerEntry", args: input(object{"spoolId": spool.ID, "entryId": first.ID}), route: fmt.Sprintf("POST /v1/spools/%s/ledger/%s/undo", spool.ID, first.ID), body: object{}, want: "ledger_entry_not_undoable"},
		{name: "a material in use", field: "deleteMaterial", args: object{"materialId": north.material.ID}, route: fmt.Sprintf("DELETE /v1/materials/%s", north.material.ID), want: "material_in_use"},
		{name: "a loaded spool", field: "deleteSpool", args: object{"spoolId": spool.ID}, route: fmt.Sprintf("DELETE /v1/spools/%s", spool.ID), want: "spool_in_use"},
		{name: "a file without bytes", field: "completeFile", args: input(object{"fileId": pending}), route: "POST /v1/files/" + pending + "/complete", body: object{}, want: "upload_incomplete"},
		{name: "downloading it", field: "fileDownload", args: object{"fileId": pending}, route: "GET /v1/files/" + pending + "/download", want: "file_not_ready"},
		{name: "a class with items", field: "deleteClass", args: object{"classId": class.ID}, route: fmt.Sprintf("DELETE /v1/platform/classes/%s", class.ID), want: "class_in_use"},
		{name: "a stale version", field: "updateSpool", args: input(object{"spoolId": spool.ID, "ifMatch": "99", "location": "x"}), route: fmt.Sprintf("PATCH /v1/spools/%s", spool.ID), body: object{"location": "x"},
			headers: []string{"If-Match", `"99"`}, want: "precondition_failed"},
		{name: "a stale version of what is deleted", field: "deleteFile", args: object{"fileId": pending, "ifMatch": "99"}, route: "DELETE /v1/files/" + pending, headers: []string{"If-Match", `"99"`}, want: "precondition_failed"},
	}
}

// refusalsOfPeople are those of requests about people, their classes and the organization.
func (w *served) refusalsOfPeople(t *testing.T) []refusal {
	north, south := w.north, w.south
	class := w.Raw.Class.Create().SetOrganizationID(north.ID).SetName("6b").SaveX(t.Context())
	return []refusal{
		{name: "a teacher changes somebody", as: func(t testing.TB) context.Context { return north.As(t, authz.RoleTeacher) }, field: "updateUser", args: input(object{"membershipId": north.Owner.ID, "role": "student"}),
			route: fmt.Sprintf("PATCH /v1/org/users/%s", north.Owner.ID), body: object{"role": "student"}, want: "insufficient_permissions"},
		{name: "an admin demotes an owner", as: func(t testing.TB) context.Context { return north.As(t, authz.RoleAdmin) }, field: "updateUser", args: input(object{"membershipId": north.Owner.ID, "role": "student"}),
			route: fmt.Sprintf("PATCH /v1/org/users/%s", north.Owner.ID), body: object{"role": "student"}, want: "insufficient_permissions"},
		{name: "removing somebody of another organization", field: "removeUser", args: object{"membershipId": south.Owner.ID}, route: fmt.Sprintf("DELETE /v1/org/users/%s", south.Owner.ID), want: "user_not_found"},
		{name: "a roster with somebody of another organization", field: "bulkUpdateUsers", args: input(object{"updates": []object{{"membershipId": south.Owner.ID, "name": "X"}}}),
			route: "POST /v1/org/users/bulk", body: object{"updates": []object{{"membership_id": south.Owner.ID, "name": "X"}}}, want: "user_not_found"},
		{name: "a roster row of nobody", field: "bulkUpdateUsers", args: input(object{"updates": []object{{"name": "X"}}}),
			route: "POST /v1/org/users/bulk", body: object{"updates": []object{{"name": "X"}}}, want: "validation_failed"},
		{name: "an axis that protects the machine", field: "updateOrganization", args: input(object{"settings": object{"matching": object{"volume": "off"}}}),
			route: "PATCH /v1/org", body: object{"settings": object{"matching": object{"volume": "off"}}}, want: "validation_failed"},
		{name: "a time zone that is none", field: "updateOrganization", args: input(object{"timeZone": "Mars/Olympus"}), route: "PATCH /v1/org", body: object{"time_zone": "Mars/Olympus"}, want: "validation_failed"},
		{name: "a student reads the audit log", as: north.pupil, field: "auditLog", args: object{}, route: "GET /v1/org/audit-log", want: "insufficient_permissions"},
		{name: "a roll-over to nowhere", field: "rollOverClass", args: input(object{"classId": class.ID}), route: fmt.Sprintf("POST /v1/platform/classes/%s/roll-over", class.ID), body: object{}, want: "validation_failed"},
		{name: "no roll-over to undo", field: "undoRollOverClass", args: object{"classId": class.ID}, route: fmt.Sprintf("POST /v1/platform/classes/%s/roll-over/undo", class.ID), body: object{}, want: "class_state_conflict"},
	}
}

// What REST refuses, GraphQL refuses with the same code, details, fields and reasons; neither changes anything.
func TestRefusedAlike(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		refusals := append(w.refusals(t), w.refusalsOfPeople(t)...)
		before := len(w.north.Events(t))
		for _, tt := range refusals {
			t.Run(tt.name, func(t *testing.T) {
				if tt.as == nil {
					tt.as = w.north.owner
				}
				status, said := w.call(tt.as(t), t, tt.route, tt.body, tt.headers...)
				if said["error"] != tt.want {
					t.Errorf("REST: %d %v, want %s", status, said, tt.want)
				}
				a := w.do(tt.as(t), t, tt.field, "", tt.args)
				if a.codes() != tt.want || a.at(tt.field) != nil {
					t.Fatalf("GraphQL: %s, want %s", a.body, tt.want)
				}
				want := camel(said).(object)
				want["code"] = want["error"]
				delete(want, "error")
				for _, f := range list(want["fields"]) {
					f.(object)["path"] = camelPath(f.(object)["path"].(string))
				}
				if diff := cmp.Diff(any(want), camel(a.Errors[0].Extensions)); diff != "" {
					t.Errorf("the words differ: %s", diff)
				}
			})
		}
		if n := len(w.north.Events(t)); n != before || len(w.south.Events(t)) != 0 {
			t.Errorf("refusals left %d events", n-before)
		}
		if w.log.String() != "" {
			t.Errorf("refusals are no faults: %s", w.log)
		}
	})
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func camelPath(path string) string {
	names := strings.Split(path, ".")
	for i := range names {
		names[i] = camelName(names[i])
	}
	return strings.Join(names, ".")
}

// slotsOf are the printer's slots, by index.
func slotsOf(t testing.TB, p *ent.Printer) []*ent.PrinterSlot {
	t.Helper()
	return slices.SortedFunc(slices.Values(p.QuerySlots().AllX(t.Context())), func(a, b *ent.PrinterSlot) int { return a.Index - b.Index })
}
