// Package page is the page for people: the answer of the API as a sentence, a picture and a table, rendered on the server. It needs no script,
// keeps its state in the address, and shows where the same figures are for programs.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/httpapi"
)

//go:embed template/*.html template/style.css
var files embed.FS

// Config is what the page shows beside the answers.
type Config struct {
	// CollectorURL is named in the lines to send as long as nothing is recorded.
	CollectorURL string
	// Now is the clock.
	Now func() time.Time
	// Document is the API that the documentation page describes.
	Document *huma.OpenAPI
}

// Page serves the page.
type Page struct {
	cfg     Config
	answers *answer.Answerer
	log     *zap.Logger
	parsed  *template.Template
	style   []byte
	// styleURL changes with the style's content, so that browsers may keep it for ever.
	styleURL string
	docs     []byte
}

// New parses the templates and renders the documentation.
func New(cfg Config, answers *answer.Answerer, log *zap.Logger) (*Page, error) {
	parsed, err := template.ParseFS(files, "template/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse page templates: %w", err)
	}
	style, err := files.ReadFile("template/style.css")
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256(style)
	p := &Page{cfg: cfg, answers: answers, log: log, parsed: parsed, style: style}
	p.styleURL = "/assets/style.css?v=" + hex.EncodeToString(hash[:6])
	if p.docs, err = p.renderDocs(); err != nil {
		return nil, err
	}
	return p, nil
}

// Register puts the page on mux.
func (p *Page) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.channels)
	mux.HandleFunc("GET /docs", p.serveDocs)
	mux.HandleFunc("GET /assets/style.css", p.serveStyle)
	mux.HandleFunc("/", p.notFound)
}

// channels shows the answer of /api/v1/channels to the same parameters.
func (p *Page) channels(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	request, err := requestOf(r, values)
	if err == nil {
		var result *answer.Channels
		if result, err = p.answers.Channels(r.Context(), request); err == nil {
			p.render(w, http.StatusOK, "channels.html", p.view(r, result, request))
			return
		}
	}
	p.fail(w, r, err)
}

// requestOf reads the parameters that the page's own forms and links make. With an explicit period it compares with the one before, so that
// the sentence and the tiles can say where things go.
func requestOf(r *http.Request, values url.Values) (answer.Request, error) {
	workspace, err := access.Workspace(r.Context(), values.Get("workspace"))
	if err != nil {
		return answer.Request{}, err
	}
	request := answer.Request{
		Workspace: workspace, Model: values.Get("model"), From: values.Get("from"), To: values.Get("to"), Basis: values.Get("basis"),
		GroupBy: values.Get("group_by"), Currency: values.Get("currency"), Value: values.Get("value"), Channel: values.Get("channel"),
		Sort: values.Get("sort"), Limit: pageRows,
	}
	if text := values.Get("offset"); text != "" {
		if request.Offset, err = strconv.Atoi(text); err != nil {
			return request, &answer.InvalidError{Param: "offset", Reason: "must be a whole number"}
		}
	}
	request.CompareFrom, request.CompareTo = periodBefore(request.From, request.To)
	return request, nil
}

// pageRows is how many rows the table shows at a time.
const pageRows = 50

// fail shows what is wrong and what to do, as the API would.
func (p *Page) fail(w http.ResponseWriter, r *http.Request, err error) {
	problem, known := httpapi.Problem(err)
	if !known {
		p.log.Error("cannot show the page", zap.Error(err))
	}
	p.problem(w, r, problem)
}

func (p *Page) problem(w http.ResponseWriter, r *http.Request, problem *huma.ErrorModel) {
	title := problem.Title
	if problem.Status == http.StatusUnprocessableEntity {
		title = "This question cannot be answered as it stands" // the status's own words are for programs
	}
	p.render(w, problem.Status, "problem.html", problemView{
		frame: p.frame(title), Title: title, Detail: problem.Detail, Retry: problem.Status == http.StatusServiceUnavailable,
		Again: r.URL.RequestURI(),
	})
}

func (p *Page) notFound(w http.ResponseWriter, r *http.Request) {
	problem := &huma.ErrorModel{
		Type: "urn:tributary:problem:not-found", Title: "Nothing here", Status: http.StatusNotFound,
		Detail: "There is no such page. The channels are at /, the API is described at /docs.",
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		problem.Title, problem.Status = http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed
		problem.Detail = "This service only reads: use GET. Events are sent to the collector."
		w.Header().Set("Allow", "GET, HEAD")
	}
	if !slices.Contains([]string{"", "*/*", "application/json"}, r.Header.Get("Accept")) {
		p.problem(w, r, problem)
		return
	}
	writeProblem(w, r, problem)
}

// contentSecurity allows the page its own style and nothing else: names on it come from the addresses that visitors open.
const contentSecurity = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

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
	secure(h)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client may be gone; there is nobody to tell
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", contentSecurity)
	h.Set("Referrer-Policy", "same-origin") // addresses hold the question
}

func (p *Page) serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	secure(w.Header())
	_, _ = w.Write(p.style)
}

func (p *Page) serveDocs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	secure(w.Header())
	_, _ = w.Write(p.docs)
}

var errNoDocument = errors.New("the documentation page needs the API's document")
