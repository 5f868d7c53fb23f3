package directory

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/errs"
)

// Bounds of what is kept of a person or a group.
const (
	maxText   = 200
	maxEmails = 10
	maxMail   = 254 // RFC 5321, 4.5.3.1.3
)

// Person is what a provider says of somebody.
type Person struct {
	UserName   string
	ExternalID string
	Active     *bool // nil = nothing is said
	schematype.SCIMProfile
}

// personOf is what the provider said of somebody before. Whether they are active it does not say.
func personOf(u *ent.SCIMUser) Person {
	p := Person{UserName: u.UserName, ExternalID: u.ExternalID, SCIMProfile: u.Profile}
	p.Emails = slices.Clone(p.Emails)
	return p
}

// check refuses what no row can hold, and what nobody could be known by.
func (p *Person) check() error {
	if strings.TrimSpace(p.UserName) == "" {
		return refuse(InvalidValue, "userName", "is required")
	}
	for path, text := range map[string]string{"userName": p.UserName, "externalId": p.ExternalID, "displayName": p.DisplayName,
		"name.givenName": p.GivenName, "name.familyName": p.FamilyName, "name.formatted": p.Formatted} {
		if err := checkText(path, text); err != nil {
			return err
		}
	}
	if len(p.Emails) > maxEmails {
		return refuse(InvalidValue, "emails", "has more than %d addresses", maxEmails)
	}
	for _, e := range p.Emails {
		if !isMail(e.Value) || len(e.Type) > maxText || len(e.Display) > maxText {
			return refuse(InvalidValue, "emails", "has something that is no mail address")
		}
	}
	return nil
}

func checkText(path, text string) error {
	if utf8.RuneCountInString(text) > maxText {
		return refuse(InvalidValue, path, "is longer than %d characters", maxText)
	}
	return nil
}

// isMail reports whether a text is a mail address alone.
func isMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= maxMail && strings.Contains(s, ".")
}

// address is the mail address that the person is known by, in lower case: the primary one, else the first of work, else the
// first, else a userName that is one.
func (p *Person) address() string {
	for _, wanted := range []func(schematype.SCIMEmail) bool{
		func(e schematype.SCIMEmail) bool { return e.Primary },
		func(e schematype.SCIMEmail) bool { return strings.EqualFold(e.Type, "work") },
		func(schematype.SCIMEmail) bool { return true },
	} {
		if i := slices.IndexFunc(p.Emails, wanted); i >= 0 {
			return fold(p.Emails[i].Value)
		}
	}
	if isMail(p.UserName) {
		return fold(p.UserName)
	}
	return ""
}

// name is the person's full name, "" where the provider says none.
func (p *Person) name() string {
	return strings.TrimSpace(cmp.Or(strings.TrimSpace(p.DisplayName), strings.TrimSpace(p.Formatted), p.GivenName+" "+p.FamilyName))
}

// noAddress is the refusal of somebody whom no account could be made for.
func noAddress() error {
	return refuse(InvalidValue, "emails", "has no mail address, and userName is none: an account needs one")
}

// taken is the refusal of somebody who is here already.
func taken(details string) error { return errs.New(errs.AlreadyExists, details) }
