package query_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// TestInjection_everyParameter takes paths and parameters from the API's own document, so that what is added later is attacked too. Attacks
// take turns: each parameter meets a few, all of them meet all.
func TestInjection_everyParameter(t *testing.T) {
	w := newWorld(t, nil)
	b2b(w)
	deal(w)
	_, _, document := get(t, w.url+"/api/openapi.json")
	var api struct {
		Paths map[string]struct {
			Get *struct {
				Parameters []struct{ Name, In string }
			}
		}
	}
	w.check(json.Unmarshal([]byte(document), &api))
	asked := 0
	for path, item := range api.Paths {
		if item.Get == nil || path == "/api/v1/events" {
			continue
		}
		for i, p := range item.Get.Parameters {
			for k := range attacks {
				if (k+i)%5 != 0 {
					continue
				}
				address := strings.ReplaceAll(path, "{id}", "opp-1")
				query := url.Values{p.Name: {attacks[k]}}
				if p.In == "path" {
					address, query = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(strings.ReplaceAll(attacks[k], "\x00", "")+"x")), url.Values{}
				}
				if path == "/api/v1/contributions" && p.Name != "measure" {
					query.Set("measure", "revenue")
				}
				status, header, body := get(t, w.url+address+"?"+query.Encode())
				asked++
				if status != http.StatusOK && status != http.StatusUnprocessableEntity && status != http.StatusNotFound && status != http.StatusBadRequest &&
					!strings.Contains(body, "problem:read-only") {
					t.Errorf("%s?%s: %d %s", address, query.Encode(), status, body)
				}
				if strings.Contains(body, "Secret") || strings.Contains(body, "secret_model") || strings.Contains(body, "DB::Exception") {
					t.Errorf("%s?%s shows what it must not: %s", address, query.Encode(), body)
				}
				if header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: a browser may take the answer for a page", address)
				}
			}
		}
	}
	if asked < 200 {
		t.Errorf("only %d attacks were made", asked)
	}
	if a := answered[answer.Channels](w, "/api/v1/channels"); a.Totals.Value != "1000.00" {
		t.Errorf("after all that the value is %s", a.Totals.Value)
	}
}
