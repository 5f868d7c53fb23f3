// Package schematype holds the Go types of JSON columns. Schemas, generated code, services and both APIs share them, so
// that a field has one shape everywhere. Units stand in the names: _g grams, _mm millimetres, _c degrees Celsius,
// _seconds whole seconds.
package schematype

import (
	"time"

	"github.com/soloprint/soloprint/internal/errs"
)

// Size is an extent in millimetres.
type Size struct {
	X float64 `json:"x" required:"true" doc:"Width in mm." exclusiveMinimum:"0" maximum:"10000"`
	Y float64 `json:"y" required:"true" doc:"Depth in mm." exclusiveMinimum:"0" maximum:"10000"`
	Z float64 `json:"z" required:"true" doc:"Height in mm." exclusiveMinimum:"0" maximum:"10000"`
}

// Zero reports whether nothing is said.
func (s Size) Zero() bool { return s == Size{} }

// Fits reports whether a part of this size fits into the volume, turned on the bed where that helps.
func (s Size) Fits(v Size) bool {
	return s.Z <= v.Z && (s.X <= v.X && s.Y <= v.Y || s.Y <= v.X && s.X <= v.Y)
}

// Point is a place in the printer's coordinates, in millimetres; it may lie left of the origin.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	Z float64 `json:"z"`
}

// Bounds is the box that everything printed lies in.
type Bounds struct {
	Min Point `json:"min"`
	Max Point `json:"max"`
}

// Connector says how a printer is reached. The secret has a column of its own, encrypted.
type Connector struct {
	Kind    string         `json:"kind" enum:"virtual,octoprint,moonraker,prusalink,bambu" doc:"Protocol of the printer."`
	Address string         `json:"address,omitempty" maxLength:"300" doc:"Where the printer is, for example http://10.0.0.7."`
	Options map[string]any `json:"options,omitempty" doc:"Settings of the connector."`
}

// OutOfOrder takes a printer out of service.
type OutOfOrder struct {
	Reason string     `json:"reason" required:"true" maxLength:"500" multiline:"true" doc:"What is wrong."`
	Until  *time.Time `json:"until,omitempty" doc:"When it is expected back."`
}

// ToolNeed is what one tool of a multi-material print needs.
type ToolNeed struct {
	MaterialType string  `json:"material_type,omitempty" maxLength:"40" doc:"Type of plastic, for example PLA."`
	ColorHex     string  `json:"color_hex,omitempty" pattern:"^#[0-9A-Fa-f]{6}$" doc:"Colour as #RRGGBB."`
	FilamentG    float64 `json:"filament_g,omitempty" minimum:"0" maximum:"100000" doc:"Grams one copy needs of it."`
}

// Requirements are what a queue item asks of a printer. What the file says fills what the request leaves out.
type Requirements struct {
	MaterialType     string     `json:"material_type,omitempty" maxLength:"40" doc:"Type of plastic, for example PLA."`
	ColorHex         string     `json:"color_hex,omitempty" pattern:"^#[0-9A-Fa-f]{6}$" doc:"Colour as #RRGGBB."`
	ColorMatch       string     `json:"color_match,omitempty" enum:"exact,similar,any" doc:"How close the colour must be: CIEDE2000 at most 5, at most 12, or any."`
	FilamentG        float64    `json:"filament_g,omitempty" minimum:"0" maximum:"100000" doc:"Grams one copy needs."`
	Tools            []ToolNeed `json:"tools,omitempty" maxItems:"16" doc:"One entry a tool, where the print uses several."`
	NozzleDiameterMM float64    `json:"nozzle_diameter_mm,omitempty" minimum:"0" maximum:"5" doc:"Nozzle diameter in mm."`
	NozzleType       string     `json:"nozzle_type,omitempty" maxLength:"40" doc:"Nozzle type, for example hardened."`
	MinVolumeMM      *Size      `json:"min_volume_mm,omitempty" doc:"Size of the print in mm."`
	NozzleC          float64    `json:"nozzle_c,omitempty" minimum:"0" maximum:"1000" doc:"Nozzle temperature in °C."`
	BedC             float64    `json:"bed_c,omitempty" minimum:"0" maximum:"500" doc:"Bed temperature in °C."`
	FileFormat       string     `json:"file_format,omitempty" maxLength:"20" doc:"File format, for example gcode."`
	PrinterIDs       []string   `json:"printer_ids,omitempty" maxItems:"200" doc:"Only these printers."`
	PrinterModels    []string   `json:"printer_models,omitempty" maxItems:"50" doc:"Only these models."`
	PrinterGroupIDs  []string   `json:"printer_group_ids,omitempty" maxItems:"50" doc:"Only printers of one of these groups."`
	TagIDs           []string   `json:"tag_ids,omitempty" maxItems:"50" doc:"The printer has all of these tags."`
}

