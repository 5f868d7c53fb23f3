// Package listing makes the lists of all adapters: for each entity a wish (Printers, QueueItems: filters, order and page as
// the contract names them), its Page on a query, and the edges that an answer shows. Generated operations and the domain
// packages use it alike; a hand-written list embeds the wish in its Input and narrows the query further:
//
//	func (s *Service) ListQueueItems(ctx context.Context, in ListQueueItemsInput) (page.List[*ent.QueueItem], error) {
//		return op.Read(ctx, s.Ops, opList, in, func(ctx context.Context, c *ent.Client) (page.List[*ent.QueueItem], error) {
//			q := c.QueueItem.Query().Where(eligible(in.Eligibility))
//			return in.QueueItems.Page(ctx, q, in.Eligibility) // cursors are bound to the further filter too
//		})
//	}
//
// The flow of Page: filters -> count where asked for -> position after the cursor -> order, ties by id -> one row more than
// the limit, to see whether a page follows -> edges.
//
// Next door: page holds limits and cursors, record what events show of a row. listing.go is written by hand, the rest by
// ent/extension.
package listing
