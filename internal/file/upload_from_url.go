package file

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// OpUploadFromURL fetches a file from where somebody else keeps it.
var OpUploadFromURL = authz.Op{Resource: "file", Verb: "upload-from-url", Needs: authz.Any(authz.QueueManage), Write: true, Summary: "Fetch a file from a URL"}

// UploadFileFromURLInput says where a file's bytes are.
type UploadFileFromURLInput struct {
	URL    string `json:"url" required:"true" minLength:"1" maxLength:"2048" doc:"Where the bytes are: a public http or https address. At most 3 redirects are followed." example:"https://files.example.org/gear.gcode"`
	Name   string `json:"name,omitempty" maxLength:"255" doc:"File name; what the host or the URL calls it where absent." example:"gear.gcode"`
	SHA256 string `json:"sha256,omitempty" pattern:"^[0-9a-fA-F]{64}$" doc:"SHA-256 of the content, in hexadecimal. Other content is refused."`
}

// Validate implements op.Validator.
func (in UploadFileFromURLInput) Validate() []errs.Field {
	var fields []errs.Field
	if _, err := egress.ParseURL(in.URL); err != nil && in.URL != "" {
		fields = append(fields, errs.Field{Path: "url", Code: "invalid_format", Message: "is not of the form https://host/path, without a user"})
	}
	if in.Name != "" && !plainName(in.Name) {
		fields = append(fields, errs.Field{Path: "name", Code: "invalid_format", Message: "is a file name, without a path"})
	}
	return fields
}

// judged is the Input with whoever judges its address, before the transaction begins.
type judged struct {
	UploadFileFromURLInput
	egress *egress.Client
}

// Prepare implements op.Preparer.
func (in judged) Prepare(ctx context.Context) error {
	err := in.egress.Check(ctx, egress.Request{URL: in.URL})
	if r, ok := egress.ReasonOf(err); ok && r != egress.AddressBlocked {
		return errs.Invalid(errs.Field{Path: "url", Code: string(r), Message: r.Sentence()})
	}
	return err
}

// UploadFromURL makes a fetching file; the Fetcher brings its bytes.
func (s *Service) UploadFromURL(ctx context.Context, in UploadFileFromURLInput) (*ent.File, error) {
	return op.Do(ctx, s.Ops, OpUploadFromURL, judged{in, s.Egress}, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		a, id := authz.From(ctx), pid.New("fil")
		name := strings.TrimSpace(in.Name)
		if name == "" {
			name = nameIn(in.URL)
		}

		f, err := tx.File.Create().SetID(id).SetName(name).SetSearch(strings.ToLower(name)).SetKind(kindOf(name)).SetStatus(file.StatusFetching).
			SetSizeBytes(0).SetSha256(strings.ToLower(in.SHA256)).SetUploadedByID(a.Membership).SetStorageKey(storageKey(a.Organization, id)).
			SetSourceURL(s.Secrets.Seal(sourcePlace(id), []byte(in.URL))).SetSourceNamed(in.Name != "").Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("create file: %w", err)
		}

		event.Emit(ctx, tx, fact(event.FileRegistered, f))
		return f, nil
	})
}

// sourcePlace is where a file's sealed URL stands.
func sourcePlace(id pid.ID) secret.Place {
	return secret.Place{Table: "files", Row: string(id), Column: "source_url"}
}

// source is the URL of a file that is being fetched, in clear.
func (s *Service) source(f *ent.File) (string, error) {
	plain, err := s.Secrets.Open(sourcePlace(f.ID), f.SourceURL)
	if err != nil {
		return "", fmt.Errorf("open the file's URL: %w", err)
	}
	return string(plain), nil
}

// nameIn is what a URL calls its file: the last part of the path, made safe.
func nameIn(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return blob.CleanFilename("")
	}
	last := path.Base(u.Path)
	return blob.CleanFilename(strings.Trim(last, "/."))
}
