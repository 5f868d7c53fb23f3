package errs_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/errs"
)

func TestNew(t *testing.T) {
	for name, c := range map[string]struct {
		got           *errs.Error
		kind          errs.Kind
		code, details string
	}{
		"a code alone":                            {errs.New(errs.BedNotClear), errs.KindConflict, "bed_not_clear", ""},
		"details":                                 {errs.New(errs.RateLimited, "Slow down."), errs.KindRateLimited, "rate_limited", "Slow down."},
		"details with a percent sign stay":        {errs.New(errs.RateLimited, "100%d used"), errs.KindRateLimited, "rate_limited", "100%d used"},
		"details with values":                     {errs.New(errs.AlreadyExists, "%s is %d years old.", "Ada", 36), errs.KindConflict, "already_exists", "Ada is 36 years old."},
		"a resource that is not there":            {errs.NotFound("printer"), errs.KindNotFound, "printer_not_found", ""},
		"a code that ends as those of a resource": {errs.New("printer_not_found"), errs.KindNotFound, "printer_not_found", ""},
		"a code that nobody registered":           {errs.New("no_such_code"), errs.KindInternal, "no_such_code", ""},
		"a code that only looks like one":         {errs.New("not_found"), errs.KindInternal, "not_found", ""},
		"a refusal":                               {errs.Conflict(errs.PrinterNotReady, "It prints.", nil), errs.KindConflict, "printer_not_ready", "It prints."},
	} {
		if c.got.Kind != c.kind || string(c.got.Code) != c.code || c.got.Details != c.details {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
}

func TestFailedShowsNothingOfItsCause(t *testing.T) {
	err := errs.Failed("spool", "deduct", sql.ErrConnDone)
	if err.Kind != errs.KindInternal || err.Code != "spool_deduct_failed" || strings.Contains(err.Details, "sql") || err.Details == "" {
		t.Errorf("%+v", err)
	}
	if !errors.Is(err, sql.ErrConnDone) || !strings.Contains(err.Error(), sql.ErrConnDone.Error()) {
		t.Errorf("the log does not see the cause: %v", err)
	}
}

func TestFrom(t *testing.T) {
	known := errs.New(errs.BedNotClear, "Clear it.")
	for name, c := range map[string]struct {
		err  error
		want errs.Code
	}{
		"a known error":                 {known, errs.BedNotClear},
		"a known error that is wrapped": {fmt.Errorf("dispatch: %w", known), errs.BedNotClear},
		"a known error among others":    {errors.Join(io.EOF, known), errs.BedNotClear},
		"an error that nobody named":    {io.EOF, errs.InternalError},
	} {
		if got := errs.From(c.err); got.Code != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if errs.From(nil) != nil {
		t.Error("no error becomes one")
	}
	unknown := errs.From(fmt.Errorf("dial 10.1.2.3: %w", io.EOF))
	if strings.Contains(unknown.Details, "10.1.2.3") || unknown.Kind != errs.KindInternal || !errors.Is(unknown, io.EOF) {
		t.Errorf("%+v", unknown)
	}
}

func TestIs(t *testing.T) {
	err := fmt.Errorf("load: %w", errs.NotFound("spool"))
	for name, c := range map[string]struct{ got, want bool }{
		"its code":               {errs.Is(err, "spool_not_found"), true},
		"another code":           {errs.Is(err, "printer_not_found"), false},
		"no error":               {errs.Is(nil, "spool_not_found"), false},
		"another type":           {errs.Is(io.EOF, "spool_not_found"), false},
		"an error of its code":   {errors.Is(err, errs.NotFound("spool")), true},
		"an error of other code": {errors.Is(err, errs.New(errs.BedNotClear)), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}

func TestWrapLeavesTheOriginalAlone(t *testing.T) {
	known := errs.New(errs.AlreadyExists, "Another tag has that name.")
	wrapped := errs.Wrap(known, io.EOF)
	if known.Err != nil || !errors.Is(wrapped, io.EOF) || wrapped.Code != known.Code || wrapped.Details != known.Details || wrapped.Kind != known.Kind {
		t.Errorf("%+v became %+v", known, wrapped)
	}
}

func TestInvalid(t *testing.T) {
	if err := errs.Invalid(); err != nil {
		t.Errorf("nothing wrong is an error: %v", err)
	}
	err := errs.From(errs.Invalid(errs.Field{Path: "name", Code: "required"}, errs.Field{Path: "copies", Code: "out_of_range"}))
	if err.Kind != errs.KindUnprocessable || err.Code != errs.ValidationFailed || len(err.Fields) != 2 {
		t.Errorf("%+v", err)
	}
}

func TestErrorText(t *testing.T) {
	for want, err := range map[string]*errs.Error{
		"bed_not_clear":                 errs.New(errs.BedNotClear),
		"bed_not_clear: Clear it.":      errs.New(errs.BedNotClear, "Clear it."),
		"bed_not_clear: Clear it.: EOF": errs.Wrap(errs.New(errs.BedNotClear, "Clear it."), io.EOF),
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err.Error(), want)
		}
	}
}
