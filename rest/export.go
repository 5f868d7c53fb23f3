package rest

import (
	"context"
	"io"
	"mime"
	"net/http"
	"path"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/page"
)

// Media types in which lists are exported.
const (
	mediaCSV  = "text/csv"
	mediaXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

const (
	maxExport     = 50_000          // rows of one export
	exportTimeout = 2 * time.Minute // for reading them all, and for the caller to take them
)

// exported is the media type in which the caller wants a list as a table, "" for JSON. Only an exact name asks for one: to
// whoever takes anything, or something that we do not make, JSON is answered.
func exported(h http.Header) string {
	best, quality := "", 0.0
	plain := 0.0
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q := 1.0
		if text, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(text, 64); err != nil {
				continue
			}
		}
		switch {
		case media == "application/json":
			plain = max(plain, q)
		case (media == mediaCSV || media == mediaXLSX) && q > quality:
			best, quality = media, q
		}
	}
	if quality < plain {
		return ""
	}
	return best
}

// limitOf is the time that a request to the route may take.
func (rt Route) limitOf(r *http.Request) time.Duration {
	if rt.followed && r.URL.Query().Has("stream") {
		return followTime
	}
	if rt.listed && exported(r.Header) != "" {
		return max(rt.timeout, exportTimeout)
	}
	return rt.timeout
}

// table takes the rows of an export.
type table interface {
	row(cells []cell) error
	end() error
}

func tableOf(media string, w io.Writer) (table, error) {
	if media == mediaXLSX {
		return newWorkbook(w)
	}
	return &csvTable{w: w}, nil
}

// export is the list as a table: every row that the filters let through, read in large pages, so that memory holds one. A
// limit in the request asks for one page of that size, and so does a list that cannot be counted.
func export[In, T, View any](x *exchange, media string, in In, do func(context.Context, In) (page.List[T], error), view func(T) View) call {
	wish := reflect.ValueOf(&in).Elem()
	whole := x.query.Get("limit") == "" && x.route.plan.find("query", "include") != nil
	if whole {
		x.set(wish, "limit", reflect.ValueOf(new(page.MaxLimit)))
		x.set(wish, "include", reflect.ValueOf([]string{"total_count"}))
	}
	return call{
		run: func(ctx context.Context) (any, error) {
			if whole {
				ctx = page.Whole(ctx)
			}
			l, err := do(ctx, in)
			if err == nil && whole && l.Total != nil && *l.Total > maxExport {
				return nil, errs.New(errs.ReportTooLarge, "The list has %d rows, and an export at most %d. Narrow the filters, or read pages.", *l.Total, maxExport)
			}
			return l, err
		},
		encode: func(out any) (Answer, error) {
			l := as[page.List[T]](out)
			columns := columnsOf(reflect.TypeFor[View](), x.query["expand"])
			x.stream = func(ctx context.Context, w io.Writer) error {
				t, err := tableOf(media, w)
				if err == nil {
					err = t.row(titles(columns))
				}
				for err == nil {
					if err = write(t, columns, l.Data, view); err != nil || !whole || !l.HasMore() {
						break
					}
					x.set(wish, "cursor", reflect.ValueOf(l.Next))
					x.set(wish, "include", reflect.ValueOf([]string(nil)))
					l, err = do(page.Whole(ctx), in)
				}
				if err != nil {
					return err
				}
				return t.end()
			}
			a := Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {media}, "Vary": {"Accept"}, "Content-Disposition": {disposition(x.route.Path, media)}}}
			if media == mediaCSV {
				a.Header.Set("Content-Type", mediaCSV+"; charset=utf-8; header=present")
			}
			if !whole && l.HasMore() {
				a.Header.Set("Link", "<"+x.next(l.Next)+`>; rel="next"`)
			}
			return a, nil
		},
	}
}

// set puts a value into the field of the Input that a query parameter fills.
func (x *exchange) set(in reflect.Value, name string, v reflect.Value) {
	if q := x.route.plan.find("query", name); q != nil {
		in.FieldByIndex(q.index).Set(v)
	}
}

func write[T, View any](t table, columns []column, rows []T, view func(T) View) error {
	for _, row := range rows {
		v := view(row)
		if err := t.row(cells(columns, reflect.ValueOf(v))); err != nil {
			return err
		}
	}
	return nil
}

// disposition names the file after the list: queue.csv for /v1/platform/queue.
func disposition(route, media string) string {
	extension := ".csv"
	if media == mediaXLSX {
		extension = ".xlsx"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(route) + extension})
}

// pour sends an export while it is read. Once the first byte is out an error can no longer be answered: the connection is
// cut, so that nobody takes half of a table for all of it.
func (x *exchange) pour(ctx context.Context) {
	x.sent = true
	_ = http.NewResponseController(x.w).SetWriteDeadline(time.Now().Add(exportTimeout)) // not every writer has one
	x.headers()
	x.w.WriteHeader(x.answer.Status)
	if x.r.Method == http.MethodHead {
		return
	}
	if err := x.stream(ctx, x.w); err != nil {
		x.err, x.cut = named(err), true
	}
}
