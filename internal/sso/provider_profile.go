package sso

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/ent/ssoprovider"
	"github.com/soloprint/soloprint/internal/op"
)

// Profile is a product that is known as an identity provider.
type Profile struct {
	Profile     ssoprovider.Profile `json:"profile" enum:"google,microsoft,okta,keycloak,authentik,clever,classlink,other" doc:"What providers name it by." example:"google"`
	Title       string              `json:"title" doc:"What people call it." example:"Google Workspace"`
	Issuer      string              `json:"issuer" doc:"Issuer of all customers; empty = each has one of their own." example:"https://accounts.google.com"`
	IssuerForm  string              `json:"issuer_form" doc:"What an issuer of one's own looks like." example:"https://accounts.google.com"`
	Scopes      []string            `json:"scopes" doc:"Scopes that a new provider asks for." example:"[\"openid\",\"email\",\"profile\"]"`
	Claims      schematype.Claims   `json:"claims" doc:"Names of the claims."`
	RedirectURI string              `json:"redirect_uri" doc:"Address to enter at the provider, to which it sends people back." example:"https://print.example.org/auth/callback"`
	Help        []string            `json:"help" doc:"How to set it up, step by step." example:"[\"Create an OAuth client of the type Web application.\"]"`
}

// CallbackPath is where providers send people back to, below the public URL.
const CallbackPath = "/auth/callback"

