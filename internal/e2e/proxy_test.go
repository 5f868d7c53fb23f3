package e2e_test

import (
	"net/http"
	"strconv"
	"testing"
)

// Strangers have an allowance for each address: the connection's own, whatever a header says, or the client's that a trusted
// proxy names.
func TestForgedAddresses(t *testing.T) {
	t.Parallel()
	const allowed = 100
	s := newServerIn(t, database{path: sqliteInData}, 60, dataDir(t), "SOLOPRINT_RATE_LIMIT="+strconv.Itoa(allowed))
	visit := func(forwarded string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.addr+"/v1/public/version", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("Forwarded", "for="+forwarded)
		r.Header.Set("X-Real-Ip", forwarded)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode == http.StatusTooManyRequests && a.Header.Get("Retry-After") == "" {
			t.Error("a refusal does not say how long to wait")
		}
		return a.StatusCode
	}
	flood := func(forwarded func(n int) string) (refused int) {
		for n := range 2 * allowed {
			if visit(forwarded(n)) == http.StatusTooManyRequests {
				refused++
			}
		}
		return refused
	}
	each := func(n int) string { return "203.0.113." + strconv.Itoa(n) }
	forged := func(n int) string { return "198.51.100." + strconv.Itoa(n) + ", 203.0.113.250" }

	if refused := flood(each); refused < allowed/2 {
		t.Errorf("nobody is trusted: a new forged address each time, and %d of %d are refused", refused, 2*allowed)
	}
	s.settings = []string{"SOLOPRINT_RATE_LIMIT=" + strconv.Itoa(allowed), "SOLOPRINT_TRUSTED_PROXIES=127.0.0.0/8"}
	s.restart(t, func() {})
	if refused := flood(each); refused != 0 {
		t.Errorf("clients of a trusted proxy: %d of %d are refused", refused, 2*allowed)
	}
	if refused := flood(forged); refused < allowed/2 {
		t.Errorf("one client of a trusted proxy forges an address each time, and %d of %d are refused", refused, 2*allowed)
	}
}
