package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// secretPrefix is how people recognize the secret of a webhook.
const secretPrefix = "whsec_"

// secretBytes is how much randomness a secret has; Standard Webhooks asks for 24 to 64 bytes.
const secretBytes = 32

// newSecret is the key that signs, and how it is shown.
func newSecret() (key []byte, shown string) {
	key = make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails: crypto/rand
	return key, secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// sign is the value of webhook-signature: one signature for each key, over id, time of the attempt and body, as Standard
// Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md) has it.
func sign(keys [][]byte, id, timestamp string, body []byte) string {
	signatures := make([]string, len(keys))
	for i, key := range keys {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + timestamp + "."))
		h.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// headers are those of an attempt. Idempotency-Key is named without a value: nothing of it is sent, but net/http may repeat
// the request on a new connection where the endpoint closed the kept one before it read anything.
func headers(keys [][]byte, id string, body []byte, at time.Time) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{
		"Content-Type":      {"application/json"},
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {timestamp},
		"Webhook-Signature": {sign(keys, id, timestamp, body)},
		"Idempotency-Key":   {},
	}
}
