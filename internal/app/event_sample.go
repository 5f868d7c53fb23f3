package app

import (
	"maps"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/record"
)

// object is what an event tells of its subject.
type object = map[string]any

// eventSamples are what each type of event tells of its subject, for the documentation of the webhooks. Values are left
// out: the document fills in believable ones.
func eventSamples() map[event.Type]any {
	samples := map[event.Type]any{}
	for _, t := range event.Catalogue() {
		resource, _, _ := strings.Cut(string(t), ".")
		samples[t] = object{"id": ""}
		if row := rowSamples()[resource]; row != nil {
			samples[t] = row
		}
	}
	maps.Copy(samples, factSamples())
	return samples
}

// rowSamples are rows as their events show them, by resource.
func rowSamples() map[string]object {
	slots := []object{{"index": 1, "name": "Slot 1", "spool_id": "spl_01jd4c0n5xe2vb8w6h3ks9qt7m"}}
	return map[string]object{
		"organization":      record.Organization(&ent.Organization{}),
		"user":              record.Membership(&ent.Membership{}),
		"class":             also(record.Class(&ent.Class{}), "printer_group_ids", []string{sampleGroup}),
		"enrollment":        record.Enrollment(&ent.Enrollment{}),
		"user_group":        also(record.UserGroup(&ent.UserGroup{}), "printer_group_ids", []string{sampleGroup}),
		"invite":            record.Invite(&ent.Invite{}),
		"sso_provider":      providerSample(),
		"sso_group_mapping": record.SSOGroupMapping(&ent.SSOGroupMapping{}),
		"api_key":           record.APIKey(&ent.APIKey{}),
		"printer":           also(record.Printer(&ent.Printer{}), "slots", slots, "connector_secret_set", true, "tag_ids", []string{sampleTag}, "group_ids", []string{sampleGroup}),
		"printer_slot":      record.PrinterSlot(&ent.PrinterSlot{}),
		"printer_tag":       record.PrinterTag(&ent.PrinterTag{}),
		"printer_group":     record.PrinterGroup(&ent.PrinterGroup{}),
		"material":          record.Material(&ent.Material{}),
		"spool":             record.Spool(&ent.Spool{}),
		"spool_assignment":  record.SpoolAssignment(&ent.SpoolAssignment{}),
		"webhook":           record.Webhook(&ent.Webhook{}),
		"notification_rule": record.NotificationRule(&ent.NotificationRule{}),
		"file":              {"id": "", "status": "ready", "kind": "gcode", "size_bytes": 0, "uploaded_by_id": "", "failure_code": ""},
		"queue_item":        itemSample(),
		"print": {"id": "", "queue_item_id": "", "copy": 0, "printer_id": nil, "state": "printing", "outcome": nil, "failure_reason": nil, "submitter_id": "",
			"class_id": nil, "actual_g": 0, "actual_seconds": 0},
	}
}

