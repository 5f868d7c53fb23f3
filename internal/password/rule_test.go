package password_test

import (
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/password"
)

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		good:                                  "",
		"twelve chars":                        "",
		"zwölf Größen":                        "",
		"正しい馬の電池ホチキス箱":                        "",
		"all lower case and no digits":        "",
		"eleven char":                         "too_short",
		"":                                    "too_short",
		"ｆｕｌｌ":                                "too_short",
		strings.Repeat("añb cd", 33) + "é":    "",
		strings.Repeat("añb cd", 33) + "éxyz": "too_long",
		"password1234":                        "too_common",
		"PassWord1234":                        "too_common",
		"ｐassword1234":                        "too_common",
		"123456789012":                        "too_common",
		"correcthorsebatterystaple":           "too_common",
		"aaaaaaaaaaaaaaaa":                    "too_common",
		"abababababababab":                    "too_common",
		"dana.reed@riverside.example":         "too_common",
		"Dana.Reed2026!":                      "too_common",
		"riverside-high":                      "too_common",
		"Riverside-High-2026":                 "too_common",
		"riverside-highriverside-high":        "too_common",
		"soloprint2026":                       "too_common",
		"soloprintsoloprint":                  "too_common",
		"riverside-high has many trees":       "",
		"line\nbreak in the middle":           "not_text",
		"\xff\xfe not text at all":            "not_text",
	} {
		fields := password.Check(text, "dana.reed@riverside.example", "riverside-high")
		got := ""
		if len(fields) > 0 {
			got = fields[0].Code
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