// FileTool is what a sliced file says about one tool.
type FileTool struct {
	MaterialType string  `json:"material_type,omitempty"`
	ColorHex     string  `json:"color_hex,omitempty"`
	FilamentG    float64 `json:"filament_g"`
	FilamentMM   float64 `json:"filament_mm"`
}

// Plate is one plate of a project file.
type Plate struct {
	Index            int     `json:"index"`
	Name             string  `json:"name,omitempty"`
	EstimatedSeconds int     `json:"estimated_seconds"`
	FilamentG        float64 `json:"filament_g"`
}

// FileMetadata is what was read from a file's content.
type FileMetadata struct {
	Slicer           string     `json:"slicer,omitempty" doc:"Program that made the file." example:"PrusaSlicer"`
	SlicerVersion    string     `json:"slicer_version,omitempty"`
	EstimatedSeconds int        `json:"estimated_seconds,omitempty" doc:"Print time the slicer expects."`
	FilamentG        float64    `json:"filament_g,omitempty" doc:"Grams over all tools."`
	FilamentMM       float64    `json:"filament_mm,omitempty" doc:"Millimetres over all tools."`
	Tools            []FileTool `json:"tools,omitempty"`
	NozzleDiameterMM float64    `json:"nozzle_diameter_mm,omitempty"`
	LayerHeightMM    float64    `json:"layer_height_mm,omitempty"`
	PrinterModel     string     `json:"printer_model,omitempty"`
	NozzleC          float64    `json:"nozzle_c,omitempty"`
	BedC             float64    `json:"bed_c,omitempty"`
	VolumeMM         *Size      `json:"volume_mm,omitempty" doc:"Size of what is printed."`
	BoundsMM         *Bounds    `json:"bounds_mm,omitempty" doc:"Where on the bed it is printed."`
	Plates           []Plate    `json:"plates,omitempty"`
	Warnings         []string   `json:"warnings,omitempty" doc:"What in the file was left out or looks dangerous."`
}

// SpoolUse is what a print takes from one spool.
type SpoolUse struct {
	SpoolID    string  `json:"spool_id" doc:"The spool, fixed when the print was claimed."`
	SlotIndex  int     `json:"slot_index"`
	Tool       int     `json:"tool"`
	EstimatedG float64 `json:"estimated_g"`
	ActualG    float64 `json:"actual_g"`
}

// LowStock is when a material counts as low; absent values do not count.
type LowStock struct {
	MinSpools *int     `json:"min_spools,omitempty" minimum:"0" maximum:"100000"`
	MinG      *float64 `json:"min_g,omitempty" minimum:"0" maximum:"100000000"`
}

// Threshold is when a spool counts as low: a percentage of its initial weight, grams, or the greater of both.
type Threshold struct {
	Percent *float64 `json:"percent,omitempty" minimum:"0" maximum:"100"`
	G       *float64 `json:"g,omitempty" minimum:"0" maximum:"100000"`
}

// Limits bound what the members of a user group may submit.
type Limits struct {
	MaxQueuedItems  *int     `json:"max_queued_items,omitempty" minimum:"0" maximum:"100000"`
	MaxPrintSeconds *int     `json:"max_print_seconds,omitempty" minimum:"0" maximum:"100000000"`
	MaxFilamentG    *float64 `json:"max_filament_g,omitempty" minimum:"0" maximum:"1000000"`
}

// ApprovalPolicy says whose items wait for approval, and which are approved by themselves.
type ApprovalPolicy struct {
	Roles []string      `json:"roles" doc:"Roles whose items wait for approval."`
	Auto  *AutoApproval `json:"auto,omitempty" doc:"Items within all of these bounds are approved by themselves."`
}

// AutoApproval are the bounds within which an item is approved by itself.
type AutoApproval struct {
	MaxFilamentG    *float64 `json:"max_filament_g,omitempty" minimum:"0"`
	MaxPrintSeconds *int     `json:"max_print_seconds,omitempty" minimum:"0"`
	MaterialTypes   []string `json:"material_types,omitempty" maxItems:"50"`
}

// Settings are an organization's.
type Settings struct {
	Approval ApprovalPolicy    `json:"approval"`
	LowStock Threshold         `json:"low_stock"`
	Matching map[string]string `json:"matching" doc:"Axis to hard, soft or off. Axes not named are hard."`
	Queue    QueueSettings     `json:"queue"`
}