// profiles are the known products. A provider that names none has the last.
var profiles = []Profile{
	{Profile: ssoprovider.ProfileGoogle, Title: "Google Workspace", Issuer: "https://accounts.google.com", IssuerForm: "https://accounts.google.com",
		Scopes: []string{"openid", "email", "profile"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"In the Google Cloud console of your school, open Google Auth Platform and choose the audience Internal, so that only your own accounts are asked.",
			"Under Clients, create an OAuth client of the type Web application and enter the redirect address below, exactly.",
			"Copy client id and client secret here. The issuer is the same for everybody.",
			"Enter your Workspace domains and prove each by DNS: only accounts whose token names one of them (hd) come in.",
			"Google's tokens carry no groups. Map by hd, by email with prefix or regex, or keep people in order by a roster.",
		}},
	{Profile: ssoprovider.ProfileMicrosoft, Title: "Microsoft Entra ID", IssuerForm: "https://login.microsoftonline.com/<tenant id>/v2.0",
		Scopes: []string{"openid", "email", "profile"}, Claims: schematype.Claims{Subject: "oid", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"In the Entra admin center, open App registrations, register an application for accounts in this organizational directory only, and enter the redirect address below as one of the platform Web.",
			"The issuer is https://login.microsoftonline.com/<Directory (tenant) ID>/v2.0. The addresses common, organizations and consumers let everybody's accounts in and are refused.",
			"Under Certificates & secrets, make a client secret and copy its value, not its id. It expires: note when.",
			"Under Token configuration, add the groups claim (security groups, or groups assigned to the application). Entra sends identifiers of groups, not names.",
			"Who is in more than about 200 groups gets a token without them (overage): what mappings granted before stays. Groups assigned to the application, or application roles with the claim roles, avoid it.",
			"Add the optional claim email; Entra does not verify it, so that accounts are joined by an invitation or made at the first sign-in.",
		}},
	{Profile: ssoprovider.ProfileOkta, Title: "Okta", IssuerForm: "https://<your organization>.okta.com",
		Scopes: []string{"openid", "email", "profile", "groups"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"In the Okta admin console, create an app integration: OIDC, Web Application, with the grant Authorization Code.",
			"Enter the redirect address below as the sign-in redirect URI, and assign the people or groups that may come.",
			"The issuer is the address of your organization, or https://<your organization>.okta.com/oauth2/default for a custom authorization server.",
			"Under Sign On, give the ID token a groups claim: name groups, Matches regex .* or whatever you want to map.",
		}},
	{Profile: ssoprovider.ProfileKeycloak, Title: "Keycloak", IssuerForm: "https://<host>/realms/<realm>",
		Scopes: []string{"openid", "email", "profile"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"In your realm, create a client: OpenID Connect, client authentication on, standard flow only, PKCE method S256.",
			"Enter the redirect address below under Valid redirect URIs, exactly.",
			"The issuer is https://<host>/realms/<realm>, with /auth before /realms in versions before 17.",
			"For groups, add a mapper of the type Group Membership to the client's dedicated scope: token claim name groups, in the ID token. With Full group path on, values begin with a slash. For realm roles, map the claim realm_access.roles and put them into the ID token.",
		}},
	{Profile: ssoprovider.ProfileAuthentik, Title: "Authentik", IssuerForm: "https://<host>/application/o/<slug>/",
		Scopes: []string{"openid", "email", "profile"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"Create a provider of the type OAuth2/OpenID, confidential, with the redirect address below as a strict redirect URI, and an application for it.",
			"Choose a signing key: without one its tokens are signed with the client secret, which is refused.",
			"The issuer is https://<host>/application/o/<slug>/, with the slash at its end.",
			"The scope profile carries the names of the groups in the claim groups.",
		}},
	{Profile: ssoprovider.ProfileClever, Title: "Clever", Issuer: "https://clever.com", IssuerForm: "https://clever.com",
		Scopes: []string{"openid"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "user_type"},
		Help: []string{
			"In the Clever developer dashboard, create an application with OpenID Connect and enter the redirect address below.",
			"Copy client id and client secret here. The issuer is the same for everybody.",
			"Have your district approve the application, and share the people that may come.",
			"Clever says student, teacher or staff in the claim user_type, and the district in district: make a mapping for each, with the claim user_type.",
		}},
	{Profile: ssoprovider.ProfileClasslink, Title: "ClassLink", Issuer: "https://launchpad.classlink.com", IssuerForm: "https://launchpad.classlink.com",
		Scopes: []string{"openid", "profile", "email"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "role"},
		Help: []string{
			"Ask ClassLink for an OpenID Connect application, and enter the redirect address below.",
			"Copy client id and client secret here. The issuer is the same for everybody.",
			"Map by the claim role (student, teacher, administrator), or by whatever groups your console releases.",
		}},
	{Profile: ssoprovider.ProfileOther, Title: "Other (OpenID Connect)", IssuerForm: "https://<host>/<path>",
		Scopes: []string{"openid", "email", "profile"}, Claims: schematype.Claims{Subject: "sub", Email: "email", Name: "name", Groups: "groups"},
		Help: []string{
			"Make a client for the authorization code flow with PKCE (S256), and enter the redirect address below, exactly.",
			"The issuer is what the discovery document at <issuer>/.well-known/openid-configuration says, byte by byte, a slash at its end included.",
			"ID tokens have to be signed with RS256, ES256 or EdDSA.",
			"A provider inside of your network is reached where the operator of this installation allows its address.",
		}},
}

// profileOf is a product by its name.
func profileOf(name ssoprovider.Profile) Profile {
	for _, p := range profiles {
		if p.Profile == name {
			return p
		}
	}
	return profiles[len(profiles)-1]
}

// ProfilesInput asks for all of them.
type ProfilesInput struct{}

// Profiles are the known products.
type Profiles struct {
	Data []Profile `json:"data" doc:"All of them."`
}

// Profiles lists the products that are known as identity providers.
func (s *Service) Profiles(ctx context.Context, in ProfilesInput) (Profiles, error) {
	return op.Read(ctx, s.Ops, OpProviderProfiles, in, func(context.Context, *ent.Client) (Profiles, error) {
		all := Profiles{Data: make([]Profile, len(profiles))}
		for i, p := range profiles {
			p.RedirectURI = s.PublicURL + CallbackPath
			all.Data[i] = p
		}
		return all, nil
	})
}
