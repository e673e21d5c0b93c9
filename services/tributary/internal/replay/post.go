package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	retryFirst = 100 * time.Millisecond
	retryMax   = 5 * time.Second
	// answerBytesMax bounds what is read of an answer: per-item results of a full batch fit.
	answerBytesMax = 4 << 20
)

// itemResult is what became of one item of a request.
type itemResult struct {
	Status int    `json:"status"`
	Field  string `json:"field"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// answer is the collector's body, for success and for RFC 9457 problems alike.
type answer struct {
	Accepted int          `json:"accepted"`
	Rejected int          `json:"rejected"`
	Results  []itemResult `json:"results"`
	Field    string       `json:"field"`
	Code     string       `json:"code"`
	Reason   string       `json:"reason"`
}

// count books an answer over a request's items: refused ones by their own reason, else by the answer's.
func (a *answer) count(tally *Tally, items int, otherwise string) {
	left := items - a.Accepted
	for _, r := range a.Results {
		if r.Status >= http.StatusBadRequest && left > 0 {
			tally.reject(r.Code, example(r.Field, r.Reason), 1)
			left--
		}
	}
	if left > 0 && a.Code != "" {
		tally.reject(a.Code, example(a.Field, a.Reason), left)
	} else if left > 0 {
		tally.reject(otherwise, "the answer names no reason", left)
	}
	tally.accept(a.Accepted)
}

func example(field, reason string) string {
	if field == "" {
		return reason
	}
	return field + ": " + reason
}

// post sends one batch until it is answered. An error ends the run: the collector stayed away, or refuses the key.
func (s *Sender) post(ctx context.Context, b *batch) error {
	body := b.close()
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = retryFirst, retryMax
	var refused *refusedError
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, s.try(ctx, b, body) },
		backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(s.cfg.RetryFor),
		backoff.WithNotify(func(err error, _ time.Duration) { s.tally.retry(err) }))
	switch {
	case errors.As(err, &refused):
		return refused.count(s.tally, b.items)
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("send %d records to %s: %w", b.items, s.cfg.Collector+string(b.endpoint), err)
	}
	return nil
}

// try sends a batch once. Its errors say whether another try can help: plain ones yes, backoff.Permanent ones no.
func (s *Sender) try(ctx context.Context, b *batch, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Collector+string(b.endpoint), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(s.cfg.Key, "")
	resp, err := s.client.Do(req)
	if err != nil {
		return err // Refused, reset, timed out: the collector may come back; ids make a second send harmless.
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch {
	case resp.StatusCode < 300:
		return s.accept(b, text)
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds <= 60 {
			return backoff.RetryAfter(seconds)
		}
		return fmt.Errorf("the collector answers %s", resp.Status)
	default:
		return backoff.Permanent(&refusedError{status: resp.StatusCode, text: text})
	}
}

// accept counts a 2xx answer.
func (s *Sender) accept(b *batch, text []byte) error {
	a := answer{Accepted: b.items} // Unless it says otherwise: a plain success means that all was taken.
	if err := json.Unmarshal(text, &a); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	a.count(s.tally, b.items, "unspecified")
	return nil
}

// refusedError is a 4xx for a whole request.
type refusedError struct {
	status int
	text   []byte
}

func (e *refusedError) Error() string { return RefusalOf(e.status, e.text).Error() }

// ErrKey says that a collector does not take the key.
var ErrKey = errors.New("the collector refuses the key")

// ErrNotCollector says that what answers is no collector.
var ErrNotCollector = errors.New("what answers is not Tributary's collector")

// RefusalOf words an answer that is no success: a collector's problem by its reason, anything else by its status.
func RefusalOf(status int, text []byte) error {
	var a answer
	if json.Unmarshal(text, &a) != nil || a.Code == "" {
		return fmt.Errorf("%w (HTTP status %d)", ErrNotCollector, status)
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return fmt.Errorf("%w: %s", ErrKey, a.Reason)
	}
	return fmt.Errorf("the collector refuses: %s", example(a.Field, a.Reason))
}

// count books the refusal. A refused key concerns everything that follows, so it ends the run, and so does something that is no collector.
func (e *refusedError) count(tally *Tally, items int) error {
	if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden {
		return RefusalOf(e.status, e.text)
	}
	var a answer
	_ = json.Unmarshal(e.text, &a) // A proxy's page has no code: the status stands for it.
	if a.Code == "" && (e.status == http.StatusNotFound || e.status == http.StatusMethodNotAllowed) {
		return RefusalOf(e.status, e.text)
	}
	a.count(tally, items, "status_"+strconv.Itoa(e.status))
	return nil
}