// QueueSettings rule the queue's order and expiry.
type QueueSettings struct {
	Fairness           string `json:"fairness,omitempty" enum:"none,class,user" doc:"Whose turn it is inside a priority: none = first come, first served; class or user = the one that waited longest."`
	ApprovalExpiryDays int    `json:"approval_expiry_days,omitempty" minimum:"0" maximum:"3650" doc:"Items waiting longer for approval expire; 0 = 30."`
}

// DefaultSettings are those of a new organization.
func DefaultSettings() Settings {
	ten := 10.0
	return Settings{
		Approval: ApprovalPolicy{Roles: []string{"student"}},
		LowStock: Threshold{Percent: &ten},
		Matching: map[string]string{},
		Queue:    QueueSettings{ApprovalExpiryDays: 30},
	}
}

// Moved is one person of a roll-over: where they stood, and whether the roll-over put them into the next class.
type Moved struct {
	MembershipID string `json:"membership_id"`
	Role         string `json:"role"`
	Source       string `json:"source"`
	Joined       bool   `json:"joined"` // false: they were in the next class already
}

// ImportSummary counts what a roster file comes to: people, classes and enrollments.
type ImportSummary struct {
	New                int `json:"new"`
	Changed            int `json:"changed"`
	Suspended          int `json:"suspended"` // of the changed
	Leaving            int `json:"leaving"`
	Unchanged          int `json:"unchanged"`
	Refused            int `json:"refused"`
	Skipped            int `json:"skipped"` // people that no roster of ours has: parents, guardians, those of other schools
	ClassesNew         int `json:"classes_new"`
	ClassesChanged     int `json:"classes_changed"`
	ClassesEnded       int `json:"classes_ended"`
	EnrollmentsNew     int `json:"enrollments_new"`
	EnrollmentsEnded   int `json:"enrollments_ended"`
	EnrollmentsChanged int `json:"enrollments_changed"` // another role in the class
}

// Claims name the claims of an identity provider's token. A dot leads into an object: realm_access.roles.
type Claims struct {
	Subject string `json:"subject,omitempty" maxLength:"200" doc:"Who it is, for ever; absent = sub." example:"sub"`
	Email   string `json:"email,omitempty" maxLength:"200" doc:"Mail address; absent = email." example:"email"`
	Name    string `json:"name,omitempty" maxLength:"200" doc:"Full name; absent = name." example:"name"`
	Groups  string `json:"groups,omitempty" maxLength:"200" doc:"Groups, which a mapping looks at that names no claim; absent = groups." example:"groups"`
}

// Domain is a mail domain of a provider, and how it was proved.
type Domain struct {
	Name     string     `json:"name" doc:"The domain, in lower case." example:"school.example"`
	Token    string     `json:"token,omitempty" doc:"What the TXT record of _soloprint-challenge.<name> has to say." example:"soloprint-verification=mz4tq7kx2c9w"`
	ProvedAt *time.Time `json:"proved_at,omitempty" doc:"When it was proved; absent = it is not."`
	ProvedBy string     `json:"proved_by,omitempty" enum:"dns,operator" doc:"Who said so: DNS, or the operator of this installation." example:"dns"`
}

// Match is what a group mapping looks for in a claim. A claim with several values matches where one of them does.
type Match struct {
	Claim    string   `json:"claim,omitempty" maxLength:"200" doc:"Name of the claim; a dot leads into an object; absent = the provider's claim of groups." example:"groups"`
	Operator string   `json:"operator" required:"true" enum:"equals,prefix,regex,in" doc:"How it is compared, upper and lower case told apart: regex is RE2 and matches the whole value." example:"equals"`
	Value    string   `json:"value,omitempty" maxLength:"500" doc:"What it is compared with by equals, prefix and regex." example:"Teachers"`
	Values   []string `json:"values,omitempty" maxItems:"200" maxLength:"500" uniqueItems:"true" doc:"What it is compared with by in: any of these."`
}

// SSOTest is what a test of an identity provider found.
type SSOTest struct {
	At     time.Time  `json:"at" doc:"When it was tested."`
	OK     bool       `json:"ok" doc:"Whether no check failed."`
	Checks []SSOCheck `json:"checks" doc:"What was looked at, in order."`
}

// SSOCheck is one thing that was looked at.
type SSOCheck struct {
	Name    string `json:"name" enum:"discovery,endpoints,keys,redirect_uri" doc:"What was looked at." example:"discovery"`
	Status  string `json:"status" enum:"ok,warning,failed,skipped" doc:"skipped: one before it failed." example:"ok"`
	Details string `json:"details" doc:"What was found, for people." example:"The provider describes itself."`
}

