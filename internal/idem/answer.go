package idem

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Answer is a whole response before it is written.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// place is where a row's answer stands. It is sealed, because it may show a secret that is shown once.
func place(row pid.ID) secret.Place {
	return secret.Place{Table: "idempotency_keys", Row: string(row), Column: "answer"}
}

// What a kept answer begins with. Behind it stand status and headers in one line of JSON, and the body as it was sent.
const (
	plain  byte = 'p'
	zipped byte = 'z' // gzip, because the answer to a roster has megabytes of what compresses well
)

// zipFrom is the size of bodies, in bytes, that are worth the memory of a compressor.
const zipFrom = 64 << 10

// head is an answer without its body.
type head struct {
	Status int
	Header http.Header
}

func (k *Keys) seal(row pid.ID, a Answer) ([]byte, error) {
	line, err := json.Marshal(head{a.Status, a.Header})
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	var b bytes.Buffer
	if len(a.Body) < zipFrom {
		b.WriteByte(plain)
		b.Write(append(line, '\n'))
		b.Write(a.Body)
		return k.Secrets.Seal(place(row), b.Bytes()), nil
	}
	b.WriteByte(zipped)
	z := gzip.NewWriter(&b)
	_, _ = z.Write(append(line, '\n')) // an error stays until Close
	_, _ = z.Write(a.Body)
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return k.Secrets.Seal(place(row), b.Bytes()), nil
}

func (k *Keys) open(row *ent.IdempotencyKey) (a Answer, err error) {
	text, err := k.Secrets.Open(place(row.ID), row.Answer)
	if err == nil {
		a, err = decode(text)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("open kept answer: %w", err)
	}
	return a, nil
}

func decode(text []byte) (a Answer, err error) {
	if len(text) == 0 {
		return a, errors.New("it is empty")
	}
	kind, text := text[0], text[1:]
	if kind == zipped {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return a, err
		}
		if text, err = io.ReadAll(z); err != nil {
			return a, err
		}
	}
	line, body, _ := bytes.Cut(text, []byte("\n"))
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return a, err
	}
	if h.Status == 0 {
		return a, errors.New("it has no status")
	}
	return Answer{Status: h.Status, Header: h.Header, Body: body}, nil
}
