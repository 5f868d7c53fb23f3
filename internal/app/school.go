package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/membership"
	"github.com/soloprint/soloprint/ent/printer"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/fleet"
	"github.com/soloprint/soloprint/internal/material"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/queue"
	"github.com/soloprint/soloprint/internal/roster"
)

const otherSlug = "harbor-makers"

// school is what the seed has made so far, by name.
type school struct {
	app       *App
	owner     context.Context
	people    map[string]*ent.Membership
	classes   map[string]pid.ID
	tags      map[string]pid.ID
	groups    map[string]pid.ID
	materials map[string]pid.ID
	printers  map[string]pid.ID
}

// seedSchool makes Riverside High School, and a second organization so that isolation can be seen.
func (a *App) seedSchool(ctx context.Context) error {
	s, err := a.newSchool(ctx, NewOrganization{Name: "Riverside High School", Slug: demoSlug, Kind: "school", TimeZone: "America/New_York", Currency: "USD",
		OwnerName: "Dana Reed", OwnerEmail: demoOwner, OwnerPassword: demoPassword})
	if err != nil {
		return err
	}
	for _, step := range []func() error{s.addGroups, s.addPeople, s.addMaterials, s.addPrinters, s.addQueue} {
		if err := step(); err != nil {
			return err
		}
	}
	other, err := a.newSchool(ctx, NewOrganization{Name: "Harbor Makers", Slug: otherSlug, Kind: "makerspace", TimeZone: "Europe/Lisbon", Currency: "EUR",
		OwnerName: "Rui Matos", OwnerEmail: "rui.matos@harbor.example", OwnerPassword: demoPassword})
	if err != nil {
		return err
	}
	return other.addHarbor()
}

func (a *App) newSchool(ctx context.Context, n NewOrganization) (*school, error) {
	_, owner, err := a.Bootstrap(ctx, n)
	if err != nil {
		return nil, err
	}
	as, err := a.as(ctx, owner)
	return &school{app: a, owner: as, people: map[string]*ent.Membership{}, classes: map[string]pid.ID{}, tags: map[string]pid.ID{}, groups: map[string]pid.ID{},
		materials: map[string]pid.ID{}, printers: map[string]pid.ID{}}, err
}

// addGroups makes tags, printer groups and classes.
func (s *school) addGroups() error {
	for _, name := range []string{"hardened", "textured sheet", "camera"} {
		t, err := s.app.API.Crud.CreatePrinterTag(s.owner, crud.CreatePrinterTagInput{Name: name})
		if err != nil {
			return err
		}
		s.tags[name] = t.ID
	}
	for name, where := range map[string]string{"Lab 1": "Room 114, ground floor", "Lab 2": "Room 208, robotics"} {
		g, err := s.app.API.Crud.CreatePrinterGroup(s.owner, crud.CreatePrinterGroupInput{Name: name, Description: &where})
		if err != nil {
			return err
		}
		s.groups[name] = g.ID
	}
	for name, code := range map[string]string{"Robotics 9B": "ROB-9B", "Product Design 11": "PD-11"} {
		c, err := s.app.API.Crud.CreateClass(s.owner, crud.CreateClassInput{Name: name, Code: &code})
		if err != nil {
			return err
		}
		s.classes[name] = c.ID
	}
	return nil
}

// addPeople makes an operator, two teachers and 24 students, twelve a class.
func (s *school) addPeople() error {
	people := []roster.NewMember{
		s.person("Sam Okafor", "sam.okafor@riverside.example", membership.RoleOperator, ""),
		s.person("Amara Osei", demoTeacher, membership.RoleTeacher, "Robotics 9B"),
		s.person("Luis Marin", "luis.marin@riverside.example", membership.RoleTeacher, "Product Design 11"),
	}
	for i, name := range studentNames {
		class := "Robotics 9B"
		if i >= len(studentNames)/2 {
			class = "Product Design 11"
		}
		people = append(people, s.person(name, fmt.Sprintf("student%02d@riverside.example", i+1), membership.RoleStudent, class))
	}
	members, err := s.app.API.Roster.AddMembers(s.owner, roster.AddMembersInput{Members: people})
	if err != nil {
		return err
	}
	for i, m := range members {
		s.people[people[i].Email] = m
	}
	return nil
}

func (s *school) person(name, email string, role membership.Role, class string) roster.NewMember {
	m := roster.NewMember{Name: name, Email: email, Role: &role}
	if class != "" {
		m.ClassIDs = []pid.ID{s.classes[class]}
	}
	return m
}

