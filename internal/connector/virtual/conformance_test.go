package virtual

import (
	"testing"
	"time"

	"github.com/soloprint/soloprint/internal/connector"
	"github.com/soloprint/soloprint/internal/connector/connectortest"
)

func TestConformance(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.Bench {
		b := setup(t, nil)
		pass := func(_ *testing.T, d time.Duration) { b.clock.add(d / 60) }
		return &connectortest.Bench{
			Connector:   b.Printers,
			Target:      b.target,
			TakesNoFile: true,
			Pass:        pass,
			PressStop: func(t *testing.T) {
				wantErr(t, b.Cancel(t.Context(), b.target, b.status(t).JobToken), nil)
			},
			Restart: func(t *testing.T, d time.Duration) connector.Connector {
				pass(t, d)
				b.reopen(t, 60)
				return b.Printers
			},
			Prints: func(t *testing.T) int {
				n := 0
				for _, s := range b.log(t) {
					if s.Accepted {
						n++
					}
				}
				return n
			},
		}
	})
}