// Grants are what group mappings granted to a person, by identity provider: the slice that mappings manage. What is not in
// it a person granted by hand.
type Grants map[string][]Grant

// Grant is a role, a class or a user group that a mapping granted.
type Grant struct {
	MappingID   string `json:"mapping_id"`
	Role        string `json:"role,omitempty"`
	Before      string `json:"before,omitempty"` // the role that the person had by hand; empty = none
	ClassID     string `json:"class_id,omitempty"`
	Teacher     bool   `json:"teacher,omitempty"` // of the class
	UserGroupID string `json:"user_group_id,omitempty"`
	OnLoss      string `json:"on_loss"`
}

// SCIMProfile is what an identity provider says of a person by SCIM, beside what has a column of its own.
type SCIMProfile struct {
	GivenName   string      `json:"given_name,omitempty"`
	FamilyName  string      `json:"family_name,omitempty"`
	Formatted   string      `json:"formatted,omitempty"`
	DisplayName string      `json:"display_name,omitempty"`
	Emails      []SCIMEmail `json:"emails,omitempty"`
}

// SCIMEmail is one of a person's mail addresses.
type SCIMEmail struct {
	Value   string `json:"value"`
	Type    string `json:"type,omitempty"`
	Display string `json:"display,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// Condition narrows a notification rule to events of which it holds.
type Condition struct {
	Field    string `json:"field" required:"true" pattern:"^[a-z][a-z0-9_]{0,60}(\\.[a-z][a-z0-9_]{0,60})?$" doc:"Member of the event's object, such as approval_state or requirements.material_type." example:"approval_state"`
	Operator string `json:"operator" required:"true" enum:"equals,becomes,not_equals,in,not_in,greater,less,empty,not_empty" doc:"How it is compared: becomes is equals where it was something else before; greater and less take numbers, in and not_in several values, empty and not_empty none."`
	Value    string `json:"value,omitempty" maxLength:"500" doc:"What it is compared with, written as text; several values are separated by commas." example:"pending"`
}

// Audience is whom a notification rule tells: people of the organization who may read what the event is about.
type Audience struct {
	Submitter bool     `json:"submitter,omitempty" doc:"Who handed the item or the file in."`
	Teachers  bool     `json:"teachers,omitempty" doc:"Who teaches the item's class; the operators where it has none."`
	Roles     []string `json:"roles,omitempty" enum:"owner,admin,operator,teacher" maxItems:"4" uniqueItems:"true" doc:"Everybody with one of these roles."`
	Members   []string `json:"members,omitempty" maxItems:"100" uniqueItems:"true" doc:"Identifiers of memberships."`
}

// QuietHours are times between which nothing is sent, on the clocks of the organization. They may reach over midnight.
type QuietHours struct {
	From string `json:"from" required:"true" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"When they begin." example:"20:00"`
	To   string `json:"to" required:"true" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"When they end." example:"07:00"`
}

// Attempt is one try of a delivery.
type Attempt struct {
	At              time.Time `json:"at" doc:"When it was sent."`
	Status          int       `json:"status,omitempty" doc:"HTTP status of the answer; absent where there was none."`
	MS              int64     `json:"ms" doc:"Milliseconds until the answer or the end of the attempt."`
	Error           string    `json:"error,omitempty" doc:"Why it is no success, as a word: http_status, timed_out, connect_failed …"`
	ResponseExcerpt string    `json:"response_excerpt,omitempty" doc:"The beginning of the answer: 16 kB of the last attempt, 1 kB of those before."`
}

// IncidentNote is what somebody wrote about an incident.
type IncidentNote struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Eligibility is whether a queue item could start, and where. It is computed, never stored with the item.
type Eligibility struct {
	State                string           `json:"state" enum:"eligible,waiting,blocked,unknown" doc:"eligible: a printer could start now; waiting: only temporary reasons; blocked: somebody must act."`
	ComputedAt           time.Time        `json:"computed_at"`
	EligiblePrinterCount int              `json:"eligible_printer_count"`
	EligiblePrinterIDs   []string         `json:"eligible_printer_ids"`
	Printers             []PrinterVerdict `json:"printers,omitempty" doc:"Every printer with its verdict and all reasons; only in eligibility and recompute."`
}

// PrinterVerdict is one printer's word on a queue item.
type PrinterVerdict struct {
	PrinterID   string        `json:"printer_id"`
	PrinterName string        `json:"printer_name"`
	Verdict     string        `json:"verdict" enum:"eligible,waiting,blocked"`
	Score       int           `json:"score" minimum:"0" maximum:"1000"`
	Reasons     []errs.Reason `json:"reasons"`
}
