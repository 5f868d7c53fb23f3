package egress

import (
	"context"
	"errors"
	"io"
)

// Body is an answer's body within its limits. Its errors are those of this package.
type Body struct {
	from io.ReadCloser
	ctx  context.Context
	left int64  // bytes; negative once there were more
	cut  bool   // end there instead of failing
	end  func() // gives the time limit back; nil while the request runs
}

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.over()
	}
	if int64(len(p)) > b.left+1 { // one more shows that there are more
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, b.over()
	}
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ended(b.ctx, Interrupted)
	}
	return n, err
}

func (b *Body) over() error {
	if b.cut {
		return io.EOF
	}
	return failed(ResponseTooLarge)
}

// Close ends the request and its connection.
func (b *Body) Close() error {
	err := b.from.Close()
	if b.end != nil {
		b.end()
	}
	return err
}
