package rest

import (
	"github.com/soloprint/soloprint/internal/file"
	"github.com/soloprint/soloprint/rest/generated"
)

// RegisteredFile is a pending file and where its bytes go.
type RegisteredFile struct {
	File   generated.File  `json:"file"`
	Upload file.FileUpload `json:"upload" doc:"Where the bytes go."`
}

func viewRegistered(r *file.RegisteredFile) RegisteredFile {
	return RegisteredFile{File: generated.NewFile(r.File), Upload: r.Upload}
}