// factSamples are the subjects of events that tell less than a row, or more.
func factSamples() map[event.Type]any {
	state := object{"id": "", "name": "MK4 Ada", "state": "idle", "state_message": "", "bed_state": "clear"}
	entry := []any{"ledger_entry_id", "", "delta_g", 0, "print_id", nil}
	threshold := []any{"threshold_g", 100, "remaining_g", 82.4, "stock_level", "low"}
	printer, print := []any{"printer_id", ""}, []any{"print_id", ""}
	decided := []any{"decided_by_id", ""}
	return map[event.Type]any{
		event.QueueItemUpdated:            itemSample("hold", "none", "position", 0, "cancel_requested", false, "printer_id", "", "print_id", "", "wish", "none"),
		event.UserInvited:                 record.Invite(&ent.Invite{}),
		event.QueueItemEligibilityChanged: itemSample("eligibility", "eligible"),
		event.QueueItemBlocked:            itemSample("eligibility", "blocked"),
		event.QueueItemApproved:           itemSample(decided...), event.QueueItemDenied: itemSample(decided...), event.QueueItemChangesRequested: itemSample(decided...),
		event.QueueItemAssigned:   itemSample("printer_id", "", "override_codes", []string{"color_mismatch"}, "override_reason", "The colour does not matter."),
		event.QueueItemUnassigned: itemSample(printer...), event.QueueItemCancelled: itemSample(printer...),
		event.QueueItemDispatched: itemSample("printer_id", "", "print_id", ""),
		event.QueueItemStarted:    itemSample(print...), event.QueueItemPaused: itemSample(print...), event.QueueItemResumed: itemSample(print...),
		event.PrinterOnline: state, event.PrinterOffline: state, event.PrinterStateChanged: state, event.PrinterErrorRaised: state, event.PrinterBedCleared: state,
		event.SpoolDeducted: also(record.Spool(&ent.Spool{}), entry...), event.SpoolMeasured: also(record.Spool(&ent.Spool{}), entry...),
		event.SpoolLow: also(record.Spool(&ent.Spool{}), threshold...), event.SpoolCritical: also(record.Spool(&ent.Spool{}), threshold...), event.SpoolEmpty: also(record.Spool(&ent.Spool{}), threshold...),
		event.MaterialLowStock: also(record.Material(&ent.Material{}), "stock_level", "low", "spools_left", 1, "left_g", 420, "needed_g", 180, "free_g", 240),
		event.ClassEnrolled:    object{"id": "", "membership_ids": []string{"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"}, "role": "student", "source": "manual"},
		event.ClassUnenrolled:  object{"id": "", "membership_ids": []string{"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"}},
		event.SSOMappingApplied: object{"id": "mem_01jd4c0n5xe2vb8w6h3ks9qt7m", "provider_id": "", "role": "teacher", "class_ids": []string{"cls_01jd4c0n5xe2vb8w6h3ks9qt7m"},
			"user_group_ids": []string{"ugr_01jd4c0n5xe2vb8w6h3ks9qt7m"}, "mapping_ids": []string{"map_01jd4c0n5xe2vb8w6h3ks9qt7m"}},
		event.PasswordSignedIn:        object{"id": sampleMember, "factor": "totp", "recovery_codes_left": 10, "address": "203.0.113.7"},
		event.PasswordSignInFailed:    object{"id": sampleMember, "reason": "code", "address": "203.0.113.7"},
		event.PasswordSet:             object{"id": sampleMember, "origin": "owner", "rescue": false, "own": true, "address": "203.0.113.7"},
		event.PasswordTOTPEnabled:     object{"id": sampleMember, "address": "203.0.113.7"},
		event.TestPing:                object{"id": "whk_01jd4c0n5xe2vb8w6h3ks9qt7m"},
		event.QueueEligibilityChanged: object{"profile_id": "", "count": 2, "queue_item_ids": []string{"qit_01jd4c0n5xe2vb8w6h3ks9qt7m"}},
	}
}

// providerSample is an identity provider as its events show it: without what its last test found, which no change is.
func providerSample() object {
	o := also(record.SSOProvider(&ent.SSOProvider{}), "client_secret_set", true)
	delete(o, "last_test")
	delete(o, "scim_last_used_at")
	return o
}

// itemSample is a queue item as its events show it, with what some events say beside it.
func itemSample(more ...any) object {
	return also(object{"id": "", "number": 0, "state": "queued", "approval_state": "approved", "submitter_id": "", "class_id": nil, "file_id": nil,
		"assigned_printer_id": nil, "priority": "normal", "copies_requested": 0, "copies_done": 0, "copies_running": 0}, more...)
}

// also adds pairs of name and value.
func also(o object, pairs ...any) object {
	for i := 0; i+1 < len(pairs); i += 2 {
		o[pairs[i].(string)] = pairs[i+1]
	}
	return o
}

const (
	sampleTag    = "tag_01jd4c0n5xe2vb8w6h3ks9qt7m"
	sampleMember = "mem_01jd4c0n5xe2vb8w6h3ks9qt7m"
	sampleGroup  = "pgr_01jd4c0n5xe2vb8w6h3ks9qt7m"
)
