package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// MaxUploadBytes is the largest file that a collector takes as a whole.
const MaxUploadBytes = 16 << 20

// ErrUnknownShape is the error of Open for tables that only a collector knows: exports of ad platforms and CRMs, lists of offline touches.
var ErrUnknownShape = errors.New("no shape that replay reads itself")

// codeUnknownFile is the collector's word for a table that an endpoint cannot read.
const codeUnknownFile = "unknown_file"

// Imported is a collector's answer about a file.
type Imported struct {
	Endpoint Endpoint `json:"-"`
	// Status is the answer's; 200 when anything was taken.
	Status   int  `json:"-"`
	DryRun   bool `json:"dry_run"`
	Accepted int  `json:"accepted"`
	Rejected int  `json:"rejected"`
	Ignored  int  `json:"ignored"`
	Results  []struct {
		Line   int    `json:"line"`
		Field  string `json:"field"`
		Code   string `json:"code"`
		Reason string `json:"reason"`
	} `json:"results"`
	Import *struct {
		Platform   string `json:"platform"`
		Encoding   string `json:"encoding"`
		Separator  string `json:"separator"`
		Decimal    string `json:"decimal"`
		Dates      string `json:"dates"`
		HeaderLine int    `json:"header_line"`
		Rows       int    `json:"rows"`
		Skipped    int    `json:"skipped"`
		Records    int    `json:"records"`
		From       string `json:"from"`
		To         string `json:"to"`
		Days       int    `json:"days"`
		Totals     []struct {
			Currency, Spend     string
			Impressions, Clicks int64
		} `json:"totals"`
		Campaigns []struct {
			AccountID  string `json:"account_id"`
			CampaignID string `json:"campaign_id"`
			Campaign   string `json:"campaign"`
			Days       int    `json:"days"`
			Currency   string `json:"currency"`
			Spend      string `json:"spend"`
		} `json:"campaigns"`
		Replaces []struct {
			Platform  string `json:"platform"`
			AccountID string `json:"account_id"`
			From      string `json:"from"`
			To        string `json:"to"`
			Days      int    `json:"days"`
		} `json:"replaces"`
		Warnings []string `json:"warnings"`
	} `json:"import"`
	Joins []struct {
		Channel          string `json:"channel"`
		Source           string `json:"source"`
		Medium           string `json:"medium"`
		Campaign         string `json:"campaign"`
		PlatformCampaign string `json:"platform_campaign"`
		Days             int    `json:"days"`
	} `json:"joins"`
	Field  string `json:"field"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Upload sends a file as a whole to an endpoint, with what the sender says about it in the query. It tries again while the collector is away or busy; records of files
// have ids of their content, so that sending twice changes nothing. An error means that there is no answer.
func (s *Sender) Upload(ctx context.Context, e Endpoint, query url.Values, file []byte) (Imported, error) {
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.MaxInterval = retryFirst, retryMax
	got, err := backoff.Retry(ctx, func() (Imported, error) { return s.tryUpload(ctx, e, query, file) },
		backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(s.cfg.RetryFor), backoff.WithNotify(func(err error, _ time.Duration) { s.tally.retry(err) }))
	if err != nil {
		return got, fmt.Errorf("send a file to %s: %w", s.cfg.Collector+string(e), err)
	}
	return got, nil
}

func (s *Sender) tryUpload(ctx context.Context, e Endpoint, query url.Values, file []byte) (Imported, error) {
	got := Imported{Endpoint: e}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Collector+string(e)+"?"+query.Encode(), bytes.NewReader(file))
	if err != nil {
		return got, backoff.Permanent(err)
	}
	req.SetBasicAuth(s.cfg.Key, "")
	req.Header.Set("Content-Type", "text/csv")
	resp, err := s.client.Do(req)
	if err != nil {
		return got, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4*answerBytesMax))
	if err != nil {
		return got, err
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return got, fmt.Errorf("the collector answered %s", resp.Status)
	}
	got.Status = resp.StatusCode
	if err := json.Unmarshal(raw, &got); err != nil || resp.StatusCode != http.StatusOK && got.Code == "" && len(got.Results) == 0 {
		return got, backoff.Permanent(fmt.Errorf("%w (HTTP status %d)", ErrNotCollector, resp.StatusCode))
	}
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return got, backoff.Permanent(RefusalOf(resp.StatusCode, raw))
	}
	return got, nil
}

// UploadAny sends a file to the endpoint that knows it: history of a CRM, spend, else offline touches. Which one that is the collector says, in a dry run.
func (s *Sender) UploadAny(ctx context.Context, query url.Values, file []byte) (Imported, error) {
	for _, e := range []Endpoint{EndpointStages, EndpointSpend, EndpointTouches} {
		dry := url.Values{"dry_run": {"1"}}
		for k, v := range query {
			dry[k] = v
		}
		got, err := s.Upload(ctx, e, dry, file)
		if err != nil || got.Code == codeUnknownFile && e != EndpointTouches {
			if err != nil {
				return got, err
			}
			continue
		}
		if got.Status != http.StatusOK || query.Get("dry_run") != "" {
			return got, nil
		}
		return s.Upload(ctx, e, query, file)
	}
	return Imported{}, nil
}

// CountUpload books an answer about a file.
func (s *Sender) CountUpload(name string, got Imported) {
	s.tally.read(got.Accepted + got.Rejected)
	s.tally.accept(got.Accepted)
	if got.Status != http.StatusOK && len(got.Results) == 0 {
		s.tally.reject(got.Code, name+": "+example(got.Field, got.Reason), max(got.Rejected, 1))
		return
	}
	left := got.Rejected
	for _, r := range got.Results {
		s.tally.reject(r.Code, fmt.Sprintf("%s, line %d: %s", name, r.Line, example(r.Field, r.Reason)), 1)
		left--
	}
	if left > 0 {
		s.tally.reject("rejected", name+": more rows of the same kinds", left)
	}
}

// ReadUpload reads a file that a collector is to take as a whole.
func ReadUpload(name string, r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxUploadBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(raw) > MaxUploadBytes {
		return nil, fmt.Errorf("%s is over %d MB: split it by days", name, MaxUploadBytes>>20)
	}
	if strings.TrimSpace(string(raw[:min(len(raw), 1000)])) == "" {
		return nil, fmt.Errorf("%s is empty", name)
	}
	return raw, nil
}
