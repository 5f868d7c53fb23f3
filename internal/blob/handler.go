package blob

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Codes that the handler answers in {"error": code}.
const (
	CodeUploadInvalid    = "upload_url_invalid"     // 403: altered, for another method, or no longer allowed
	CodeUploadExpired    = "upload_url_expired"     // 403
	CodeDownloadInvalid  = "download_url_invalid"   // 403
	CodeDownloadExpired  = "download_url_expired"   // 403
	CodeNotFound         = "file_not_found"         // 404
	CodeMethodNotAllowed = "method_not_allowed"     // 405
	CodeExists           = "object_exists"          // 409: other bytes are stored there
	CodeIncomplete       = "upload_incomplete"      // 409: the connection ended early; the same URL may be used again
	CodeTooLarge         = "request_too_large"      // 413: more bytes than signed
	CodeWrongType        = "unsupported_media_type" // 415: another Content-Type than signed
	CodeMismatch         = "content_mismatch"       // 422: other bytes than signed
	CodeInternal         = "internal_error"         // 500
	CodeFull             = "storage_full"           // 507
)

// A transfer may take graceTime, and as long as its bytes take at slowest. The server's own timeouts are made for small
// requests and would cut large files off; none at all would let a slow client hold a connection for ever.
const (
	graceTime = time.Minute
	slowest   = 32 << 10 // bytes a second
)

// Handler serves the signed URLs. It is mounted at the configured path, without stripping it. Its URLs carry signatures
// and file names: an access log must leave their query out.
func (d *Disk) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		switch r.Method {
		case http.MethodPut:
			d.servePut(w, r)
		case http.MethodGet, http.MethodHead:
			d.serveGet(w, r)
		default:
			w.Header().Set("Allow", "GET, HEAD, PUT")
			refuse(w, http.StatusMethodNotAllowed, CodeMethodNotAllowed)
		}
	})
}

// harden keeps a browser from running what it gets here: nothing is guessed, framed, scripted or kept.
func harden(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, no-cache")
}

func (d *Disk) servePut(w http.ResponseWriter, r *http.Request) {
	key, values, err := d.admit(r, actionPut)
	switch {
	case errors.Is(err, errExpired):
		refuse(w, http.StatusForbidden, CodeUploadExpired)
		return
	case errors.Is(err, errAltered), errors.Is(err, ErrNotFound):
		refuse(w, http.StatusForbidden, CodeUploadInvalid)
		return
	case errors.Is(err, errWrongType):
		refuse(w, http.StatusUnsupportedMediaType, CodeWrongType)
		return
	case err != nil:
		d.fail(w, r, key, err)
		return
	}
	size, err := strconv.ParseInt(values.Get(paramSize), 10, 64)
	if err != nil {
		d.fail(w, r, key, fmt.Errorf("signed size: %w", err))
		return
	}
	info, err := d.upload(w, r, key, Content{Size: size, SHA256: values.Get(paramHash)})
	if err != nil {
		d.refusePut(w, r, key, err)
		return
	}
	w.Header().Set("ETag", `"`+info.SHA256+`"`)
	answer(w, http.StatusOK, map[string]any{"size": info.Size, "sha256": info.SHA256})
}

func (d *Disk) upload(w http.ResponseWriter, r *http.Request, key string, want Content) (Info, error) {
	switch {
	case r.ContentLength > want.Size:
		return Info{}, ErrTooLarge
	case r.ContentLength >= 0 && r.ContentLength < want.Size:
		return Info{}, ErrMismatch
	}
	d.allowTime(w, r, want.Size)
	return d.Put(r.Context(), key, r.Body, want)
}

func (d *Disk) refusePut(w http.ResponseWriter, r *http.Request, key string, err error) {
	switch {
	case errors.Is(err, ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, CodeTooLarge)
	case errors.Is(err, ErrMismatch):
		refuse(w, http.StatusUnprocessableEntity, CodeMismatch)
	case errors.Is(err, ErrExists):
		refuse(w, http.StatusConflict, CodeExists)
	case errors.Is(err, ErrInterrupted):
		refuse(w, http.StatusConflict, CodeIncomplete)
	case errors.Is(err, ErrFull):
		d.log.ErrorContext(r.Context(), "file store is full", slog.Any("err", err))
		refuse(w, http.StatusInsufficientStorage, CodeFull)
	default:
		d.fail(w, r, key, err)
	}
}

