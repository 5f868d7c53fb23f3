package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/soloprint/soloprint/ent/schematype"
	"github.com/soloprint/soloprint/internal/expose"
)

// SSOProvider is an organization's identity provider.
type SSOProvider struct{ ent.Schema }

// Mixin of the SSOProvider.
func (SSOProvider) Mixin() []ent.Mixin { return owned("idp") }

// Fields of the SSOProvider.
func (SSOProvider) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(expose.Field{Sort: true, Doc: "Name on the sign-in button.", Example: "Riverside Google"}),
		field.String("slug").NotEmpty().Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Short name in addresses.", Example: "riverside-google"}),
		field.Enum("kind").Values("oidc", "saml").Default("oidc").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Protocol."}),
		field.Enum("profile").Values("google", "microsoft", "okta", "keycloak", "authentik", "clever", "classlink", "other").Default("other").
			Annotations(expose.Field{Filter: expose.In, Doc: "Whose product it is: its defaults, help and checks."}),
		field.String("issuer").Annotations(expose.Field{Doc: "Issuer, exactly as its tokens say.", MaxLen: 500, Example: "https://accounts.google.com"}),
		field.String("client_id").Annotations(expose.Field{Doc: "Client id at the provider.", Example: "soloprint"}),
		field.Bytes("client_secret").Optional().Sensitive().Annotations(hidden),
		field.Strings("scopes").Default([]string{"openid", "email", "profile"}).Annotations(doc("Scopes asked for.")),
		field.JSON("claims", schematype.Claims{}).Default(schematype.Claims{}).Annotations(doc("Names of the claims that say who somebody is.")),
		field.JSON("domains", []schematype.Domain{}).Default([]schematype.Domain{}).Annotations(expose.Field{ReadOnly: true, Doc: "Mail domains it answers for, and how each was proved."}),
		field.Strings("redirect_uris").Default([]string{}).Annotations(doc("Exact addresses of other front ends to which a sign-in may return.")),
		field.Enum("auto_create").Values("off", "pending", "active").Default("off").Annotations(doc("What somebody becomes who signs in and is no member: off = nothing, they are refused.")),
		field.Enum("default_role").Values("owner", "admin", "operator", "teacher", "student").Default("student").Annotations(doc("Role where no mapping gives one.")),
		field.Bool("force_sso").Default(false).Annotations(doc("While it is enabled, members sign in through a provider only; owners keep their password for rescue.")),
		field.Enum("state").Values("draft", "enabled", "disabled").Default("draft").Annotations(expose.Field{Filter: expose.In, Doc: "Only enabled providers let anybody in."}),
		field.JSON("last_test", &schematype.SSOTest{}).Optional().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "What the last test found; null = it was not tested since it was changed."}),
		field.Bytes("scim_hash").Optional().Sensitive().Annotations(hidden),
		field.Bytes("scim_previous_hash").Optional().Sensitive().Annotations(hidden),
		field.Time("scim_previous_until").Optional().Nillable().Annotations(hidden),
		field.Time("scim_token_created_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "When its SCIM token was made; null = it has none."}),
		field.Time("scim_last_used_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "When its SCIM token was last used, to the minute."}),
		field.String("search").Default("").Annotations(quiet),
	}
}

// Indexes of the SSOProvider.
func (SSOProvider) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "slug").Unique()}
}

// Annotations of the SSOProvider.
func (SSOProvider) Annotations() []schema.Annotation {
	return []schema.Annotation{table("sso_providers"),
		expose.Resource{Resource: "sso_provider", Prefix: "idp", Path: "/v1/platform/sso/providers", Param: "provider_id", GraphQL: true, View: true, Search: "search", Sort: "name",
			Summary: "An identity provider that people sign in through.", Verbs: []expose.Verb{expose.List, expose.Get},
			Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}}}
}

// SSOGroupMapping says what a claim grants.
type SSOGroupMapping struct{ ent.Schema }

