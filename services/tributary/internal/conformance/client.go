package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// answerBytesMax bounds what is read of an answer.
const answerBytesMax = 16 << 20

// client talks to the two services of an engine.
type client struct {
	http                         *http.Client
	collector, query, key, token string
}

// delivery is a request's worth of records.
type delivery struct {
	endpoint string
	records  []json.RawMessage
}

// deliveries cuts records into requests, in their order: a request takes records of one endpoint.
func deliveries(id isolator, events []json.RawMessage) ([]delivery, error) {
	var out []delivery
	for _, raw := range events {
		record, t, err := id.record(raw)
		if err != nil {
			return nil, err
		}
		endpoint := endpointOf(t)
		if n := len(out); n == 0 || out[n-1].endpoint != endpoint {
			out = append(out, delivery{endpoint: endpoint})
		}
		out[len(out)-1].records = append(out[len(out)-1].records, record)
	}
	return out, nil
}

func endpointOf(t event.Type) string {
	switch t {
	case event.TypeStage, event.TypeContact, event.TypeAccount:
		return "/v1/stages"
	case event.TypeTouch:
		return "/v1/touches"
	case event.TypeSpend:
		return "/v1/spend"
	default:
		return "/v1/batch"
	}
}

func (d delivery) body() ([]byte, error) {
	if d.endpoint == "/v1/batch" {
		return json.Marshal(map[string]any{"batch": d.records})
	}
	return json.Marshal(d.records)
}

// send posts records until the collector has taken them all; a refused record is an error.
func (c *client) send(ctx context.Context, d delivery) error {
	body, err := d.body()
	if err != nil {
		return fmt.Errorf("write %d records: %w", len(d.records), err)
	}
	text, err := c.do(ctx, http.MethodPost, c.collector+d.endpoint, body)
	if err != nil {
		return fmt.Errorf("send %d records to %s: %w", len(d.records), d.endpoint, err)
	}
	var answer struct {
		Success bool `json:"success"`
	}
	if err := json.Unmarshal(text, &answer); err != nil || !answer.Success {
		return fmt.Errorf("send %d records to %s: not all were taken: %.500s", len(d.records), d.endpoint, text)
	}
	return nil
}

// journey is what the query service says about a journey; the zero value is one that nobody knows.
type journey struct {
	Credits []struct {
		Model        string `json:"model"`
		Measure      string `json:"measure"`
		TouchpointID string `json:"touchpoint_id"`
		Channel      string `json:"channel"`
		Amount       string `json:"amount"`
		Currency     string `json:"currency"`
	} `json:"credits"`
	Touches []struct {
		TouchpointID string `json:"touchpoint_id"`
		Source       string `json:"source"`
		EventID      string `json:"event_id"`
	} `json:"touches"`
	Postings []struct {
		Reason  string `json:"reason"`
		Version int64  `json:"version"`
	} `json:"postings"`
	Agrees *bool `json:"ledger_agrees"`
}

// lines are the journey's credits with the events of their touches. A touch that is not shown yet has a name that no event has.
func (j *journey) lines() []Line {
	type touch struct{ event, source string }
	touches := make(map[string]touch, len(j.Touches))
	for _, t := range j.Touches {
		touches[t.TouchpointID] = touch{t.EventID, t.Source}
	}
	lines := make([]Line, 0, len(j.Credits))
	for _, c := range j.Credits {
		l := Line{Model: c.Model, Measure: c.Measure, Channel: c.Channel, Amount: c.Amount, Currency: c.Currency}
		if c.TouchpointID != "" {
			l.Event, l.Source = touches[c.TouchpointID].event, touches[c.TouchpointID].source
			if l.Event == "" {
				l.Event = "touchpoint " + c.TouchpointID
			}
		}
		lines = append(lines, l)
	}
	return lines
}

// explain asks for a journey.
func (c *client) explain(ctx context.Context, id string) (*journey, error) {
	j := &journey{}
	text, err := c.do(ctx, http.MethodGet, c.query+"/api/v1/journeys/"+url.PathEscape(id)+"/explain", nil)
	var status *statusError
	if errors.As(err, &status) && status.code == http.StatusNotFound {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask for journey %s: %w", id, err)
	}
	if err := json.Unmarshal(text, j); err != nil {
		return nil, fmt.Errorf("read the answer about journey %s: %w", id, err)
	}
	return j, nil
}

// campaign asks for the report's row of a campaign; nil when there is none.
func (c *client) campaign(ctx context.Context, name string, e Campaign) (map[string]any, error) {
	q := url.Values{"group_by": {"campaign"}, "model": {e.Model}, "from": {e.From}, "to": {e.To}, "channel": {e.Channel}, "limit": {"1000"}}
	text, err := c.do(ctx, http.MethodGet, c.query+"/api/v1/channels?"+q.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask for campaign %s: %w", name, err)
	}
	var answer struct {
		Rows []map[string]any `json:"rows"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the answer about campaign %s: %w", name, err)
	}
	for _, row := range answer.Rows {
		if row["campaign"] == name {
			return row, nil
		}
	}
	return nil, nil
}

// statusError is an answer that is no success.
type statusError struct {
	code int
	text []byte
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.500s", e.code, e.text) }

// do makes a request until it is answered with something else than "come again later". Records carry ids, so sending them twice is harmless.
func (c *client) do(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = 100*time.Millisecond, 2*time.Second
	return backoff.Retry(ctx, func() ([]byte, error) { return c.try(ctx, method, address, body) },
		backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(30*time.Second))
}

func (c *client) try(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth(c.key, "")
	} else if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerBytesMax))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode < http.StatusMultipleChoices:
		return text, nil
	}
	refused := &statusError{code: resp.StatusCode, text: text}
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode < http.StatusInternalServerError {
		return nil, backoff.Permanent(refused)
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds <= 10 {
		return nil, errors.Join(refused, backoff.RetryAfter(seconds))
	}
	return nil, refused
}
