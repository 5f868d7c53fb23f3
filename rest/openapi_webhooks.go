package rest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/soloprint/soloprint/internal/event"
)

// webhookTag holds the requests that the server sends. It is no resource of the API.
const webhookTag = "webhook_event"

// webhooks describes the request that an endpoint receives for each event. samples are what an event tells of its subject.
func (d *describer) webhooks(samples map[event.Type]any) error {
	if len(samples) == 0 {
		return nil
	}
	d.doc.Tags = append(d.doc.Tags, tag(webhookTag))
	d.doc.Webhooks = map[string]*huma.PathItem{}
	d.envelope()
	maps.Copy(d.doc.Components.Parameters, signed())
	for _, t := range slices.Sorted(maps.Keys(samples)) {
		sample, err := plain(samples[t])
		if err != nil {
			return fmt.Errorf("sample of %s: %w", t, err)
		}
		enliven(t, sample)
		d.doc.Webhooks[string(t)] = &huma.PathItem{Post: d.webhook(t, sample)}
	}
	return nil
}

// plain is a value as JSON has it.
func plain(v any) (object map[string]any, err error) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &object)
	}
	return object, err
}

// envelope lists what all events have in common.
func (d *describer) envelope() {
	text := func(description string, example any) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: description, Examples: []any{example}}
	}
	at := text("When it happened.", exampleTime)
	at.Format = "date-time"
	const name = "WebhookEvent"
	d.order[name] = []string{"id", "type", "api_version", "organization_id", "occurred_at", "sequence", "actor", "data"}
	d.answers.Map()[name] = &huma.Schema{
		Type: huma.TypeObject, Description: "What every event says, whatever its type.", Required: d.order[name],
		Properties: map[string]*huma.Schema{
			"id":              text("The event: the same on every retry and replay, and the webhook-id header.", exampleEvent),
			"type":            text("What happened.", "printer.created"),
			"api_version":     text("The contract that data follows.", APIVersion),
			"organization_id": text("Whose event it is.", exampleText("organization_id")),
			"occurred_at":     at,
			"sequence":        {Type: huma.TypeInteger, Format: "int64", Description: "Counts the organization's events in commit order, without gaps.", Examples: []any{4711}},
			"actor": {Type: huma.TypeObject, Description: "Who caused it.", Required: []string{"type", "id"}, Properties: map[string]*huma.Schema{
				"type": {Type: huma.TypeString, Enum: []any{"session", "api_key", "system"}, Description: "A person, a key or background work."},
				"id":   text("Identifier of the principal.", exampleText("api_key_id")),
			}},
			"data": {Type: huma.TypeObject, Description: "The subject as it is now, and what changed of it.", Required: []string{"object"}, Properties: map[string]*huma.Schema{
				"object":   {Type: huma.TypeObject, Description: "Identifiers and values; no names of people.", AdditionalProperties: true},
				"previous": {Type: huma.TypeObject, Description: "The former values of what changed; absent where nothing is to compare.", AdditionalProperties: true},
			}},
		},
	}
}

const exampleEvent = "evt_" + exampleID

// webhook is the request for one type of event.
func (d *describer) webhook(t event.Type, sample map[string]any) *huma.Operation {
	resource, happened, _ := strings.Cut(string(t), ".")
	schema := &huma.Schema{AllOf: []*huma.Schema{{Ref: schemaPrefix + "WebhookEvent"}, {
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{
			"type": {Type: huma.TypeString, Enum: []any{string(t)}},
			"data": {Type: huma.TypeObject, Properties: map[string]*huma.Schema{"object": {Ref: schemaPrefix + d.subject(resource, happened, sample)}}},
		}}}}
	return &huma.Operation{
		OperationID: "on_" + resource + "_" + happened, Summary: cmp.Or(told[t], toldOfRow(resource, happened)), Tags: []string{webhookTag},
		Security: []map[string][]string{}, Parameters: []*huma.Param{{Ref: parameterPrefix + "WebhookID"}, {Ref: parameterPrefix + "WebhookTimestamp"}, {Ref: parameterPrefix + "WebhookSignature"}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema, Example: d.eventExample(t, sample)}}},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "Delivered. The body is not read, 16 kB of it are kept to be looked at."},
			"410": {Description: "The endpoint wants no more: it is disabled."},
			"4XX": {Description: "Not delivered; tried again with growing waits, and after max_attempts failed."},
			"5XX": {Description: "Not delivered; tried again with growing waits. Retry-After is honoured."},
		},
	}
}

