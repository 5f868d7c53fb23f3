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
	return map[string]object{
		"organization":      record.Organization(&ent.Organization{}),
		"user":              record.Membership(&ent.Membership{}),
		"class":             record.Class(&ent.Class{}),
		"enrollment":        record.Enrollment(&ent.Enrollment{}),
		"user_group":        record.UserGroup(&ent.UserGroup{}),
		"invite":            record.Invite(&ent.Invite{}),
		"sso_provider":      record.SSOProvider(&ent.SSOProvider{}),
		"sso_group_mapping": record.SSOGroupMapping(&ent.SSOGroupMapping{}),
		"api_key":           record.APIKey(&ent.APIKey{}),
		"printer":           record.Printer(&ent.Printer{}),
		"printer_slot":      record.PrinterSlot(&ent.PrinterSlot{}),
		"printer_tag":       record.PrinterTag(&ent.PrinterTag{}),
		"printer_group":     record.PrinterGroup(&ent.PrinterGroup{}),
		"material":          record.Material(&ent.Material{}),
		"spool":             record.Spool(&ent.Spool{}),
		"spool_assignment":  record.SpoolAssignment(&ent.SpoolAssignment{}),
		"webhook":           record.Webhook(&ent.Webhook{}),
		"notification_rule": record.NotificationRule(&ent.NotificationRule{}),
		"file":              {"id": "", "status": "ready", "kind": "gcode", "size_bytes": 0, "uploaded_by_id": "", "failure_code": ""},
		"queue_item": {"id": "", "number": 0, "state": "queued", "approval_state": "approved", "submitter_id": "", "class_id": nil, "file_id": nil,
			"assigned_printer_id": nil, "priority": "normal", "copies_requested": 0, "copies_done": 0, "copies_running": 0},
		"print": {"id": "", "queue_item_id": "", "copy": 0, "printer_id": nil, "state": "printing", "outcome": nil, "failure_reason": nil, "submitter_id": "",
			"class_id": nil, "actual_g": 0, "actual_seconds": 0},
	}
}

// factSamples are the subjects of events that tell less than a row, or more.
func factSamples() map[event.Type]any {
	state := object{"id": "", "name": "MK4 Ada", "state": "idle", "state_message": "", "bed_state": "clear"}
	entry := object{"ledger_entry_id": "", "delta_g": 0, "print_id": nil}
	threshold := object{"threshold_g": 100}
	return map[event.Type]any{
		event.PrinterOnline: state, event.PrinterOffline: state, event.PrinterStateChanged: state, event.PrinterErrorRaised: state, event.PrinterBedCleared: state,
		event.SpoolDeducted: spoolWith(entry), event.SpoolMeasured: spoolWith(entry),
		event.SpoolLow: spoolWith(threshold), event.SpoolCritical: spoolWith(threshold), event.SpoolEmpty: spoolWith(threshold),
		event.ClassEnrolled:           object{"id": "", "membership_ids": []string{"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"}, "role": "student", "source": "manual"},
		event.ClassUnenrolled:         object{"id": "", "membership_ids": []string{"mem_01jd4c0n5xe2vb8w6h3ks9qt7m"}},
		event.QueueEligibilityChanged: object{"profile_id": "", "count": 2, "queue_item_ids": []string{"qit_01jd4c0n5xe2vb8w6h3ks9qt7m"}},
	}
}

// spoolWith is a spool with what one event says beside it.
func spoolWith(more object) object {
	o := record.Spool(&ent.Spool{})
	maps.Copy(o, more)
	return o
}
