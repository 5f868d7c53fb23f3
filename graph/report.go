package graph

import (
	"context"
	"encoding/json"
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/report"
)

// Statistics is the query statistics.
func (r *queryResolver) Statistics(ctx context.Context, from, to *time.Time, interval, groupBy *string) (*report.Statistics, error) {
	return r.Reports.Statistics(ctx, report.StatisticsInput{From: from, To: to, Interval: or(interval, ""), GroupBy: or(groupBy, "")})
}

// Events is the query events.
func (r *queryResolver) Events(ctx context.Context, after *string, first *int, types []string) (*report.EventFeed, error) {
	l, err := r.Reports.Events(ctx, report.EventsInput{Limit: first, Cursor: or(after, ""), Types: types})
	if err != nil {
		return nil, err
	}
	return &report.EventFeed{Events: l.Data, HasMore: l.HasMore(), NextCursor: l.Later}, nil
}

type eventResolver struct{ *Resolver }

// Event implements generated.ResolverRoot.
func (r *Resolver) Event() generated.EventResolver { return &eventResolver{r} }

// Data is what an event says.
func (r *eventResolver) Data(_ context.Context, of *ent.Event) (data map[string]any, err error) {
	return data, json.Unmarshal(of.Data, &data)
}
