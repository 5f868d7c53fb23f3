package match

import (
	"math"
	"slices"
	"time"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
)

// State is whether a print can start: of a printer for an item, or of an item over all printers.
type State string

// The states.
const (
	Eligible State = "eligible" // could start now
	Waiting  State = "waiting"  // only temporary reasons
	Blocked  State = "blocked"  // somebody must act
	Unknown  State = "unknown"  // not computed yet
)

// Verdict is the whole answer for an item and a printer.
type Verdict struct {
	Verdict State
	Score   int           // 0 to 1000, see Score
	Penalty int           // what the score lost inside its band
	Reasons []errs.Reason // all of them, in the order of Codes

	// Slots are the spools to use, a row per tool that finds one. They are told for a blocked verdict too: what would be
	// used if a person overrode its reasons.
	Slots []schematype.SpoolUse
}

// Evaluate asks every rule about an item and a printer at a moment.
func Evaluate(i Item, p Printer, ax Axes, now time.Time) Verdict {
	c := newCheck(i.Need, p, ax)
	c.reasons = readiness(c.reasons, &p, now)
	c.rules()

	views := c.views()
	s := c.supply(&i, views)
	picks := s.choose()
	for t := range views {
		views[t].prefer(picks[t])
	}
	for t := range views {
		c.loaded(&views[t], views)
	}
	c.filament(&i, &s, picks)
	c.reasons = gates(c.reasons, &i, now)

	slots, leftover := c.uses(&s, picks)
	v := Verdict{Verdict: StateOf(c.reasons), Reasons: c.reasons, Slots: slots}
	v.Penalty = c.penalty(views) + weigh(c.reasons) + leftover
	v.Score = Score(v.Verdict, v.Penalty)
	return v
}

// StateOf sums reasons up: one that is hard blocks, else one that is temporary waits.
func StateOf(rs []errs.Reason) State {
	state := Eligible
	for i := range rs {
		switch rs[i].Severity {
		case SeverityHard:
			return Blocked
		case SeverityTemporary:
			state = Waiting
		}
	}
	return state
}

// Override is the verdict when a person lets the reasons of these codes pass. Codes that are not Overridable stay.
func Override(v Verdict, codes []string) Verdict {
	passes := func(r errs.Reason) bool { return slices.Contains(codes, r.Code) && Overridable(r.Code) }
	kept := make([]errs.Reason, 0, len(v.Reasons))
	for _, r := range v.Reasons {
		if !passes(r) {
			kept = append(kept, r)
		}
	}
	v.Penalty -= weigh(v.Reasons) - weigh(kept)
	v.Reasons, v.Verdict = kept, StateOf(kept)
	v.Score = Score(v.Verdict, v.Penalty)
	return v
}

// PrinterState is one printer's verdict for an item.
type PrinterState struct {
	PrinterID string
	State     State
}

// ItemEligibility sums an item's printers up: the best verdict counts. Without a printer it is blocked, because waiting
// does not help; it is unknown while no printer serves it and some are not computed. The ids are those of the printers
// that could start now, in the order given.
func ItemEligibility(printers []PrinterState) (State, []string) {
	var eligible []string
	waiting, unknown := false, false
	for _, p := range printers {
		switch p.State {
		case Eligible:
			eligible = append(eligible, p.PrinterID)
		case Waiting:
			waiting = true
		case Unknown, "":
			unknown = true
		}
	}
	switch {
	case len(eligible) > 0:
		return Eligible, eligible
	case waiting:
		return Waiting, nil
	case unknown:
		return Unknown, nil
	default:
		return Blocked, nil
	}
}

// What reasons and lesser wishes take from a score.
const (
	weightSoft      = 40
	weightTemporary = 30
	weightHard      = 60
	weightEnclosure = 25
	maxColor        = 100
	maxLeftover     = 20
	leftoverPerG    = 50 // a point for each 50 g left on the spool: spools are to be used up
)

// Score orders printers for an item. The state decides the band: eligible 1000 to 701, waiting 700 to 401, blocked 400 to
// 0. Inside it the penalty is taken off: 40 for each soft, 30 for each temporary and 60 for each hard reason; the mean
// colour difference of the tools (at most 100); 25 for a plastic that likes an enclosure on an open printer; and a point
// for each 50 g that stay on the chosen spools (at most 20).
func Score(s State, penalty int) int {
	penalty = max(0, penalty)
	switch s {
	case Eligible:
		return 1000 - min(penalty, 299)
	case Waiting:
		return 700 - min(penalty, 299)
	default:
		return 400 - min(penalty, 400)
	}
}

func weigh(rs []errs.Reason) int {
	sum := 0
	for i := range rs {
		switch rs[i].Severity {
		case SeverityHard:
			sum += weightHard
		case SeverityTemporary:
			sum += weightTemporary
		default:
			sum += weightSoft
		}
	}
	return sum
}

// penalty is what the first trays take beyond reasons: their colours, and an open printer.
func (c *check) penalty(views []view) int {
	var sum float64
	used := 0
	for i := range views {
		if len(views[i].trays) > 0 {
			sum += views[i].trays[0].dist
			used++
		}
	}
	points := int(math.Round(min(sum/float64(max(1, used)), maxColor)))
	if !c.printer.Enclosed && slices.ContainsFunc(c.need.Tools, func(t Tool) bool { return likesEnclosure(t.Material) }) {
		points += weightEnclosure
	}
	return points
}
