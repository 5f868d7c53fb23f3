package app

import (
	"context"
	"fmt"
)

// depths counts what waits, each by an index that holds nothing else.
func (a *App) depths(ctx context.Context) (map[string]int, error) {
	rows, err := a.Client.QueryRows(ctx, "SELECT 'queue_items', COUNT(*) FROM queue_items WHERE dispatchable"+
		" UNION ALL SELECT 'prints', COUNT(*) FROM prints WHERE state IN ('dispatching','needs_confirmation','printing','paused')"+
		" UNION ALL SELECT 'webhook_deliveries', COUNT(*) FROM webhook_deliveries WHERE status = 'queued'", nil)
	if err != nil {
		return nil, fmt.Errorf("count what waits: %w", err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int{}
	for rows.Next() {
		var what string
		var n int
		if err := rows.Scan(&what, &n); err != nil {
			return nil, fmt.Errorf("count what waits: %w", err)
		}
		out[what] = n
	}
	return out, rows.Err()
}
