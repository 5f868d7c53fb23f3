package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/soloprint/soloprint/ent"
	"github.com/soloprint/soloprint/internal/blob"
)

// ReceiveInput is a file that a form brought, with its bytes.
type ReceiveInput struct {
	Name, Folder string
	Body         io.ReadSeeker
}

// Receive stores a file whose bytes are here already: it registers it, stores the bytes and completes it, each as a client that
// uploads does. Where that ends in the middle, a pending file is left that expires like any other.
func (s *Service) Receive(ctx context.Context, in ReceiveInput) (*ent.File, error) {
	sum := sha256.New()
	size, err := io.Copy(sum, in.Body)
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	made, err := s.Register(ctx, RegisterFileInput{Name: in.Name, Folder: in.Folder, SizeBytes: size, SHA256: digest})
	if err != nil {
		return nil, err
	}
	if _, err := in.Body.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read upload again: %w", err)
	}
	if _, err := s.Blobs.Put(ctx, made.File.StorageKey, in.Body, blob.Content{Size: size, SHA256: digest}); err != nil {
		return nil, fmt.Errorf("store upload: %w", err)
	}
	return s.Complete(ctx, FileInput{FileID: made.File.ID})
}
