package app

import (
	"context"
	"fmt"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
)

// itemSeed is a queue item of the demo.
type itemSeed struct {
	name     string
	by       string // email; "" = the owner
	class    string
	need     schematype.Requirements
	seconds  int
	copies   int
	priority string
	days     int // deadline in days, 0 = none
	then     func(*school, context.Context, pid.ID) error
}

// addQueue makes thirty items: most can start, some wait for approval, some for a printer, some for somebody to act.
func (s *school) addQueue() error {
	for _, seed := range s.items() {
		if err := s.addItem(seed); err != nil {
			return fmt.Errorf("queue item %q: %w", seed.name, err)
		}
	}
	return nil
}

func (s *school) addItem(seed itemSeed) error {
	ctx := s.owner
	if seed.by != "" {
		as, err := s.app.as(s.owner, s.people[seed.by])
		if err != nil {
			return err
		}
		ctx = as
	}
	in := queue.CreateQueueItemInput{Name: seed.name, Requirements: seed.need, EstimatedSeconds: &seed.seconds, Priority: seed.priority}
	if seed.copies > 0 {
		in.CopiesRequested = &seed.copies
	}
	if seed.class != "" {
		id := s.classes[seed.class]
		in.ClassID = &id
	}
	if seed.days > 0 {
		in.DeadlineAt = s.app.inDays(seed.days)
	}
	it, err := s.app.API.Items.Create(ctx, in)
	if err != nil || seed.then == nil {
		return err
	}
	return seed.then(s, ctx, it.ID)
}

// approved is a teacher's yes.
func approved(s *school, _ context.Context, id pid.ID) error {
	_, err := s.app.API.Items.Approve(s.owner, queue.ApproveQueueItemInput{QueueItemID: id})
	return err
}

func sentBack(s *school, _ context.Context, id pid.ID) error {
	_, err := s.app.API.Items.RequestChanges(s.owner, queue.QueueItemReasonInput{QueueItemID: id, Reason: "The walls are 0.3 mm: please make them at least 0.8 mm."})
	return err
}

func held(s *school, _ context.Context, id pid.ID) error {
	_, err := s.app.API.Items.Hold(s.owner, queue.HoldQueueItemInput{QueueItemID: id, Reason: "Wait for the new build plates."})
	return err
}

func (s *school) items() []itemSeed {
	pla := func(g float64) schematype.Requirements {
		return schematype.Requirements{MaterialType: "PLA", FilamentG: g, NozzleDiameterMM: 0.4}
	}
	petg := func(g float64) schematype.Requirements {
		return schematype.Requirements{MaterialType: "PETG", FilamentG: g, NozzleDiameterMM: 0.4}
	}
	large := schematype.Requirements{MaterialType: "ASA", FilamentG: 310, MinVolumeMM: &schematype.Size{X: 300, Y: 280, Z: 120}}
	radia := schematype.Requirements{MaterialType: "ASA", FilamentG: 40, PrinterIDs: []string{string(s.printers["XL Radia"])}}
	unclear := schematype.Requirements{MaterialType: "PLA", FilamentG: 25, PrinterIDs: []string{string(s.printers["MK4 Claude"])}}
	empty := schematype.Requirements{MaterialType: "PLA", FilamentG: 20, PrinterIDs: []string{string(s.printers["MINI Frances"])}}
	hardened := schematype.Requirements{MaterialType: "PETG", FilamentG: 60, TagIDs: []string{string(s.tags["hardened"])}}
	red := schematype.Requirements{MaterialType: "PLA", FilamentG: 30, ColorHex: "#C01020", ColorMatch: "similar"}
	robotics, design := "Robotics 9B", "Product Design 11"
	student := func(n int) string { return fmt.Sprintf("student%02d@riverside.example", n) }

	return []itemSeed{
		{name: "Wheel hub for robot 3", by: student(1), class: robotics, need: pla(18), seconds: 3600, then: approved},
		{name: "Gear train 1:12", by: student(2), class: robotics, need: pla(32), seconds: 5400, copies: 2, then: approved},
		{name: "Sensor bracket", by: student(3), class: robotics, need: pla(9), seconds: 1900, then: approved},
		{name: "Chassis plate", by: student(4), class: robotics, need: pla(64), seconds: 9800, then: approved, days: 4},
		{name: "Gripper finger", by: student(5), class: robotics, need: petg(22), seconds: 4100, copies: 2, then: approved},
		{name: "Cable clip", by: student(6), class: robotics, need: pla(3), seconds: 700, copies: 6, then: approved},
		{name: "Motor mount", by: student(7), class: robotics, need: petg(28), seconds: 4700, then: approved},
		{name: "Battery tray", by: student(8), class: robotics, need: pla(41), seconds: 6200},
		{name: "Camera arm", by: student(9), class: robotics, need: pla(26), seconds: 4400},
		{name: "Bumper", by: student(10), class: robotics, need: petg(48), seconds: 7100},
		{name: "Line follower shell", by: student(11), class: robotics, need: pla(55), seconds: 8200},
		{name: "Encoder disc", by: student(12), class: robotics, need: pla(5), seconds: 900},
		{name: "Phone stand", by: student(13), class: design, need: pla(38), seconds: 5100, then: approved},
		{name: "Desk lamp joint", by: student(14), class: design, need: petg(35), seconds: 5600, then: approved},
		{name: "Vase, spiral", by: student(15), class: design, need: pla(70), seconds: 8800, then: sentBack},
		{name: "Chess rook", by: student(16), class: design, need: pla(12), seconds: 2100, copies: 2},
		{name: "Headphone hook", by: student(17), class: design, need: pla(24), seconds: 3300},
		{name: "Plant label", by: student(18), class: design, need: pla(4), seconds: 600, copies: 10},
		{name: "Coat hook in red", by: student(19), class: design, need: red, seconds: 3900, then: approved},
		{name: "Bike light mount", by: student(20), class: design, need: hardened, seconds: 5200, then: approved},
		{name: "Garden tap handle", by: student(21), class: design, need: radia, seconds: 4300, then: approved},
		{name: "Stage letter R", by: student(22), class: design, need: large, seconds: 26000, then: approved, days: 9},
		{name: "Demonstration gear", by: demoTeacher, class: robotics, need: pla(44), seconds: 6400, priority: "high"},
		{name: "Spare wheel", by: demoTeacher, class: robotics, need: pla(20), seconds: 3700, copies: 4},
		{name: "Exhibition plinth", by: "luis.marin@riverside.example", class: design, need: unclear, seconds: 5000},
		{name: "Tolerance test", by: "luis.marin@riverside.example", class: design, need: empty, seconds: 1500},
		{name: "Door stop", by: "sam.okafor@riverside.example", need: schematype.Requirements{MaterialType: "TPU", FilamentG: 45}, seconds: 7200},
		{name: "Tool holder", by: "sam.okafor@riverside.example", need: petg(90), seconds: 12000, priority: "low"},
		{name: "Spool adapter", by: "sam.okafor@riverside.example", need: pla(33), seconds: 5300, priority: "low", then: held},
		{name: "Open day keyring", need: pla(2), seconds: 500, copies: 50, priority: "low", days: 14},
	}
}