// Mixin of the SSOGroupMapping.
func (SSOGroupMapping) Mixin() []ent.Mixin { return owned("map") }

// Fields of the SSOGroupMapping.
func (SSOGroupMapping) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(expose.Field{OnCreate: true, Filter: expose.In, Doc: "The provider."}),
		field.JSON("match", schematype.Match{}).Annotations(doc("What is looked for.")),
		field.Int("priority").Default(0).Annotations(expose.Field{Sort: true, Doc: "Order of the mappings: of those that match, the one with the highest priority gives the role.", Min: expose.F(-1000), Max: expose.F(1000)}),
		field.Enum("role").Values("owner", "admin", "operator", "teacher", "student").Optional().Nillable().Annotations(doc("Role granted.")),
		optRef("class_id").Annotations(doc("Class joined.")),
		field.Bool("is_teacher").Default(false).Annotations(doc("Whether the class is joined as its teacher.")),
		optRef("user_group_id").Annotations(doc("User group joined.")),
		field.Enum("on_loss").Values("keep", "revoke").Default("revoke").Annotations(doc("What becomes of what it granted when it matches no longer.")),
	}
}

// Edges of the SSOGroupMapping.
func (SSOGroupMapping) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade()),
		edge.To("class", Class.Type).Unique().Field("class_id").Annotations(setNull()),
		edge.To("user_group", UserGroup.Type).Unique().Field("user_group_id").Annotations(setNull()),
	}
}

// Indexes of the SSOGroupMapping.
func (SSOGroupMapping) Indexes() []ent.Index {
	return []ent.Index{index.Fields("provider_id", "priority", "id"), index.Fields("organization_id", "priority", "id")}
}

// Annotations of the SSOGroupMapping.
func (SSOGroupMapping) Annotations() []schema.Annotation {
	return []schema.Annotation{table("sso_group_mappings"),
		expose.Resource{Resource: "sso_group_mapping", Prefix: "map", Path: "/v1/platform/sso/group-mappings", Param: "mapping_id", GraphQL: true, Sort: "-priority",
			Summary: "What a claim of an identity provider grants.", Verbs: []expose.Verb{expose.List, expose.Get},
			Read: []string{"org.manage_users"}, Write: []string{"org.manage_users"}}}
}

// Identity ties a person to a subject of a provider; never by email.
type Identity struct{ ent.Schema }

// Mixin of the Identity.
func (Identity) Mixin() []ent.Mixin { return owned("idn") }

// Fields of the Identity.
func (Identity) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(hidden),
		ref("user_id").Immutable().Annotations(hidden),
		field.String("issuer").Immutable().Annotations(hidden),
		field.String("subject").Immutable().Annotations(hidden),
		field.Time("last_signed_in_at").Optional().Nillable().Annotations(quiet),
	}
}

// Edges of the Identity.
func (Identity) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade()),
		edge.To("user", User.Type).Unique().Required().Immutable().Field("user_id").Annotations(cascade()),
	}
}

// Indexes of the Identity.
func (Identity) Indexes() []ent.Index {
	return []ent.Index{index.Fields("provider_id", "issuer", "subject").Unique()}
}

// Annotations of the Identity.
func (Identity) Annotations() []schema.Annotation {
	return []schema.Annotation{table("identities"), expose.Resource{Prefix: "idn"}}
}

// Login is a sign-in that has begun at a provider: one browser may bring it to its end, once, within minutes.
type Login struct{ ent.Schema }

// Mixin of the Login.
func (Login) Mixin() []ent.Mixin { return owned("lgn") }

