package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// configure says what the library cannot: ETags are there, and bulk has no bounds because there is none.
func (x *exchange) configure() error {
	config, err := decode(x.body)
	if err != nil {
		return err
	}
	config["etag"] = map[string]any{"supported": true}
	config["bulk"] = map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0}
	delete(config, "documentationUri")
	x.body, err = json.Marshal(config)
	return err
}

// finish adds to an answer what the library leaves out: where resources are, the attributes that were asked for alone, how many
// there are on the page, and 304 where the caller has it already.
func (x *exchange) finish(r *http.Request, base string) error {
	if x.status >= http.StatusBadRequest || len(x.body) == 0 {
		return nil
	}
	answer, err := decode(x.body)
	if err != nil {
		return err
	}
	if list, ok := answer["Resources"].([]any); ok {
		for _, resource := range list {
			complete(resource.(map[string]any), base, r)
		}
		answer["itemsPerPage"] = len(list)
	} else if answer["totalResults"] != nil {
		answer["Resources"], answer["itemsPerPage"] = []any{}, 0
	} else {
		at := complete(answer, base, r)
		if x.status == http.StatusCreated {
			x.header.Set("Location", at)
		}
	}
	if tag := x.header.Get("ETag"); tag != "" && r.Method == http.MethodGet && has(r.Header.Get("If-None-Match"), tag) {
		x.status = http.StatusNotModified
	}
	x.body, err = json.Marshal(answer)
	return err
}

func decode(text []byte) (out map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("read the library's answer: %w", err)
	}
	return out, nil
}

// complete makes a resource's location absolute, leaves the attributes that were asked for, and answers the location.
func complete(resource map[string]any, base string, r *http.Request) string {
	meta, ok := resource["meta"].(map[string]any)
	if !ok {
		return "" // a schema or a resource type
	}
	at := fmt.Sprintf("%s/%s", base, meta["location"])
	meta["location"] = at
	q := r.URL.Query()
	wanted, unwanted := names(q.Get("attributes")), names(q.Get("excludedAttributes"))
	for name := range resource {
		key := strings.ToLower(name)
		if key == "id" || key == "schemas" {
			continue
		}
		if len(wanted) > 0 && !slices.Contains(wanted, key) || slices.Contains(unwanted, key) {
			delete(resource, name)
		}
	}
	return at
}

// names are the attributes of a list, in lower case; of one with a sub-attribute, the whole is answered.
func names(list string) (out []string) {
	for name := range strings.SplitSeq(list, ",") {
		if i := strings.LastIndexByte(name, ':'); i >= 0 {
			name = name[i+1:]
		}
		name, _, _ = strings.Cut(strings.TrimSpace(name), ".")
		if name != "" {
			out = append(out, strings.ToLower(name))
		}
	}
	return out
}

// has reports whether a list of ETags names one, compared weakly.
func has(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
