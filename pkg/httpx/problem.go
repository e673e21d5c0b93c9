package httpx

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// ProblemContentType is the media type of problem documents.
const ProblemContentType = "application/problem+json"

// Problem is an error for an HTTP client (RFC 9457). It is an error itself, so a handler's helper may return it.
type Problem struct {
	// Type is a stable code of the kind of problem, for programs ("body-too-large"). Empty: about:blank.
	Type string
	// Title is the kind in words. Empty: the status's text.
	Title string
	// Status is the HTTP status.
	Status int
	// Detail says what is wrong this time, for people. It never repeats the request's bytes.
	Detail string
	// Instance names this occurrence, by default the request's path.
	Instance string
	// Fields names the parts of the request that are wrong.
	Fields []FieldError
	// Extensions are further members. They cannot replace the standard ones.
	Extensions map[string]any
	// RetryAfter, when positive, tells the client when to come again (whole seconds, rounded up).
	RetryAfter time.Duration
}

// FieldError is one part of a request that is wrong.
type FieldError struct {
	// Field is a JSON pointer ("/batch/3/timestamp"), or a parameter's name.
	Field string `json:"field"`
	// Reason says what is wrong with it.
	Reason string `json:"reason"`
}

// NewProblem returns a problem.
func NewProblem(status int, typ, detail string) *Problem {
	return &Problem{Type: typ, Status: status, Detail: detail}
}

// Error implements error.
func (p *Problem) Error() string {
	s := http.StatusText(p.Status)
	if p.Title != "" {
		s = p.Title
	}
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	return s
}

// MarshalJSON implements json.Marshaler, with extensions beside the standard members.
func (p *Problem) MarshalJSON() ([]byte, error) {
	doc := maps.Clone(p.Extensions)
	if doc == nil {
		doc = map[string]any{}
	}
	doc["type"], doc["title"], doc["status"] = p.Type, p.Title, p.Status
	if p.Type == "" {
		doc["type"] = "about:blank"
	}
	if p.Title == "" {
		doc["title"] = http.StatusText(p.Status)
	}
	for k, v := range map[string]string{"detail": p.Detail, "instance": p.Instance} {
		if delete(doc, k); v != "" {
			doc[k] = v
		}
	}
	if len(p.Fields) > 0 {
		doc["errors"] = p.Fields
	}
	return json.Marshal(doc)
}

// WriteProblem answers with a problem.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	out := *p
	if out.Status < 400 || out.Status > 599 {
		out.Status = http.StatusInternalServerError
	}
	if out.Instance == "" {
		out.Instance = r.URL.Path
	}
	body, err := json.Marshal(&out)
	if err != nil { // an extension that JSON cannot hold
		out.Extensions = nil
		body, _ = json.Marshal(&out)
	}
	h := w.Header()
	h.Set("Content-Type", ProblemContentType)
	h.Set("Cache-Control", "no-store")         // an error must not outlive its cause in a cache
	h.Set("X-Content-Type-Options", "nosniff") // the detail may quote names from the request
	if out.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((out.RetryAfter+time.Second-1)/time.Second)))
	}
	w.WriteHeader(out.Status)
	_, _ = w.Write(body) // the client may be gone; there is nobody to tell
}

// WriteError answers with the Problem in err, or with 500 and no detail: what is inside is for the log, not for the client.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		p = NewProblem(http.StatusInternalServerError, "internal", "")
	}
	WriteProblem(w, r, p)
}
