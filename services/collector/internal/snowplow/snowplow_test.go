package snowplow_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/snowplow"
)

func payload(events ...string) string {
	return `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[` + strings.Join(events, ",") + `]}`
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// records are a batch's calls, and "error CODE FIELD" for what was refused.
func records(b snowplow.Batch) []string {
	var out []string
	for _, it := range b.Items {
		if it.Err != nil {
			out = append(out, "error "+it.Err.Code+" "+it.Err.Field)
			continue
		}
		out = append(out, string(it.Record))
	}
	return out
}

func TestDecodePost(t *testing.T) {
	const own = `"eid":"e1","dtm":"1665398554084","stm":"1665398554086","duid":"d1","aid":"pk"`
	const base = `"anonymousId":"d1","timestamp":"2022-10-10T10:42:34.084Z","sentAt":"2022-10-10T10:42:34.086Z"`
	session := `{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":[{"schema":"iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2","data":{"userId":"phone","sessionId":"s"}}]}`
	order := `{"data":[{"schema":"iglu:com.snowplowanalytics.snowplow.ecommerce/transaction/jsonschema/1-0-0","data":{"transaction_id":"T9","revenue":90071992547409.93,"currency":"EUR"}}]}`
	self := func(schema, data string) string {
		return `{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"` + schema + `","data":` + data + `}}`
	}
	for name, v := range map[string]struct {
		event string
		want  []string
	}{
		"page view": {`{"e":"pv","url":"https://x/","page":"Title","refr":"https://www.google.com/",` + own + `}`, []string{
			`{"type":"page","messageId":"e1",` + base + `,"context":{"page":{"url":"https://x/","referrer":"https://www.google.com/","title":"Title"}}}`,
		}},
		"ping": {`{"e":"pp","url":"https://x/",` + own + `}`, []string{`{"type":"track","messageId":"e1","anonymousId":"d1","event":"Page Ping",` + base[len(`"anonymousId":"d1",`):] + `,"context":{"page":{"url":"https://x/"}}}`}},
		"structured": {`{"e":"se","se_ca":"shop","se_ac":"Trial Started","se_va":9.50,"eid":"e1","duid":"d1"}`, []string{
			`{"type":"track","messageId":"e1","anonymousId":"d1","event":"Trial Started","properties":{"category":"shop","value":"9.50"}}`,
		}},
		"self-describing, packed": {`{"e":"ue","ue_px":"` + b64(self("iglu:com.acme/demo/jsonschema/1-0-0", `{"a":1.50}`)) + `","eid":"e1","duid":"d1"}`, []string{
			`{"type":"track","messageId":"e1","anonymousId":"d1","event":"demo","properties":{"a":1.50}}`,
		}},
		"self-describing, plain": {`{"e":"ue","ue_pr":` + quote(self("iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1", `{"targetUrl":"https://y/"}`)) + `,"duid":"d1"}`, []string{
			`{"type":"track","anonymousId":"d1","event":"Link Clicked","properties":{"targetUrl":"https://y/"}}`,
		}},
		"order": {`{"e":"ue","cx":"` + b64(order) + `","ue_px":"` + b64(self("iglu:com.snowplowanalytics.snowplow.ecommerce/snowplow_ecommerce_action/jsonschema/1-0-2", `{"type":"transaction"}`)) + `","duid":"d1"}`, []string{
			`{"type":"track","anonymousId":"d1","event":"Order Completed","properties":{"currency":"EUR","order_id":"T9","revenue":90071992547409.93}}`,
		}},
		"old order":     {`{"e":"tr","tr_id":"T1","tr_tt":"12.30","tr_cu":"GBP","duid":"d1"}`, []string{`{"type":"track","anonymousId":"d1","event":"Order Completed","properties":{"currency":"GBP","order_id":"T1","revenue":"12.30"}}`}},
		"old item":      {`{"e":"ti","ti_id":"T1","duid":"d1"}`, nil},
		"user":          {`{"e":"pv","uid":"u1","eid":"e1","duid":"d1"}`, []string{`{"type":"identify","messageId":"e1:identify","anonymousId":"d1","userId":"u1"}`, `{"type":"page","messageId":"e1","anonymousId":"d1","userId":"u1"}`}},
		"true time":     {`{"e":"pv","ttm":"1665398554084","dtm":"1665398554000","stm":"1665398559000","duid":"d1"}`, []string{`{"type":"page","anonymousId":"d1","timestamp":"2022-10-10T10:42:34.084Z","originalTimestamp":"2022-10-10T10:42:34.084Z","sentAt":"2022-10-10T10:42:39.000Z"}`}},
		"mobile":        {`{"e":"pv","co":` + quote(session) + `,"ua":"Phone/1"}`, []string{`{"type":"page","anonymousId":"phone","context":{"userAgent":"Phone/1"}}`}},
		"network id":    {`{"e":"pv","tnuid":"n1"}`, []string{`{"type":"page","anonymousId":"n1"}`}},
		"cookie":        {`{"e":"pv"}`, []string{`{"type":"page","anonymousId":"cookie"}`}},
		"no kind":       {`{"duid":"d1"}`, []string{"error missing_field e"}},
		"other kind":    {`{"e":"zz"}`, []string{"error unknown_type e"}},
		"no object":     {`7`, []string{"error wrong_type "}},
		"nested":        {`{"e":"pv","url":{}}`, []string{"error wrong_type url"}},
		"bad time":      {`{"e":"pv","dtm":"soon"}`, []string{"error invalid_value dtm"}},
		"bad base64":    {`{"e":"ue","ue_px":"*"}`, []string{"error invalid_value ue_px"}},
		"bad json":      {`{"e":"ue","ue_px":"` + b64(`{"data`) + `"}`, []string{"error malformed_json ue_px"}},
		"no event":      {`{"e":"ue"}`, []string{"error missing_field ue_px"}},
		"no schema":     {`{"e":"ue","ue_pr":"{}"}`, []string{"error invalid_value ue_pr.data.schema"}},
		"list of data":  {`{"e":"ue","ue_pr":` + quote(self("iglu:a/b/jsonschema/1-0-0", `[1]`)) + `}`, []string{"error wrong_type ue_pr.data.data"}},
		"bad contexts":  {`{"e":"pv","co":"[]"}`, []string{"error malformed_json co"}},
		"no action":     {`{"e":"se"}`, []string{"error missing_field se_ac"}},
		"far too large": {`{"e":"pv","page":"` + strings.Repeat("x", event.MaxItemBytes) + `"}`, []string{"error too_large "}},
	} {
		b, err := snowplow.DecodePost([]byte(payload(v.event)), snowplow.Options{NetworkID: "cookie"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := records(b); strings.Join(got, "\n") != strings.Join(v.want, "\n") {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(v.want, "\n     "))
		}
	}
}

func quote(s string) string {
	raw, _ := json.Marshal(s)
	return string(raw)
}

func TestDecodePost_refusesWhatIsNoPayload(t *testing.T) {
	for body, code := range map[string]string{
		"": event.CodeEmpty, "{": event.CodeMalformed, "[]": event.CodeMalformed, "{}": event.CodeInvalid, `{"schema":"iglu:com.acme/x/jsonschema/1-0-0"}`: event.CodeInvalid,
		payload(): event.CodeEmpty, payload(strings.Split(strings.Repeat("{},", snowplow.MaxEvents)+"{}", ",")...): event.CodeTooMany,
	} {
		_, err := snowplow.DecodePost([]byte(body), snowplow.Options{})
		var e *event.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%.60q: %v, want %s", body, err, code)
		}
	}
}

func TestDecodeGet(t *testing.T) {
	b, err := snowplow.DecodeGet("e=pv&url=https%3A%2F%2Fx%2F%3Futm_source%3Da&aid=pk&duid=d1&dtm=1665398554084", snowplow.Options{})
	if err != nil || b.AppID != "pk" || len(b.Items) != 1 ||
		string(b.Items[0].Record) != `{"type":"page","anonymousId":"d1","timestamp":"2022-10-10T10:42:34.084Z","context":{"page":{"url":"https://x/?utm_source=a"}}}` {
		t.Errorf("%v %v", records(b), err)
	}
	if _, err := snowplow.DecodeGet("a=%zz", snowplow.Options{}); err == nil {
		t.Error("a query that cannot be read was taken")
	}
}

// FuzzDecode looks for bytes that make the translation panic, or a call that package event cannot read as JSON.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(payload(`{"e":"pv","url":"https://x/","duid":"d1","dtm":"1665398554084"}`)))
	f.Add([]byte(payload(`{"e":"ue","ue_px":"e30="}`, `{"e":"se","se_ac":"a"}`, `{"e":"tr","tr_tt":"1"}`)))
	f.Add([]byte("e=pv&url=https%3A%2F%2Fx&aid=pk&uid=u&duid=d"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, decode := range []func() (snowplow.Batch, error){
			func() (snowplow.Batch, error) { return snowplow.DecodePost(body, snowplow.Options{}) },
			func() (snowplow.Batch, error) { return snowplow.DecodeGet(string(body), snowplow.Options{}) },
		} {
			b, err := decode()
			if err != nil {
				continue
			}
			for _, it := range b.Items {
				if (it.Err == nil) != json.Valid(it.Record) {
					t.Errorf("record %q beside %v", it.Record, it.Err)
				}
			}
		}
	})
}
