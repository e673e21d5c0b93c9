package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// itemResult is what an answer says about one record of several.
type itemResult struct {
	Index  int    `json:"index"`
	Line   int    `json:"line,omitempty"`
	ID     string `json:"id,omitempty"`
	Status int    `json:"status"`
	Field  string `json:"field,omitempty"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// accepted is the body of every 200.
type accepted struct {
	// Success is true when everything was taken.
	Success  bool `json:"success"`
	Accepted int  `json:"accepted"`
	Rejected int  `json:"rejected,omitempty"`
	// Results has every item, in order, when some were refused.
	Results []itemResult `json:"results,omitempty"`
}

// answer tells what became of the records:
//
//	all taken            200 {"success":true,"accepted":n}
//	some of several      200 {"success":false,"accepted":n,"rejected":m,"results":[...]}
//	none                 the status of the first refusal, a problem document, with results when there were several
func answer(w http.ResponseWriter, r *http.Request, many bool, res intake.Result) int {
	refused := len(res.Items) - res.Accepted
	if refused == 0 {
		return writeJSON(w, accepted{Success: true, Accepted: res.Accepted})
	}
	if res.Accepted > 0 {
		return writeJSON(w, accepted{Accepted: res.Accepted, Rejected: refused, Results: results(res.Items)})
	}
	first := res.Items[0].Err
	p := problem(&refusal{status: statusOf(first), Error: first})
	if many {
		p.Extensions["accepted"], p.Extensions["rejected"], p.Extensions["results"] = 0, refused, results(res.Items)
	}
	httpx.WriteProblem(w, r, p)
	return p.Status
}

func results(items []intake.Item) []itemResult {
	out := make([]itemResult, len(items))
	for i, it := range items {
		out[i] = itemResult{Index: it.Index, Line: it.Line, ID: it.ID, Status: http.StatusOK}
		if it.Err != nil {
			out[i].Status, out[i].Field, out[i].Code, out[i].Reason = statusOf(it.Err), it.Err.Field, it.Err.Code, it.Err.Reason
		}
	}
	return out
}

func writeJSON(w http.ResponseWriter, v accepted) int {
	w.Header().Set("Content-Type", "application/json")
	if v.Success {
		// By far the most frequent answer.
		_, _ = io.WriteString(w, `{"success":true,"accepted":`+strconv.Itoa(v.Accepted)+"}\n")
		return http.StatusOK
	}
	_ = json.NewEncoder(w).Encode(v) // the client may be gone; its records are safe all the same
	return http.StatusOK
}

// problem is the document of a refusal: RFC 9457, with code, field and reason as members of their own.
func problem(ref *refusal) *httpx.Problem {
	p := httpx.NewProblem(ref.status, ref.Code, ref.Reason)
	p.Extensions = map[string]any{"success": false, "code": ref.Code, "reason": ref.Reason}
	if ref.Field != "" {
		p.Extensions["field"] = ref.Field
		p.Fields = []httpx.FieldError{{Field: ref.Field, Reason: ref.Reason}}
	}
	return p
}

// refuse answers a refused request and keeps what was refused.
func (in *incoming) refuse(ref *refusal) int {
	if ref.Code == codeRateLimited {
		wait, err := time.ParseDuration(ref.Reason)
		if err != nil {
			wait = time.Second
		}
		return in.limited("address", wait)
	}
	// Of a dry run nothing is kept, unless it is a stranger's.
	if dry := in.principal != nil && in.endpoint.files != filesNone && in.isDryRun(); !dry {
		if err := in.keep(ref); err != nil {
			return in.unavailable(err)
		}
	}
	if ref.status == http.StatusUnauthorized && in.endpoint.name != endpointWebhook {
		in.w.Header().Set("WWW-Authenticate", `Basic realm="write key"`)
	}
	httpx.WriteProblem(in.w, in.r, problem(ref))
	return ref.status
}

// keep puts a refused request on rejected-v1. Requests without a good key are kept only at a small rate, for diagnosis: anybody can send them, and they must not push
// out what senders of ours have lost. The others are bounded by their key's own rate.
func (in *incoming) keep(ref *refusal) error {
	r := intake.Refusal{
		Endpoint: in.r.URL.Path, ContentType: in.r.Header.Get("Content-Type"), Err: ref.Error, Raw: in.body, Length: max(in.r.ContentLength, 0),
	}
	if in.principal == nil {
		in.api.metrics.strangers.WithLabelValues(ref.Code).Inc()
		if ok, _ := in.api.strangers.Take("", 1, in.api.dep.Now()); !ok {
			in.api.metrics.unkept.Inc()
			return nil
		}
	} else {
		r.Workspace, r.Source = in.principal.Workspace.Name, in.principal.Name
		if ok, wait := in.api.perKey.Take(in.principal.Bucket(), 1, in.api.dep.Now()); !ok {
			return &tooOften{wait: wait}
		}
	}
	return in.send([]produce.Record{in.api.dep.Intake.Rejected(r)})
}

// tooOften says that even the refusals of a key exceed its rate.
type tooOften struct{ wait time.Duration }

// Error implements error.
func (e *tooOften) Error() string { return "too many requests; again in " + e.wait.String() }

// limited answers 429.
func (in *incoming) limited(which string, wait time.Duration) int {
	in.api.metrics.limited.WithLabelValues(which).Inc()
	p := problem(refuse(http.StatusTooManyRequests, "", codeRateLimited, "too many requests from this "+which))
	p.RetryAfter = max(wait, time.Second)
	in.w.Header().Set("X-RateLimit-Reset", strconv.Itoa(int(p.RetryAfter.Seconds()+1)))
	httpx.WriteProblem(in.w, in.r, p)
	return p.Status
}

// unavailable answers 503: nothing is lost as long as the client sends again, which Retry-After asks for.
func (in *incoming) unavailable(err error) int {
	var often *tooOften
	if errors.As(err, &often) {
		return in.limited("key", often.wait)
	}
	if !errors.Is(err, produce.ErrBusy) && !errors.Is(err, produce.ErrTimeout) {
		in.api.dep.Logger.Warn("produce a request's records", zap.String("endpoint", in.endpoint.name), zap.Error(err))
	}
	in.api.metrics.unavailable.Inc()
	p := problem(refuse(http.StatusServiceUnavailable, "", codeUnavailable, "the records could not be stored; send them again"))
	p.RetryAfter = in.api.cfg.RetryAfter
	httpx.WriteProblem(in.w, in.r, p)
	return p.Status
}

func itoa(n int) string { return strconv.Itoa(n) }
