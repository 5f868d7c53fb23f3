package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/soloprint/soloprint/internal/app"
)

type userCmd struct {
	CreateOwner userCreateOwnerCmd `cmd:"" help:"Make an owner with a password, and the organization where there is none of the name."`
	Recover     userRecoverCmd     `cmd:"" help:"Rescue a member: a new password, no second factor, and all sessions end."`
	Token       userTokenCmd       `cmd:"" help:"Open a session for a member and print its token, this once."`
}

type userTokenCmd struct {
	place
	Email        string `required:"" placeholder:"EMAIL" help:"Whose session."`
	Organization string `placeholder:"SLUG" help:"The organization, by slug or id; needed where the person is in several."`
}

// Run opens a session of 12 hours.
func (c *userTokenCmd) Run(ctx context.Context, out io.Writer) error {
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	token, err := a.OpenSession(ctx, c.Organization, c.Email)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, token)
	return nil
}

// maxPassword is how much of standard input is read, in bytes.
const maxPassword = 4096

// newPassword is where a command takes a password from: never from its arguments, which every process of the machine can read.
type newPassword struct {
	Generate bool `help:"Make a password and print it, this once, instead of asking for one."`
}

// ask answers a new password and what is printed of it. A person at a terminal types it twice, a program sends it as one line.
func (n newPassword) ask(s streams) (password, shown string, err error) {
	if n.Generate {
		p := strings.ToLower(rand.Text())                           // 130 bits
		p = p[:5] + "-" + p[5:10] + "-" + p[10:15] + "-" + p[15:20] // 100 of them are enough, and can be copied by hand
		return p, "The password, this once: " + p + "\n", nil
	}
	f, ok := s.in.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		p, err := typed(f, s.err)
		return p, "", err
	}
	line, err := bufio.NewReader(io.LimitReader(s.in, maxPassword)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", "", errors.New("the password is read from standard input, and there is none; --generate makes one")
	}
	return line, "", nil
}

// typed asks twice, without showing what is typed.
func typed(f *os.File, out io.Writer) (string, error) {
	var twice [2]string
	for i, prompt := range []string{"New password: ", "Once more: "} {
		_, _ = fmt.Fprint(out, prompt)
		b, err := term.ReadPassword(int(f.Fd()))
		_, _ = fmt.Fprintln(out)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		twice[i] = string(b)
	}
	if twice[0] != twice[1] {
		return "", errors.New("the two are not the same")
	}
	return twice[0], nil
}

type userCreateOwnerCmd struct {
	place
	newPassword
	Organization string `required:"" placeholder:"SLUG" help:"The organization, by slug or id; where there is none of this slug, it is made."`
	Email        string `required:"" placeholder:"EMAIL" help:"Mail address, with which they sign in."`
	Name         string `placeholder:"NAME" help:"Full name."`
	Called       string `name:"organization-name" placeholder:"NAME" help:"Name of an organization that is made; its slug where absent."`
	Kind         string `enum:"school,print_farm,makerspace" default:"school" help:"What an organization that is made is."`
	TimeZone     string `default:"UTC" placeholder:"ZONE" help:"IANA time zone of an organization that is made."`
	Currency     string `default:"USD" placeholder:"CODE" help:"ISO 4217 code of its currency."`
}

// Run makes an owner.
func (c *userCreateOwnerCmd) Run(ctx context.Context, s streams, out io.Writer) error {
	password, shown, err := c.ask(s)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	made, err := a.CreateOwner(ctx, app.NewOrganization{Slug: c.Organization, Name: c.Called, Kind: c.Kind, TimeZone: c.TimeZone, Currency: c.Currency,
		OwnerName: c.Name, OwnerEmail: c.Email, OwnerPassword: password})
	if err != nil {
		return err
	}
	if made {
		_, _ = fmt.Fprintf(out, "The organization %s was made.\n", c.Organization)
	}
	_, err = fmt.Fprintf(out, "%s is an owner of %s and signs in at /auth/password.\n%s", c.Email, c.Organization, shown)
	return err
}

type userRecoverCmd struct {
	place
	newPassword
	Organization string `required:"" placeholder:"SLUG" help:"The organization, by slug or id."`
	Email        string `required:"" placeholder:"EMAIL" help:"Who is rescued."`
}

// Run rescues a member.
func (c *userRecoverCmd) Run(ctx context.Context, s streams, out io.Writer) error {
	password, shown, err := c.ask(s)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, c.config())
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	if err := a.Recover(ctx, c.Organization, c.Email, password); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s has a new password, no second factor and no open session.\n%s", c.Email, shown)
	return err
}
