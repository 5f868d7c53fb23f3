package password

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// Codes are those of RFC 6238 as authenticator apps have them: 6 digits of HMAC-SHA-1, a new one every 30 seconds.
const (
	period      = 30 // seconds
	drift       = 1  // steps that a phone's clock may be wrong by
	secretBytes = 20
	ticketLife  = 15 * time.Minute
)

// Recovery codes stand in for the app where it is lost: 80 random bits each.
const (
	recoveryCodes  = 10
	recoveryLength = 16
)

// step finds the step after the latest used one whose code this is. All steps are compared, whichever it is.
func step(secretText, code string, now time.Time, latest int64) (found int64, ok bool) {
	at := now.Unix() / period
	for s := at - drift; s <= at+drift; s++ {
		want, err := hotp.GenerateCode(secretText, uint64(s)) // RFC 6238: TOTP is HOTP of the step
		if err == nil && s > latest && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found, ok = s, true
		}
	}
	return found, ok
}

// Setup is an authenticator app that is about to be set up.
type Setup struct {
	Secret   string // base32, for typing
	URI      string // otpauth:, for the app
	PNG      []byte // the address as QR code
	Ticket   string // hand it to ConfirmTOTP within 15 minutes
	Required bool   // nobody gets in without
}

// ticket is what a Setup remembers, sealed: that the password was right, and what is to be stored.
type ticket struct {
	Password pid.ID
	Org      pid.ID
	SetAt    time.Time // of the password: a new one ends the ticket
	Secret   []byte
	Issuer   string // as the app shows it
	Account  string
	Until    time.Time
}

var ticketPlace = secret.Place{Table: "passwords", Column: "ticket"}

func secretPlace(id pid.ID) secret.Place {
	return secret.Place{Table: "passwords", Row: string(id), Column: "totp_secret"}
}

// setup makes a new secret for an app.
func (s *Service) setup(p *ent.Password) (*Setup, error) {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails: crypto/rand
	return s.show(ticket{Password: p.ID, Org: p.OrganizationID, SetAt: p.SetAt, Secret: raw, Issuer: "SoLoPrint " + p.Edges.Organization.Name,
		Account: p.Edges.Membership.Edges.User.Email, Until: s.Ops.Clock.Now().Add(ticketLife)})
}

// Again is the Setup of a ticket, for a page that is shown once more.
func (s *Service) Again(text string) (*Setup, error) {
	t, ok := s.open(text)
	if !ok {
		return nil, expired()
	}
	return s.show(t)
}

func expired() error { return errs.New(errs.SignInFailed, "This took too long. Sign in again.") }

// show makes a ticket and the picture that an app reads.
func (s *Service) show(t ticket) (*Setup, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: t.Issuer, AccountName: t.Account, Secret: t.Secret, Period: period, Digits: otp.DigitsSix})
	if err != nil {
		return nil, fmt.Errorf("make secret of an app: %w", err)
	}
	picture, err := key.Image(240, 240)
	if err != nil {
		return nil, fmt.Errorf("draw secret of an app: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("draw secret of an app: %w", err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("make ticket: %w", err)
	}
	return &Setup{Secret: key.Secret(), URI: key.URL(), PNG: b.Bytes(), Ticket: base64.RawURLEncoding.EncodeToString(s.Secrets.Seal(ticketPlace, text)), Required: s.RequireTOTP}, nil
}

// open reads a ticket; ok is false for one that is none, or whose time is over.
func (s *Service) open(text string) (t ticket, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return t, false
	}
	plain, err := s.Secrets.Open(ticketPlace, sealed)
	if err != nil || json.Unmarshal(plain, &t) != nil {
		return t, false
	}
	return t, s.Ops.Clock.Now().Before(t.Until)
}

// secretText is a secret as codes are made of it.
func secretText(raw []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
}

// newRecovery makes recovery codes, as they are shown once, and the hashes that are stored of them.
func (s *Service) newRecovery(p *ent.Password) (codes []string, hashes [][]byte) {
	for range recoveryCodes {
		c := rand.Text()[:recoveryLength]
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		hashes = append(hashes, s.recoveryHash(p, c))
	}
	return codes, hashes
}

func (s *Service) recoveryHash(p *ent.Password, code string) []byte {
	return s.Secrets.Hash("recovery", string(p.ID)+"\x00"+code)
}

// plainCode is a code as it was meant: without spaces and hyphens, letters as capitals.
func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}
