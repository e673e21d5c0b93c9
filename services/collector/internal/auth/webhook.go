package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
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
	ErrWebhookTimestamp = errors.New("the signature's time is not within five minutes of now")
	ErrWebhookSignature = errors.New("the signature does not match")
)

// Webhook is a source of signed deliveries.
type Webhook struct {
	Principal

	Scheme Scheme
	// Secrets of Standard Webhooks are "whsec_" and base64, or base64 alone; of other schemes they are taken as they are. Two stand side by side while one
	// replaces the other.
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
	scheme    Scheme
	secrets   [][]byte
}

// secretMin is the shortest secret in bytes, as the specification asks.
const secretMin = 24

// NewWebhooks returns a verifier for the sources.
func NewWebhooks(sources []Webhook) (*Webhooks, error) {
	var all []webhookSource
	for _, s := range sources {
		src := webhookSource{principal: s.Principal, scheme: s.Scheme}
		src.principal.Secret = true
		for _, text := range s.Secrets {
			secret, err := s.Scheme.secretBytes(text)
			if err != nil {
				return nil, fmt.Errorf("webhook %s: %w", s.Name, err)
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

// IsSigned tells whether a request claims to be signed: by Standard Webhooks, or by a scheme that some source has.
func (w *Webhooks) IsSigned(h http.Header) bool {
	_, ok := w.scheme(h)
	return ok
}

// scheme is the one whose headers a request has. Those of other schemes than Standard Webhooks mean something only where a source has the scheme: proxies
// and services put an X-Signature of their own on what passes.
func (w *Webhooks) scheme(h http.Header) (Scheme, bool) {
	if h.Get(HeaderWebhookSignature) != "" || h.Get(HeaderWebhookID) != "" || h.Get(HeaderWebhookTimestamp) != "" {
		return SchemeStandard, true
	}
	for _, src := range *w.sources.Load() {
		if src.scheme != SchemeStandard && h.Get(src.scheme.header()) != "" {
			return src.scheme, true
		}
	}
	return SchemeStandard, false
}

// Verify returns the source that signed a delivery. source narrows it to one name; empty tries all. The body is the bytes as they came, before any parsing.
func (w *Webhooks) Verify(h http.Header, body []byte, source string, now time.Time) (*Principal, error) {
	scheme, _ := w.scheme(h)
	c, err := scheme.read(h, body, now)
	if err != nil {
		return nil, err
	}
	for _, src := range *w.sources.Load() {
		if src.scheme != c.scheme || source != "" && source != src.principal.Name {
			continue
		}
		if c.isBy(&src) {
			p := src.principal
			p.DeliveryID = c.id
			return &p, nil
		}
	}
	return nil, ErrWebhookSignature
}

func readStandard(h http.Header, body []byte, now time.Time) (claim, error) {
	id, stamp, signatures := h.Values(HeaderWebhookID), h.Values(HeaderWebhookTimestamp), h.Values(HeaderWebhookSignature)
	// A header given twice could be read differently by a proxy that checked it and by us.
	if len(id) != 1 || len(stamp) != 1 || len(signatures) != 1 || id[0] == "" || len(id[0]) > 80 {
		return claim{}, ErrWebhookHeaders
	}
	if err := isNear(stamp[0], now); err != nil {
		return claim{}, err
	}
	text := append([]byte(id[0]+"."+stamp[0]+"."), body...)
	return claim{id: id[0], hash: sha256.New, texts: [][]byte{text}, signatures: decodeSignatures(signatures[0])}, nil
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
