package gcode

import "math"

const (
	axisX = iota
	axisY
	axisZ
	axes
)

const mmPerInch = 25.4

// moves is the little of a printer's state that bounds need. Positions are machine coordinates in millimetres; an axis
// is unknown until the file names it, and again after homing, because home is elsewhere on every printer.
type moves struct {
	warn  *warnings
	whole bool // the file was read to its end
	pos   [axes]float64
	known [axes]bool
	shift [axes]float64 // machine minus what the file calls it, set by G92
	unit  float64       // millimetres

	relative, relativeE bool
	e                   float64 // mm of filament, as the file counts
	tool                int

	modeSeen   bool // M82 or M83 was seen, so that E can be trusted
	volumetric bool // M200: E is mm3
	extruded   [maxTools]float64

	lo, hi [axes]float64
}

func newMoves(warn *warnings) *moves {
	inf := math.Inf(1)
	return &moves{
		warn: warn,
		unit: 1,
		lo:   [axes]float64{inf, inf, inf},
		hi:   [axes]float64{-inf, -inf, -inf},
	}
}

// line runs one line of the file.
func (m *moves) line(b []byte) {
	b = trimLeft(b)
	if len(b) == 0 {
		return
	}
	if b[0] == ';' {
		if name := secretName(string(b[1:min(len(b), 256)])); name != "" {
			m.warn.add(WarnSecret, name)
		}
		return
	}
	w := words{rest: b}
	cmd, ok := w.next()
	if ok && cmd.letter == 'N' { // line number
		cmd, ok = w.next()
	}
	if !ok || !cmd.isCode() {
		m.warnNamed(b)
		return
	}
	m.run(cmd, &w)
}

func (m *moves) run(cmd word, w *words) {
	code := int(cmd.value)
	switch cmd.letter {
	case 'G':
		m.runG(code, w)
	case 'M':
		m.runM(code, w)
	case 'T':
		m.tool = code
	}
}

func (m *moves) runG(code int, w *words) {
	switch code {
	case 0, 1:
		m.move(m.arguments(w), 0)
	case 2:
		m.move(m.arguments(w), -1)
	case 3:
		m.move(m.arguments(w), 1)
	case 20:
		m.unit = mmPerInch
	case 21:
		m.unit = 1
	case 28:
		m.home(w)
	case 90:
		m.relative = false
	case 91:
		m.relative = true
	case 92:
		m.rename(m.arguments(w))
	}
}

func (m *moves) runM(code int, w *words) {
	switch code {
	case 82, 83:
		m.relativeE, m.modeSeen = code == 83, true
	case 104, 109:
		m.checkHeat(w, "nozzle", maxNozzleC)
	case 140, 190:
		m.checkHeat(w, "bed", maxBedC)
	case 200:
		for arg, ok := w.next(); ok; arg, ok = w.next() {
			m.volumetric = m.volumetric || arg.letter == 'D' && arg.value > 0
		}
	default:
		m.warnCode(code, w)
	}
}

// arguments are the axes, the filament and the middle of an arc that a command names, in millimetres.
type arguments struct {
	axis   [axes]float64
	has    [axes]bool
	e      float64
	hasE   bool
	mid    [2]float64 // from where the arc begins
	hasMid bool
}

func (m *moves) arguments(w *words) arguments {
	var a arguments
	for arg, ok := w.next(); ok; arg, ok = w.next() {
		if !arg.hasValue {
			continue
		}
		value := arg.value * m.unit
		switch arg.letter {
		case 'X', 'Y', 'Z':
			i := int(arg.letter - 'X')
			if math.Abs(value) > maxExtentMM {
				m.warn.add(WarnCoordinate, "far out of reach")
				continue
			}
			a.axis[i], a.has[i] = value, true
		case 'E':
			a.e, a.hasE = value, true
		case 'I', 'J':
			a.mid[arg.letter-'I'], a.hasMid = value, true
		}
	}
	if w.bad {
		m.warn.add(WarnCoordinate, "unreadable number")
	}
	return a
}

// move goes to a point, in a line (turn 0) or in an arc (turn 1 against the clock, -1 with it).
func (m *moves) move(a arguments, turn int) {
	from, fromKnown := m.pos, m.known
	moved := turn != 0 && a.hasMid
	for i := range axes {
		if a.has[i] {
			moved = m.step(i, a.axis[i]) || moved
		}
	}
	if !a.hasE || !m.feed(a.e) || !moved {
		return
	}
	m.enclose(from, fromKnown)
	m.enclose(m.pos, m.known)
	if turn != 0 && a.hasMid && fromKnown[axisX] && fromKnown[axisY] {
		m.encloseArc(from, a.mid, turn)
	}
}

