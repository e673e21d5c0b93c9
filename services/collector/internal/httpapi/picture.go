package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/pixel"
)

// gif is a transparent picture of one pixel.
const gif = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// picture takes what comes as the address of a picture: a record or a batch as base64url JSON in d, from pages whose policy lets scripts connect to nobody; or a page
// without scripts, told by its address (url, else the Referer) and a few words more. The key is k, or writeKey in d.
func (a *API) picture() http.Handler {
	e := endpoint{
		name:    "pixel",
		accepts: intake.Accepts{Type: event.TypePage, Also: []event.Type{event.TypeTrack, event.TypeIdentify, event.TypeScreen}, Batch: true},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowOrigin(w, r)
		w.Header().Set("Cache-Control", "no-store")
		// Pages with cross-origin isolation show no picture without it.
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		started := time.Now()
		in := &incoming{api: a, endpoint: e, w: &pixelWriter{ResponseWriter: w}, r: r}
		status := in.withinLoad(in.servePicture)
		a.metrics.requests.WithLabelValues(e.name, itoa(status)).Inc()
		a.metrics.duration.WithLabelValues(e.name).Observe(time.Since(started).Seconds())
	})
}

func (in *incoming) servePicture() int {
	q := in.r.URL.Query()
	if k := q.Get("k"); k != "" {
		in.r.Header.Set("Authorization", "Bearer "+k)
	}
	if ref := in.admit(); ref != nil {
		return in.refuse(ref)
	}
	var visitor string
	if d := q.Get("d"); d != "" {
		body, err := base64.RawStdEncoding.DecodeString(bareBase64(d))
		if err != nil {
			return in.refuse(refuse(http.StatusBadRequest, "d", event.CodeInvalid, "is not base64url"))
		}
		in.body = body
	} else if in.body, visitor = in.told(q); in.body == nil {
		return in.refuse(refuse(http.StatusBadRequest, "d", event.CodeMissing, "is missing, and neither url, event nor the Referer say what happened"))
	}
	items, err := in.api.dep.Intake.Parser().Split(in.body, true, false)
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	if ref := in.keyFromBody(items); ref != nil {
		return in.refuse(ref)
	}
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(items.Raw), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	if visitor != "" {
		in.setVisitor(visitor)
	}
	// A script learns of its picture only whether it came: what is refused in a batch would be sent again for ever.
	in.settles = items.Many
	return in.process(items)
}

// bareBase64 brings both alphabets, with or without padding, to one: senders differ.
func bareBase64(d string) string {
	return strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(d), "=")
}

// told is the record of a picture without d: what its parameters say, or nil when they say nothing. visitor is the id for the cookie, empty when none may be set.
func (in *incoming) told(q url.Values) (body []byte, visitor string) {
	page, name := q.Get("url"), q.Get("event")
	if page == "" {
		page = in.r.Referer()
	}
	if page == "" && name == "" {
		return nil, ""
	}
	record := map[string]any{"type": event.TypePage}
	if name != "" {
		record["type"], record["event"] = event.TypeTrack, name
	}
	consent := map[string]any{"basis": event.ConsentImplied}
	if q.Get("consent") == event.ConsentDenied || in.r.Header.Get("DNT") == "1" && q.Get("dnt") != "ignore" {
		consent["state"] = event.ConsentDenied
	}
	record["context"] = map[string]any{"page": map[string]any{"url": page, "referrer": q.Get("referrer")}, "consent": consent}
	id, known := in.pictureVisitor(q)
	record["anonymousId"] = id
	if user := q.Get("user"); user != "" {
		record["userId"] = user
	}
	body, err := json.Marshal(record)
	if err != nil {
		return nil, ""
	}
	// Nothing is left with who says no.
	if consent["state"] != nil || in.r.Header.Get("Sec-GPC") == "1" {
		known = false
	}
	if known {
		visitor = id
	}
	return body, visitor
}

// pictureVisitor is who asks for the picture: as its address says, as the cookie of the site does, or somebody new. keep tells whether a cookie is to repeat the id.
func (in *incoming) pictureVisitor(q url.Values) (id string, keep bool) {
	if given := q.Get("visitor"); given != "" {
		return given, false
	}
	_, keep = in.firstParty()
	if c, err := in.r.Cookie(pixel.CookieName); err == nil && keep && pixel.IsVisitorID(c.Value) {
		return c.Value, true
	}
	return randomUUID(), keep
}

func (in *incoming) setVisitor(id string) {
	if domain, ok := in.firstParty(); ok {
		http.SetCookie(in.w, pixel.VisitorCookie(id, domain, strings.HasPrefix(in.api.base(in.r), "https://")))
	}
}

// pixelWriter sends the picture in place of a good answer's JSON. Errors stay documents: a browser shows nothing either way.
type pixelWriter struct {
	http.ResponseWriter

	failed bool
}

// WriteHeader notes errors.
func (p *pixelWriter) WriteHeader(status int) {
	p.failed = status >= http.StatusBadRequest
	p.ResponseWriter.WriteHeader(status)
}

// Write replaces a good answer's body.
func (p *pixelWriter) Write(b []byte) (int, error) {
	if p.failed {
		return p.ResponseWriter.Write(b)
	}
	p.Header().Set("Content-Type", "image/gif")
	_, err := p.ResponseWriter.Write([]byte(gif))
	return len(b), err
}