var studentNames = []string{"Ada Lindqvist", "Ben Carter", "Chloe Nguyen", "Diego Santos", "Ella Novak", "Farid Rahimi", "Grace Kim", "Hugo Weber",
	"Isla Brown", "Jonas Berg", "Kira Petrova", "Leo Rossi", "Maya Patel", "Noah Fischer", "Olivia Jensen", "Pavel Horak",
	"Quinn Murphy", "Rosa Alvarez", "Said Haddad", "Tara Singh", "Uma Iyer", "Viktor Ilves", "Wendy Zhao", "Yara Costa"}

// addMaterials makes the kinds of filament the school buys.
func (s *school) addMaterials() error {
	for _, m := range []struct {
		name, kind, color, hex string
		density                float64
		price                  int64
	}{
		{"Prusament PLA Galaxy Black", "PLA", "Galaxy Black", "#1A1A1E", 1.24, 2999},
		{"Prusament PLA Prusa Orange", "PLA", "Prusa Orange", "#FA6831", 1.24, 2999},
		{"Polymaker PLA White", "PLA", "White", "#F5F5F2", 1.24, 2299},
		{"Prusament PETG Signal White", "PETG", "Signal White", "#F1F0EA", 1.27, 2999},
		{"Polymaker PETG Blue", "PETG", "Blue", "#1F4FA3", 1.27, 2499},
		{"Fillamentum ASA Traffic Red", "ASA", "Traffic Red", "#B81D24", 1.07, 3499},
	} {
		vendor, _, _ := strings.Cut(m.name, " ")
		tare := 190.0
		row, err := s.app.API.Crud.CreateMaterial(s.owner, crud.CreateMaterialInput{Vendor: &vendor, Name: m.name, Type: m.kind, ColorName: &m.color, ColorHex: &m.hex,
			DensityGCm3: &m.density, PriceMinor: &m.price, PriceCurrency: new("USD"), SpoolWeightG: &tare})
		if err != nil {
			return err
		}
		s.materials[m.name] = row.ID
	}
	return nil
}

// model is what the seed knows of a printer model.
type model struct {
	maker, name string
	volume      schematype.Size
	enclosed    bool
	slots       int
}

var (
	mk3s = model{"Prusa Research", "MK3S", schematype.Size{X: 250, Y: 210, Z: 210}, false, 1}
	mk4  = model{"Prusa Research", "MK4", schematype.Size{X: 250, Y: 210, Z: 220}, false, 1}
	mini = model{"Prusa Research", "MINI", schematype.Size{X: 180, Y: 180, Z: 180}, false, 1}
	xl   = model{"Prusa Research", "XL", schematype.Size{X: 360, Y: 360, Z: 360}, true, 2}
)

