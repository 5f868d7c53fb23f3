package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/soloprint/soloprint/internal/apiclient"
)

// apiCmd is a client of a server's REST API. It opens no database.
type apiCmd struct {
	Method         string   `arg:"" help:"GET, POST, PATCH or DELETE."`
	Path           string   `arg:"" help:"Path of the route, for example /v1/printers."`
	Query          []string `short:"q" sep:"none" placeholder:"NAME=VALUE" help:"Query parameter; may be repeated."`
	Data           string   `short:"d" placeholder:"JSON|@FILE|-" help:"Body: JSON, the content of a file, or standard input."`
	All            bool     `help:"Follow a list to its end."`
	Output         string   `short:"o" enum:"json,table" default:"json" help:"json or table."`
	Include        bool     `short:"i" help:"Show status and headers first."`
	IdempotencyKey string   `placeholder:"KEY" help:"Idempotency-Key of a POST: sent again, it has its effect once."`
	BaseURL        string   `env:"SOLOPRINT_BASE_URL" placeholder:"URL" help:"The server; that of the profile, or http://127.0.0.1:8080, where absent."`
	KeyFile        string   `type:"path" placeholder:"FILE" help:"File that holds the key; SOLOPRINT_API_KEY or the profile where absent."`
	Config         string   `type:"path" default:"~/.config/soloprint/config.json" env:"SOLOPRINT_CONFIG" placeholder:"FILE" help:"File of profiles with base_url and api_key."`
	Profile        string   `env:"SOLOPRINT_PROFILE" placeholder:"NAME" help:"Profile of the config file; its default where absent."`
}

// exit is an end with a status of its own. Its error is nil where everything was said already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Exit codes beside 0.
const (
	exitRefused = 1 // the server said no, or could not be reached
	exitUsage   = 2
)

func usage(format string, args ...any) error { return exit{exitUsage, fmt.Errorf(format, args...)} }

// Run sends the request and writes the answer; a refusal goes to standard error as the server wrote it.
func (c *apiCmd) Run(ctx context.Context, out io.Writer, s streams) error {
	in, err := c.request(s.in)
	if err != nil {
		return err
	}
	settings, err := apiclient.Sources{BaseURL: c.BaseURL, Key: os.Getenv("SOLOPRINT_API_KEY"), KeyFile: c.KeyFile, Config: c.Config, Profile: c.Profile}.Resolve()
	if err != nil {
		return exit{exitUsage, err}
	}
	client := apiclient.New(settings)
	if c.All {
		return c.follow(ctx, client, in, out, s.err)
	}
	r, err := client.Do(ctx, in)
	if err != nil {
		return err
	}
	return c.show(out, s.err, r)
}

// request reads the arguments.
func (c *apiCmd) request(stdin io.Reader) (apiclient.Request, error) {
	in := apiclient.Request{Method: strings.ToUpper(c.Method), Path: c.Path, Query: url.Values{}, IdempotencyKey: c.IdempotencyKey}
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}, in.Method) {
		return in, usage("%q is not GET, POST, PATCH or DELETE", c.Method)
	}
	if !strings.HasPrefix(in.Path, "/") || strings.HasPrefix(in.Path, "//") {
		return in, usage("%q is no path such as /v1/printers; --base-url names the server", c.Path)
	}
	if c.All && in.Method != http.MethodGet {
		return in, usage("--all is for GET")
	}
	if c.All && c.Include {
		return in, usage("--all shows rows and no headers")
	}
	for _, q := range c.Query {
		name, value, ok := strings.Cut(q, "=")
		if !ok || name == "" {
			return in, usage("-q %q is not of the form name=value", q)
		}
		in.Query.Add(name, value)
	}
	body, err := c.body(stdin)
	if err == nil && body != nil && (in.Method == http.MethodGet || in.Method == http.MethodDelete) {
		err = usage("%s takes no body", in.Method)
	}
	in.Body = body
	return in, err
}

func (c *apiCmd) body(stdin io.Reader) ([]byte, error) {
	file, named := strings.CutPrefix(c.Data, "@")
	var text []byte
	var err error
	switch {
	case c.Data == "":
		return nil, nil
	case c.Data == "-":
		text, err = io.ReadAll(stdin)
	case named:
		text, err = os.ReadFile(file)
	default:
		text = []byte(c.Data)
	}
	if err != nil {
		return nil, exit{exitUsage, err}
	}
	return text, nil
}

// follow writes the rows of a list as they arrive: a JSON array, or a table.
func (c *apiCmd) follow(ctx context.Context, client *apiclient.Client, in apiclient.Request, out, errOut io.Writer) error {
	table := &apiclient.Table{Out: out}
	rows := &apiclient.Array{Out: out}
	each := rows.Write
	if c.Output == "table" {
		each = table.Write
	}
	r, err := client.Rows(ctx, in, each)
	switch {
	case errors.Is(err, apiclient.ErrNoList):
		return exit{exitUsage, err}
	case err != nil:
		return err
	case r.Refused():
		return refused(errOut, r)
	case c.Output == "table":
		return nil
	}
	return rows.Close()
}

// show writes one answer.
func (c *apiCmd) show(out, errOut io.Writer, r apiclient.Reply) error {
	if c.Include {
		_, _ = fmt.Fprintf(out, "%s %d %s\n", r.Proto, r.Status, http.StatusText(r.Status))
		_ = r.Header.Write(out)
		_, _ = fmt.Fprintln(out)
	}
	if r.Refused() {
		return refused(errOut, r)
	}
	if len(r.Body) == 0 {
		return nil
	}
	if c.Output == "table" {
		return apiclient.WriteTable(out, r.Body)
	}
	return apiclient.WriteJSON(out, r.Body)
}

// refused shows the server's error as it is.
func refused(errOut io.Writer, r apiclient.Reply) error {
	if !json.Valid(r.Body) {
		return exit{exitRefused, fmt.Errorf("the server answers %d %s", r.Status, http.StatusText(r.Status))}
	}
	var b bytes.Buffer
	_ = apiclient.WriteJSON(&b, r.Body) // it is JSON
	_, _ = b.WriteTo(errOut)
	return exit{code: exitRefused}
}
