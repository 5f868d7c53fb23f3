package rest

import (
	"time"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/rest/generated"
)

// providerTime is how long a provider may take to be tested: four questions, each with a time limit of its own.
const providerTime = time.Minute

// SSOProvider is an identity provider with whether it has a secret; the secret is never shown.
type SSOProvider struct {
	generated.SSOProvider
	ClientSecretSet bool `json:"client_secret_set" doc:"Whether a client secret is stored. It is never shown." example:"true"`
}

func viewSSOProvider(p *ent.SSOProvider) SSOProvider {
	return SSOProvider{SSOProvider: generated.NewSSOProvider(p), ClientSecretSet: len(p.ClientSecret) > 0}
}
