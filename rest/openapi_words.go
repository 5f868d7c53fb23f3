package rest

// The words of the examples in the OpenAPI document. What stands here is checked against the schemas by the tests.

// words are values by the name of a field, for schemas that carry none.
var words = map[string]any{
	"actual": "PLA", "actual_g": 41.2, "actual_seconds": 5040, "address": "https://printer-7.school.example", "approval_expiry_days": 30, "approval_state": "approved",
	"attempts": 1, "auto_dispatch": true, "balance_after_g": 782.4, "bed_c": 60.0, "bed_state": "clear", "changelog_url": "https://print.example.org/developers/changelog",
	"code": "ROB-9B", "color_hex": "#1F6FEB", "color_match": "similar", "color_name": "Blue", "content_type": "text/x.gcode", "copies_done": 0, "copies_failed": 0,
	"copies_requested": 2, "copies_running": 0, "copy": 1, "cost_minor": 103, "cost_currency": "EUR", "currency": "EUR", "delta_g": -12.5, "delta_reserved_g": 0,
	"density_g_cm3": 1.24, "description": "Second floor, by the window.", "details": "Octo answers.", "diameter_mm": 1.75, "docs_url": "https://print.example.org/developers/api-docs",
	"eligible_printer_count": 1, "email": "dana.rivera@school.example", "ends_on": "2027-07-15", "enclosed": true, "estimated_g": 41.5, "estimated_seconds": 5100,
	"expected": "PETG", "external_id": "S-20931", "external_ref": "lms-4711", "failure_code": "", "failure_details": "", "filament_g": 41.5, "filament_mm": 13900.0,
	"file_format": "gcode", "file_sha256": exampleSum, "firmware": "6.1.3", "fix": "Load a spool of PETG.", "folder": "Robotics", "g": 41.5, "grade_level": "9",
	"grams": 12.5, "graphql_url": "https://print.example.org/graphql", "gross_g": 1032.0, "hold": "none", "hold_reason": "", "index": 1, "initial_g": 1000.0, "is_teacher": false,
	"join_code": "K7PQ2M", "kind": "gcode", "layer_height_mm": 0.2, "length_mm": 4200.0, "locale": "en", "location": "Lab 2, bench 3", "lot_number": "L-2291", "manufacturer": "Prusa",
	"material_type": "PETG", "max_attempts": 3, "max_bed_c": 120.0, "max_filament_g": 200.0, "max_nozzle_c": 300.0, "max_print_seconds": 14400, "max_queued_items": 5,
	"max_uses": 30, "message": "Say what it is called.", "method": "PUT", "milliseconds": 84, "min_g": 500.0, "min_spools": 2, "model": "MK4", "name": "Lab 2",
	"needed_g": 84.0, "net_weight_g": 1000.0, "next_cursor": "eyJ2IjoxLCJrIjpbIk1LNCBBZGEiXX0", "note": "", "nozzle_c": 240.0, "nozzle_diameter_mm": 0.4, "nozzle_type": "brass",
	"number": 1487, "openapi_url": "https://print.example.org/v1/openapi.json", "percent": 10.0, "plate_index": 0, "position": 3072, "prefix": "slp_live_" + exampleID, "price_minor": 2499,
	"price_currency": "EUR", "printer_model": "MK4", "printer_name": "MK4 Ada", "progress": 0.42, "reason": "Ready for the open day.", "remaining_g": 782.4, "request_id": "",
	"require_bed_clear": true, "reserved_g": 41.5, "role": "student", "score": 820, "secret": "a-long-printer-key", "serial_number": "10589-3742441", "server_version": "1.0.0",
	"sha256": exampleSum, "size_bytes": 482133, "slicer": "PrusaSlicer", "slicer_version": "2.9.0", "slot_count": 1, "slot_index": 1, "slug": "riverside-high", "spool_weight_g": 250.0,
	"starts_on": "2026-09-01", "state_message": "", "status": "in_use", "time_zone": "Europe/Berlin", "tool": 0, "type": "session",
	"user_id": "usr_" + exampleID, "url": "https://print.example.org/blobs/01jd4c0n?signature=…", "used_g": 217.6, "uses": 3, "vendor": "Prusament", "weight": 1, "x": 250.0, "y": 210.0, "z": 220.0,
	"created": 1, "has_more": true, "matched": true, "started": true, "verdict": "eligible", "severity": "hard", "axis": "material",
	"spools_left": 2, "left_g": 420.0, "free_g": 240.0, "buy_spools": 1, "buy_g": 1000.0, "spools": 1,
	"not_before": "2031-04-02T08:00:00Z", "deadline_at": "2031-04-03T16:00:00Z", "expires_at": "2031-04-02T08:00:00Z", "until": "2031-04-02T08:00:00Z",
	"override": "color_mismatch", "supported_format": "gcode", "priority": "normal", "approval_reason": "", "capabilitie": "operations.read", "scope": "operations.read", "grant": "operations.read", "denial": "queue.manage",
}

