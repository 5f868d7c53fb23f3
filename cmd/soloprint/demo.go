package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/soloprint/soloprint/internal/app"
)

type demoCmd struct {
	place
	listen `set:"rate=0"`
	Fresh  bool `help:"Throw the demo's data away and start over."`
}

// Run seeds the school once and serves it.
func (c *demoCmd) Run(ctx context.Context, out io.Writer) error {
	config := c.serving(c.listen)
	listener, err := app.Listen(config)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server has closed it already where there was one
	if c.Fresh {
		if err := app.RemoveDemo(config); err != nil {
			return err
		}
	}
	a, err := app.New(ctx, config)
	if err != nil {
		return err
	}
	keys, err := a.SeedDemo(ctx)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	err = a.Serve(ctx, listener, func(string) {
		_, _ = fmt.Fprintf(out, `
SoLoPrint runs at      %s
The school             Riverside High School (12 simulated printers, %g simulated seconds a second)
Sign in once as owner   %s
               teacher %s
               student %s
An API key, all scopes %s
More keys and tokens   %s

Try:
  curl -H "Authorization: Bearer %s" %s/v1/printers

Ctrl+C stops it; starting it again keeps the data, --fresh starts over.
`, keys.BaseURL, a.Config.Speed, keys.OwnerLoginURL, keys.TeacherLoginURL, keys.StudentLoginURL, keys.APIKey, filepath.Join(a.Config.Data, "demo.json"), keys.APIKey, keys.BaseURL)
	})
	return errors.Join(err, a.Close())
}
