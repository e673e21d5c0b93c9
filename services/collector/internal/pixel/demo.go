package pixel

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"time"
)

//go:embed demo
var demoFiles embed.FS

// The page's policy is what a careful site would have: it names the collector, and nothing inline.
const demoPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"

// newDemo is a small site: one page for every address below /demo, as a single-page application has, and its script and style.
func newDemo(key string) (http.Handler, error) {
	page, err := template.ParseFS(demoFiles, "demo/index.html")
	if err != nil {
		return nil, fmt.Errorf("read the demonstration page: %w", err)
	}
	var html bytes.Buffer
	if err := page.Execute(&html, struct{ Key string }{key}); err != nil {
		return nil, fmt.Errorf("write the demonstration page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", demoPolicy)
		h.Set("Cache-Control", "no-store")
		switch name := path.Base(r.URL.Path); name {
		case "demo.js", "demo.css":
			http.ServeFileFS(w, r, demoFiles, "demo/"+name)
		default:
			// The form is sent here, too.
			if r.Method == http.MethodPost {
				http.Redirect(w, r, "/demo/thanks", http.StatusSeeOther)
				return
			}
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Length", strconv.Itoa(html.Len()))
			http.ServeContent(w, r, "demo.html", time.Time{}, bytes.NewReader(html.Bytes()))
		}
	}), nil
}
