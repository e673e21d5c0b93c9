// Package auth says who a request is from: a write key in one of the places where Segment's senders put it, or a Standard Webhooks signature.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Principal is a sender that was let in.
type Principal struct {
	// Name is the key's or webhook source's: it stands in events and metrics.
	Name      string
	Workspace *event.Workspace
	// Secret senders may send every type; the others are browsers and apps and may send Segment's calls only.
	Secret bool
	// AllowValue takes conversion values from a public key.
	AllowValue bool
	// DeliveryID is the webhook's delivery id, empty for keys.
	DeliveryID string

	key string
}

// IsKey tells whether k is the key that this principal came with, in constant time.
func (p *Principal) IsKey(k string) bool {
	return subtle.ConstantTimeCompare([]byte(p.key), []byte(k)) == 1
}

// Bucket names the principal's rate limit. Keys of one name and workspace share it; workspaces never do.
func (p *Principal) Bucket() string { return p.Workspace.Name + "/" + p.Name }

// Key is a write key.
type Key struct {
	Principal

	Value string
}

// Keyring finds principals by key. Its keys may be replaced while it is in use.
type Keyring struct {
	byDigest atomic.Pointer[digests]
}

// digests is keyed by the key's SHA-256: how long a look-up takes then says nothing about how much of a guess was right.
type digests map[[sha256.Size]byte]*Principal

// ErrKey is the error of a configuration whose keys cannot work.
var ErrKey = errors.New("keys")

// NewKeyring returns a keyring. Several keys may share a workspace, a name and a kind; no key may be given twice.
func NewKeyring(keys []Key) (*Keyring, error) {
	all := make(digests, len(keys))
	for _, k := range keys {
		if k.Value == "" || strings.ContainsAny(k.Value, ": \t\r\n") {
			return nil, fmt.Errorf("%w: %s: is empty, or has a colon or space", ErrKey, k.Name)
		}
		d := sha256.Sum256([]byte(k.Value))
		if _, ok := all[d]; ok {
			return nil, fmt.Errorf("%w: %s: another key has the same value", ErrKey, k.Name)
		}
		p := k.Principal
		p.key = k.Value
		all[d] = &p
	}
	r := &Keyring{}
	r.byDigest.Store(&all)
	return r, nil
}

// Replace takes the keys of another keyring from now on. Requests that were let in before go on.
func (r *Keyring) Replace(with *Keyring) { r.byDigest.Store(with.byDigest.Load()) }

// Find returns the principal of a key, nil when there is none.
func (r *Keyring) Find(key string) *Principal {
	if key == "" {
		return nil
	}
	p, ok := (*r.byDigest.Load())[sha256.Sum256([]byte(key))]
	if !ok || !p.IsKey(key) {
		return nil
	}
	return p
}

// FromHeader is the key in the Authorization header: Basic with the key as user name (the colon may be missing), or Bearer. given tells whether
// there is such a header at all, even one that cannot be read.
func FromHeader(h http.Header) (key string, given bool) {
	value := h.Get("Authorization")
	scheme, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.EqualFold(scheme, "basic"):
		raw, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			if raw, err = base64.RawStdEncoding.DecodeString(rest); err != nil {
				return "", true
			}
		}
		user, _, _ := strings.Cut(string(raw), ":")
		return user, true
	case strings.EqualFold(scheme, "bearer"):
		return rest, true
	}
	return "", value != ""
}
