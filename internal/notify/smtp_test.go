package notify_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/notify"
	"github.com/soloprint/soloprint/internal/testkit"
)

// mailServer is a mail server in the test's own process, whose mails are read back.
type mailServer struct {
	mu     sync.Mutex
	mails  []letter
	refuse error // what it says to every mail
}

// letter is a mail as it arrived.
type letter struct {
	from, to   string
	header     mail.Header
	text, html string
}

func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: m}, nil
}

type mailSession struct {
	server *mailServer
	one    letter
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error { s.one.from = from; return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error   { s.one.to = to; return nil }
func (s *mailSession) Reset()                                      { s.one = letter{} }
func (s *mailSession) Logout() error                               { return nil }

func (s *mailSession) Data(r io.Reader) error {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.refuse != nil {
		return s.server.refuse
	}
	msg, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	s.one.header = msg.Header
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if _, err := io.Copy(&body, quotedprintable.NewReader(p)); err != nil {
			return err
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
			s.one.text = strings.ReplaceAll(body.String(), "\r\n", "\n")
		} else {
			s.one.html = body.String()
		}
	}
	s.server.mails = append(s.server.mails, s.one)
	return nil
}

func newMailServer(t *testing.T) (*mailServer, notify.Mailer) {
	t.Helper()
	backend := &mailServer{}
	server := smtp.NewServer(backend)
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return backend, must(notify.ParseSMTP("smtp://"+l.Addr().String()+"?from=print@riverside.example&tls=none", &egress.Client{}))(t)
}

func TestMail(t *testing.T) {
	t.Parallel()
	b := newBundle(t, testkit.SQLite(t))
	server, mailer := newMailServer(t)
	b.service.Mail = mailer
	b.rule(b.us, byMail)
	student := b.us.student.QueryUser().OnlyX(t.Context())
	for _, tt := range []struct {
		name, locale, item   string
		subject, text, hyper string
	}{
		{"in English", "", "Gear", "Gear was approved", "* Gear was approved\n", ">Gear was approved</h2>"},
		{"in Spanish", "es-MX", "Rueda", "Rueda se ha aprobado", "Hola, student:", ">No recibir más estos correos</a>"},
		{"a name that begins a header", "", "Gear\r\nBcc: all@example.org\r\n\r\n", "Gear Bcc: all@example.org was approved", "* Gear Bcc: all@example.org was approved\n", "<h2"},
		{"a name that is a script", "", "<script>alert(1)</script>", "<script>alert(1)</script> was approved", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt; was approved"},
		{"a name beyond ASCII", "", "Zahnräder ⚙ für Ünal", "Zahnräder ⚙ für Ünal was approved", "Zahnräder ⚙ für Ünal", "Zahnräder ⚙ für Ünal"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.Raw.User.UpdateOne(student).SetLocale(tt.locale).ExecX(t.Context())
			b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, tt.item)))
			b.plan()
			b.send()
			server.mu.Lock()
			defer server.mu.Unlock()
			if len(server.mails) != 1 {
				t.Fatalf("%d mails; %v", len(server.mails), b.messages(b.us))
			}
			m := server.mails[0]
			server.mails = nil
			subject := must(new(mime.WordDecoder).DecodeHeader(m.header.Get("Subject")))(t)
			if m.from != "print@riverside.example" || m.to != student.Email || subject != tt.subject {
				t.Errorf("from %s to %s: %q", m.from, m.to, subject)
			}
			if !strings.Contains(m.text, tt.text) || !strings.Contains(m.html, tt.hyper) || strings.Contains(m.html, "<script>") {
				t.Errorf("plain:\n%s\nHTML:\n%s", m.text, m.html)
			}
			if m.header.Get("Bcc") != "" || m.header.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(m.header.Get("Message-Id"), "@riverside.example>") {
				t.Errorf("header: %v", m.header)
			}
			link := strings.Trim(m.header.Get("List-Unsubscribe"), "<>")
			if m.header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(link, "https://print.example.org/notifications/unsubscribe?token=") || !strings.Contains(m.text, link) {
				t.Errorf("unsubscribe: %v\n%s", m.header, m.text)
			}
		})
	}
}

// A refusal is for good; what the server cannot do now, it is asked again.
func TestMailServersThatRefuse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		says error
		want string
	}{
		{"no such person", &smtp.SMTPError{Code: 550, Message: "no such user"}, "email failed mail_refused"},
		{"try later", &smtp.SMTPError{Code: 451, Message: "greylisted"}, "email queued mail_server_failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBundle(t, testkit.SQLite(t))
			server, mailer := newMailServer(t)
			b.service.Mail, server.refuse = mailer, tt.says
			b.rule(b.us, byMail)
			b.emit(b.us, about(event.QueueItemApproved, b.item(b.us, "Gear")))
			b.plan()
			b.send()
			equal(t, "messages", b.messages(b.us), []string{tt.want})
		})
	}
}

func TestParseSMTP(t *testing.T) {
	for _, tt := range []struct {
		name, setting string
		ok            bool
	}{
		{"with a user", "smtp://user:secret@mail.example.org:587?from=print@example.org", true},
		{"TLS from the first byte", "smtps://mail.example.org?from=print@example.org", true},
		{"without TLS", "smtp://localhost:25?from=print@example.org&tls=none", true},
		{"without a sender", "smtp://mail.example.org", false},
		{"a sender that is none", "smtp://mail.example.org?from=print", false},
		{"another protocol", "http://mail.example.org?from=print@example.org", false},
		{"without a host", "smtp://?from=print@example.org", false},
		{"a port that is none", "smtp://mail.example.org:0?from=print@example.org", false},
		{"TLS and none", "smtps://mail.example.org?from=print@example.org&tls=none", false},
		{"TLS of another kind", "smtp://mail.example.org?from=print@example.org&tls=maybe", false},
	} {
		_, err := notify.ParseSMTP(tt.setting, nil)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows the password", tt.name)
		}
	}
}
