package rest

import (
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/rest/generated"
)

// QueueItem is a queue item with whether and where it could start.
type QueueItem struct {
	generated.QueueItem
	Eligibility *schematype.Eligibility `json:"eligibility" doc:"Whether and where it could start."`
}

func viewQueueItem(e *ent.QueueItem) QueueItem {
	return QueueItem{QueueItem: generated.NewQueueItem(e), Eligibility: e.Eligibility}
}

// withoutTime leaves out when the eligibility was computed: each look computes it anew.
func (q QueueItem) withoutTime() any {
	if q.Eligibility != nil {
		e := *q.Eligibility
		e.ComputedAt = time.Time{}
		q.Eligibility = &e
	}
	return q
}

// DispatchResult is what dispatch-next claimed.
type DispatchResult struct {
	QueueItem QueueItem        `json:"queue_item"`
	Print     *generated.Print `json:"print" doc:"The claimed print; null for a dry run."`
}

func viewDispatch(r *queue.DispatchResult) DispatchResult {
	return DispatchResult{QueueItem: viewQueueItem(r.QueueItem), Print: optional(r.Print, generated.NewPrint)}
}

// ClearBedResult is the cleared printer, and what the verdict was about.
type ClearBedResult struct {
	Printer   Printer          `json:"printer"`
	Print     *generated.Print `json:"print" doc:"The print that got its verdict; null where none awaited one."`
	QueueItem *QueueItem       `json:"queue_item" doc:"Its queue item."`
}

func viewClearBed(r *queue.ClearBedResult) ClearBedResult {
	return ClearBedResult{Printer: viewPrinter(r.Printer), Print: optional(r.Print, generated.NewPrint), QueueItem: optional(r.QueueItem, viewQueueItem)}
}

// optional is the view of a row that may be missing.
func optional[E, V any](e *E, view func(*E) V) *V {
	if e == nil {
		return nil
	}
	v := view(e)
	return &v
}
