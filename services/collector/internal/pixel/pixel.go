// Package pixel serves px.js, the script that sites include, repeats the visitor's id in a cookie where the collector is first-party, and shows a page for trying it.
//
// The TypeScript is in web, bundled by esbuild into px.js, which is committed: building the collector needs neither Node nor esbuild. A test holds the two together.
package pixel

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed" // px.js is part of the program.
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

//go:generate go run ./generate

// MaxBytes is the most that px.js may weigh, compressed.
const MaxBytes = 4 << 10

// An hour in the cache keeps a busy site's visitors off the collector, and a corrected script reaches everybody the same day.
const cacheControl = "public, max-age=3600, stale-while-revalidate=86400"

//go:embed px.js
var source []byte

// Options are what the pixel's part of the collector can be told.
type Options struct {
	// Demo serves the page for trying the pixel at /demo.
	Demo bool
	// Key is the public write key of that page. Without one nothing is sent from it.
	Key string
}

// script is px.js as it is served, packed and plain.
type script struct {
	plain, packed       []byte
	plainTag, packedTag string
}

// Wrap adds GET /px.js, the visitor's cookie and, when asked for, /demo to the collector's endpoints. What is none of them costs a comparison or two.
func Wrap(next http.Handler, o Options) (http.Handler, error) {
	js, err := newScript()
	if err != nil {
		return nil, err
	}
	show := http.NotFoundHandler()
	if o.Demo {
		if show, err = newDemo(o.Key); err != nil {
			return nil, err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/px.js":
			js.ServeHTTP(w, r)
		case o.Demo && (r.URL.Path == "/demo" || strings.HasPrefix(r.URL.Path, "/demo/")):
			show.ServeHTTP(w, r)
		default:
			if r.URL.RawQuery != "" {
				remember(w, r)
			}
			next.ServeHTTP(w, r)
		}
	}), nil
}

func newScript() (*script, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack px.js: %w", err)
	}
	if _, err = z.Write(source); err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("pack px.js: %w", err)
	}
	sum := sha256.Sum256(source)
	tag := hex.EncodeToString(sum[:8])
	return &script{plain: source, packed: packed.Bytes(), plainTag: `"` + tag + `"`, packedTag: `"` + tag + `-gz"`}, nil
}

// ServeHTTP answers GET and HEAD, with 304 for whoever has it already.
func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", cacheControl)
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	// Sites with cross-origin isolation, or with integrity attributes, ask for these.
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	body := s.plain
	h.Set("ETag", s.plainTag)
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = s.packed
		h.Set("ETag", s.packedTag)
		h.Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "px.js", time.Time{}, bytes.NewReader(body))
}
