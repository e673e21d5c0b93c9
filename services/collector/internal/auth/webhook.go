package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Tolerance is how far a webhook's timestamp may be from the clock, both ways. Older deliveries may be replays.
const Tolerance = 5 * time.Minute

// Headers of Standard Webhooks.
const (
	HeaderWebhookID        = "Webhook-Id"
	HeaderWebhookTimestamp = "Webhook-Timestamp"
	HeaderWebhookSignature = "Webhook-Signature"
)

// Refusals of a webhook. They tell the sender's developer what to mend and an attacker nothing about the secret.
var (
	ErrWebhookHeaders   = errors.New("webhook-id, webhook-timestamp and webhook-signature are needed, once each")
	ErrWebhookTimestamp = errors.New("webhook-timestamp is not within five minutes of now")
	ErrWebhookSignature = errors.New("webhook-signature does not match")
)

// Webhook is a source of signed deliveries.
type Webhook struct {
	Principal

	// Secrets are "whsec_" and base64, or base64 alone. Two stand side by side while one replaces the other.
	Secrets []string
}

// Webhooks verifies signatures. Its sources may be replaced while it is in use.
type Webhooks struct {
	sources atomic.Pointer[[]webhookSource]
}

// Replace takes the sources of another verifier from now on.
func (w *Webhooks) Replace(with *Webhooks) { w.sources.Store(with.sources.Load()) }

type webhookSource struct {
	principal Principal
	secrets   [][]byte
}

// secretMin is the shortest secret in bytes, as the specification asks.
const secretMin = 24

// NewWebhooks returns a verifier for the sources.
func NewWebhooks(sources []Webhook) (*Webhooks, error) {
	var all []webhookSource
	for _, s := range sources {
		src := webhookSource{principal: s.Principal}
		src.principal.Secret = true
		for _, text := range s.Secrets {
			secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
			if err != nil || len(secret) < secretMin {
				return nil, fmt.Errorf("webhook %s: a secret is \"whsec_\" and base64 of at least %d bytes", s.Name, secretMin)
			}
			src.secrets = append(src.secrets, secret)
		}
		if len(src.secrets) == 0 {
			return nil, fmt.Errorf("webhook %s: at least one secret is needed", s.Name)
		}
		all = append(all, src)
	}
	w := &Webhooks{}
	w.sources.Store(&all)
	return w, nil
}

// IsSigned tells whether a request claims to be a Standard Webhooks delivery.
func IsSigned(h http.Header) bool {
	return h.Get(HeaderWebhookSignature) != "" || h.Get(HeaderWebhookID) != "" || h.Get(HeaderWebhookTimestamp) != ""
}

// Verify returns the source that signed a delivery. source narrows it to one name; empty tries all. The body is the bytes as they came, before any parsing.
func (w *Webhooks) Verify(h http.Header, body []byte, source string, now time.Time) (*Principal, error) {
	id, stamp, signatures := h.Values(HeaderWebhookID), h.Values(HeaderWebhookTimestamp), h.Values(HeaderWebhookSignature)
	// A header given twice could be read differently by a proxy that checked it and by us.
	if len(id) != 1 || len(stamp) != 1 || len(signatures) != 1 || id[0] == "" || len(id[0]) > 80 {
		return nil, ErrWebhookHeaders
	}
	seconds, err := strconv.ParseInt(stamp[0], 10, 64)
	if err != nil {
		return nil, ErrWebhookHeaders
	}
	// Compared as numbers: a far timestamp would overflow a duration.
	if d := now.Unix() - seconds; d > int64(Tolerance/time.Second) || d < -int64(Tolerance/time.Second) {
		return nil, ErrWebhookTimestamp
	}
	given := decodeSignatures(signatures[0])
	for _, src := range *w.sources.Load() {
		if source != "" && source != src.principal.Name {
			continue
		}
		if src.matches(given, id[0], stamp[0], body) {
			p := src.principal
			p.DeliveryID = id[0]
			return &p, nil
		}
	}
	return nil, ErrWebhookSignature
}

// signaturesMax bounds how many signatures of one header are compared.
const signaturesMax = 8

func decodeSignatures(header string) [][]byte {
	var out [][]byte
	for part := range strings.FieldsSeq(header) {
		text, ok := strings.CutPrefix(part, "v1,")
		if !ok {
			continue // asymmetric (v1a) and later versions
		}
		if sig, err := base64.StdEncoding.DecodeString(text); err == nil && len(out) < signaturesMax {
			out = append(out, sig)
		}
	}
	return out
}

func (s *webhookSource) matches(given [][]byte, id, stamp string, body []byte) bool {
	ok := false
	for _, secret := range s.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, sig := range given {
			ok = hmac.Equal(want, sig) || ok
		}
	}
	return ok
}
