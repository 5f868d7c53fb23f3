package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/schema"
)

// maxDepth is how deep objects and lists of a body may nest: the schemas need 5.
const maxDepth = 12

// maxOperations is how many operations a PATCH has at most.
const maxOperations = 1000

// parse reads exactly one JSON document. Names that stand twice, in whatever case, are refused: readers would not agree on which
// counts. NUL is refused, which PostgreSQL stores in no text.
func parse(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	tree, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("goes on after its end")
	}
	return tree, nil
}

// value reads one value.
func value(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, errors.New("is no JSON")
	}
	switch t := token.(type) {
	case string:
		if strings.ContainsRune(t, 0) {
			return nil, errors.New("has a NUL character")
		}
	case json.Delim:
		if t == '{' {
			return object(d, depth)
		}
		list := []any{}
		for d.More() {
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if _, err := d.Token(); err != nil {
			return nil, errors.New("is no JSON")
		}
		return list, nil
	}
	return token, nil
}

// object reads the members of an object.
func object(d *json.Decoder, depth int) (any, error) {
	out, seen := map[string]any{}, map[string]bool{}
	for d.More() {
		name, err := value(d, depth+1)
		text, ok := name.(string)
		if err != nil || !ok {
			return nil, errors.New("is no JSON")
		}
		if seen[strings.ToLower(text)] {
			return nil, fmt.Errorf("has %.60q twice", text)
		}
		seen[strings.ToLower(text)] = true
		v, err := value(d, depth+1)
		if err != nil {
			return nil, err
		}
		out[text] = booleans(text, v)
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("is no JSON")
	}
	return out, nil
}

// booleans turns Entra's "True" and "False" into what they mean, where an attribute is a boolean.
func booleans(name string, v any) any {
	name = strings.ToLower(name)
	if text, ok := v.(string); ok && (name == "active" || name == "primary" || strings.HasSuffix(name, ":active") || strings.HasSuffix(name, ".primary")) {
		switch strings.ToLower(text) {
		case "true":
			return true
		case "false":
			return false
		}
	}
	return v
}

// understood refuses what the library would drop without a word, and brings known variants into the form of the standard.
func understood(tree any, method, at string) error {
	body, ok := tree.(map[string]any)
	if !ok {
		return bad(scimerrors.ScimTypeInvalidSyntax, "The body is no object.")
	}
	core := userSchema()
	if strings.HasPrefix(at, "/Groups") {
		core = groupSchema()
	}
	if method == "PATCH" {
		return patched(body, core)
	}
	if schemas, ok := find(body, "schemas").([]any); !ok || !slices.Contains(schemas, any(core.ID)) {
		return bad(scimerrors.ScimTypeInvalidSyntax, "The body's schemas do not name "+core.ID+".")
	}
	for name := range body {
		if !known(core, name) {
			return bad(scimerrors.ScimTypeInvalidSyntax, fmt.Sprintf("The attribute %.100q is not known.", name))
		}
	}
	return nil
}

// known reports whether a resource may have the member.
func known(core schema.Schema, name string) bool {
	if core.ID == schema.UserSchema && strings.EqualFold(name, schema.ExtensionEnterpriseUser().ID) {
		return true
	}
	_, ok := core.Attributes.ContainsAttribute(name)
	return ok || strings.EqualFold(name, "schemas") || strings.EqualFold(name, "meta")
}

// find is a member, whatever the case of its name.
func find(object map[string]any, name string) any {
	for k, v := range object {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

// patched judges the form of a PATCH.
func patched(body map[string]any, core schema.Schema) error {
	for name := range body {
		if !strings.EqualFold(name, "schemas") && !strings.EqualFold(name, "Operations") {
			return bad(scimerrors.ScimTypeInvalidSyntax, fmt.Sprintf("A PATCH has no member %.100q.", name))
		}
	}
	operations, ok := find(body, "Operations").([]any)
	if !ok || len(operations) == 0 || len(operations) > maxOperations {
		return bad(scimerrors.ScimTypeInvalidSyntax, fmt.Sprintf("A PATCH has 1 to %d Operations.", maxOperations))
	}
	for _, o := range operations {
		operation, ok := o.(map[string]any)
		if !ok {
			return bad(scimerrors.ScimTypeInvalidSyntax, "An operation is an object.")
		}
		for name := range operation {
			if !slices.Contains([]string{"op", "path", "value"}, strings.ToLower(name)) {
				return bad(scimerrors.ScimTypeInvalidSyntax, fmt.Sprintf("An operation has no member %.100q.", name))
			}
		}
		word, ok := find(operation, "op").(string)
		if !ok || !slices.Contains([]string{"add", "replace", "remove"}, strings.ToLower(word)) {
			return bad(scimerrors.ScimTypeInvalidSyntax, "An operation's op is add, replace or remove.")
		}
		if path, has := find(operation, "path").(string); has {
			unwrap(operation, path, core)
		}
	}
	return nil
}

// unwrap takes the value of a single-valued attribute out of the list in which Entra's older form has it, and a boolean out of its
// text.
func unwrap(operation map[string]any, path string, core schema.Schema) {
	for name, v := range operation {
		if !strings.EqualFold(name, "value") {
			continue
		}
		list, isList := v.([]any)
		attribute, _ := core.Attributes.ContainsAttribute(path)
		if isList && len(list) == 1 && !attribute.MultiValued() && !strings.Contains(path, "[") {
			if inner, ok := list[0].(map[string]any); ok && find(inner, "value") != nil {
				v = find(inner, "value")
			}
		}
		operation[name] = booleans(path, v)
	}
}
