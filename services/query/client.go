package query

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// clientTimeout is longer than the service may take for any answer.
const clientTimeout = time.Minute

// maxAnswerBytes bounds what is read of an answer: far more than the largest page of rows.
const maxAnswerBytes = 16 << 20

// AnswerError is a running service's refusal of a question: the problem document that it answered with.
type AnswerError struct {
	// Status is the HTTP status.
	Status int
	Title  string
	Detail string
	// Errors name the parameters that are wrong: "query.from" and why.
	Errors []struct{ Message, Location string }
}

// Error implements error.
func (e *AnswerError) Error() string {
	var parts []string
	if len(e.Errors) == 0 || e.Detail == "" {
		parts = append(parts, e.Title)
	}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	for _, wrong := range e.Errors {
		if !strings.Contains(e.Detail, wrong.Message) {
			parts = append(parts, strings.TrimPrefix(wrong.Location, "query.")+": "+wrong.Message)
		}
	}
	return strings.Join(parts, ": ")
}

// NotQueryServiceError says that whatever answers at an address is no query service, or one of a build whose answers this one does not know.
type NotQueryServiceError struct {
	URL string
	// Status is the HTTP status it answered with.
	Status int
	// IsTLS says that it speaks HTTPS and was asked over HTTP.
	IsTLS bool
}

// Error implements error.
func (e *NotQueryServiceError) Error() string {
	switch {
	case e.IsTLS:
		return fmt.Sprintf("%s speaks HTTPS: write https:// in its address", e.URL)
	case e.Status == http.StatusOK:
		return e.URL + " answers, but not in the form of this build's query service: it is something else, or a much older or newer Tributary"
	default:
		return fmt.Sprintf("%s answers, but it is not Tributary's query service (HTTP status %d)", e.URL, e.Status)
	}
}

// question is one request to a running service.
type question struct {
	// method is GET when empty; body goes with another, as contentType.
	method, url, path, token, contentType string
	parameters                            map[string]string
	body                                  io.Reader
	client                                *http.Client
}

// ask sends a question and reads its answer, which has a headline as all answers have. Errors are AnswerError, NotQueryServiceError, or those of the way there.
func (q question) ask(ctx context.Context, into any) error {
	base := strings.TrimSuffix(q.url, "/")
	values := url.Values{}
	for name, value := range q.parameters {
		if value != "" {
			values.Set(name, value)
		}
	}
	request, err := http.NewRequestWithContext(ctx, q.method, base+q.path+"?"+values.Encode(), q.body)
	if err != nil {
		return fmt.Errorf("%q is not the address of a query service: %w", q.url, err)
	}
	if q.contentType != "" {
		request.Header.Set("Content-Type", q.contentType)
	}
	if q.token != "" {
		request.Header.Set("Authorization", "Bearer "+q.token)
	}
	client := q.client
	if client == nil {
		client = &http.Client{Timeout: clientTimeout}
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the query service at %s: %w", base, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", base, err)
	}
	if response.StatusCode != http.StatusOK {
		return refusalIn(base, response.StatusCode, body)
	}
	var form struct{ Headline *string }
	if json.Unmarshal(body, &form) != nil || form.Headline == nil || json.Unmarshal(body, into) != nil {
		return &NotQueryServiceError{URL: base, Status: response.StatusCode}
	}
	return nil
}

// refusalIn is what an answer that is no success says.
func refusalIn(base string, status int, body []byte) error {
	refused := AnswerError{Status: status}
	if json.Unmarshal(body, &refused) != nil || refused.Title == "" {
		return &NotQueryServiceError{URL: base, Status: status, IsTLS: strings.Contains(string(body), "HTTP request to an HTTPS server")}
	}
	refused.Status = status
	return &refused
}