// subject lists the schema of what an event tells of its subject, once for each resource, and once more for an event that
// tells something else. It answers the schema's name.
func (d *describer) subject(resource, happened string, sample map[string]any) string {
	schema := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{}}
	for name, v := range sample {
		schema.Properties[name] = sampled(v)
	}
	for _, name := range []string{pascal(resource) + "EventObject", pascal(resource+"_"+happened) + "EventObject"} {
		known := d.answers.Map()[name]
		if known == nil {
			d.answers.Map()[name] = schema
			return name
		}
		if reflect.DeepEqual(known, schema) {
			return name
		}
	}
	panic("describe: two events of one type: " + resource + "." + happened)
}

// sampled is the schema of a sample's value: what it is, not what it may be.
func sampled(v any) *huma.Schema {
	switch v := v.(type) {
	case string:
		return &huma.Schema{Type: huma.TypeString}
	case bool:
		return &huma.Schema{Type: huma.TypeBoolean}
	case float64, int:
		return &huma.Schema{Type: huma.TypeNumber}
	case []any:
		s := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{}}
		if len(v) > 0 {
			s.Items = sampled(v[0])
		}
		return s
	case map[string]any:
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	}
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}

// enliven puts words where a sample has none: it is made from rows without values.
func enliven(t event.Type, sample map[string]any) {
	resource, _, _ := strings.Cut(string(t), ".")
	for name, v := range sample {
		stamp, isText := v.(string)
		n, isNumber := v.(float64)
		word, known := moods[pascal(resource)+"."+name]
		if !known {
			word, known = words[name]
		}
		switch {
		case name == "id":
			sample[name] = cmp.Or(prefixes[resource], "mem_") + exampleID // what is told of signing in is told of a member
		case (v == nil || stamp == "" && isText) && strings.HasSuffix(name, "_id"):
			sample[name] = exampleText(name)
		case strings.HasSuffix(name, "_at") && (v == nil || strings.HasPrefix(stamp, "0001-")):
			sample[name] = exampleTime
		case known && isText && stamp == "", known && isNumber && n == 0, known && v == nil:
			sample[name] = word
		}
	}
}

func (d *describer) eventExample(t event.Type, sample map[string]any) any {
	return object{
		{"id", exampleEvent}, {"type", t}, {"api_version", APIVersion}, {"organization_id", exampleText("organization_id")}, {"occurred_at", exampleTime},
		{"sequence", 4711}, {"actor", object{{"type", "api_key"}, {"id", exampleText("api_key_id")}}}, {"data", object{{"object", sample}}},
	}
}

const parameterPrefix = "#/components/parameters/"

