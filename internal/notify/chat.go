package notify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/discord"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/slack"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/teams"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/chat/telegram"
	"github.com/nicholas-fedor/shoutrrr/pkg/services/push/ntfy"

	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// The columns of addresses, which are sealed.
const (
	webhookColumn = "webhook_url"
	chatColumn    = "chat_url"
)

// errChat says what an address of a chat has to look like. shoutrrr's own errors repeat the address, which is a secret.
var errChat = errors.New("is no address of slack, discord, teams, ntfy or telegram as shoutrrr writes them")

// target is where a chat takes messages.
type target struct {
	url    string
	header http.Header
	body   func(title, text string) ([]byte, error)
	ok     bool // the answer's JSON has to say so beside its status
}

// chatTarget reads an address as shoutrrr writes it, and makes the bodies as shoutrrr makes them. What shoutrrr does not do
// is send: its services bring HTTP clients of their own, which would go around egress. Only these five are known: no
// generic://, no smtp://, nothing that runs programs.
func chatTarget(raw string) (target, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return target{}, errChat
	}
	services := map[string]func(*url.URL) (target, error){
		"slack": slackTarget, "discord": discordTarget, "teams": teamsTarget, "ntfy": ntfyTarget, "telegram": telegramTarget}
	read := services[u.Scheme]
	if read == nil || u.User == nil && u.Scheme != "ntfy" || strings.Contains(u.Host, "dummy") || u.User.Username() == "dummy" { // shoutrrr's own examples
		return target{}, errChat
	}
	t, err := read(u)
	if err != nil || t.url == "" {
		return target{}, errChat
	}
	return t, nil
}

// serviceOf is the service of a chat's address.
func serviceOf(raw string) string {
	service, _, _ := strings.Cut(raw, ":")
	return service
}

// hostOf is the host of an address that was read before.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// place is where a rule's sealed address stands.
func place(rule pid.ID, column string) secret.Place {
	return secret.Place{Table: "notification_rules", Row: string(rule), Column: column}
}

func (s *Service) seal(rule pid.ID, column, plain string) []byte {
	return s.Secrets.Seal(place(rule, column), []byte(plain))
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// slackTarget knows incoming webhooks (slack://hook:…@webhook) and bots (slack://xoxb:…@channel).
func slackTarget(u *url.URL) (target, error) {
	c := &slack.Config{}
	if err := c.SetURL(u); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	t := target{url: c.Token.WebhookURL(), header: jsonHeader()}
	if c.Token.IsAPIToken() {
		t.url = "https://slack.com/api/chat.postMessage"
		t.header.Set("Authorization", c.Token.Authorization())
		t.ok = true
	}
	t.body = func(title, text string) ([]byte, error) {
		to := *c
		to.Title = slackPlain(title)
		return json.Marshal(slack.CreateJSONPayload(&to, slackPlain(text)))
	}
	return t, nil
}

// slackPlain keeps text from being read as links and mentions, as Slack's own documentation says
// (https://api.slack.com/reference/surfaces/formatting#escaping).
func slackPlain(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

func discordTarget(u *url.URL) (target, error) {
	c := &discord.Config{}
	if err := c.SetURL(u); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	return target{url: discord.CreateAPIURLFromConfig(c), header: jsonHeader(), body: func(title, text string) ([]byte, error) {
		return json.Marshal(map[string]any{"content": strings.TrimSpace(title + "\n" + text), "allowed_mentions": map[string]any{"parse": []string{}}})
	}}, nil
}

// teamsTarget is an incoming webhook of a Teams channel.
func teamsTarget(u *url.URL) (target, error) {
	c := &teams.Config{}
	if err := c.SetURL(u); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	to := teams.BuildWebhookURL(c.Host, c.Group, c.Tenant, c.AltID, c.GroupOwner, c.ExtraID)
	if err := teams.ValidateWebhookURL(to); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	return target{url: to, header: jsonHeader(), body: func(title, text string) ([]byte, error) {
		return json.Marshal(map[string]any{"@type": "MessageCard", "@context": "http://schema.org/extensions", "markdown": false,
			"title": title, "summary": title, "text": text})
	}}, nil
}

// ntfyTarget is a topic of ntfy.sh or of a server of one's own; one in the LAN needs the operator's leave, as every address.
func ntfyTarget(u *url.URL) (target, error) {
	c := &ntfy.Config{Scheme: "https"}
	if err := c.SetURL(u); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	if c.Host == "" || c.Scheme != "https" && c.Scheme != "http" {
		return target{}, errChat
	}
	if c.DisableTLS {
		c.Scheme = "http"
	}
	root := url.URL{Scheme: c.Scheme, Host: c.Host, Path: "/"} // JSON is published to the root (https://docs.ntfy.sh/publish/#publish-as-json)
	h := jsonHeader()
	if c.Username != "" || c.Password != "" {
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password)))
	}
	return target{url: root.String(), header: h, body: func(title, text string) ([]byte, error) {
		return json.Marshal(map[string]any{"topic": c.Topic, "title": title, "message": text, "tags": c.Tags})
	}}, nil
}

// telegramTarget is a bot and the first chat that the address names.
func telegramTarget(u *url.URL) (target, error) {
	c := &telegram.Config{}
	if err := c.SetURL(u); err != nil {
		return target{}, fmt.Errorf("read address: %w", err)
	}
	return target{url: "https://api.telegram.org/bot" + c.Token + "/sendMessage", header: jsonHeader(), body: func(title, text string) ([]byte, error) {
		return json.Marshal(telegram.SendMessagePayload{ID: c.Chats[0], Text: strings.TrimSpace(title + "\n" + text), DisablePreview: !c.Preview, DisableNotification: !c.Notification})
	}}, nil
}