// Fields of the Login.
func (Login) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(hidden),
		field.Bytes("state_hash").Unique().Sensitive().Immutable().Annotations(hidden),
		field.Bytes("binding_hash").Sensitive().Immutable().Annotations(hidden),
		field.Bytes("secrets").Sensitive().Immutable().Annotations(hidden),
		field.String("issuer").Immutable().Annotations(hidden),
		field.String("client_id").Immutable().Annotations(hidden),
		field.String("redirect_uri").Immutable().Annotations(hidden),
		field.String("return_to").Default("").Immutable().Annotations(hidden),
		field.Enum("purpose").Values("sign_in", "trial").Default("sign_in").Immutable().Annotations(hidden),
		optRef("asked_by_id").Immutable().Annotations(hidden),
		field.Int("max_age_seconds").Default(0).Immutable().Annotations(hidden),
		field.Time("expires_at").Immutable().Annotations(hidden),
	}
}

// Edges of the Login.
func (Login) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade()),
		edge.To("asked_by", Membership.Type).Unique().Immutable().Field("asked_by_id").Annotations(cascade()),
	}
}

// Indexes of the Login.
func (Login) Indexes() []ent.Index { return []ent.Index{index.Fields("expires_at")} }

// Annotations of the Login.
func (Login) Annotations() []schema.Annotation {
	return []schema.Annotation{table("logins"), expose.Resource{Prefix: "lgn"}}
}

// SpentToken is a logout token of a provider that was carried out: a second one with its identifier does nothing.
type SpentToken struct{ ent.Schema }

// Mixin of the SpentToken.
func (SpentToken) Mixin() []ent.Mixin { return owned("spt") }

// Fields of the SpentToken.
func (SpentToken) Fields() []ent.Field {
	return []ent.Field{
		ref("provider_id").Immutable().Annotations(hidden),
		field.Bytes("token_hash").Sensitive().Immutable().Annotations(hidden),
		field.Time("expires_at").Immutable().Annotations(hidden),
	}
}

// Edges of the SpentToken.
func (SpentToken) Edges() []ent.Edge {
	return []ent.Edge{edge.To("provider", SSOProvider.Type).Unique().Required().Immutable().Field("provider_id").Annotations(cascade())}
}

// Indexes of the SpentToken.
func (SpentToken) Indexes() []ent.Index {
	return []ent.Index{index.Fields("provider_id", "token_hash").Unique(), index.Fields("expires_at")}
}

// Annotations of the SpentToken.
func (SpentToken) Annotations() []schema.Annotation {
	return []schema.Annotation{table("spent_tokens"), expose.Resource{Prefix: "spt"}}
}

// Session is a person who is signed in to one organization.
type Session struct{ ent.Schema }

// Mixin of the Session.
func (Session) Mixin() []ent.Mixin { return owned("ses") }

// Fields of the Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		ref("membership_id").Immutable().Annotations(hidden),
		field.Bytes("secret_hash").Sensitive().Annotations(hidden),
		field.Enum("opened_by").Values("sso", "invite", "password", "operator").Immutable().Annotations(hidden),
		optRef("provider_id").Immutable().Annotations(hidden),
		optRef("identity_id").Immutable().Annotations(hidden),
		field.String("provider_session").Default("").Immutable().Annotations(hidden),
		field.String("provider_subject").Default("").Immutable().Annotations(hidden),
		field.Bytes("id_token").Optional().Sensitive().Immutable().Annotations(hidden),
		field.Bool("browser").Default(false).Immutable().Annotations(hidden),
		field.String("user_agent").Default("").Immutable().Annotations(hidden),
		field.String("address").Default("").Immutable().Annotations(hidden), // of the client that opened it; "" = not by a request
		field.Int("idle_seconds").Default(0).Immutable().Annotations(hidden),
		field.Time("expires_at").Annotations(hidden),
		field.Time("revoked_at").Optional().Nillable().Annotations(hidden),
		field.Time("last_used_at").Optional().Nillable().Annotations(quiet),
	}
}

// Edges of the Session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(cascade()),
		edge.To("provider", SSOProvider.Type).Unique().Immutable().Field("provider_id").Annotations(setNull()),
		edge.To("identity", Identity.Type).Unique().Immutable().Field("identity_id").Annotations(setNull()),
	}
}

