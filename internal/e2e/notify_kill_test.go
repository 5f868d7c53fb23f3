package e2e_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// postOffice is a mail server that takes its time, and counts by subject the identifiers of the mails that it took.
type postOffice struct {
	mu   sync.Mutex
	took map[string]map[string]int
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{p}, nil }

type counter struct{ office *postOffice }

func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }
func (c *counter) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (c *counter) Reset()                               {}
func (c *counter) Logout() error                        { return nil }

func (c *counter) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, m.Body); err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond) // as long as a kill may come
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	if c.office.took[subject] == nil {
		c.office.took[subject] = map[string]int{}
	}
	c.office.took[subject][m.Header.Get("Message-Id")]++
	return nil
}

// A server that is killed while it mails loses none: each is sent, and one that is sent twice says that it is the same.
func TestMailsSurviveKills(t *testing.T) {
	t.Parallel()
	office := &postOffice{took: map[string]map[string]int{}}
	post := smtp.NewServer(office)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = post.Serve(l) }()
	t.Cleanup(func() { _ = post.Close() })
	s := newServerIn(t, database{path: sqliteInData}, 60, dataDir(t), "SOLOPRINT_SMTP_URL=smtp://"+l.Addr().String()+"?from=print@riverside.example&tls=none")

	const items, kills = 60, 5
	student, owner := s.student(t), s.api(t)
	var wanted []string
	for i := range items {
		name := fmt.Sprintf("Gear %d of the post", i)
		id := student.create("/v1/platform/queue", object{"name": name}).text("id")
		if a, err := owner.try("POST", "/v1/platform/queue/"+id+"/approve", object{}); err != nil || a.status != 200 {
			t.Fatal(errors.Join(err, fmt.Errorf("approve: %d %s", a.status, a.body)))
		}
		wanted = append(wanted, name+" was approved")
		if i%(items/kills) == items/kills-1 {
			time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
			s.restart(t, func() {})
		}
	}
	eventually(t, 60*time.Second, func() string {
		office.mu.Lock()
		defer office.mu.Unlock()
		var lost []string
		for _, subject := range wanted {
			if len(office.took[subject]) == 0 {
				lost = append(lost, subject)
			}
		}
		if len(lost) > 0 {
			return "no mail: " + strings.Join(lost, ", ")
		}
		return ""
	})
	again := 0
	for subject, ids := range office.took {
		if len(ids) != 1 {
			t.Errorf("%s came as different mails: %v", subject, ids)
		}
		for _, n := range ids {
			again += n - 1
		}
	}
	t.Logf("%d mails, %d of them twice", len(office.took), again)
}
