// Package page is what people open in a browser: the dashboard, the documentation of the API, and problems as pages. It shows no figure of its
// own: the dashboard asks the API for each.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"
)

//go:embed template/*.html template/style.css
var files embed.FS

// Config is what the pages are made of.
type Config struct {
	// CollectorURL is named in the lines to send as long as nothing is recorded.
	CollectorURL string
	// Document is the API that the documentation page describes.
	Document *huma.OpenAPI
	// Dictionary reads what /docs/data shows. Nil: there is no such page.
	Dictionary Dictionary
	// Dashboard is the built dashboard. Nil: this binary was built without it, and / says how to build it.
	Dashboard fs.FS
}

// Page serves the pages.
type Page struct {
	log    *zap.Logger
	parsed *template.Template
	style  []byte
	// styleURL changes with the style's content, so that browsers may keep it for ever.
	styleURL   string
	docs       []byte
	dashboard  *dashboard
	dictionary Dictionary
}

// New parses the templates, renders the documentation and reads the dashboard.
func New(cfg Config, log *zap.Logger) (*Page, error) {
	parsed, err := template.ParseFS(files, "template/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse page templates: %w", err)
	}
	style, err := files.ReadFile("template/style.css")
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(style)
	p := &Page{log: log, parsed: parsed, style: style, dictionary: cfg.Dictionary}
	p.styleURL = "/assets/style.css?v=" + hex.EncodeToString(hash[:6])
	if p.docs, err = p.renderDocs(cfg.Document); err != nil {
		return nil, err
	}
	if p.dashboard, err = newDashboard(cfg.Dashboard, cfg.CollectorURL, cfg.Document); err != nil {
		return nil, err
	}
	return p, nil
}

// Register puts the pages on mux.
func (p *Page) Register(mux *http.ServeMux) {
	if p.dashboard == nil {
		mux.HandleFunc("GET /{$}", p.unbuilt)
	} else {
		p.dashboard.register(mux)
	}
	mux.HandleFunc("GET /docs", p.serveDocs)
	if p.dictionary != nil {
		mux.HandleFunc("GET /docs/data", p.serveData)
	}
	mux.HandleFunc("GET /assets/style.css", p.serveStyle)
	mux.HandleFunc("/", p.notFound)
}

// unbuilt says what to do about a binary without the dashboard.
func (p *Page) unbuilt(w http.ResponseWriter, _ *http.Request) {
	p.render(w, http.StatusOK, "problem.html", problemView{
		frame: p.frame("No dashboard in this binary"), Title: "No dashboard in this binary",
		Detail: "It was built without npm. Run make build on a machine with Node 20.19 or later, and start bin/tributary again. " +
			"The figures are all there: the API is described at /docs, and tributary report prints them.",
	})
}

func (p *Page) notFound(w http.ResponseWriter, r *http.Request) {
	problem := &huma.ErrorModel{
		Type: "urn:tributary:problem:not-found", Title: "Nothing here", Status: http.StatusNotFound,
		Detail: "There is no such page. The dashboard is at /, the API is described at /docs, the tables at /docs/data.",
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		problem.Type, problem.Title, problem.Status = "urn:tributary:problem:method-not-allowed", http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed
		problem.Detail = "Nothing is changed here. What the API takes is described at /docs; events are sent to the collector."
		w.Header().Set("Allow", "GET, HEAD")
	}
	if !slices.Contains([]string{"", "*/*", "application/json"}, r.Header.Get("Accept")) {
		p.render(w, problem.Status, "problem.html", problemView{frame: p.frame(problem.Title), Title: problem.Title, Detail: problem.Detail})
		return
	}
	writeProblem(w, r, problem)
}

// documentSecurity allows the documentation its own style and nothing else.
const documentSecurity = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (p *Page) render(w http.ResponseWriter, status int, name string, view any) {
	var body bytes.Buffer // rendered whole before anything is sent, so that a failure is a status and not half a page
	if err := p.parsed.ExecuteTemplate(&body, name, view); err != nil {
		p.log.Error("render page", zap.String("template", name), zap.Error(err))
		http.Error(w, "the page could not be rendered", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-store")
	secure(h, documentSecurity)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may be gone; there is nobody to tell
}

func secure(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin") // addresses hold the question
}

func (p *Page) serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", forever)
	secure(w.Header(), documentSecurity)
	_, _ = w.Write(p.style)
}

func (p *Page) serveDocs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	secure(w.Header(), documentSecurity)
	_, _ = w.Write(p.docs)
}

var errNoDocument = errors.New("the documentation page needs the API's document")
