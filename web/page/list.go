package page

import (
	"github.com/a-h/templ"
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