// addPrinters makes twelve printers of four models, most of them loaded, clear and ready.
func (s *school) addPrinters() error {
	black, orange, white := "Prusament PLA Galaxy Black", "Prusament PLA Prusa Orange", "Polymaker PLA White"
	petg, blue, asa := "Prusament PETG Signal White", "Polymaker PETG Blue", "Fillamentum ASA Traffic Red"
	for _, p := range []struct {
		name   string
		model  model
		group  string
		tags   []string
		spools map[int]spoolSeed
		bed    printer.BedState
		fault  string
	}{
		{"MK3S Ada", mk3s, "Lab 1", []string{"camera"}, map[int]spoolSeed{0: {orange, 820}}, printer.BedStateClear, ""},
		{"MK3S Grace", mk3s, "Lab 1", nil, map[int]spoolSeed{0: {black, 640}}, printer.BedStateClear, ""},
		{"MK3S Katherine", mk3s, "Lab 1", nil, map[int]spoolSeed{0: {white, 410}}, printer.BedStateClear, ""},
		{"MK4 Alan", mk4, "Lab 1", []string{"camera", "textured sheet"}, map[int]spoolSeed{0: {black, 930}}, printer.BedStateClear, ""},
		{"MK4 Barbara", mk4, "Lab 1", []string{"hardened"}, map[int]spoolSeed{0: {petg, 700}}, printer.BedStateClear, ""},
		{"MK4 Claude", mk4, "Lab 2", nil, map[int]spoolSeed{0: {orange, 180}}, printer.BedStateUnknown, ""},
		{"MINI Donald", mini, "Lab 2", nil, map[int]spoolSeed{0: {white, 520}}, printer.BedStateClear, ""},
		{"MINI Edsger", mini, "Lab 2", nil, map[int]spoolSeed{0: {blue, 350}}, printer.BedStateClear, ""},
		{"MINI Frances", mini, "Lab 2", []string{"camera"}, nil, printer.BedStateClear, ""},
		{"XL Hedy", xl, "Lab 2", []string{"hardened", "camera"}, map[int]spoolSeed{0: {asa, 760}, 1: {petg, 560}}, printer.BedStateClear, ""},
		{"XL Margaret", xl, "Lab 2", []string{"textured sheet"}, map[int]spoolSeed{0: {blue, 610}}, printer.BedStateUnknown, ""},
		{"XL Radia", xl, "Lab 2", nil, map[int]spoolSeed{0: {asa, 90}}, printer.BedStateClear, "offline"},
	} {
		in := fleet.CreatePrinterInput{Name: p.name, Manufacturer: &p.model.maker, Model: &p.model.name, BuildVolumeMM: &p.model.volume,
			Connector: fleet.ConnectorInput{Kind: "virtual"}, Enclosed: &p.model.enclosed, SlotCount: &p.model.slots, BedState: &p.bed,
			GroupIDs: []pid.ID{s.groups[p.group]}, SupportedFormats: []string{"gcode"}}
		if p.fault != "" {
			in.Connector.Options = map[string]any{"fault": p.fault}
		}
		for _, t := range p.tags {
			in.TagIDs = append(in.TagIDs, s.tags[t])
		}
		row, err := s.app.API.Fleet.CreatePrinter(s.owner, in)
		if err != nil {
			return fmt.Errorf("printer %s: %w", p.name, err)
		}
		s.printers[p.name] = row.ID
		for slot := range p.model.slots {
			if seed, ok := p.spools[slot]; ok {
				if err := s.load(row.ID, slot, seed); err != nil {
					return fmt.Errorf("printer %s: %w", p.name, err)
				}
			}
		}
	}
	for _, seed := range []spoolSeed{{black, 1000}, {white, 1000}, {asa, 35}} { // on the shelf
		if _, err := s.spool(seed); err != nil {
			return err
		}
	}
	return nil
}

// spoolSeed is a spool of a material with some grams left.
type spoolSeed struct {
	material string
	grams    float64
}

func (s *school) spool(seed spoolSeed) (pid.ID, error) {
	full := 1000.0
	row, err := s.app.API.Material.CreateSpool(s.owner, material.CreateSpoolInput{MaterialID: s.materials[seed.material], InitialG: &full})
	if err != nil {
		return "", err
	}
	if used := full - seed.grams; used > 0 {
		why := "used before SoLoPrint"
		if _, err := s.app.API.Material.DeductSpool(s.owner, material.DeductSpoolInput{SpoolID: row.ID, Grams: &used, Reason: &why}); err != nil {
			return "", err
		}
	}
	return row.ID, nil
}

func (s *school) load(printer pid.ID, slot int, seed spoolSeed) error {
	id, err := s.spool(seed)
	if err != nil {
		return err
	}
	_, err = s.app.API.Material.AssignSpool(s.owner, material.AssignSpoolInput{SpoolID: id, PrinterID: printer, SlotIndex: slot})
	return err
}

// addHarbor gives the second organization something of its own.
func (s *school) addHarbor() error {
	t, err := s.app.API.Crud.CreatePrinterTag(s.owner, crud.CreatePrinterTagInput{Name: "harbor only"})
	if err != nil {
		return err
	}
	m, err := s.app.API.Crud.CreateMaterial(s.owner, crud.CreateMaterialInput{Name: "Harbor PLA Grey", Type: "PLA"})
	if err != nil {
		return err
	}
	s.materials["grey"] = m.ID
	clear := printer.BedStateClear
	p, err := s.app.API.Fleet.CreatePrinter(s.owner, fleet.CreatePrinterInput{Name: "Harbor MK4", Model: &mk4.name, BuildVolumeMM: &mk4.volume,
		Connector: fleet.ConnectorInput{Kind: "virtual"}, TagIDs: []pid.ID{t.ID}, BedState: &clear})
	if err != nil {
		return err
	}
	if err := s.load(p.ID, 0, spoolSeed{"grey", 900}); err != nil {
		return err
	}
	_, err = s.app.API.Items.Create(s.owner, queue.CreateQueueItemInput{Name: "Harbor sign", Requirements: schematype.Requirements{MaterialType: "PLA", FilamentG: 40}})
	return err
}
