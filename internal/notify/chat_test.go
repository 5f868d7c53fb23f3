package notify

import (
	"strings"
	"testing"
)

func TestChatTarget(t *testing.T) {
	const uuid, hash = "11111111-4444-4444-8444-cccccccccccc", "33333333012222222222333333333344"
	for _, tt := range []struct {
		name, url string
		to        string // "" = refused
		body      string
	}{
		{"Slack's webhook", "slack://hook:AAAAAAAAA-BBBBBBBBB-123456789123456789123456@webhook", "https://hooks.slack.com/services/AAAAAAAAA/BBBBBBBBB/123456789123456789123456", "&lt;!channel&gt;"},
		{"Slack's bot", "slack://xoxb:123456789012-1234567890123-4mt0t4l1YL3g1T5L4cK70k3N@C001CH4NN3L", "https://slack.com/api/chat.postMessage", `"channel":"C001CH4NN3L"`},
		{"Discord", "discord://token@123456789012345678", "https://discord.com/api/webhooks/123456789012345678/token", `"allowed_mentions":{"parse":[]}`},
		{"Teams", "teams://" + uuid + "@" + uuid + "/" + hash + "/" + uuid + "/V2abc?host=school.webhook.office.com",
			"https://school.webhook.office.com/webhookb2/" + uuid + "@" + uuid + "/IncomingWebhook/" + hash + "/" + uuid + "/V2abc", `"markdown":false`},
		{"ntfy", "ntfy://ntfy.sh/printers", "https://ntfy.sh/", `"topic":"printers"`},
		{"ntfy of one's own", "ntfy://user:secret@ntfy.school.example:8443/printers?scheme=http", "http://ntfy.school.example:8443/", `"topic":"printers"`},
		{"Telegram", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@telegram?chats=@printers", "https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/sendMessage", `"chat_id":"@printers"`},
		{"anything over HTTP", "generic://example.org/path", "", ""},
		{"anything over HTTP, the other way", "generic+https://example.org", "", ""},
		{"mail", "smtp://user:pass@example.org:25/?from=a@example.org&to=b@example.org", "", ""},
		{"the log", "logger://", "", ""},
		{"a plain URL", "https://hooks.slack.com/services/AAAAAAAAA/BBBBBBBBB/123456789123456789123456", "", ""},
		{"a file", "file:///etc/passwd", "", ""},
		{"a program", "exec://rm", "", ""},
		{"Slack without a token", "slack://webhook", "", ""},
		{"Slack's example", "slack://dummy@dummy.com", "", ""},
		{"Teams that leads elsewhere", "teams://" + uuid + "@" + uuid + "/" + hash + "/" + uuid + "/V2abc?host=evil.example.org", "", ""},
		{"Telegram without a chat", "telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0@telegram", "", ""},
		{"Telegram's example", "telegram://dummy@dummy.com", "", ""},
		{"ntfy by another scheme", "ntfy://ntfy.sh/printers?scheme=ftp", "", ""},
		{"ntfy without a topic", "ntfy://ntfy.sh", "", ""},
		{"nothing", "", "", ""},
	} {
		to, err := chatTarget(tt.url)
		if tt.to == "" {
			if err == nil {
				t.Errorf("%s is let through to %s", tt.name, to.url)
			} else if strings.Contains(err.Error(), "AAHd") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: the error shows the address: %v", tt.name, err)
			}
			continue
		}
		if err != nil || to.url != tt.to {
			t.Errorf("%s leads to %q, %v", tt.name, to.url, err)
			continue
		}
		body, err := to.body("Gear <!channel>", "Text & more")
		if err != nil || !strings.Contains(strings.ReplaceAll(string(body), `\u0026`, "&"), tt.body) {
			t.Errorf("%s: body %s, %v", tt.name, body, err)
		}
	}
}
