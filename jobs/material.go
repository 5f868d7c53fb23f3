package jobs

import (
	"context"

	"github.com/soloprint/soloprint/internal/material"
)

// lowStock compares what is left of filament with what queued items need, and tells of what has become too little.
func (s *Scheduler) lowStock(ctx context.Context) (string, error) {
	return s.each(ctx, "low_stock", "materials and spools told of", func(ctx context.Context) (int, error) {
		news, err := s.Material.StockNews(ctx, material.CheckStockInput{})
		if err != nil || !news {
			return 0, err
		}
		return s.Material.CheckStock(ctx, material.CheckStockInput{})
	})
}