const exampleSum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// moods are values of one field of one schema, where the name alone says too little.
var moods = map[string]any{
	"Printer.state": "idle", "File.status": "ready", "File.failure_code": "", "QueueItem.state": "queued", "QueueItem.name": "Gear for robot 7",
	"Spool.code": "S-0042", "Spool.stock_level": "ok", "Spool.weight_source": "initial", "Spool.status": "in_use", "Print.state": "printing", "Print.outcome": "none", "Print.failure_reason": nil, "Print.verdict_by_id": nil, "Print.verdict_at": nil,
	"Print.ended_at": nil, "Print.cost_minor": nil, "Print.cost_currency": nil, "LedgerEntry.kind": "deduct", "LedgerEntry.undo_of_id": nil, "Class.state": "active",
	"Printer.out_of_order": nil, "QueueItem.assigned_printer_id": nil, "QueueItem.assigned_at": nil, "Material.name": "PETG Blue", "Material.type": "PETG",
	"Material.stock_level": "ok", "Material.low_stock_snoozed_until": nil, "Spool.low_stock_snoozed_until": nil, "ShoppingItem.snoozed_until": nil, "ShoppingItem.name": "PETG Blue",
	"ShoppingItem.type": "PETG", "ShoppingReason.code": "min_g", "ShoppingReason.message": "240 g are left once the queue is printed, and there should be 500 g.",
	"APIKey.revoked_at": nil, "SpoolAssignment.ended_at": nil, "WebhookDelivery.replay_of": "whd_" + exampleID, "Preference.name": "Print finished",
	"SSOProvider.scopes": []any{"openid", "email", "profile"}, "SSOProvider.redirect_uris": []any{"https://front.school.example/signed-in"}, "SSOProvider.auto_create": "pending",
	"SSOProvider.default_role": "student", "SSOProvider.state": "enabled", "SSOTest.ok": true, "SSOGroupMapping.role": "teacher", "SSOGroupMapping.priority": 10, "SSOGroupMapping.on_loss": "revoke",
	"NotificationRule.webhook_host": "hooks.slack.com", "Notification.body": "Gear for robot 7 is ready on MK4 Ada.",
	"APIKey.name": "Timetable sync", "CreatedAPIKey.name": "Timetable sync", "CreatedAPIKey.revoked_at": nil,
	"Class.name": "Robotics 9B", "RollOverClass.id": "cls_" + exampleID, "RollOverClass.name": "Robotics 9B", "RollOverClass.state": "ended",
	"RollOverResult.staying": []any{"mem_" + exampleID}, "PrinterSlotSummary.name": "Left", "PrinterSlot.name": "Left",
	"Organization.name": "Riverside High School", "MeOrganization.name": "Riverside High School", "ContextOrganization.name": "Riverside High School",
	"MeUser.name": "Dana Rivera", "MePrincipal.type": "api_key", "MeMembership.role": "teacher", "MeMembership.status": "active", "ContextMembership.status": "active",
	"AuditActor.id": "ses_" + exampleID, "AuditActor.name": "Dana Rivera", "AuditSubject.id": "mem_" + exampleID,
	"AuditEntry.data": object{{"object", object{{"role", "teacher"}}}, {"previous", object{{"role", "student"}}}},
	"Event.type":      "spool.deducted", "Event.subject_type": "spool", "Event.subject_id": "spl_" + exampleID, "Event.actor_type": "api_key", "Event.actor_id": "key_" + exampleID,
	"Event.data":       object{{"object", object{{"id", "spl_" + exampleID}, {"remaining_g", 782.4}}}, {"previous", object{{"remaining_g", 794.9}}}},
	"InviteLink.token": "slp_inv_" + exampleID + "_…", "InviteLink.url": "https://print.example.org/join/slp_inv_" + exampleID + "_…",
	"Statistics.from": "2026-04-01T22:00:00Z", "Statistics.to": "2026-04-02T22:00:00Z", "Statistics.interval": "day", "ReportPoint.time": "2026-04-01T22:00:00Z", "ReportPoint.group": "prn_" + exampleID,
}

