package webhook_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/soloprint/soloprint/ent/webhookdelivery"
	"github.com/soloprint/soloprint/internal/clock"
	"github.com/soloprint/soloprint/internal/testkit"
	"github.com/soloprint/soloprint/internal/webhook"
)

// sample is a delivery as it arrived, with the secret of its endpoint and the one before.
func sample(t *testing.T) (m message, secret, former string) {
	t.Helper()
	b := setup(t, testkit.SQLite(t))
	b.Ops.Clock = clock.System{}
	r := newReceiver(t, nil)
	first := b.hook(t, r.URL, once)
	second, err := b.hooks.RotateSecret(b.ctx, webhook.WebhookInput{WebhookID: first.Webhook.ID})
	must(t, err)
	b.live(t, 1)
	b.emit(t, b.ctx, 1)
	b.ended(t, 1, webhookdelivery.StatusDelivered)
	return r.messages()[0], second.Secret, first.Secret
}

// The reference library takes a delivery, and none of which a single byte is another: of the body, the id, the time.
func TestSignatures(t *testing.T) {
	m, secret, former := sample(t)
	if !verified(t, secret, m) || !verified(t, former, m) {
		t.Fatalf("the delivery is not taken: %v", m.header)
	}
	altered := func(name string, change func(*message)) {
		c := message{m.id, m.body, m.header.Clone()}
		change(&c)
		if verified(t, secret, c) {
			t.Errorf("%s is altered, and it is taken", name)
		}
	}
	for i := range m.body {
		altered("the body", func(c *message) { b := []byte(c.body); b[i] ^= 1; c.body = string(b) })
	}
	for _, name := range []string{"webhook-id", "webhook-timestamp"} {
		for i := range m.header.Get(name) {
			altered(name, func(c *message) { b := []byte(c.header.Get(name)); b[i] ^= 1; c.header.Set(name, string(b)) })
		}
	}
	altered("the signature", func(c *message) {
		c.header = http.Header{"Webhook-Id": {m.id}, "Webhook-Timestamp": m.header["Webhook-Timestamp"]}
	})
	if verified(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwbm3nQ1k0aW4=", m) {
		t.Error("a stranger's secret verifies")
	}
}

// verify is a program for node: it takes the delivery with both packages and both secrets, and refuses every altered byte.
const verify = `
const {readFileSync} = require("fs")
const {payload, headers, secrets} = JSON.parse(readFileSync(process.argv[2]))
const packages = {standardwebhooks: require("standardwebhooks").Webhook, svix: require("svix").Webhook}
const takes = (w, body, h) => { try { w.verify(body, h); return true } catch { return false } }
const say = (what) => { console.log(what); process.exitCode = 1 }
const flip = (text, i) => text.slice(0, i) + String.fromCharCode(text.charCodeAt(i) ^ 1) + text.slice(i + 1)
for (const [name, Webhook] of Object.entries(packages)) for (const secret of secrets) {
  const w = new Webhook(secret)
  if (!takes(w, payload, headers)) say(name + " does not take the delivery")
  for (let i = 0; i < payload.length; i++) if (takes(w, flip(payload, i), headers)) say(name + " takes an altered body, byte " + i)
  for (const h of ["webhook-id", "webhook-timestamp"]) for (let i = 0; i < headers[h].length; i++)
    if (takes(w, payload, {...headers, [h]: flip(headers[h], i)})) say(name + " takes an altered " + h)
}
`

// The packages that receivers use take our deliveries, from npm as they are.
func TestSignaturesPeer(t *testing.T) {
	if os.Getenv("SOLOPRINT_PEERS") == "" {
		t.Skip("installs packages from npm: make peers")
	}
	m, secret, former := sample(t)
	dir := t.TempDir()
	headers := map[string]string{}
	for _, h := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		headers[h] = m.header.Get(h)
	}
	given, err := json.Marshal(map[string]any{"payload": m.body, "headers": headers, "secrets": []string{secret, former}})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "delivery.json"), given, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "verify.js"), []byte(verify), 0o600))
	for _, args := range [][]string{{"npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "standardwebhooks", "svix"}, {"node", "verify.js", "delivery.json"}} {
		run := exec.CommandContext(t.Context(), args[0], args[1:]...)
		run.Dir = dir
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
}
