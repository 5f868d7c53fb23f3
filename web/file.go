package web

import (
	"context"
	"strconv"

	"github.com/soloprint/soloprint/internal/crud"
	"github.com/soloprint/soloprint/internal/pid"
)

// picture is the picture in a file, and what names its version.
func (c *Console) picture(ctx context.Context, id string) ([]byte, string, error) {
	f, err := c.Crud.GetFile(ctx, crud.GetFileInput{ID: pid.ID(id)})
	if err != nil {
		return nil, "", err
	}
	return f.Thumbnail, strconv.Quote(strconv.Itoa(f.Version)), nil
}