// shown are fields of answers that are not always there and that an example shows all the same.
var shown = map[string][]string{"Requirements": {"material_type", "color_hex", "color_match", "filament_g", "nozzle_diameter_mm"},
	"Match": {"claim", "value"}, "Claims": {"subject", "email", "name", "groups"}, "Domain": {"token", "proved_at", "proved_by"}}

// prefixes are those of identifiers, by resource.
var prefixes = map[string]string{
	"organization": "org_", "user": "mem_", "class": "cls_", "enrollment": "enr_", "user_group": "ugr_", "invite": "inv_", "sso_provider": "idp_", "sso_group_mapping": "map_",
	"api_key": "key_", "printer": "prn_", "printer_slot": "slt_", "printer_tag": "tag_", "printer_group": "pgr_", "queue_item": "qit_", "profile": "prf_", "print": "prt_",
	"material": "mat_", "spool": "spl_", "spool_assignment": "sas_", "ledger_entry": "led_", "undo_of": "led_", "file": "fil_", "fileId": "fil_", "event": "evt_", "webhook": "whk_",
	"webhook_delivery": "whd_", "notification_rule": "ntr_", "notification": "ntf_", "assigned_printer": "prn_", "eligible_printer": "prn_",
}

// requests are the requests that a reader would send, by operation, where what the schema demands says too little.
var requests = map[string]string{
	"printer_create": `{"name":"MK4 Ada","manufacturer":"Prusa","model":"MK4","location":"Lab 2, bench 3","connector":{"kind":"virtual"},` +
		`"build_volume_mm":{"x":250,"y":210,"z":220},"nozzle_diameter_mm":0.4,"supported_formats":["gcode","bgcode"],"slot_count":1}`,
	"printer_update":             `{"nozzle_diameter_mm":0.6,"nozzle_type":"hardened","out_of_order":null}`,
	"printer_dispatch_next":      `{"dry_run":false}`,
	"printer_clear_bed":          `{"verdict":"success"}`,
	"print_confirm":              `{"started":true}`,
	"queue_item_create":          `{"name":"Gear for robot 7","file_id":"fil_01jd4c0n5xe2vb8w6h3ks9qt7m","copies_requested":2,"priority":"normal","requirements":{"material_type":"PETG","color_hex":"#1F6FEB","color_match":"similar","nozzle_diameter_mm":0.4},"metadata":{"course":"robotics-9b"},"deadline_at":"2031-04-03T16:00:00Z","external_ref":"lms-4711"}`,
	"queue_item_update":          `{"copies_requested":3,"priority":"high"}`,
	"queue_item_assign":          `{"printer_id":"prn_01jd4c0n5xe2vb8w6h3ks9qt7m","override":{"codes":["color_mismatch"],"reason":"The colour does not matter for a test piece."}}`,
	"queue_item_approve":         `{"reason":"Fine."}`,
	"queue_item_deny":            `{"reason":"Too large for this term's budget."}`,
	"queue_item_request_changes": `{"reason":"Please make the letters 2 mm taller."}`,
	"queue_item_hold":            `{"reason":"Wait for the open day."}`,
	"queue_item_move":            `{"before_id":"qit_01jd4c0n5yf3wc9x7j4kt0rv8n"}`,
	"spool_create":               `{"material_id":"mat_01jd4c0n5xe2vb8w6h3ks9qt7m","initial_g":1000,"location":"Shelf B","lot_number":"L-2291"}`,
	"spool_update":               `{"location":"Shelf C","low_stock_threshold":{"percent":15}}`,
	"spool_deduct":               `{"grams":12.5,"reason":"Purge line"}`,
	"spool_measure":              `{"gross_g":1032}`,
	"material_create":            `{"vendor":"Prusament","name":"PETG Blue","type":"PETG","color_name":"Blue","color_hex":"#1F6FEB","density_g_cm3":1.27,"net_weight_g":1000,"spool_weight_g":250,"price_minor":2499,"price_currency":"EUR","nozzle_c":240,"bed_c":80}`,
	"material_update":            `{"price_minor":2299,"price_currency":"EUR","low_stock":{"min_spools":2,"min_g":500}}`,
	"spool_assignment_create":    `{"spool_id":"spl_01jd4c0n5xe2vb8w6h3ks9qt7m","printer_id":"prn_01jd4c0n5xe2vb8w6h3ks9qt7m","slot_index":1}`,
	"file_register":              `{"name":"gear.gcode","size_bytes":482133,"sha256":"` + exampleSum + `","content_type":"text/x.gcode","folder":"Robotics"}`,
	"file_upload_from_url":       `{"url":"https://files.example.com/gear.gcode","name":"gear.gcode"}`,
	"file_update":                `{"name":"gear-v2.gcode","folder":"Robotics"}`,
	"class_create":               `{"name":"Robotics 9B","code":"ROB-9B","starts_on":"2026-09-01","ends_on":"2027-07-15"}`,
	"class_update":               `{"name":"Robotics 9B","ends_on":"2027-07-20"}`,
	"enrollment_create":          `{"membership_ids":["mem_01jd4c0n5xe2vb8w6h3ks9qt7m"],"role":"student"}`,
	"user_bulk_update":           `{"dry_run":true,"updates":[{"email":"ada@example.org","name":"Ada Lovelace","role":"student","external_id":"4711"},{"membership_id":"mem_01jd4c0n5xe2vb8w6h3ks9qt7m","status":"suspended"}]}`,
	"user_update":                `{"role":"teacher","grade_level":"9"}`,
	"organization_update":        `{"time_zone":"Europe/Berlin","settings":{"queue":{"fairness":"class"}}}`,
	"api_key_create":             `{"name":"Timetable sync","scopes":["operations.read"]}`,
	"api_key_rotate":             `{"overlap_seconds":3600}`,
	"invite_create":              `{"email":"grace@example.org","role":"teacher"}`,
	"user_group_create":          `{"name":"Lab helpers","grants":["printer.manage"],"limits":{"max_queued_items":5,"max_filament_g":200}}`,
	"user_group_update":          `{"denials":["spool.manage"]}`,
	"webhook_create":             `{"name":"Operations endpoint","endpoint_url":"https://example.com/webhooks/soloprint","subscriptions":["queue_item.assigned","spool_assignment.created"],"max_attempts":5,"retry_backoff_seconds":300}`,
	"webhook_update":             `{"subscriptions":["queue_item.*"],"state":"enabled"}`,
	"webhook_recover":            `{"since":"2026-04-02T08:00:00Z","status":"failed"}`,
	"notification_rule_create":   `{"name":"Printer errors","event_types":["printer.error_raised"],"audience":{"roles":["operator"]},"channels":["in_app","email"],"throttle_seconds":600,"quiet_hours":{"from":"22:00","to":"06:00"}}`,
	"notification_rule_update":   `{"digest":"daily","quiet_hours":null}`,
	"sso_provider_create":        `{"name":"Riverside Google","profile":"google","client_id":"4711.apps.googleusercontent.com","client_secret":"a-long-client-secret","domains":["riverside.example"],"auto_create":"pending"}`,
	"sso_provider_update":        `{"state":"enabled","auto_create":"active"}`,
	"sso_provider_verify_domain": `{"domain":"riverside.example"}`,
	"sso_group_mapping_create":   `{"provider_id":"idp_01jd4c0n5xe2vb8w6h3ks9qt7m","match":{"claim":"groups","operator":"equals","value":"Teachers"},"priority":10,"role":"teacher"}`,
	"sso_group_mapping_update":   `{"match":{"operator":"in","values":["Teachers","Substitutes"]},"on_loss":"keep"}`,
	"sso_group_mapping_evaluate": `{"provider_id":"idp_01jd4c0n5xe2vb8w6h3ks9qt7m","claims":{"sub":"20931","groups":["Teachers"]}}`,
	"sso_complete":               `{"state":"mz4tq7kx2c9wmz4tq7kx2c9w","code":"SplxlOBeZQQYbYS6WxSbIA","binding":"q8c2w9x7kt4zq8c2w9x7kt4z"}`,
}
