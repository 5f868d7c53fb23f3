package graph

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/crud"
)

func fullSchema() *ast.Schema {
	return generated.NewExecutableSchema(generated.Config{}).Schema()
}

// Every list of rows is a page, or one of the few that are short by nature; every edge may be null.
func TestSchemaLists(t *testing.T) {
	short := []string{"Class.printerGroups", "Membership.userGroups", "Mutation.createEnrollment", "Printer.groups", "Printer.slots", "Printer.tags", "UserGroup.printerGroups"}
	s, names := fullSchema(), typeNames()
	var lists []string
	for _, def := range s.Types {
		if def.Kind != ast.Object || strings.HasPrefix(def.Name, "__") {
			continue
		}
		for _, f := range def.Fields {
			where := def.Name + "." + f.Name
			switch typ := f.Type.Name(); {
			case names[typ] == "":
				continue
			case strings.HasSuffix(typ, "Connection"):
				if f.Arguments.ForName("first") == nil || f.Arguments.ForName("last") == nil {
					t.Errorf("%s has no page size", where)
				}
			case f.Type.Elem != nil:
				lists = append(lists, where)
			}
			if f.Type.NonNull {
				t.Errorf("%s would take its parent along where the reader may not see it", where)
			}
		}
	}
	slices.Sort(lists)
	if !slices.Equal(lists, short) {
		t.Errorf("lists without pages are %v, want %v", lists, short)
	}
}

// What never leaves the server is not in the schema. A webhook's secret leaves it once, when it is made.
func TestSchemaHidesWhatIsHidden(t *testing.T) {
	shown := []string{"Mutation.rotateWebhookSecret", "WebhookResult.secret", "Webhook.previousSecretUntil", "SSOProvider.clientSecretSet"}
	hidden := regexp.MustCompile(`(?i)secret|hash|password|organizationId|^lease|deletedAt|storageKey|jobToken|^search$`)
	for _, def := range fullSchema().Types {
		if strings.HasPrefix(def.Name, "__") || def.Kind == ast.InputObject {
			continue
		}
		for _, f := range def.Fields {
			if hidden.MatchString(f.Name) && !slices.Contains(shown, def.Name+"."+f.Name) {
				t.Errorf("%s.%s", def.Name, f.Name)
			}
		}
	}
}

// Every generated operation that changes something on a type of the schema is a mutation.
func TestSchemaHasEveryOperation(t *testing.T) {
	var resources []string
	for _, e := range entities() {
		resources = append(resources, e.resource)
	}
	var want []string
	for _, o := range crud.Ops() {
		if o.Write && slices.Contains(resources, o.Resource) {
			want = append(want, lowerCamelPath(o.Verb+"_"+o.Resource))
		}
	}
	if len(want) == 0 {
		t.Fatal("no operations")
	}
	for _, name := range want {
		if fullSchema().Mutation.Fields.ForName(name) == nil {
			t.Errorf("no mutation %s", name)
		}
	}
}
