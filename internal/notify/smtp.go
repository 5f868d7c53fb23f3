package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/soloprint/soloprint/internal/egress"
)

// smtpTime bounds one mail, from the connection to the server's last word.
const smtpTime = 15 * time.Second

// SMTP is a Mailer that hands mails to a mail server.
type SMTP struct {
	host, from, user, password string
	port                       int
	secure                     bool // TLS from the first byte
	plain                      bool // no TLS at all
	egress                     *egress.Client
}

// ParseSMTP reads a setting such as smtp://user:password@mail.example.org:587?from=print@example.org; smtps:// is TLS from
// the first byte (port 465), tls=none gives TLS up, for a server on the same machine.
func ParseSMTP(setting string, client *egress.Client) (*SMTP, error) {
	u, err := url.Parse(setting)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("is not of the form smtp://user:password@host:587?from=address")
	}
	s := &SMTP{host: u.Hostname(), from: u.Query().Get("from"), user: u.User.Username(), secure: u.Scheme == "smtps", plain: u.Query().Get("tls") == "none", egress: client}
	s.password, _ = u.User.Password()
	if _, err := mail.ParseAddress(s.from); err != nil {
		return nil, errors.New("has no from=address, or one that is no mail address")
	}
	if t := u.Query().Get("tls"); t != "" && t != "none" && t != "starttls" || s.plain && s.secure {
		return nil, errors.New("has another tls than starttls or none")
	}
	s.port = 587
	if s.secure {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("has no valid port")
		}
	}
	return s, nil
}

// Send implements Mailer.
func (s *SMTP) Send(ctx context.Context, m Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options()...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && permanent(refused) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

// permanent tells a refusal of this mail from a connection that broke.
func permanent(e *gomail.SendError) bool {
	code := e.ErrorCode()
	return code >= 500 && code < 600
}

func (s *SMTP) options() []gomail.Option {
	options := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(smtpTime), gomail.WithDialContextFunc(s.dial), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	switch {
	case s.secure:
		options = append(options, gomail.WithSSL())
	case s.plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	return options
}

// dial goes through egress, as everything that leaves the machine. The operator named the host: no address of it is refused.
func (s *SMTP) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	conn, err := s.egress.DialOperators(ctx, net.JoinHostPort(s.host, strconv.Itoa(s.port)))
	if err != nil || !s.secure {
		return conn, err
	}
	secured := tls.Client(conn, &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.egress.RootCAs})
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greet mail server: %w", err)
	}
	return secured, nil
}

// message is a mail with both of its parts, plain text first. It says that nobody needs to answer it.
func (s *SMTP) message(m Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return nil, fmt.Errorf("mail's sender: %w", err)
	}
	if err := msg.AddToFormat(m.ToName, m.To); err != nil {
		return nil, fmt.Errorf("%w: mail's address: %w", ErrRefused, err)
	}
	from, err := mail.ParseAddress(s.from)
	if err != nil {
		return nil, fmt.Errorf("mail's sender: %w", err)
	}
	msg.SetMessageIDWithValue(m.ID + "@" + domainOf(from.Address))
	msg.SetDate()
	msg.Subject(line(m.Subject, maxTitle))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Unsubscribe != "" { // RFC 8058
		msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

func domainOf(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == '@' {
			return address[i+1:]
		}
	}
	return "localhost"
}
