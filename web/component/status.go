package component

import (
	"context"

	"github.com/soloprint/soloprint/web/words"
)

// Sign is a state as people see it: a tone, an icon and a word.
type Sign struct{ Tone, Icon, Word string }

// signs are tone and icon of each state, by the thing it is of and its own word. Words stand in the catalogue as
// state.<thing>.<word>.
var signs = map[string][2]string{
	"printer.free": {"ok", "circle-check"}, "printer.clear": {"you", "hand"}, "printer.busy": {"info", "loader"}, "printer.printing": {"info", "play"},
	"printer.paused": {"wait", "pause"}, "printer.attention": {"you", "message-circle-warning"}, "printer.error": {"bad", "octagon-alert"},
	"printer.offline": {"idle", "wifi-off"}, "printer.maintenance": {"idle", "wrench"},

	"queue.draft": {"idle", "pencil-line"}, "queue.hold": {"idle", "pause"}, "queue.schedule": {"idle", "calendar-clock"}, "queue.eligible": {"ok", "circle-check"},
	"queue.waiting": {"wait", "clock"}, "queue.blocked": {"bad", "circle-slash"}, "queue.unknown": {"idle", "circle-dashed"}, "queue.assigned": {"info", "printer"},
	"queue.dispatching": {"info", "send"}, "queue.printing": {"info", "play"}, "queue.paused": {"wait", "pause"}, "queue.confirm": {"you", "circle-help"},
	"queue.awaiting_verdict": {"you", "hand"}, "queue.pickup": {"you", "package-check"}, "queue.completed": {"ok", "check-check"}, "queue.failed": {"bad", "x"},
	"queue.cancelled": {"idle", "ban"}, "queue.expired": {"idle", "timer-off"},

	"approval.pending": {"you", "user-check"}, "approval.approved": {"ok", "circle-check"}, "approval.changes_requested": {"you", "pencil"}, "approval.denied": {"bad", "user-x"},

	"verdict.eligible": {"ok", "circle-check"}, "verdict.waiting": {"wait", "clock"}, "verdict.blocked": {"bad", "circle-slash"}, "verdict.unknown": {"idle", "circle-dashed"},

	"stock.ok": {"ok", "circle-check"}, "stock.low": {"wait", "gauge"}, "stock.critical": {"bad", "triangle-alert"}, "stock.empty": {"idle", "circle"},

	"delivery.queued": {"idle", "clock"}, "delivery.delivering": {"info", "send"}, "delivery.delivered": {"ok", "check"}, "delivery.failed": {"bad", "x"}, "delivery.skipped": {"idle", "ban"},

	"member.active": {"ok", "circle-check"}, "member.pending": {"you", "user-check"}, "member.suspended": {"bad", "ban"}, "member.expiring": {"wait", "clock"}, "member.expired": {"idle", "timer-off"}, "member.revoked": {"idle", "ban"},
	"provider.draft": {"idle", "pencil-line"}, "provider.enabled": {"ok", "circle-check"}, "provider.disabled": {"idle", "ban"},
	"hook.enabled": {"ok", "circle-check"}, "hook.failing": {"bad", "triangle-alert"}, "hook.disabled": {"idle", "ban"},
	"file.ready": {"ok", "circle-check"}, "file.pending": {"wait", "clock"}, "file.failed": {"bad", "x"}, "file.deleted": {"idle", "ban"},
	"job.running": {"info", "play"}, "job.succeeded": {"ok", "check"}, "job.failed": {"bad", "x"}, "job.skipped": {"idle", "ban"},
	"print.preparing": {"info", "send"}, "print.printing": {"info", "play"}, "print.paused": {"wait", "pause"}, "print.succeeded": {"ok", "check-check"}, "print.failed": {"bad", "x"}, "print.cancelled": {"idle", "ban"}, "print.awaiting": {"you", "hand"},
}

// SignOf is the sign of a state of a thing. A state that nobody has drawn yet is shown quietly, by its own word.
func SignOf(ctx context.Context, thing, state string, values ...any) Sign {
	s := Sign{Tone: "idle", Icon: "circle-dashed"}
	if known, ok := signs[thing+"."+state]; ok {
		s.Tone, s.Icon = known[0], known[1]
	}
	if key := "state." + thing + "." + state; words.From(ctx).Known(key) {
		s.Word = words.T(ctx, key, values...)
	} else {
		s.Word = words.Or(ctx, key, state)
	}
	return s
}
