package idem

import (
	"encoding/json"
	"errors"
	"fmt"
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

func (k *Keys) seal(row pid.ID, a Answer) ([]byte, error) {
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return k.Secrets.Seal(place(row), plain), nil
}

func (k *Keys) open(row *ent.IdempotencyKey) (a Answer, err error) {
	plain, err := k.Secrets.Open(place(row.ID), row.Answer)
	if err == nil {
		err = json.Unmarshal(plain, &a)
	}
	if err == nil && a.Status == 0 {
		err = errors.New("it has no status")
	}
	if err != nil {
		return a, fmt.Errorf("open kept answer: %w", err)
	}
	return a, nil
}
