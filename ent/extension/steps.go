package extension

// guard renders what internal/guard knows of every entity, internal ones too.
func (x *Extension) guard(m *Model) error {
	return x.out.render("internal/guard/entities_gen.go", "guard.tmpl", m)
}

// record renders what events show of an entity.
func (x *Extension) record(m *Model) error {
	return x.each("internal/record", "record.tmpl", m.Exposed())
}

// listing renders the lists.
func (x *Extension) listing(m *Model) error {
	return x.each("internal/listing", "listing.tmpl", m.Listed())
}

// crud renders the operations.
func (x *Extension) crud(m *Model) error {
	if err := x.each("internal/crud", "crud.tmpl", m.Verbs()); err != nil {
		return err
	}
	return x.out.render("internal/crud/ops_gen.go", "crud_ops.tmpl", m)
}

// views renders what REST answers.
func (x *Extension) views(m *Model) error {
	if err := x.each("rest/generated", "view.tmpl", m.Exposed()); err != nil {
		return err
	}
	return x.out.render("rest/generated/view_gen.go", "view_helpers.tmpl", m)
}

// routes renders the table of generated routes.
func (x *Extension) routes(m *Model) error {
	return x.out.render("rest/crud_gen.go", "routes.tmpl", m)
}

// each renders one file for each entity.
func (x *Extension) each(dir, name string, entities []*Entity) error {
	for _, e := range entities {
		if err := x.out.render(dir+"/"+e.File()+"_gen.go", name, e); err != nil {
			return err
		}
	}
	return nil
}
