package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// writings are the ways in which a secret may stand somewhere. Base64 depends on where in three bytes it begins: the letters that it
// shares with its neighbours are left out.
func writings(secret string) map[string]string {
	all := map[string]string{"plain": secret, "hex": hex.EncodeToString([]byte(secret)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"query": url.QueryEscape(secret), "path": url.PathEscape(secret), "HTML": html.EscapeString(secret)}
	quoted, _ := json.Marshal(secret)
	all["JSON"] = strings.Trim(string(quoted), `"`)
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false)
	_ = e.Encode(secret)
	all["plain JSON"] = strings.Trim(plain.String(), "\"\n")
	for shift := range 3 {
		padded := append(bytes.Repeat([]byte{0}, shift), secret...)
		padded = padded[:len(padded)-len(padded)%3]
		skip := (shift*8 + 5) / 6
		for name, code := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			if text := code.EncodeToString(padded); len(text) > skip+8 {
				all[fmt.Sprint(name, " at ", shift)] = text[skip:]
			}
		}
	}
	return all
}

// find says how and where a text has a secret; -1 where it has not.
func find(text []byte, secret string) (how string, at int) {
	for how, written := range writings(secret) {
		if i := bytes.Index(text, []byte(written)); i >= 0 {
			return how, i
		}
	}
	return "", -1
}

// The search finds a secret in each of the ways in which it may be written.
func TestTheSearchForSecrets(t *testing.T) {
	const secret = "s3<&>0123456789abcdef+/ é012345"
	for how, written := range writings(secret) {
		if _, i := find([]byte("before "+written+" after"), secret); i != len("before ") {
			t.Errorf("as %s it is found at %d", how, i)
		}
	}
	if how, i := find([]byte("s3<&>0123456789abcdef without the rest"), secret); i >= 0 {
		t.Errorf("another text has it as %s", how)
	}
	for n := range 7 { // wherever in a longer text it begins
		if _, i := find([]byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", n)+secret+"yz"))), secret); i < 0 {
			t.Errorf("it is not found in base64 after %d bytes", n)
		}
	}
}
