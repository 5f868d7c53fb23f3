package rest

import (
	"github.com/soloprint/soloprint/internal/apikey"
	"github.com/soloprint/soloprint/rest/generated"
)

// CreatedAPIKey is a key with its token.
type CreatedAPIKey struct {
	generated.APIKey
	Key string `json:"key" doc:"The whole key. It is shown this once: only a keyed hash of it is stored." example:"slp_live_01jd4c0n5xe2vb8w6h3ks9qt7m_…"`
}

func viewCreatedAPIKey(c apikey.Created) CreatedAPIKey {
	return CreatedAPIKey{APIKey: generated.NewAPIKey(c.Key), Key: c.Secret}
}
