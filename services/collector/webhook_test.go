package collector_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/event"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector"
)

const (
	hubSecret  = "hubspot-client-secret"
	hubSecret2 = "hubspot-client-secret-before"
)

func crms(cfg *collector.Config) {
	cfg.Webhooks = append(cfg.Webhooks,
		collector.Webhook{Name: "hub", Workspace: "acme", Provider: "hubspot", Secrets: []string{hubSecret, hubSecret2}, PublicURL: "https://in.example/t"},
		collector.Webhook{Name: "sf", Workspace: "other", Provider: "salesforce", Secrets: []string{"sf-token-1"}, Organizations: []string{"00D5e000000KQ2eEAG"}},
		collector.Webhook{Name: "pipe", Workspace: "acme", Provider: "pipedrive", Secrets: []string{"pd:password"}, IDPrefix: "pd-"},
	)
	cfg.Workspaces[0].Stages = []event.StageRule{{SourceSystem: "hubspot", Pipeline: "Renewals", From: "97531", To: "closed_won", IsWon: true}}
}

const hubPath = "/v1/webhooks/hubspot/hub"

// hub posts a delivery as HubSpot signs it.
func (r *rig) hub(secret, body string) reply {
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("POST" + "https://in.example/t" + hubPath + body + stamp))
	return r.post(hubPath, "", body, http.Header{
		"X-Hubspot-Signature-V3": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}, "X-Hubspot-Request-Timestamp": {stamp}, "Content-Type": {"application/json"},
	})
}

// hubEvent is an event of a delivery, a number of seconds after a start.
func hubEvent(second int64, kind, rest string) string {
	return `{"eventId":1,"portalId":7,"subscriptionId":5,"occurredAt":` + strconv.FormatInt(1752613200000+second*1000, 10) + `,"subscriptionType":"` + kind + `",` + rest + `}`
}

func property(name, value string) string {
	return `"objectId":3,"propertyName":"` + name + `","propertyValue":"` + value + `"`
}

func person(kind, rest string) string {
	return `"associationType":"` + kind + `","fromObjectId":3,` + rest
}

// TestHubSpot_dealFromPieces sends a deal's life as HubSpot tells it, a property at a time, in the wrong order and twice, and folds what is on the topic.
func TestHubSpot_dealFromPieces(t *testing.T) {
	r := start(t, crms)
	first := "[" + strings.Join([]string{
		hubEvent(50, "deal.propertyChange", property("dealstage", "97531")),
		hubEvent(20, "deal.propertyChange", property("dealstage", "contractsent")),
		hubEvent(40, "deal.associationChange", person("DEAL_TO_CONTACT", `"toObjectId":12,"associationRemoved":true`)),
	}, ",") + "]"
	second := "[" + strings.Join([]string{
		hubEvent(0, "deal.creation", `"objectId":3`),
		hubEvent(30, "deal.propertyChange", property("amount", "12500.5")),
		hubEvent(21, "deal.associationChange", person("DEAL_TO_COMPANY", `"toObjectId":77,"isPrimaryAssociation":true`)),
		hubEvent(22, "deal.associationChange", person("DEAL_TO_CONTACT", `"toObjectId":11`)),
		hubEvent(23, "deal.associationChange", person("DEAL_TO_CONTACT", `"toObjectId":12`)),
		hubEvent(24, "deal.associationChange", person("DEAL_TO_CONTACT", `"toObjectId":13`)),
		hubEvent(25, "deal.propertyChange", property("dealname", "of no concern")),
	}, ",") + "]"
	for _, d := range []struct {
		secret, body string
		accepted     int
	}{{hubSecret, first, 3}, {hubSecret2, second, 6}, {hubSecret, first, 3}} {
		if got := r.hub(d.secret, d.body); got.Status != 200 || !got.Success || got.Accepted != d.accepted {
			t.Fatalf("%d %s, want %d accepted", got.Status, got.Raw, d.accepted)
		}
	}
	var records []attribution.StageRecord
	for _, e := range r.events() {
		s := e.Msg.GetStage()
		if !e.Msg.Trusted || e.Msg.SourceName != "hub" || s.SourceSystem != "hubspot" || e.Key != event.Key(e.Msg) {
			t.Errorf("%s: %v", e.Key, e.Msg)
		}
		records = append(records, stageRecord(e.Msg, s))
	}
	start := int64(1752613200000000)
	want := attribution.Opportunity{
		CreatedUS: start, ClosedUS: start + 50_000_000, IsWon: true, IsClosed: true, HasAmount: true, AmountMinor: 1250050, Currency: "EUR", Stage: "closed_won",
		AccountID: "77", ContactIDs: []string{"11", "13"}, SourceSystem: "hubspot", Probability: chance(1_000_000),
		Visits: []attribution.StageVisit{
			{Stage: "contract", SourceStage: "contractsent", EnteredUS: start + 20_000_000, LeftUS: start + 50_000_000, AmountMinor: 1250050, Probability: chance(900_000)},
			{Stage: "closed_won", SourceStage: "97531", EnteredUS: start + 50_000_000, AmountMinor: 1250050, Probability: chance(1_000_000)},
		},
	}
	if len(records) != 12 {
		t.Fatalf("%d records, want 12 with the repeated ones", len(records))
	}
	if diff := cmp.Diff(attribution.FoldStages(records), want); diff != "" {
		t.Errorf("the deal (-got, +want):\n%s", diff)
	}
	if n := r.metric("tributary_collector_webhook_ignored_total", "provider", "hubspot"); n != 1 {
		t.Errorf("%v events counted as ignored, want 1", n)
	}
	r.hub(hubSecret, "["+hubEvent(60, "deal.deletion", `"objectId":3`)+","+hubEvent(61, "deal.associationChange", person("DEAL_TO_CONTACT", `"toObjectId":11,"associationRemoved":true`))+"]")
	records = nil
	for _, e := range r.events() {
		records = append(records, stageRecord(e.Msg, e.Msg.GetStage()))
	}
	if o := attribution.FoldStages(records); !o.IsDeleted {
		t.Error("taking people off a deleted deal brought it back")
	}
}

