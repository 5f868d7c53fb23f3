package page

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"github.com/soloprint/soloprint/web/component"
)

// local is the address of a path behind /o/{organization}/ that needs no escape.
func local(ctx context.Context, path string) templ.SafeURL {
	return templ.SafeURL("/o/" + url.PathEscape(component.From(ctx).Slug) + "/" + path)
}

// filledIf is the variant of a button that is the page's one step, or only one of several.
func filledIf(yes bool) string {
	if yes {
		return "primary"
	}
	return "outline"
}

// largeAct is an action as a button of full width.
func largeAct(a component.Act) component.Act {
	a.Large = true
	return a
}