func (d *Disk) serveGet(w http.ResponseWriter, r *http.Request) {
	key, values, err := d.admit(r, actionGet)
	var object Object
	if err == nil {
		object, err = d.Open(r.Context(), key)
	}
	switch {
	case errors.Is(err, errExpired):
		refuse(w, http.StatusForbidden, CodeDownloadExpired)
	case errors.Is(err, errAltered):
		refuse(w, http.StatusForbidden, CodeDownloadInvalid)
	case errors.Is(err, ErrNotFound):
		refuse(w, http.StatusNotFound, CodeNotFound)
	case err != nil:
		d.fail(w, r, key, err)
	default:
		d.download(w, r, object, values)
	}
}

func (d *Disk) download(w http.ResponseWriter, r *http.Request, object Object, values url.Values) {
	defer object.Close()
	info := object.Info()
	d.allowTime(w, r, info.Size)
	h := w.Header()
	h.Set("Content-Type", safeType(values.Get(paramType)))
	h.Set("Content-Disposition", disposition(values.Get(paramName)))
	h.Set("ETag", `"`+info.SHA256+`"`)
	http.ServeContent(w, r, "", info.StoredAt, object)
}

// admit answers key and values of a request whose URL was signed for this action and still counts.
func (d *Disk) admit(r *http.Request, a action) (string, url.Values, error) {
	key, below := strings.CutPrefix(r.URL.Path, d.path)
	// A raw path means an unusual spelling, which was not what was signed.
	if !below || r.URL.RawPath != "" || CheckKey(key) != nil {
		return "", nil, errAltered
	}
	values, err := d.signer.verify(a, key, r.URL.RawQuery)
	if err != nil {
		return key, nil, err
	}
	if a == actionPut && !isSameType(r.Header.Get("Content-Type"), values.Get(paramType)) {
		return key, nil, errWrongType
	}
	use := Use{Organization: values.Get(paramOrg), FileID: values.Get(paramFile), Key: key, Upload: a == actionPut}
	if err := d.check(r.Context(), use); err != nil {
		return key, nil, fmt.Errorf("check file state: %w", err)
	}
	return key, values, nil
}

// allowTime gives the transfer of size bytes its time in place of the server's timeouts: to arrive, and to be answered.
func (d *Disk) allowTime(w http.ResponseWriter, r *http.Request, size int64) {
	end := time.Now().Add(graceTime + time.Duration(size/slowest)*time.Second)
	c := http.NewResponseController(w)
	err := errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end.Add(graceTime)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		d.log.WarnContext(r.Context(), "transfer keeps the server's timeouts", slog.Any("err", err))
	}
}

// isSameType compares a request's type with the signed one. Clients add parameters such as a charset; those do not count.
func isSameType(got, signed string) bool {
	if signed == "" {
		return true
	}
	gotMedia, _, err := mime.ParseMediaType(got)
	signedMedia, _, _ := mime.ParseMediaType(signed)
	return err == nil && gotMedia == signedMedia
}

// safeType is the type under which content is answered. What browsers would run as a page goes out as plain bytes.
func safeType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || strings.Contains(media, "html") || strings.Contains(media, "xml") || strings.Contains(media, "script") {
		return "application/octet-stream"
	}
	return contentType
}

// fail answers a fault of ours, whose cause only the log learns.
func (d *Disk) fail(w http.ResponseWriter, r *http.Request, key string, err error) {
	d.log.ErrorContext(r.Context(), "file store failed", slog.String("key", key), slog.Any("err", err))
	refuse(w, http.StatusInternalServerError, CodeInternal)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Cache-Control", "no-store")
	answer(w, status, map[string]any{"error": code, "details": details(code)})
}

// details are what a person can do about a refusal.
func details(code string) string {
	switch code {
	case CodeUploadInvalid:
		return "This address takes no upload: it was altered, or the file is there already or gone. Register the file again."
	case CodeUploadExpired:
		return "The time for this upload is over. Register the file again."
	case CodeDownloadInvalid:
		return "This address was altered. Ask for the download again."
	case CodeDownloadExpired:
		return "The time for this download is over. Ask for it again."
	case CodeNotFound:
		return "There is no such file any more."
	case CodeMethodNotAllowed:
		return "Upload with PUT, download with GET, as the answer said that had this address."
	case CodeExists:
		return "Other bytes were uploaded here. Register the file again."
	case CodeIncomplete:
		return "The connection ended before all bytes were here. Send them again, to the same address."
	case CodeTooLarge:
		return "These are more bytes than were registered."
	case CodeWrongType:
		return "Send the headers that stand beside this address, Content-Type among them, as they are."
	case CodeMismatch:
		return "These are not the bytes that were registered: size and SHA-256 have to hold."
	case CodeFull:
		return "The file store has no room."
	}
	return "Something failed here. Try again later."
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone if this fails
}
