package rest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/soloprint/soloprint/internal/errs"
)

// defaultMaxBody is the size of a body that routes take unless they say otherwise, in bytes.
const defaultMaxBody = 1 << 20

// hasBody holds for the methods whose requests carry a body here. What others send is not read.
func hasBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// bodyOptional holds for routes that take nothing for {}: operations on what is there, rotate for one. Nobody makes a thing
// by saying nothing about it.
func (rt Route) bodyOptional() bool {
	creates := rt.Success == http.StatusCreated && !strings.Contains(rt.Path, "{") && len(rt.plan.body.fields) > 0
	return rt.Method == http.MethodPost && !creates
}

// readBody reads the body of the request: nil where the method has none, {} where nothing was sent and that is enough.
func (x *exchange) readBody() error {
	if !hasBody(x.route.Method) {
		return nil
	}
	typed, err := isJSON(x.r.Header)
	if err != nil {
		return err
	}
	if x.body, err = x.readAll(); err != nil {
		return err
	}

	switch {
	case len(x.body) == 0 && x.route.bodyOptional(): // clients name the type of a body that they do not send
		x.body = []byte("{}")
	case len(x.body) > 0 && !typed:
		return errs.New(errs.UnsupportedMediaType, "Send Content-Type: application/json.")
	}
	return nil
}

// isJSON reports whether the headers announce JSON, or refuses what they announce instead.
func isJSON(h http.Header) (bool, error) {
	if encoding := h.Values("Content-Encoding"); len(encoding) > 1 || len(encoding) == 1 && !strings.EqualFold(encoding[0], "identity") {
		return false, errs.New(errs.UnsupportedMediaType, "Bodies are read without Content-Encoding.")
	}
	types := h.Values("Content-Type")
	if len(types) == 0 {
		return false, nil
	}
	media, parameters, err := mime.ParseMediaType(types[0])
	charset, named := parameters["charset"]
	switch {
	case err != nil || len(types) > 1 || media != "application/json":
		return false, errs.New(errs.UnsupportedMediaType, "Send Content-Type: application/json.")
	case named && !strings.EqualFold(charset, "utf-8"):
		return false, errs.New(errs.UnsupportedMediaType, "Send the body in UTF-8.")
	}
	return true, nil
}

// readAll reads the whole body within the route's size and the request's time.
func (x *exchange) readAll() ([]byte, error) {
	most := x.route.maxBody
	tooLarge := errs.New(errs.RequestTooLarge, "The body is larger than "+strconv.FormatInt(most, 10)+" bytes.")
	if x.r.ContentLength > most {
		return nil, tooLarge
	}
	if deadline, ok := x.r.Context().Deadline(); ok {
		control := http.NewResponseController(x.w)
		_ = control.SetReadDeadline(deadline) // not every connection can; then the server's own limits hold
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}

	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, most))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge
	}
	if err != nil {
		return nil, errs.Wrap(notJSON("The body did not arrive whole."), err)
	}
	return body, nil
}
