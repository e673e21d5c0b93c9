package collector_test

import (
	"net/http"
	"strings"
	"testing"
)

// get asks for a path, with headers as name, value pairs.
func (r *rig) get(path string, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = header(headers...)
	return r.do(req)
}

func TestSDKs_settings(t *testing.T) {
	r := start(t)
	host := strings.TrimPrefix(r.url, "http://")
	for _, v := range []struct {
		path, origin string
		status       int
		want         string
	}{
		{"/v1/projects/" + publicKey + "/settings", "", 200, `"apiHost":"` + host + `/v1","apiKey":"` + publicKey + `"`},
		{"/v1/projects/" + publicKey + "/settings", "https://shop.example", 200, `"protocol":"https"`},
		{"/v1/projects/unknown/settings", "", 404, "no such public write key"},
		{"/v1/projects/" + secretKey + "/settings", "", 404, "no such public write key"},
		{"/sourceConfig/?writeKey=" + publicKey, "", 200, `"destinations":[]`},
		{"/sourceConfig?writeKey=nobody", "", 404, ""},
	} {
		got := r.get(v.path, "Origin", v.origin)
		if got.Status != v.status || !strings.Contains(string(got.Raw), v.want) || got.Header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%s from %q: %d %s", v.path, v.origin, got.Status, got.Raw)
		}
	}
}

func TestSnowplow_keysAndRefusals(t *testing.T) {
	r := start(t)
	const tp2, head = "/com.snowplowanalytics.snowplow/tp2", `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[`
	for name, v := range map[string]struct {
		body     string
		status   int
		accepted int
		rejected int
	}{
		"good":         {head + `{"e":"pv","aid":"` + publicKey + `","duid":"d","eid":"1"}]}`, 200, 1, 0},
		"half good":    {head + `{"e":"pv","aid":"` + publicKey + `","duid":"d","eid":"2"},{"e":"zz"},{"e":"pv","eid":"3"}]}`, 200, 1, 2},
		"no key":       {head + `{"e":"pv","duid":"d"}]}`, 401, 0, 0},
		"unknown key":  {head + `{"e":"pv","duid":"d","aid":"shop"}]}`, 401, 0, 0},
		"not payloads": {`{"schema":"iglu:a/b/c/1","data":[{}]}`, 400, 0, 0},
	} {
		if got := r.post(tp2, "", v.body); got.Status != v.status || got.Accepted != v.accepted || got.Rejected != v.rejected {
			t.Errorf("%s: %d %s", name, got.Status, got.Raw)
		}
	}
	if got := r.get("/i?e=pv&duid=d&eid=4&aid=" + publicKey); got.Status != 200 || got.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("/i: %d %s", got.Status, got.Header)
	}
	if e := r.byID("4"); e.Msg.VisitorId != "d" || e.Msg.GetPage() == nil {
		t.Errorf("/i: %v", e)
	}
	codes := map[string]int{}
	for _, rej := range r.rejected() {
		codes[rej.Msg.Code]++
	}
	if codes["unknown_type"] != 1 || codes["no_user_anon_id"] != 1 {
		t.Errorf("kept as rejected: %v", codes)
	}
	if n := r.metric("tributary_collector_requests_total", "endpoint", "snowplow"); n != 6 {
		t.Errorf("%v requests counted", n)
	}
}
