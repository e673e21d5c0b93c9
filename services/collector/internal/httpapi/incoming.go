package httpapi

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// incoming is one request on its way through the checks.
type incoming struct {
	api      *API
	endpoint endpoint
	w        http.ResponseWriter
	r        *http.Request

	principal *auth.Principal
	keyInBody bool
	body      []byte
	// settles answers 200 whatever was refused, since the sender could do nothing with it but repeat it.
	settles bool
}

// refusal is why a request as a whole is refused.
type refusal struct {
	status int
	*event.Error
}

func refuse(status int, field, code, reason string) *refusal {
	return &refusal{status: status, Error: &event.Error{Field: field, Code: code, Reason: reason}}
}

// Codes of refusals of requests, besides those of package event.
const (
	codeNoKey       = "missing_key"
	codeUnknownKey  = "unknown_key"
	codeSignature   = "invalid_signature"
	codeCharset     = "unsupported_charset"
	codeRateLimited = "rate_limited"
	codeUnavailable = "unavailable"
)

// serve runs the checks and answers; it returns the status for the metrics.
func (in *incoming) serve() int {
	if ref := in.admit(); ref != nil {
		return in.refuse(ref)
	}
	if ref := in.readBody(); ref != nil {
		return in.refuse(ref)
	}
	if ref := in.signature(); ref != nil {
		return in.refuse(ref)
	}
	if in.isFile() {
		return in.serveFile()
	}
	ndjson := strings.Contains(in.r.Header.Get("Content-Type"), "ndjson")
	items, err := in.api.dep.Intake.Parser().Split(in.body, in.endpoint.accepts.Batch, ndjson)
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	if ref := in.keyFromBody(items); ref != nil {
		return in.refuse(ref)
	}
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(items.Raw), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	return in.process(items)
}

// admit does what needs the headers only.
func (in *incoming) admit() *refusal {
	key, given := auth.FromHeader(in.r.Header)
	in.principal = in.api.dep.Keys.Find(key)
	signed := in.endpoint.webhooks && in.api.dep.Webhooks.IsSigned(in.r.Header)
	if in.principal == nil || !in.principal.Secret {
		if ok, wait := in.api.perAddress.Take(in.api.address(in.r), 1, in.api.dep.Now()); !ok {
			return &refusal{status: http.StatusTooManyRequests, Error: &event.Error{Code: codeRateLimited, Reason: wait.String()}}
		}
	}
	if given && in.principal == nil && !signed {
		return refuse(http.StatusUnauthorized, "authorization", codeUnknownKey, "the key in the Authorization header is not known")
	}
	if ref := in.mayUse(); ref != nil {
		return ref
	}
	if in.endpoint.files != filesNone && !strings.Contains(in.r.Header.Get("Content-Type"), "json") {
		return nil // tables come in any of several
	}
	return charset(in.r.Header.Get("Content-Type"))
}

// mayUse refuses public keys where only secret ones are let in.
func (in *incoming) mayUse() *refusal {
	if in.principal != nil && in.endpoint.secret && !in.principal.Secret {
		return refuse(http.StatusForbidden, "", intake.CodeSecretNeeded, "this endpoint needs a secret key")
	}
	return nil
}

// charset refuses a declared encoding other than UTF-8. The media type itself does not matter: beacons send text/plain to spare a preflight.
func charset(contentType string) *refusal {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	switch c := strings.ToLower(params["charset"]); c {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return nil
	}
	return refuse(http.StatusUnsupportedMediaType, "content-type", codeCharset, "the charset must be UTF-8")
}

func (in *incoming) readBody() *refusal {
	limit := in.api.cfg.MaxBodyBytes
	if in.endpoint.files != filesNone && in.principal != nil && in.principal.Secret {
		limit = in.api.cfg.MaxFileBytes
	}
	body, err := httpx.ReadBody(in.w, in.r, httpx.BodyLimits{Bytes: limit, Decompressed: limit})
	if err != nil {
		var p *httpx.Problem
		if !errors.As(err, &p) {
			p = httpx.NewProblem(http.StatusBadRequest, "body-unreadable", "the body cannot be read")
		}
		return refuse(p.Status, "", strings.ReplaceAll(p.Type, "-", "_"), p.Detail)
	}
	in.body = body
	in.api.metrics.bodyBytes.Add(float64(len(body)))
	return nil
}

// signature lets a signed webhook in. A key in the header makes it unnecessary.
func (in *incoming) signature() *refusal {
	if in.principal != nil || !in.endpoint.webhooks || !in.api.dep.Webhooks.IsSigned(in.r.Header) {
		return nil
	}
	p, err := in.api.dep.Webhooks.Verify(in.r.Header, in.body, in.r.URL.Query().Get("source"), in.api.dep.Now())
	if err != nil {
		return refuse(http.StatusUnauthorized, "", codeSignature, err.Error())
	}
	in.principal = p
	return nil
}

// keyFromBody finds the sender by the key in the envelope, or in the first record.
func (in *incoming) keyFromBody(items event.Items) *refusal {
	if in.principal != nil {
		return nil
	}
	key := items.Envelope.WriteKey()
	if key == "" {
		key = event.PeekWriteKey(items.Raw[0])
	}
	if key == "" {
		return refuse(http.StatusUnauthorized, "writeKey", codeNoKey, "a key is needed: Basic user name, Bearer token, or writeKey in the body")
	}
	if in.principal = in.api.dep.Keys.Find(key); in.principal == nil {
		return refuse(http.StatusUnauthorized, "writeKey", codeUnknownKey, "the key is not known")
	}
	in.keyInBody = true
	return in.mayUse()
}

// bodyRefusal gives the status of an error about the whole body.
func bodyRefusal(err error) *refusal {
	var e *event.Error
	if !errors.As(err, &e) {
		return refuse(http.StatusBadRequest, "", event.CodeMalformed, "the body cannot be read")
	}
	return &refusal{status: statusOf(e), Error: e}
}

// statusOf is the HTTP status of one refused record.
func statusOf(e *event.Error) int {
	switch e.Code {
	case event.CodeTooLarge, event.CodeTooMany:
		return http.StatusRequestEntityTooLarge
	case intake.CodeSecretNeeded, intake.CodeKeyMismatch:
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// process decodes, waits for Kafka, and answers.
func (in *incoming) process(items event.Items) int {
	res := in.api.dep.Intake.Process(intake.Request{
		Endpoint: in.r.URL.Path, ContentType: in.r.Header.Get("Content-Type"), Accepts: in.endpoint.accepts, Principal: in.principal, Items: items,
		UserAgent: in.r.UserAgent(), Prefetch: isPrefetch(in.r.Header), KeyInBody: in.keyInBody,
		Address: in.api.client(in.r), OptOut: in.r.Header.Get("Sec-GPC") == "1",
	})
	if in.endpoint.files != filesNone && in.isDryRun() {
		return writeAnswer(in.w, dryRun(translatedFile{}, res))
	}
	if err := in.send(res.Records); err != nil {
		return in.unavailable(err)
	}
	in.api.metrics.accepted.WithLabelValues(in.endpoint.name).Add(float64(res.Accepted))
	if in.settles {
		return in.settled(res)
	}
	return answer(in.w, in.r, items.Many, res)
}

func (in *incoming) send(records []produce.Record) error {
	return in.api.dep.Sender.Send(in.r.Context(), records)
}

func isPrefetch(h http.Header) bool {
	purpose := h.Get("Sec-Purpose") + h.Get("Purpose") + h.Get("X-Moz")
	return strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender")
}
