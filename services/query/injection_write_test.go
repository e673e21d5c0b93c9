package query_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
)

// writable is a part of the API's document: what takes a body, and what may stand in it.
type writable struct {
	Paths map[string]map[string]struct {
		Parameters  []struct{ Name, In string }
		RequestBody *struct {
			Content map[string]struct {
				Schema struct {
					Ref string `json:"$ref"`
				}
			}
		}
	}
	Components struct {
		Schemas map[string]struct {
			Properties map[string]struct{ Type any }
		}
	}
}

// bodies are what an attack is written as for one operation: in every field of its JSON, as JSON of other kinds, and as a table.
func (d writable) bodies(path, method, attack string) []string {
	quoted, _ := json.Marshal(attack)
	bodies := []string{string(quoted), "[" + string(quoted) + "]", attack, `{"` + strings.Repeat(`a":{"`, 200), "day,from,to,rate\n2026-01-01," + attack + ",USD,1.1\n", ""}
	if body := d.Paths[path][method].RequestBody; body != nil {
		for _, media := range body.Content {
			name := media.Schema.Ref[strings.LastIndex(media.Schema.Ref, "/")+1:]
			fields := map[string]any{}
			for field := range d.Components.Schemas[name].Properties {
				if field != "$schema" {
					fields[field] = attack
				}
			}
			all, _ := json.Marshal(fields)
			bodies = append(bodies, string(all))
		}
	}
	return bodies
}

// TestInjection_everyBody writes every attack to everything that can be written, as the mightiest role: what is taken is data, what is refused is
// refused, nothing fails, and no figure and no other workspace is touched.
func TestInjection_everyBody(t *testing.T) {
	w := deskWorld(t)
	b2b(w)
	_, document := send(t, "GET", w.url+"/api/openapi.json", "", as("admin")...)
	api := decoded[writable](t, document)
	asked, refused := 0, 0
	for path, operations := range api.Paths {
		for method, operation := range operations {
			if method == "get" {
				continue
			}
			for i, attack := range attacks {
				address := strings.NewReplacer("{month}", "2026-01", "{id}", "opp-1").Replace(path)
				for _, p := range operation.Parameters {
					if p.In == "path" && p.Name != "month" && i%2 == 0 {
						address = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(strings.ReplaceAll(attack, "\x00", "")+"x"))
					}
				}
				for _, body := range api.bodies(path, method, attack) {
					status, text := send(t, strings.ToUpper(method), w.url+address, body, as("admin")...)
					asked++
					if status >= 400 {
						refused++
					}
					if status >= http.StatusInternalServerError || strings.Contains(text, "DB::Exception") || strings.Contains(text, "Secret") {
						t.Errorf("%s %s %.200q: %d %s", method, address, body, status, text)
					}
				}
			}
		}
	}
	if asked < 300 || refused == 0 || refused == asked {
		t.Errorf("%d attacks, of which %d were refused", asked, refused)
	}
	_, text := send(t, "GET", w.url+"/api/v1/channels", "", as("viewer")...)
	if a := decoded[answer.Channels](t, text); a.Totals.Value != "1000.00" {
		t.Errorf("after all that the value is %s", a.Totals.Value)
	}
	for _, path := range []string{"/api/v1/views", "/api/v1/periods", "/api/v1/audit", "/api/v1/rates"} {
		if status, body := send(t, "GET", w.url+path+"?workspace=other", "", as("admin")...); status != http.StatusOK || strings.Contains(body, "script") || strings.Contains(body, "UNION") {
			t.Errorf("%s of the other workspace: %d %.300s", path, status, body)
		}
	}
}

// TestInjection_whatIsSavedIsData reads names back as they were written.
func TestInjection_whatIsSavedIsData(t *testing.T) {
	w := deskWorld(t)
	for _, name := range []string{`x' OR '1'='1`, `{workspace:String}`, `<script>alert(1)</script>`, `日本語 \ "`} {
		body, _ := json.Marshal(map[string]string{"name": name, "address": "/channels?channel=" + url.QueryEscape(name)})
		if status, text := send(t, "PUT", w.url+"/api/v1/views/v1", string(body), as("editor")...); status != http.StatusOK {
			t.Errorf("save %q: %d %s", name, status, text)
			continue
		}
		_, text := send(t, "GET", w.url+"/api/v1/views/v1", "", as("viewer")...)
		if view := decoded[answer.SavedView](t, text); view.Name != name {
			t.Errorf("%q comes back as %q", name, view.Name)
		}
	}
}