func stageRecord(e *tributaryv1.Event, s *tributaryv1.Stage) attribution.StageRecord {
	return attribution.StageRecord{
		Key:   attribution.Key{OccurredUS: e.OccurredUs, ReceiptSeq: e.ReceiptSeq, ID: e.Id},
		Stage: s.Stage, SourceStage: s.SourceStage, Pipeline: s.Pipeline, HasAmount: s.HasAmount, AmountMinor: s.AmountMinor, Currency: s.Currency,
		IsWon: s.IsWon, IsClosed: s.IsClosed, CreatedUS: s.CreatedUs, IsDeleted: s.IsDeleted, MergedInto: s.MergedInto, AccountID: e.AccountId,
		ContactIDs: s.ContactIds, AddedContacts: s.AddedContactIds, RemovedContacts: s.RemovedContactIds, SourceSystem: s.SourceSystem,
		Probability: attribution.Probability{IsKnown: s.HasProbability, PPM: s.ProbabilityPpm},
	}
}

func chance(ppm int64) attribution.Probability {
	return attribution.Probability{IsKnown: true, PPM: ppm}
}

func TestWebhooks_refusals(t *testing.T) {
	r := start(t, crms)
	good := "[" + hubEvent(0, "deal.creation", `"objectId":3`) + "]"
	for name, v := range map[string]struct {
		got    reply
		status int
		code   string
	}{
		"another secret":    {r.hub("not-the-secret", good), 401, "invalid_signature"},
		"no signature":      {r.post(hubPath, "", good), 401, "invalid_signature"},
		"a key instead":     {r.post(hubPath, secretKey, good), 401, "invalid_signature"},
		"no such source":    {r.post("/v1/webhooks/hubspot/x", "", good), 404, "unknown_source"},
		"another provider":  {r.post("/v1/webhooks/pipedrive/hub", "", good), 404, "unknown_source"},
		"other credentials": {r.post("/v1/webhooks/pipedrive/pipe", "", "{}", basic("pd", "wrong")), 401, "invalid_signature"},
		"no token":          {r.post("/v1/webhooks/salesforce/sf", "", "<a/>"), 401, "invalid_signature"},
		"malformed":         {r.hub(hubSecret, "[{"), 400, "malformed_json"},
		"malformed SOAP":    {r.post("/v1/webhooks/salesforce/sf?token=sf-token-1", "", "<a>"), 400, "malformed_json"},
	} {
		if v.got.Status != v.status || v.got.Code != v.code {
			t.Errorf("%s: %d %s, want %d %s", name, v.got.Status, v.got.Raw, v.status, v.code)
		}
	}
	if n := len(r.events()); n != 0 {
		t.Errorf("%d events from deliveries that were refused", n)
	}
	if n := r.metric("tributary_collector_webhook_unverified_total", "provider", "hubspot", "source", "hub"); n != 3 {
		t.Errorf("%v unverified deliveries counted, want 3", n)
	}
	// A bad part does not hold up the good one, and is kept as it came.
	bad := hubEvent(1, "contact.propertyChange", `"objectId":1,"propertyName":"email","propertyValue":"nobody"`)
	got := r.hub(hubSecret, "["+bad+`,{"eventId":2},`+good[1:])
	if got.Status != 200 || got.Success || got.Accepted != 1 || got.Rejected != 2 || len(got.Results) != 3 || got.Results[0].Field != "email" {
		t.Errorf("%d %s, want 200, one accepted and two rejected", got.Status, got.Raw)
	}
	raws := map[string]string{}
	for _, x := range r.rejected() {
		raws[string(x.Msg.Raw)] = x.Msg.Workspace + " " + x.Msg.Code
		if strings.Contains(x.Msg.Endpoint, "token") {
			t.Errorf("the token stands in %q", x.Msg.Endpoint)
		}
	}
	for raw, want := range map[string]string{
		bad: "acme invalid_value", `{"eventId":2}`: "acme missing_field", "[{": "acme malformed_json", "<a>": "other malformed_json", "<a/>": " invalid_signature",
	} {
		if raws[raw] != want {
			t.Errorf("%.40s is kept as %q, want %q", raw, raws[raw], want)
		}
	}
}

