package graph_test

import (
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/authz"
)

func TestIdentityProvidersAreServed(t *testing.T) {
	eachServed(t, func(t *testing.T, w *served) {
		owner := w.north.owner(t)
		a := good(t, w.do(owner, t, "createSsoProvider", "{id slug state issuer clientSecretSet scopes claims{groups} domains{name token provedAt} lastTest{ok}}", input(object{
			"name": "North Google", "profile": "google", "clientId": "x", "clientSecret": "canary", "domains": []string{"north.example"}, "autoCreate": "pending"})))
		id, _ := a.at("createSsoProvider", "id").(string)
		if a.at("createSsoProvider", "issuer") != "https://accounts.google.com" || a.at("createSsoProvider", "clientSecretSet") != true || a.at("createSsoProvider", "state") != "draft" ||
			a.at("createSsoProvider", "domains", 0, "name") != "north.example" || strings.Contains(string(a.body), "canary") {
			t.Errorf("created %s", a.body)
		}
		a = good(t, w.do(owner, t, "updateSsoProvider", "{state forceSso clientSecretSet}", input(object{"providerId": id, "state": "enabled", "forceSso": true, "clientSecret": nil})))
		if a.at("updateSsoProvider", "state") != "enabled" || a.at("updateSsoProvider", "forceSso") != true || a.at("updateSsoProvider", "clientSecretSet") != false {
			t.Errorf("updated %s", a.body)
		}

		a = good(t, w.do(owner, t, "createSsoGroupMapping", "{id priority role match{operator value}}", input(object{"providerId": id, "priority": 10, "role": "teacher",
			"match": object{"claim": "groups", "operator": "equals", "value": "Staff"}})))
		mapping, _ := a.at("createSsoGroupMapping", "id").(string)
		a = good(t, w.do(owner, t, "updateSsoGroupMapping", "{priority match{values}}", input(object{"mappingId": mapping, "match": object{"operator": "in", "values": []string{"Staff", "Heads"}}})))
		if a.at("updateSsoGroupMapping", "priority") != 10.0 || len(list(a.at("updateSsoGroupMapping", "match", "values"))) != 2 {
			t.Errorf("updated %s", a.body)
		}
		a = good(t, w.do(owner, t, "ssoGroupMappingEvaluate", "{role rules{mappingId matched why} classIds unchanged}", input(object{"providerId": id, "claims": object{"groups": []string{"Heads"}}})))
		if a.at("ssoGroupMappingEvaluate", "role") != "teacher" || a.at("ssoGroupMappingEvaluate", "rules", 0, "matched") != true || a.at("ssoGroupMappingEvaluate", "rules", 0, "mappingId") != mapping {
			t.Errorf("evaluated %s", a.body)
		}
		a = good(t, w.ask(owner, t, "{ssoProviders(where:{state:[enabled]}){edges{node{id}}} ssoGroupMappings{edges{node{id}}} ssoProviderProfiles{profile title help}}"))
		if len(list(a.at("ssoProviders", "edges"))) != 1 || len(list(a.at("ssoGroupMappings", "edges"))) != 1 || len(list(a.at("ssoProviderProfiles"))) != 8 {
			t.Errorf("listed %s", a.body)
		}

		south := w.south.owner(t)
		for field, args := range map[string]object{
			"updateSsoProvider": input(object{"providerId": id, "name": "x"}), "deleteSsoProvider": {"providerId": id}, "deleteSsoGroupMapping": {"mappingId": mapping},
			"ssoGroupMappingEvaluate": input(object{"providerId": id, "claims": object{}}),
		} {
			selection := map[bool]string{true: "", false: "{__typename}"}[strings.HasPrefix(field, "delete")]
			if got := w.do(south, t, field, selection, args).codes(); !strings.HasSuffix(got, "_not_found") {
				t.Errorf("%s of another organization: %s", field, got)
			}
		}
		if got := w.do(w.north.key(t, authz.IntegrationsManage), t, "deleteSsoProvider", "", object{"providerId": id}).codes(); got != "insufficient_permissions" {
			t.Errorf("without the capability: %s", got)
		}
		good(t, w.do(owner, t, "deleteSsoProvider", "", object{"providerId": id}))
		if n := w.Raw.SSOGroupMapping.Query().CountX(t.Context()); n != 0 {
			t.Errorf("%d mappings are left", n)
		}
	})
}