// step moves one axis and says whether it changed place.
func (m *moves) step(i int, value float64) bool {
	target := value + m.shift[i]
	if m.relative {
		target = m.pos[i] + value
	}
	if math.Abs(target) > maxExtentMM {
		m.warn.add(WarnCoordinate, "far out of reach")
		return false
	}
	moved := target != m.pos[i] || !m.known[i]
	m.pos[i] = target
	m.known[i] = m.known[i] || !m.relative
	return moved
}

// feed turns the extruder and says whether filament came out. G91 makes E relative too, as in Klipper and PrusaSlicer.
func (m *moves) feed(value float64) bool {
	delta := value
	if !m.relative && !m.relativeE {
		delta = value - m.e
	}
	m.e += delta
	if m.tool < maxTools {
		m.extruded[m.tool] += delta // retractions included: what comes back was not used
	}
	return delta > 0
}

// rename is G92: nothing moves, but the place is called something else from now on.
func (m *moves) rename(a arguments) {
	for i := range axes {
		if !a.has[i] {
			continue
		}
		if m.known[i] {
			m.shift[i] = m.pos[i] - a.axis[i]
			continue
		}
		m.pos[i], m.known[i], m.shift[i] = a.axis[i], true, 0
	}
	if a.hasE {
		m.e = a.e
	}
}

// home is G28 with the axes that it names, or all if it names none.
func (m *moves) home(w *words) {
	var named [axes]bool
	all := true
	for arg, ok := w.next(); ok; arg, ok = w.next() {
		if arg.letter >= 'X' && arg.letter <= 'Z' {
			named[arg.letter-'X'], all = true, false
		}
	}
	for i := range axes {
		if all || named[i] {
			m.known[i], m.shift[i] = false, 0
		}
	}
}

func (m *moves) enclose(p [axes]float64, known [axes]bool) {
	for i := range axes {
		if known[i] {
			m.lo[i], m.hi[i] = min(m.lo[i], p[i]), max(m.hi[i], p[i])
		}
	}
}

// encloseArc adds the outermost points of the arc from a point around from+mid to the present place: those of the four
// compass points that the arc passes.
func (m *moves) encloseArc(from [axes]float64, mid [2]float64, turn int) {
	cx, cy := from[axisX]+mid[0], from[axisY]+mid[1]
	radius := math.Hypot(mid[0], mid[1])
	if radius > maxExtentMM {
		m.warn.add(WarnCoordinate, "far out of reach")
		return
	}
	begin := math.Atan2(-mid[1], -mid[0])
	sweep := angle(turn, math.Atan2(m.pos[axisY]-cy, m.pos[axisX]-cx)-begin)
	if m.pos[axisX] == from[axisX] && m.pos[axisY] == from[axisY] {
		sweep = 2 * math.Pi
	}
	for _, c := range [4][2]float64{{1, 0}, {0, 1}, {-1, 0}, {0, -1}} {
		if angle(turn, math.Atan2(c[1], c[0])-begin) <= sweep {
			m.enclose([axes]float64{cx + c[0]*radius, cy + c[1]*radius}, [axes]bool{true, true, false})
		}
	}
}

// angle is how far one turns by an angle in the given direction, from 0 to 2π.
func angle(turn int, radians float64) float64 {
	a := math.Mod(float64(turn)*radians, 2*math.Pi)
	if a < 0 {
		a += 2 * math.Pi
	}
	return a
}

// bounds is what was printed, and the room it takes; nil if nothing was, if an axis stayed unknown, or if the file was
// not read to its end.
func (m *moves) bounds() (*Box, *Size) {
	for i := range axes {
		if m.lo[i] > m.hi[i] || !m.whole {
			return nil, nil
		}
	}
	box := Box{
		Min: Point{round(m.lo[axisX]), round(m.lo[axisY]), round(m.lo[axisZ])},
		Max: Point{round(m.hi[axisX]), round(m.hi[axisY]), round(m.hi[axisZ])},
	}
	size := Size{
		X: round(box.Max.X - box.Min.X),
		Y: round(box.Max.Y - box.Min.Y),
		Z: round(box.Max.Z - min(0, box.Min.Z)),
	}
	return &box, &size
}

// filament is the length that each tool used up, in millimetres, as far as E can be trusted: the file must say whether
// it counts absolutely, and must not count volumes.
func (m *moves) filament() []float64 {
	if !m.whole || !m.modeSeen || m.volumetric {
		return nil
	}
	var list []float64
	for i, mm := range m.extruded {
		if mm > 0 && mm <= maxFilamentMM {
			list = append(list, make([]float64, i+1-len(list))...)
			list[i] = round(mm)
		}
	}
	return list
}
