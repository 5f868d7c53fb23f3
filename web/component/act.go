package component

import "github.com/a-h/templ"

// Act is a button that does one thing: a form of its own, so that it works without scripts.
type Act struct {
	To      templ.SafeURL
	Icon    string
	Word    string
	Of      string // the name of the thing, said after the word to those who do not see what stands beside it
	Fields  []Field
	Variant string // primary, outline, ghost or destructive; outline where empty
	Large   bool
	Why     string // why it cannot be done now: the button is there, and says so
	Confirm string // what is lost, for what cannot be taken back
	Keys    string // aria-keyshortcuts
	Stay    bool   // the page that follows is the action's, not the one it stood on
}

// Field is a hidden field of a form.
type Field struct{ Name, Value string }

// variant is an Act's, or the usual one.
func (a Act) variant() string {
	if a.Variant == "" {
		return "outline"
	}
	return a.Variant
}