// signed are the headers of Standard Webhooks.
func signed() map[string]*huma.Param {
	header := func(name, description, example string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: description, Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	return map[string]*huma.Param{
		"WebhookID":        header("webhook-id", "The event's id, the same on every retry and replay: what was seen already is answered 2xx and left alone.", exampleEvent),
		"WebhookTimestamp": header("webhook-timestamp", "Unix seconds of this attempt. Refuse what is older than a few minutes.", "1775116800"),
		"WebhookSignature": header("webhook-signature", "v1,<base64 HMAC-SHA256 of id.timestamp.body> under the endpoint's secret; one for each live secret, separated by spaces.", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
	}
}

// toldOfRow says what a row's event tells.
func toldOfRow(resource, happened string) string {
	words := strings.NewReplacer("api_", "API ", "sso_", "SSO ", "_", " ").Replace(resource)
	article := "A "
	if strings.ContainsAny(words[:1], "AaeioS") {
		article = "An "
	}
	switch happened {
	case "created", "updated", "deleted":
		return article + words + " was " + happened + "."
	}
	return strings.ToUpper(words[:1]) + words[1:] + ": " + strings.ReplaceAll(happened, "_", " ") + "."
}

// told is what an event that is more than a row made, changed or deleted tells.
var told = map[event.Type]string{
	event.QueueItemApproved:           "A queue item was approved, by a person or by a policy.",
	event.QueueItemDenied:             "A queue item was denied; it is cancelled.",
	event.QueueItemChangesRequested:   "The submitter was asked to change a queue item.",
	event.QueueItemEligibilityChanged: "An operation changed whether a queue item can be printed.",
	event.QueueItemBlocked:            "No printer can print the queue item until somebody acts.",
	event.QueueItemAssigned:           "A queue item was put in a printer's line.",
	event.QueueItemUnassigned:         "A queue item was taken out of a printer's line.",
	event.QueueItemDispatched:         "A copy of a queue item was claimed for a printer; upload and start follow.",
	event.QueueItemStarted:            "A copy of a queue item has started to print.",
	event.QueueItemPaused:             "A copy of a queue item is paused.",
	event.QueueItemResumed:            "A copy of a queue item prints again.",
	event.QueueItemCompleted:          "All copies of a queue item are done.",
	event.QueueItemFailed:             "A queue item has used up its attempts.",
	event.QueueItemCancelled:          "A queue item was cancelled.",
	event.QueueItemExpired:            "A queue item waited too long for approval.",
	event.PrintStarted:                "A print has started.",
	event.PrintFinished:               "A print has come to its end; a person says how it went.",
	event.PrintFailed:                 "A print has failed.",
	event.PrintCancelled:              "A print was cancelled.",
	event.PrintNeedsConfirmation:      "Nobody knows whether a print has started: a person has to look.",
	event.PrintVerdictRecorded:        "A person said how a print went.",
	event.PrinterOnline:               "A printer answers again.",
	event.PrinterOffline:              "A printer does not answer any more.",
	event.PrinterStateChanged:         "A printer does something else now.",
	event.PrinterErrorRaised:          "A printer reports an error.",
	event.PrinterBedCleared:           "A person said that a printer's bed is clear.",
	event.SpoolArchived:               "A spool was archived.",
	event.SpoolDeducted:               "Filament was taken off a spool.",
	event.SpoolMeasured:               "A spool was weighed.",
	event.SpoolLow:                    "A spool fell below its threshold: once for each crossing.",
	event.SpoolCritical:               "A spool fell below half of its threshold.",
	event.SpoolEmpty:                  "A spool is empty.",
	event.SpoolAssignmentCreated:      "A spool was loaded into a slot.",
	event.SpoolAssignmentEnded:        "A spool was taken out of a slot.",
	event.MaterialLowStock:            "Of a material there are too few spools or grams left for what is queued.",
	event.FileRegistered:              "A file was registered, for an upload or to be fetched.",
	event.FileReady:                   "A file's content is there and was read.",
	event.FileFailed:                  "A file could not be fetched or was not what was registered.",
	event.FileDeleted:                 "A file was deleted.",
	event.UserInvited:                 "A person was invited.",
	event.UserJoined:                  "A person joined the organization.",
	event.UserApproved:                "A pending member was let in.",
	event.UserRoleChanged:             "A member's role changed.",
	event.UserSuspended:               "A member was suspended.",
	event.UserRemoved:                 "A member was removed.",
	event.ClassEnrolled:               "People were enrolled in a class.",
	event.ClassUnenrolled:             "People were taken out of a class.",
	event.ClassEnded:                  "A class has ended.",
	event.ClassRolledOver:             "A class was rolled over.",
	event.SSOSignedIn:                 "A person signed in through an identity provider.",
	event.SSOSignInFailed:             "A sign-in through an identity provider was refused.",
	event.SSOMappingApplied:           "Group mappings changed what a person is and may do.",
	event.PasswordSignedIn:            "A person signed in with a password of their own.",
	event.PasswordSignInFailed:        "A sign-in with a member's password was refused.",
	event.PasswordSet:                 "A member has a new password, by the operator or of their own; by a rescue the second factor ended, too.",
	event.PasswordTOTPEnabled:         "A member set up an authenticator app for their password.",
	event.APIKeyRotated:               "An API key was rotated.",
	event.APIKeyRevoked:               "An API key was revoked.",
	event.APIKeyExpiring:              "An API key expires within 14 days.",
	event.WebhookDisabled:             "An endpoint was disabled, by itself after days of failures or by its own 410.",
	event.QueueEligibilityChanged:     "The verdict of a requirement profile changed; names how many items it is of, and the first 100.",
	event.TestPing:                    "Somebody asked for a test delivery.",
}