func basic(user, password string) http.Header {
	req := http.Request{Header: http.Header{}}
	req.SetBasicAuth(user, password)
	return req.Header
}

func TestWebhooks_otherCRMs(t *testing.T) {
	r := start(t, crms)
	soap := `<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>` +
		`<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D5e000000KQ2eEAG</OrganizationId><Notification><Id>04l1</Id>` +
		`<sObject xsi:type="sf:Opportunity" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>006A</sf:Id><sf:Amount>12500</sf:Amount><sf:StageName>Closed Lost</sf:StageName>` +
		`<sf:LastModifiedDate>2026-07-15T21:00:00.000Z</sf:LastModifiedDate></sObject></Notification></notifications></e:Body></e:Envelope>`
	got := r.post("/v1/webhooks/salesforce/sf?token=sf-token-1", "", soap, header("Content-Type", "text/xml; charset=UTF-8"))
	if got.Status != 200 || !strings.Contains(string(got.Raw), "<Ack>true</Ack>") || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/xml") {
		t.Errorf("outbound message: %d %s", got.Status, got.Raw)
	}
	other := strings.Replace(soap, "00D5e", "00D5f", 1)
	if got := r.post("/v1/webhooks/salesforce/sf?token=sf-token-1", "", other); got.Status != 401 || strings.Contains(string(got.Raw), "Ack") {
		t.Errorf("another organization: %d %s", got.Status, got.Raw)
	}
	pipe := `{"meta":{"action":"change","entity":"deal","id":"0b7cb2a4-9d50-4c6b-8c4e-0a1b2c3d4e5f","entity_id":1,"timestamp":"2024-09-27T14:25:28.000Z"},` +
		`"data":{"id":1,"value":2.5,"currency":"USD","status":"won","stage_id":2,"pipeline_id":1,"person_id":3,"org_id":2}}`
	if got := r.post("/v1/webhooks/pipedrive/pipe", "", pipe, basic("pd", "password")); got.Status != 200 || got.Accepted != 1 {
		t.Errorf("pipedrive: %d %s", got.Status, got.Raw)
	}
	lost := r.byID("salesforce:04l1").Msg
	if s := lost.GetStage(); lost.Workspace != "other" || s.Stage != "closed_lost" || !s.IsClosed || s.IsWon || s.AmountMinor != 12500 || s.Currency != "JPY" {
		t.Errorf("salesforce: %v", lost)
	}
	won := r.byID("pipedrive:0b7cb2a4-9d50-4c6b-8c4e-0a1b2c3d4e5f").Msg
	if s := won.GetStage(); s.OpportunityId != "pd-1" || won.AccountId != "pd-2" || s.Stage != "closed_won" || !s.IsWon || s.AmountMinor != 250 || s.Currency != "USD" {
		t.Errorf("pipedrive: %v", won)
	}
	if got := r.hub(hubSecret, "["+hubEvent(0, "contact.privacyDeletion", `"objectId":9`)+"]"); got.Status != 200 || got.Accepted != 2 {
		t.Errorf("erasure: %d %s", got.Status, got.Raw)
	}
	if e := r.byID("hubspot:7:5:9::1752613200000:erase").Msg; e.GetErase() == nil || e.ContactId != "9" {
		t.Errorf("erasure: %v", e)
	}
	if got := r.post("/v1/batch", secretKey, `[{"type":"erase","contact_id":"9"}]`); got.Status != 400 || got.Code != event.CodeUnknownType {
		t.Errorf("erase from elsewhere: %d %s, want it refused", got.Status, got.Raw)
	}
}

// TestWebhooks_kafkaAway: without an acknowledgement there is neither a 2xx nor an Ack, so that the CRM sends again.
func TestWebhooks_kafkaAway(t *testing.T) {
	k := collector.DefaultConfig().Kafka
	k.Brokers = []string{"127.0.0.1:1"}
	cfg := testConfig(k)
	crms(&cfg)
	cfg.Produce.AckTimeout = 100 * time.Millisecond
	svc, err := collector.New(cfg, collector.Dependencies{})
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, kafka: k, svc: svc, url: "http://" + svc.Addr()}
	got := r.hub(hubSecret, "["+hubEvent(0, "deal.creation", `"objectId":3`)+"]")
	if got.Status != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s, want 503 with Retry-After", got.Status, got.Raw)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = svc.Stop(ctx) // it says that the record could not be delivered
}
