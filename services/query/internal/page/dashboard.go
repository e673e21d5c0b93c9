package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Places are the addresses of the dashboard beside /; each is the same document, whose script reads the address.
var places = []string{"/{$}", "/outcomes", "/channels", "/tracking", "/measurement", "/iteration"}

// dashboardSecurity allows scripts, styles, fonts and questions of this origin, and nothing inline: names on the page come from the addresses
// that visitors open.
const dashboardSecurity = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// forever is for files whose address changes with their content.
const forever = "public, max-age=31536000, immutable"

// collectorMark and answersMark are replaced in the built document by the collector's address and by the paths of the API, so that the dashboard
// asks only what this service answers.
const (
	collectorMark = `content="COLLECTOR_URL"`
	answersMark   = `content="API_PATHS"`
)

// dashboard serves the built files from memory, compressed once.
type dashboard struct {
	index asset
	files map[string]asset
}

type asset struct {
	body, zipped             []byte
	contentType, cache, etag string
}

// newDashboard reads the built files; nil without any.
func newDashboard(built fs.FS, collectorURL string, document *huma.OpenAPI) (*dashboard, error) {
	if built == nil {
		return nil, nil
	}
	d := &dashboard{files: map[string]asset{}}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		body, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		if name == "index.html" {
			body = setContent(body, collectorMark, strings.TrimSuffix(collectorURL, "/"))
			body = setContent(body, answersMark, strings.Join(slices.Sorted(maps.Keys(document.Paths)), " "))
			d.index, err = newAsset(name, body)
			return err
		}
		d.files["/"+name], err = newAsset(name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	return d, nil
}

func setContent(document []byte, mark, content string) []byte {
	return bytes.Replace(document, []byte(mark), []byte(`content="`+html.EscapeString(content)+`"`), 1)
}

// smallestZipped is the size from which compressing pays.
const smallestZipped = 512

func newAsset(name string, body []byte) (asset, error) {
	hash := sha256.Sum256(body)
	a := asset{body: body, contentType: mime.TypeByExtension(path.Ext(name)), cache: "no-cache", etag: `"` + hex.EncodeToString(hash[:8]) + `"`}
	switch path.Ext(name) { // not what the machine's own table says, which may be empty
	case ".js":
		a.contentType = "text/javascript; charset=utf-8"
	case ".css":
		a.contentType = "text/css; charset=utf-8"
	case ".html":
		a.contentType = "text/html; charset=utf-8"
	case ".svg":
		a.contentType = "image/svg+xml"
	case ".woff2":
		a.contentType = "font/woff2"
	}
	if strings.HasPrefix(name, "assets/") {
		a.cache = forever
	}
	if len(body) < smallestZipped || path.Ext(name) == ".woff2" {
		return a, nil
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return a, err
	}
	if _, err := z.Write(body); err != nil {
		return a, err
	}
	if err := z.Close(); err != nil {
		return a, err
	}
	a.zipped = zipped.Bytes()
	return a, nil
}

func (d *dashboard) register(mux *http.ServeMux) {
	for _, place := range places {
		mux.HandleFunc("GET "+place, func(w http.ResponseWriter, r *http.Request) { d.index.serve(w, r) })
	}
	for name, file := range d.files {
		mux.HandleFunc("GET "+name, func(w http.ResponseWriter, r *http.Request) { file.serve(w, r) })
	}
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", a.cache)
	h.Set("ETag", a.etag)
	h.Add("Vary", "Accept-Encoding")
	secure(h, dashboardSecurity)
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if a.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	_, _ = w.Write(body) // the client may be gone; there is nobody to tell
}
