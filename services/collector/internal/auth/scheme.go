package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Segment signs with it; as an HMAC it holds
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Scheme is how a source signs its deliveries.
type Scheme string

// Schemes. Each has headers of its own, so a delivery says by which it is signed; it is held to the sources of that scheme alone.
const (
	// SchemeStandard is Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.
	SchemeStandard Scheme = ""
	// SchemeStripe is "t=SECONDS,v1=HEX" in Stripe-Signature, over the time and the body.
	SchemeStripe Scheme = "stripe"
	// SchemeGitHub is "sha256=HEX" in X-Hub-Signature-256, over the body. It has no time: a delivery can be replayed, and counts once by its records' ids.
	SchemeGitHub Scheme = "github"
	// SchemeSegment is the SHA-1 of the body, in hex, in X-Signature; of a batch it is that of the first record alone. It has no time either.
	SchemeSegment Scheme = "segment"
)

// Headers of the schemes beside Standard Webhooks.
const (
	HeaderStripe  = "Stripe-Signature"
	HeaderGitHub  = "X-Hub-Signature-256"
	HeaderSegment = "X-Signature"
)

// secretBytes is the key that a configured secret stands for.
func (s Scheme) secretBytes(text string) ([]byte, error) {
	if s != SchemeStandard {
		if text == "" {
			return nil, fmt.Errorf("a secret of %s is empty", s)
		}
		return []byte(text), nil
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil || len(secret) < secretMin {
		return nil, fmt.Errorf("a secret is \"whsec_\" and base64 of at least %d bytes", secretMin)
	}
	return secret, nil
}

// header is where the scheme's signature stands.
func (s Scheme) header() string {
	switch s {
	case SchemeStripe:
		return HeaderStripe
	case SchemeGitHub:
		return HeaderGitHub
	case SchemeSegment:
		return HeaderSegment
	case SchemeStandard:
	}
	return HeaderWebhookSignature
}

// claim is what a delivery says of itself: any of the signatures, of any of the texts, by a secret of the scheme.
type claim struct {
	scheme     Scheme
	id         string
	hash       func() hash.Hash
	texts      [][]byte
	signatures [][]byte
}

// read takes a delivery's headers by its scheme.
func (s Scheme) read(h http.Header, body []byte, now time.Time) (claim, error) {
	if s == SchemeStandard {
		return readStandard(h, body, now)
	}
	c := claim{scheme: s, hash: sha256.New, texts: [][]byte{body}}
	given := h.Values(s.header())
	if len(given) != 1 {
		return c, ErrWebhookSignature // as with Standard Webhooks: given twice, two readers could read two things
	}
	switch s {
	case SchemeStripe:
		return c.stripe(given[0], body, now)
	case SchemeGitHub:
		c.sign(strings.CutPrefix(given[0], "sha256="))
	default:
		c.hash = sha1.New
		c.sign(given[0], true)
		if first := firstOf(body); first != nil {
			c.texts = append(c.texts, first)
		}
	}
	return c, nil
}

// stripe reads "t=1700000000,v1=...,v1=...,v0=...".
func (c claim) stripe(header string, body []byte, now time.Time) (claim, error) {
	stamp := ""
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case name == "t" && stamp == "":
			stamp = value
		case name == "v1":
			c.sign(value, true)
		}
	}
	if err := isNear(stamp, now); err != nil {
		return c, err
	}
	c.texts = [][]byte{append([]byte(stamp+"."), body...)}
	return c, nil
}

// sign adds a signature in hex.
func (c *claim) sign(text string, ok bool) {
	if sig, err := hex.DecodeString(text); ok && err == nil && len(c.signatures) < signaturesMax {
		c.signatures = append(c.signatures, sig)
	}
}

// firstOf is the first record of a batch as it was written; nil when the body is no array.
func firstOf(body []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('[') || !d.More() {
		return nil
	}
	var first json.RawMessage
	if d.Decode(&first) != nil {
		return nil
	}
	return first
}

// isNear holds a time in seconds to the clock. Compared as numbers: a far one would overflow a duration.
func isNear(stamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return ErrWebhookHeaders
	}
	if d := now.Unix() - seconds; d > int64(Tolerance/time.Second) || d < -int64(Tolerance/time.Second) {
		return ErrWebhookTimestamp
	}
	return nil
}

// isBy tells whether the source signed it. Every comparison is made, in constant time.
func (c *claim) isBy(s *webhookSource) bool {
	ok := false
	for _, secret := range s.secrets {
		for _, text := range c.texts {
			mac := hmac.New(c.hash, secret)
			mac.Write(text)
			want := mac.Sum(nil)
			for _, sig := range c.signatures {
				ok = hmac.Equal(want, sig) || ok
			}
		}
	}
	return ok
}
