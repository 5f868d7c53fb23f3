package graph

import (
	"context"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/graph/generated"
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/internal/pid"
)

type registeredFileResolver struct{ *Resolver }

// RegisteredFile implements generated.ResolverRoot.
func (r *Resolver) RegisteredFile() generated.RegisteredFileResolver {
	return &registeredFileResolver{r}
}

// File is the pending file.
func (r *registeredFileResolver) File(ctx context.Context, of *file.RegisteredFile) (*ent.File, error) {
	return reload[*ent.File](ctx, r.Client)(of.File, nil)
}

// FileDownload is the query fileDownload.
func (r *queryResolver) FileDownload(ctx context.Context, fileID pid.ID) (*file.FileLink, error) {
	return r.Resolver.Files.Download(ctx, file.DownloadFileInput{FileID: fileID})
}

// RegisterFile is the mutation registerFile.
func (r *mutationResolver) RegisterFile(ctx context.Context, input file.RegisterFileInput) (*file.RegisteredFile, error) {
	return r.Files.Register(ctx, input)
}

// UploadFileFromURL is the mutation uploadFileFromUrl.
func (r *mutationResolver) UploadFileFromURL(ctx context.Context, input file.UploadFileFromURLInput) (*ent.File, error) {
	return reload[*ent.File](ctx, r.Client)(r.Files.UploadFromURL(ctx, input))
}

// CompleteFile is the mutation completeFile.
func (r *mutationResolver) CompleteFile(ctx context.Context, input file.FileInput) (*ent.File, error) {
	return reload[*ent.File](ctx, r.Client)(r.Files.Complete(ctx, input))
}

// UpdateFile is the mutation updateFile.
func (r *mutationResolver) UpdateFile(ctx context.Context, input file.UpdateFileInput) (*ent.File, error) {
	return reload[*ent.File](ctx, r.Client)(r.Files.Update(ctx, input))
}

// DeleteFile is the mutation deleteFile.
func (r *mutationResolver) DeleteFile(ctx context.Context, fileID pid.ID, ifMatch *string) (*pid.ID, error) {
	return idOf(r.Files.Delete(ctx, file.FileInput{FileID: fileID, IfMatch: or(ifMatch, "")}))
}
