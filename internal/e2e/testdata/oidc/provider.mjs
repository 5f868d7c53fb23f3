// An identity provider for tests: the certified oidc-provider with its own sign-in pages. It reads accounts.json at each
// sign-in, so that a test can move people between groups. Says its port on the first line.
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import Provider from "oidc-provider"

const { port, client, redirects, logout, back } = JSON.parse(process.argv[2])
const issuer = `http://127.0.0.1:${port}`

const provider = new Provider(issuer, {
  clients: [{
    client_id: client, client_secret: "a secret of this test, which is long enough", redirect_uris: redirects, post_logout_redirect_uris: [logout],
    backchannel_logout_uri: back, backchannel_logout_session_required: true, grant_types: ["authorization_code"], response_types: ["code"],
  }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  conformIdTokenClaims: false,
  features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  pkce: { required: () => true },
  cookies: { keys: ["a key of this test"] },
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }), // logout tokens go to this machine
  async findAccount(_, id) {
    return { accountId: id, claims: async () => ({ sub: id, ...JSON.parse(readFileSync("accounts.json"))[id] }) }
  },
})
provider.on("server_error", (_, err) => console.error(err))
provider.on("backchannel.error", (_, err) => console.error("back channel:", err))
createServer(provider.callback()).listen(port, "127.0.0.1", () => console.log(`listening ${port}`))
