// Package secret keeps secrets unreadable at rest. A Box seals values with AES-256-GCM, bound to table, row and column, and
// hashes tokens with a keyed hash. Its keys are derived from one master key, which comes from a file (0600) or the
// environment and is never in the database.
//
// The flow: Load the master key -> Box.Seal/Open for values that must be read again (printer secrets) -> Box.Hash for
// tokens that only have to be recognized (API keys, sessions).
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is the master key's length in bytes.
const KeySize = 32

// version is the first byte of a sealed value, so that keys can be changed one day.
const version = 1

// Box seals and hashes.
type Box struct {
	aead   cipher.AEAD
	pepper []byte
	signer []byte
}

// New derives a box from a master key of KeySize bytes.
func New(master []byte) (*Box, error) {
	if len(master) != KeySize {
		return nil, fmt.Errorf("the master key has %d bytes, not %d", len(master), KeySize)
	}
	keys := make([][]byte, 3)
	for i, use := range []string{"seal", "pepper", "sign"} {
		k, err := hkdf.Key(sha256.New, master, nil, "soloprint "+use, KeySize)
		if err != nil {
			return nil, fmt.Errorf("derive %s key: %w", use, err)
		}
		keys[i] = k
	}
	block, err := aes.NewCipher(keys[0])
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &Box{aead: aead, pepper: keys[1], signer: keys[2]}, nil
}

// Load reads the master key from text (base64, usually the environment), or from the file, which it makes where it is
// missing.
func Load(text, file string) (*Box, error) {
	if text != "" {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return nil, errors.New("the master key is not base64")
		}
		return New(key)
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if b, err = create(file); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("the master key in %s is not base64", file)
	}
	return New(key)
}

// create makes a new master key that only the owner reads. The file is linked to its name when it is whole, and only
// where the name is free: a second server that starts at the same moment reads the first one's key, never half of it.
func create(file string) ([]byte, error) {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails: crypto/rand
	text := []byte(base64.StdEncoding.EncodeToString(key) + "\n")
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of the master key: %w", err)
	}
	whole, err := writeTemp(dir, text)
	if whole != "" {
		defer func() { _ = os.Remove(whole) }()
	}
	if err != nil {
		return nil, fmt.Errorf("write master key: %w", err)
	}
	err = os.Link(whole, file)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(file)
	}
	if err != nil {
		return nil, fmt.Errorf("write master key: %w", err)
	}
	if d, err := os.Open(dir); err == nil { // the name too has to outlive a power cut; Windows does that by itself
		_, _ = d.Sync(), d.Close()
	}
	return text, nil
}

// writeTemp writes a file of a name of its own, 0600, down to the disk.
func writeTemp(dir string, text []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, ".master-key-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}

// Place is where a sealed value stands; it opens nowhere else.
type Place struct{ Table, Row, Column string }

func (p Place) bytes() []byte { return []byte(p.Table + "|" + p.Row + "|" + p.Column) }

// Seal encrypts a value for its place.
func (b *Box) Seal(p Place, plain []byte) []byte {
	nonce := make([]byte, b.aead.NonceSize())
	_, _ = rand.Read(nonce)
	return b.aead.Seal(append([]byte{version}, nonce...), nonce, plain, p.bytes())
}

// Open decrypts a value of its place.
func (b *Box) Open(p Place, sealed []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != version {
		return nil, errors.New("not a sealed value")
	}
	plain, err := b.aead.Open(nil, sealed[1:1+n], sealed[1+n:], p.bytes())
	if err != nil {
		return nil, errors.New("a sealed value does not open: wrong master key, or moved from its place")
	}
	return plain, nil
}

// Hash is the keyed hash of a token with 256 random bits, which needs no slow hash.
func (b *Box) Hash(kind, token string) []byte {
	h := hmac.New(sha256.New, b.pepper)
	h.Write([]byte(kind + "\x00" + token))
	return h.Sum(nil)
}

// Equal compares hashes in constant time.
func Equal(a, b []byte) bool { return hmac.Equal(a, b) }

// SigningKey is the key of signed URLs.
func (b *Box) SigningKey() []byte { return b.signer }
