// Soloprint is the whole program: server, demo, migrations and the operator's commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/soloprint/soloprint/internal/errs"

	"github.com/soloprint/soloprint"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // the first signal drains, a second one ends at once: a kill is safe
		<-ctx.Done()
		stop()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// streams are what a command reads and where it complains.
type streams struct {
	in  io.Reader
	err io.Writer
}

// run is the program with its world as arguments.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("soloprint"), kong.Description("Manages an organization's fleet of 3D printers."),
		kong.Writers(out, errOut), kong.Exit(func(status int) { code = status }), kong.WithHyphenPrefixedParameters(true), // --speed -1 is a value to refuse, not a flag
		kong.Vars{"version": soloprint.Version})
	if err != nil {
		return fail(errOut, err)
	}
	command, err := parser.Parse(args)
	if code >= 0 { // --help answered
		return code
	}
	if err != nil {
		return fail(errOut, exit{exitUsage, err})
	}
	command.Bind(streams{in: in, err: errOut})
	command.BindTo(ctx, (*context.Context)(nil))
	command.BindTo(out, (*io.Writer)(nil))
	if err := command.Run(); err != nil {
		return fail(errOut, err)
	}
	return 0
}

// fail says in one sentence what is wrong, where that was not said yet.
func fail(w io.Writer, err error) int {
	if err.Error() != "" {
		_, _ = fmt.Fprintln(w, "soloprint:", sentence(err))
	}
	var e exit
	if errors.As(err, &e) {
		return e.code
	}
	return 1
}

// sentence is the error in one line, with the values that were refused.
func sentence(err error) string {
	var refused *errs.Error
	if errors.As(err, &refused) && len(refused.Fields) > 0 {
		words := make([]string, len(refused.Fields))
		for i, f := range refused.Fields {
			words[i] = f.Path + " " + f.Message
		}
		return strings.Join(words, "; ")
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
