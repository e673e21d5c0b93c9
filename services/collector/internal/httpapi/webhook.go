package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/intake"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// endpointWebhook stands in the metrics for the deliveries of all CRMs.
const endpointWebhook = "webhooks"

// codeNoSource refuses a delivery for a source that is not configured.
const codeNoSource = "unknown_source"

// webhook takes the deliveries of a CRM in the CRM's own form.
func (a *API) webhook(p webhook.Provider) http.Handler {
	e := endpoint{
		name: endpointWebhook, secret: true,
		accepts: intake.Accepts{Type: event.TypeStage, Also: []event.Type{event.TypeContact, event.TypeAccount, event.TypeTouch, event.TypeErase}, Partial: true},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		in := &incoming{api: a, endpoint: e, w: w, r: r}
		status := in.withinLoad(func() int { return in.serveWebhook(p) })
		a.metrics.requests.WithLabelValues(e.name, itoa(status)).Inc()
		a.metrics.duration.WithLabelValues(e.name).Observe(time.Since(started).Seconds())
	})
}

func (in *incoming) serveWebhook(p webhook.Provider) int {
	if ok, wait := in.api.perAddress.Take(in.api.address(in.r), 1, in.api.dep.Now()); !ok {
		return in.limited("address", wait)
	}
	source := in.api.dep.CRMs.Find(p, in.r.PathValue("source"))
	if source == nil {
		return in.refuse(refuse(http.StatusNotFound, "", codeNoSource, "there is no such source of "+string(p)))
	}
	if ref := in.readBody(); ref != nil {
		return in.refuse(ref)
	}
	if err := source.Verify(webhook.Delivery{
		Method: in.r.Method, Host: in.r.Host, URI: in.r.RequestURI, Header: in.r.Header, Body: in.body, Now: in.api.dep.Now(),
	}); err != nil {
		return in.unverified(source, err)
	}
	batch, err := source.Decode(in.body)
	if errors.Is(err, webhook.ErrOrganization) {
		return in.unverified(source, err)
	}
	in.principal = &source.Principal
	if err != nil {
		return in.refuse(bodyRefusal(err))
	}
	in.api.metrics.ignored.WithLabelValues(string(p)).Add(float64(batch.Ignored))
	if ok, wait := in.api.perKey.Take(in.principal.Bucket(), len(batch.Items), in.api.dep.Now()); !ok {
		return in.limited("key", wait)
	}
	return in.translated(batch)
}

// unverified answers a delivery that is not shown to be the CRM's. The count by source tells an operator which secret is wrong.
func (in *incoming) unverified(source *webhook.Source, err error) int {
	in.api.metrics.unverified.WithLabelValues(string(source.Provider), source.Name).Inc()
	return in.refuse(refuse(http.StatusUnauthorized, "", codeSignature, err.Error()))
}

// translated hands the records on and answers. Records that are refused are kept on rejected-v1 and said to be taken: sent again they would be
// refused again, and until then a CRM holds back what comes after them.
func (in *incoming) translated(batch webhook.Batch) int {
	items := make([]intake.Foreign, len(batch.Items))
	for i, it := range batch.Items {
		items[i] = intake.Foreign{Record: it.Record, Translated: intake.Translated{Original: it.Original, Err: it.Err}}
	}
	res, err := in.store(items)
	if err != nil {
		return in.unavailable(err)
	}
	if batch.Ack != "" {
		in.w.Header().Set("Content-Type", batch.AckType)
		_, _ = io.WriteString(in.w, batch.Ack)
		return http.StatusOK
	}
	return in.settled(res)
}

// store decodes translated items and waits for Kafka.
func (in *incoming) store(items []intake.Foreign) (intake.Result, error) {
	if len(items) == 0 {
		return intake.Result{}, nil
	}
	res := in.api.dep.Intake.Process(in.requestOf(items))
	if err := in.send(res.Records); err != nil {
		return res, err
	}
	in.api.metrics.accepted.WithLabelValues(in.endpoint.name).Add(float64(res.Accepted))
	return res, nil
}

// settled answers 200 whatever was refused, and says what.
func (in *incoming) settled(res intake.Result) int {
	refused := len(res.Items) - res.Accepted
	if refused == 0 {
		return writeJSON(in.w, accepted{Success: true, Accepted: res.Accepted})
	}
	return writeJSON(in.w, accepted{Accepted: res.Accepted, Rejected: refused, Results: results(res.Items)})
}

// requestOf is the request's delivery with translated items.
func (in *incoming) requestOf(items []intake.Foreign) intake.Request {
	req := intake.Request{
		Endpoint: in.r.URL.Path, ContentType: in.r.Header.Get("Content-Type"), Accepts: in.endpoint.accepts, Principal: in.principal,
		Items: event.Items{Many: true}, UserAgent: in.r.UserAgent(), Prefetch: isPrefetch(in.r.Header),
		Address: in.api.client(in.r), OptOut: in.r.Header.Get("Sec-GPC") == "1",
	}
	for _, it := range items {
		req.Items.Raw = append(req.Items.Raw, it.Record)
		req.Translated = append(req.Translated, it.Translated)
	}
	return req
}
