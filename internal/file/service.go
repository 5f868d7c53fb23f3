package file

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"path"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/ent/file"
	"github.com/soloprint/soloprint/ent/queueitem"
	"github.com/soloprint/soloprint/internal/authz"
	"github.com/soloprint/soloprint/internal/blob"
	"github.com/soloprint/soloprint/internal/egress"
	"github.com/soloprint/soloprint/internal/errs"
	"github.com/soloprint/soloprint/internal/event"
	"github.com/soloprint/soloprint/internal/op"
	"github.com/soloprint/soloprint/internal/pid"
	"github.com/soloprint/soloprint/internal/secret"
)

// The operations on files; list and get are generated.
var (
	OpRegister = authz.Op{Resource: "file", Verb: "register", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Register a direct upload"}
	OpComplete = authz.Op{Resource: "file", Verb: "complete", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Say that the upload is finished"}
	OpUpdate   = authz.Op{Resource: "file", Verb: "update", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Rename or move a file"}
	OpDelete   = authz.Op{Resource: "file", Verb: "delete", Needs: authz.Any(authz.QueueManage), Rows: true, Write: true, Summary: "Delete a file"}
	OpDownload = authz.Op{Resource: "file", Verb: "download", Needs: authz.Any(authz.OperationsRead, authz.QueueManage), Rows: true, Summary: "Get a signed download URL"}
	opRead     = authz.Op{Resource: "file", Verb: "complete", Needs: authz.Any(authz.QueueManage), Rows: true}
)

// Ops lists the operations of the package.
func Ops() []authz.Op {
	return []authz.Op{OpRegister, OpUploadFromURL, OpComplete, OpUpdate, OpDelete, OpDownload, OpExpireUploads, OpFetchRead, OpFetchHold, OpFetchEnd, OpSweep}
}

// Limits of files.
const (
	maxSize    = 2 << 30 // bytes
	uploadTime = time.Hour
)

// Service keeps files.
type Service struct {
	Ops    *op.Runner
	Blobs  blob.Store
	Egress *egress.Client // for what is uploaded from a URL

	Secrets *secret.Box // seals the URLs, which may hold tokens
}

// RegisterFileInput announces a file.
type RegisterFileInput struct {
	Name        string `json:"name" required:"true" minLength:"1" maxLength:"255" doc:"File name." example:"gear.gcode"`
	SizeBytes   int64  `json:"size_bytes" required:"true" minimum:"1" maximum:"2147483648" doc:"Size in bytes."`
	SHA256      string `json:"sha256" required:"true" pattern:"^[0-9a-fA-F]{64}$" doc:"SHA-256 of the content, in hexadecimal."`
	ContentType string `json:"content_type,omitempty" maxLength:"120" doc:"Media type; application/octet-stream where absent."`
	Folder      string `json:"folder,omitempty" maxLength:"200" doc:"Folder it is filed under, for example robotics/9b: names divided by single slashes, none of them . or .., without backslashes."`
}

// Validate implements op.Validator.
func (in RegisterFileInput) Validate() []errs.Field {
	var fields []errs.Field
	if !plainName(in.Name) {
		fields = append(fields, errs.Field{Path: "name", Code: "invalid_format", Message: "is a file name, without a path"})
	}
	fields = append(fields, checkFolder(in.Folder)...)
	if in.ContentType != "" {
		if _, _, err := mime.ParseMediaType(in.ContentType); err != nil {
			fields = append(fields, errs.Field{Path: "content_type", Code: "invalid_format", Message: "is not a media type"})
		}
	}
	return fields
}

// plainName refuses paths and names that mean something to a file system. Stored names are ours anyway.
func plainName(name string) bool {
	return !strings.ContainsAny(name, `/\`) && name != "." && name != ".."
}

// checkFolder refuses folders that mean another one once they are cleaned, or one outside of all.
func checkFolder(folder string) []errs.Field {
	rooted := path.Clean("/" + folder) // nothing leads out of it
	if folder == "" || rooted == "/"+folder && !strings.Contains(folder, `\`) {
		return nil
	}
	return []errs.Field{{Path: "folder", Code: "invalid_format", Message: "is names divided by single slashes, none of them . or .."}}
}

// FileUpload is the request that puts the bytes into the store.
type FileUpload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url" doc:"Takes the bytes straight into the store. It is a secret."`
	Headers   map[string]string `json:"headers" doc:"To be sent along, exactly."`
	ExpiresAt time.Time         `json:"expires_at"`
}

// RegisteredFile is a pending file and where its bytes go.
type RegisteredFile struct {
	File   *ent.File
	Upload FileUpload
}

// RowVersion is the file's, for the ETag.
func (r *RegisteredFile) RowVersion() int { return r.File.Version }

// Register makes a pending file and a signed URL for its bytes.
func (s *Service) Register(ctx context.Context, in RegisterFileInput) (*RegisteredFile, error) {
	return op.Do(ctx, s.Ops, OpRegister, in, func(ctx context.Context, tx *ent.Tx) (*RegisteredFile, error) {
		a, id := authz.From(ctx), pid.New("fil")
		if in.ContentType == "" {
			in.ContentType = "application/octet-stream"
		}
		key := storageKey(a.Organization, id)
		signed, err := s.Blobs.SignPut(ctx, blob.PutGrant{Organization: string(a.Organization), FileID: string(id), Key: key,
			Size: in.SizeBytes, SHA256: strings.ToLower(in.SHA256), ContentType: in.ContentType, ExpiresIn: uploadTime})
		if err != nil {
			return nil, fmt.Errorf("sign upload: %w", err)
		}

		f, err := tx.File.Create().SetID(id).SetName(in.Name).SetFolder(in.Folder).SetSizeBytes(in.SizeBytes).SetSha256(strings.ToLower(in.SHA256)).
			SetContentType(in.ContentType).SetKind(kindOf(in.Name)).SetUploadedByID(a.Membership).SetStorageKey(key).
			SetUploadExpiresAt(signed.ExpiresAt).SetSearch(strings.ToLower(in.Name)).Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("create file: %w", err)
		}

		event.Emit(ctx, tx, fact(event.FileRegistered, f))
		return &RegisteredFile{File: f, Upload: FileUpload{Method: signed.Method, URL: signed.URL, Headers: signed.Headers, ExpiresAt: signed.ExpiresAt}}, nil
	})
}

// storageKey is where a file's bytes lie, whatever people call it.
func storageKey(organization, id pid.ID) string {
	_, suffix, _ := strings.Cut(string(id), "_")
	return strings.ReplaceAll(string(organization), "_", "/") + "/" + suffix
}

// FileInput names a file.
type FileInput struct {
	FileID  pid.ID `path:"fileId" json:"-"`
	IfMatch string `header:"If-Match" json:"-"`
}

// Complete compares what arrived with what was announced, reads it and makes the file ready. Completing twice answers the
// same file.
func (s *Service) Complete(ctx context.Context, in FileInput) (*ent.File, error) {
	found, err := s.inspect(ctx, in)
	if err != nil {
		return nil, err
	}
	return op.Do(ctx, s.Ops, OpComplete, in, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		f, err := op.Load(ctx, tx.File, in.FileID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, f.Version); err != nil {
			return nil, err
		}
		if f.Status == file.StatusReady {
			return f, nil
		}
		if f.Status != file.StatusPending || found == nil {
			return nil, errs.New(errs.UploadIncomplete, "No bytes have arrived for this file. PUT them to the signed URL, or register it again.")
		}

		u := tx.File.UpdateOneID(f.ID).ClearUploadExpiresAt()
		if found.mismatch {
			u.SetStatus(file.StatusFailed).SetFailureCode(failureMismatch)
		} else {
			u.SetStatus(file.StatusReady).SetKind(found.kind).SetMetadata(found.metadata)
			if len(found.thumbnail) > 0 {
				u.SetThumbnail(found.thumbnail)
			}
		}
		if f, err = u.Save(ctx); err != nil {
			return nil, fmt.Errorf("complete file: %w", err)
		}

		if found.mismatch {
			event.Emit(ctx, tx, fact(event.FileFailed, f))
		} else {
			event.Emit(ctx, tx, fact(event.FileReady, f))
		}
		return f, nil
	})
}

// inspect reads the bytes before the transaction begins: a large file takes seconds. It is nil where nothing arrived.
func (s *Service) inspect(ctx context.Context, in FileInput) (*content, error) {
	f, err := op.Read(ctx, s.Ops, opRead, in, func(ctx context.Context, c *ent.Client) (*ent.File, error) {
		return op.Load(ctx, c.File, in.FileID)
	})
	if err != nil || f.Status != file.StatusPending {
		return nil, err
	}
	o, err := s.Blobs.Open(ctx, f.StorageKey)
	if errors.Is(err, blob.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, OpComplete.Failed(fmt.Errorf("open upload: %w", err))
	}
	defer func() { _ = o.Close() }()
	found, err := inspect(ctx, f, o)
	if err != nil {
		return nil, OpComplete.Failed(err)
	}
	return found, nil
}

// UpdateFileInput renames or moves a file.
type UpdateFileInput struct {
	FileID  pid.ID                     `path:"fileId" json:"-"`
	IfMatch string                     `header:"If-Match" json:"-"`
	Name    graphql.Omittable[*string] `json:"name,omitzero" minLength:"1" maxLength:"255" nullable:"false" doc:"File name."`
	Folder  graphql.Omittable[*string] `json:"folder,omitzero" maxLength:"200" doc:"Folder it is filed under: names divided by single slashes, none of them . or .., without backslashes."`
}

// Validate implements op.Validator.
func (in UpdateFileInput) Validate() (fields []errs.Field) {
	if v := in.Name.Value(); v != nil && !plainName(*v) {
		fields = append(fields, errs.Field{Path: "name", Code: "invalid_format", Message: "is a file name, without a path"})
	}
	if v := in.Folder.Value(); v != nil {
		fields = append(fields, checkFolder(*v)...)
	}
	return fields
}

// Update renames or moves a file.
func (s *Service) Update(ctx context.Context, in UpdateFileInput) (*ent.File, error) {
	return op.Do(ctx, s.Ops, OpUpdate, in, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		f, err := op.Load(ctx, tx.File, in.FileID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, f.Version); err != nil {
			return nil, err
		}

		u, previous := tx.File.UpdateOneID(f.ID), map[string]any{}
		if v := in.Name.Value(); in.Name.IsSet() && v != nil && *v != f.Name {
			previous["name"] = f.Name
			u.SetName(*v).SetSearch(strings.ToLower(*v))
		}
		if v := in.Folder.Value(); in.Folder.IsSet() && (v == nil && f.Folder != "" || v != nil && *v != f.Folder) {
			previous["folder"] = f.Folder
			u.SetFolder("")
			if v != nil {
				u.SetFolder(*v)
			}
		}
		if len(previous) == 0 {
			return f, nil
		}
		if f, err = u.Save(ctx); err != nil {
			return nil, fmt.Errorf("update file: %w", err)
		}

		event.Emit(ctx, tx, event.Updated{Resource: "file", ID: f.ID, Object: object(f), Previous: previous})
		return f, nil
	})
}

// Delete takes a file away that nothing waits to print. Its bytes go after the commit; should the server die between,
// the sweep of orphans removes them.
func (s *Service) Delete(ctx context.Context, in FileInput) (*ent.File, error) {
	f, err := op.Do(ctx, s.Ops, OpDelete, in, func(ctx context.Context, tx *ent.Tx) (*ent.File, error) {
		f, err := op.Load(ctx, tx.File, in.FileID)
		if err != nil {
			return nil, err
		}
		if err := op.Match(in.IfMatch, f.Version); err != nil {
			return nil, err
		}
		used, err := tx.QueueItem.Query().Where(queueitem.FileID(f.ID), queueitem.StateNotIn(queueitem.StateCompleted, queueitem.StateFailed,
			queueitem.StateCancelled, queueitem.StateExpired)).Exist(ctx)
		if err != nil {
			return nil, fmt.Errorf("read queue items: %w", err)
		}
		if used {
			return nil, errs.New(errs.FileInUse, "Queue items that have not ended print this file. Cancel them first.")
		}

		if f, err = tx.File.UpdateOneID(f.ID).SetStatus(file.StatusDeleted).SetDeletedAt(op.Now(ctx)).ClearSourceURL().Save(ctx); err != nil {
			return nil, fmt.Errorf("delete file: %w", err)
		}

		event.Emit(ctx, tx, event.Deleted{Resource: "file", ID: f.ID, Object: object(f)})
		return f, nil
	})
	if err != nil {
		return nil, err
	}
	if err := s.Blobs.Delete(ctx, f.StorageKey); err != nil && s.Ops.Log != nil {
		s.Ops.Log.Error("delete stored bytes", "file_id", f.ID, "error", err)
	}
	return f, nil
}

// FileLink is a signed download URL.
type FileLink struct {
	URL       string    `json:"url" doc:"Answers the bytes. It is a secret."`
	ExpiresAt time.Time `json:"expires_at"`
}

// DownloadFileInput names a file.
type DownloadFileInput struct {
	FileID pid.ID `path:"fileId" json:"-"`
}

// Download gives a signed URL of at most five minutes.
func (s *Service) Download(ctx context.Context, in DownloadFileInput) (*FileLink, error) {
	return op.Read(ctx, s.Ops, OpDownload, in, func(ctx context.Context, c *ent.Client) (*FileLink, error) {
		f, err := op.Load(ctx, c.File, in.FileID)
		if err != nil {
			return nil, err
		}
		if f.Status != file.StatusReady {
			return nil, errs.New(errs.FileNotReady, "The file's status is %s; only ready files can be downloaded.", f.Status)
		}
		signed, err := s.Blobs.SignGet(ctx, blob.GetGrant{Organization: string(f.OrganizationID), FileID: string(f.ID), Key: f.StorageKey,
			ContentType: f.ContentType, Filename: f.Name, ExpiresIn: blob.MaxGetTime})
		if err != nil {
			return nil, fmt.Errorf("sign download: %w", err)
		}
		return &FileLink{URL: signed.URL, ExpiresAt: signed.ExpiresAt}, nil
	})
}

// kindOf is what the name says; the content has the last word.
func kindOf(name string) file.Kind {
	name = strings.ToLower(name)
	switch {
	case strings.HasSuffix(name, ".gcode.3mf"):
		return file.KindGcode3mf
	case strings.HasSuffix(name, ".3mf"):
		return file.Kind3mf
	}
	switch path.Ext(name) {
	case ".gcode", ".gco", ".g", ".nc":
		return file.KindGcode
	case ".bgcode":
		return file.KindBgcode
	case ".stl":
		return file.KindStl
	}
	return file.KindOther
}

// fact is an event about a file; names of files are people's words and stay out.
func fact(t event.Type, f *ent.File) event.Fact {
	return event.Fact{Type: t, Resource: "file", ID: f.ID, Object: object(f)}
}

func object(f *ent.File) map[string]any {
	return map[string]any{"id": f.ID, "status": f.Status, "kind": f.Kind, "size_bytes": f.SizeBytes, "uploaded_by_id": f.UploadedByID, "failure_code": f.FailureCode}
}
