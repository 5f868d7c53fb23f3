package sheet

import (
	"maps"
	"slices"
	"strings"
)

// columnsOf says for which field each column stands: what the options say, else what the words of the header do.
func columnsOf(header []string, over map[string]string) ([]Column, error) {
	given, err := overrides(header, over)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(header, func(h string) bool { return len(h) > maxCell }); i >= 0 {
		return nil, broken(TooLong, "the header of column %d has more than %d characters", i+1, maxCell)
	}
	columns, said := make([]Column, len(header)), make([]bool, len(header))
	for i, h := range header {
		word := plain(h)
		columns[i] = Column{Header: visible(h), Field: headers[word]}
		if field, ok := given[word]; ok {
			columns[i].Field, said[i] = strings.TrimPrefix(field, ignored), true
		}
	}
	prefer(columns, said)
	return columns, nil
}

// overrides are the columns that the options name, by plain header.
func overrides(header []string, over map[string]string) (map[string]string, error) {
	given := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(over)) {
		field, word := over[name], plain(name)
		switch {
		case field != ignored && !slices.Contains(Fields(), field):
			return nil, broken(NotOne, "columns: %q is no field; there are %s", clip(field), strings.Join(Fields(), ", "))
		case !slices.ContainsFunc(header, func(h string) bool { return plain(h) == word }):
			return nil, broken(NotOne, "columns: the file has no column %q; it has %s", clip(name), clip(strings.Join(header, ", ")))
		}
		given[word] = field
	}
	return given, nil
}

// prefer settles what words leave open: a field that the options gave to one column is nobody else's, and "nombre" is the whole
// name where no column has the family's.
func prefer(columns []Column, said []bool) {
	has := func(field string) bool {
		return slices.ContainsFunc(columns, func(c Column) bool { return c.Field == field })
	}
	for i, c := range columns {
		if said[i] {
			for j := range columns {
				if !said[j] && columns[j].Field == c.Field {
					columns[j].Field = ""
				}
			}
		}
	}
	if has(fieldGiven) && !has(fieldFamily) && !has(fieldName) {
		for i := range columns {
			if columns[i].Field == fieldGiven {
				columns[i].Field = fieldName
			}
		}
	}
}

// agree refuses two columns for one field, and files that name nobody.
func agree(columns []Column) error {
	header := map[string]string{}
	for _, c := range columns {
		first, twice := header[c.Field]
		if twice && c.Field != "" {
			return broken(Duplicate, "the columns %q and %q are both taken for %s: say which one is, and ignore the other", clip(first), clip(c.Header), c.Field)
		}
		header[c.Field] = c.Header
	}
	_, mail := header[fieldEmail]
	_, key := header[fieldKey]
	if !mail && !key {
		return broken(Required, "no column is taken for email or external_id: say which one is; there are %s", clip(names(columns)))
	}
	return nil
}

func names(columns []Column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Header
	}
	return strings.Join(out, ", ")
}

// HeaderOf is the header of the column that was taken for a field, or the field's own name.
func (r *Roster) HeaderOf(field string) string {
	for _, c := range r.Columns {
		if c.Field == field {
			return c.Header
		}
	}
	return field
}
