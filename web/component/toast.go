package component

// Toast is what has just happened, in a corner, with the way back where there is one.
type Toast struct {
	Text string
	Bad  bool              // stays until somebody closes it
	Undo string            // path of the form that takes it back; "" = there is no way back
	With map[string]string // the form's fields
}
