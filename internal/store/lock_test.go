package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/soloprint/soloprint/internal/store"
)

func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, err := store.Lock(dir)
	ok(t, err)

	_, err = store.Lock(dir)
	if !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("a second server gets %v", err)
	}
	ok(t, first.Unlock())
	ok(t, first.Unlock())

	second, err := store.Lock(dir)
	ok(t, err)
	ok(t, second.Unlock())
}
