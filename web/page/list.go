package page

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/web/component"
)

// Pager are the ways to other pages of a list, as paths behind /o/{organization}/; "" = there is none.
type Pager struct{ First, Next string }

// Tab is a saved view of a list.
type Tab struct{ Key, Word string }

// Segment is one of the ways to look at a list.
type Segment struct {
	Icon, Word string
	To         templ.SafeURL
	Now        bool
}

// Filter narrows a list by one of its columns.
type Filter struct {
	Name, Word string
	Value      string // what is chosen, "" = nothing
	Choices    []FilterChoice
}

// FilterChoice is a value of a filter.
type FilterChoice struct{ Value, Word string }

// turned is the order that a click on a column's head gives, and how it is sorted now.
func turned(column, now string) (next, aria string) {
	switch now {
	case column:
		return "-" + column, "ascending"
	case "-" + column:
		return column, "descending"
	}
	return column, "none"
}

// List is a page that is one list: what it is, what narrows it, its rows.
type List struct {
	Page     component.Page
	Sentence string
	Actions  []NeedLink
	Notes    []Note
	TabsOf   string // path of the tabs, "" = there are none
	Tab      string
	Tabs     []Tab
	Search   string // label of the search field, "" = there is none
	Path     string // of the list
	Q        string
	Keep     [][2]string // fields that a search keeps
	Filters  []Filter
	Caption  string
	Columns  []Head
	Rows     []Row
	Bulk     *Bulk
	Pager    Pager
	Empty    Blank
	Narrowed bool // something narrows the list: an empty one says so
}

// Note is the one problem of a page, or what has just been made.
type Note struct {
	Tone, Icon, Bold, Text string
	Acts                   []component.Act
	Link                   *NeedLink
	Secret                 string // shown once, with a button that copies it
	Picture                string // path of a QR code's squares, "" = there is none
	Side                   int    // of the picture, in squares
}

// Head is a column. End aligns numbers; Off hides it on phones.
type Head struct {
	Word, Sort string
	End, Off   bool
}

// Row is a thing in a list.
type Row struct {
	ID, Label string
	Cells     []Entry
	Acts      []component.Act
	Link      *NeedLink
}

// Entry is a cell: a text that may lead somewhere, a smaller one under it, a state, a colour.
type Entry struct {
	Text, Sub, Path, Colour string
	Share                   float64 // of a dial
	Dial, Strong            bool
	Sign                    *component.Sign
	Thumb                   *component.Thumb
	Tags                    []string
}

// Bulk is what can be done to several rows at once.
type Bulk struct {
	To   string
	Acts []BulkAct
}

// BulkAct is one of the things, with fields that it needs.
type BulkAct struct {
	Do, Icon, Word string
	Choices        []component.Choice
	Name           string // of the choice
}

// Blank is what an empty list says.
type Blank struct {
	Icon, Title, Text string
	Link              *NeedLink
}

// Sheet is a page that is one form, or facts with several.
type Sheet struct {
	Page     component.Page
	Sentence string
	Signs    []component.Sign
	Actions  []NeedLink
	Acts     []component.Act
	Notes    []Note
	Facts    [][]Fact
	Forms    []FormBox
	Tables   []Table
	Timeline []Moment
}

// FormBox is a form in a card.
type FormBox struct {
	ID, Title, Text string
	To              string
	Version         string
	Hidden          []component.Field
	Fields          []Control
	Submit          string
	Icon            string
	File            bool // sends files
	Quiet           bool // its button is not the page's step
	Get             bool // it looks only
	Stay            bool // the page that follows is the action's, not the one it stood on
	Drop            string
}

// Control is one of a form's: a field, a box to check, several boxes, or a heading.
type Control struct {
	Input   *component.Input
	Check   *Check
	Checks  *Checks
	Heading string
}

// Check is a box to check.
type Check struct {
	Name, Value, Label, Hint string
	On                       bool
}

// Checks are several boxes of one name.
type Checks struct {
	Name, Label, Hint string
	All               []Check
}

// Table is a small list in a card.
type Table struct {
	ID, Title, Text string
	Columns         []Head
	Rows            []Row
	Empty           string
	Link            *NeedLink
}

func secretID(i int) string { return "secret-" + strconv.Itoa(i) }

// method is how a form is sent.
func method(f FormBox) string {
	if f.Get {
		return "get"
	}
	return "post"
}
