package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/event"
)

// fact is an event with its data read.
type fact struct {
	*ent.Event
	object, previous map[string]any
}

// factOf reads an event's data. Data that cannot be read says nothing.
func factOf(e *ent.Event) fact {
	var data struct {
		Object   map[string]any `json:"object"`
		Previous map[string]any `json:"previous"`
	}
	_ = json.Unmarshal(e.Data, &data)
	return fact{Event: e, object: data.Object, previous: data.Previous}
}

// text is a member of the object as text, "" where it is not there.
func (f fact) text(name string) string {
	s, _ := f.object[name].(string)
	return s
}

// wants reports whether the rule is about the event.
func wants(r *ent.NotificationRule, f fact) bool {
	return slices.ContainsFunc(r.EventTypes, func(p string) bool { return event.Means(p, f.Type) }) && (r.Condition == nil || holds(*r.Condition, f))
}

// holds reports whether a condition holds of an event.
func holds(c schematype.Condition, f fact) bool {
	value, there := member(f.object, c.Field)
	if c.Operator != "becomes" {
		return compare(c, value, there)
	}
	is := schematype.Condition{Field: c.Field, Operator: "equals", Value: c.Value}
	if !compare(is, value, there) || strings.HasSuffix(f.Type, ".created") {
		return compare(is, value, there)
	}
	before, known := member(f.previous, c.Field)
	return known && !compare(is, before, known)
}

// compare is a condition without the event.
func compare(c schematype.Condition, value any, there bool) bool {
	empty := !there || value == nil || value == "" || value == false
	switch c.Operator {
	case "empty":
		return empty
	case "not_empty":
		return !empty
	case "equals":
		return there && word(value) == c.Value
	case "not_equals":
		return word(value) != c.Value
	case "in":
		return there && slices.Contains(several(c.Value), word(value))
	case "not_in":
		return !slices.Contains(several(c.Value), word(value))
	}
	number, ok := value.(float64)
	limit, err := strconv.ParseFloat(c.Value, 64)
	return ok && err == nil && (c.Operator == "greater" && number > limit || c.Operator == "less" && number < limit)
}

// member is a member of the object, or of an object in it.
func member(object map[string]any, path string) (any, bool) {
	name, rest, deeper := strings.Cut(path, ".")
	value, ok := object[name]
	if !ok || !deeper {
		return value, ok
	}
	inner, _ := value.(map[string]any)
	return member(inner, rest)
}

// word is a value as conditions write it.
func word(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

func several(list string) []string {
	words := strings.Split(list, ",")
	for i, w := range words {
		words[i] = strings.TrimSpace(w)
	}
	return words
}