// Indexes of the Session.
func (Session) Indexes() []ent.Index {
	return []ent.Index{index.Fields("expires_at"), index.Fields("membership_id", "expires_at"), index.Fields("identity_id")}
}

// Annotations of the Session.
func (Session) Annotations() []schema.Annotation {
	return []schema.Annotation{table("sessions"), expose.Resource{Resource: "session", Prefix: "ses"}}
}

// Password is a member's own way in: that of an owner, or of somebody whom the operator rescued. It belongs to the membership,
// so that what one organization's operator does opens no other organization.
type Password struct{ ent.Schema }

// Mixin of the Password.
func (Password) Mixin() []ent.Mixin { return owned("pwd") }

// Fields of the Password.
func (Password) Fields() []ent.Field {
	return []ent.Field{
		ref("membership_id").Immutable().Annotations(hidden),
		field.String("hash").Sensitive().Annotations(hidden),
		field.Enum("origin").Values("owner", "rescue").Annotations(hidden), // owner: it opens only while its member is one
		field.Time("set_at").Annotations(hidden),
		field.Bytes("totp_secret").Optional().Sensitive().Annotations(hidden),
		field.Int64("totp_step").Default(0).Annotations(hidden), // the latest step whose code was used
		field.JSON("recovery_hashes", [][]byte{}).Default([][]byte{}).Sensitive().Annotations(hidden),
	}
}

// Edges of the Password.
func (Password) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("membership", Membership.Type).Unique().Required().Immutable().Field("membership_id").Annotations(cascade()),
	}
}

// Indexes of the Password.
func (Password) Indexes() []ent.Index { return []ent.Index{index.Fields("membership_id").Unique()} }

// Annotations of the Password.
func (Password) Annotations() []schema.Annotation {
	return []schema.Annotation{table("passwords"), expose.Resource{Resource: "password", Prefix: "pwd"}}
}

// APIKey is a program's way in.
type APIKey struct{ ent.Schema }

// Mixin of the APIKey.
func (APIKey) Mixin() []ent.Mixin { return owned("key") }

// Fields of the APIKey.
func (APIKey) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").NotEmpty().Annotations(doc("What it is for.")),
		field.String("prefix").Immutable().Annotations(expose.Field{ReadOnly: true, Doc: "Beginning of the key, to recognize it by."}),
		field.Strings("scopes").Annotations(doc("Capabilities it may use.")),
		ref("created_by_id").Immutable().Annotations(readOnly),
		field.Bytes("secret_hash").Sensitive().Annotations(hidden),
		field.Bytes("previous_hash").Optional().Sensitive().Annotations(hidden),
		field.Time("previous_until").Optional().Nillable().Annotations(hidden),
		field.Time("expires_at").Optional().Nillable().Annotations(doc("When it ends; null = never.")),
		field.Time("last_used_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Telemetry: true, Doc: "When it was last used, to the minute."}),
		field.Time("revoked_at").Optional().Nillable().Annotations(expose.Field{ReadOnly: true, Doc: "When it was revoked; null = it was not."}),
		field.Time("warned_at").Optional().Nillable().Annotations(quiet),
	}
}

// Edges of the APIKey.
func (APIKey) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("created_by", Membership.Type).Unique().Required().Immutable().Field("created_by_id").Annotations(cascade()),
	}
}

// Indexes of the APIKey.
func (APIKey) Indexes() []ent.Index {
	return []ent.Index{index.Fields("organization_id", "created_at"), index.Fields("expires_at")}
}

// Annotations of the APIKey.
func (APIKey) Annotations() []schema.Annotation {
	return []schema.Annotation{table("api_keys"),
		expose.Resource{Resource: "api_key", Prefix: "key", Path: "/v1/platform/api-keys", Param: "api_key_id", GraphQL: true, Sort: "-created_at", Filters: "internal/apikey.ListInput", Summary: "A program's way in.", Verbs: []expose.Verb{expose.Get}, Read: []string{"integrations.manage"}, Write: []string{"integrations.manage"}}}
}
