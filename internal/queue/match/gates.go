package match

import (
	"time"

	"github.com/soloprint/soloprint/internal/errs"
)

// Gates are what hold the item back on every printer: approval, hold and a file that failed until a person acts, start
// time and a file on its way until they come. A schedule hold is over at its not_before.
func Gates(i Item, now time.Time) []errs.Reason { return gates(nil, &i, now) }

func gates(rs []errs.Reason, i *Item, now time.Time) []errs.Reason {
	if actual := i.unapproved(); actual != "" {
		rs = append(rs, reason(CodeApprovalRequired, SeverityHard, "approved", actual, "Ask a teacher or an operator to approve the item"))
	}
	if i.Hold != "" && i.Hold != "none" && i.Hold != "schedule" {
		actual := "held"
		if i.HoldReason != "" {
			actual += ": " + i.HoldReason
		}
		rs = append(rs, reason(CodeHold, SeverityHard, "released", actual, "Release the item"))
	}
	if i.NotBefore != nil && i.NotBefore.After(now) {
		rs = append(rs, reason(CodeNotBefore, SeverityTemporary, "not before "+moment(*i.NotBefore), "it is "+moment(now), "Wait, or set an earlier start"))
	}
	return fileGate(rs, i.FileStatus)
}

// unapproved says what is missing; an item that was never sent for approval needs none.
func (i *Item) unapproved() string {
	switch i.Approval {
	case "", "not_required", "approved":
		return ""
	case "changes_requested":
		return "changes were asked for"
	case "denied":
		return "denied"
	default:
		return "waits for approval"
	}
}

func fileGate(rs []errs.Reason, status string) []errs.Reason {
	switch status {
	case "", "ready":
		return rs
	case "pending", "fetching":
		return append(rs, reason(CodeFileNotReady, SeverityTemporary, "a file that is ready", "the file is "+status, "Wait for the upload, or upload the file again"))
	default: // failed, deleted
		return append(rs, reason(CodeFileNotReady, SeverityHard, "a file that is ready", "the file is "+status, "Upload the file again and attach it"))
	}
}
