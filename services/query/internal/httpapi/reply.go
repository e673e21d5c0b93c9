package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/export"
)

// FormatInput chooses how an answer is written, and carries what its entity tag is made of. It is exported for huma alone.
type FormatInput struct {
	Format      string `query:"format" enum:"json,csv,parquet" doc:"How the answer is written: json, or its table as csv or parquet; without it as the Accept header says (text/csv, application/vnd.apache.parquet), else json"`
	IfNoneMatch string `header:"If-None-Match" doc:"ETag of an answer at hand: 304 and no body while nothing has changed"`
	Accept      string `header:"Accept" hidden:"true"`
	url         url.URL
}

// Resolve implements huma.Resolver: it keeps the address, which is the question.
func (in *FormatInput) Resolve(ctx huma.Context) []error {
	in.url = ctx.URL()
	return nil
}

func (in *FormatInput) input() *FormatInput { return in }

// format is what the parameter says, else what the header prefers. Json wins whenever it is acceptable, since */* is what browsers and curl send.
func (in *FormatInput) format() export.Format {
	switch in.Format {
	case "csv":
		return export.CSV
	case "parquet":
		return export.Parquet
	case "json":
		return ""
	}
	f, _ := in.accepted()
	return f
}

// accepted is the first format of the header that an answer can have. ok is false when the header names others only.
func (in *FormatInput) accepted() (f export.Format, ok bool) {
	for part := range strings.SplitSeq(in.Accept, ",") {
		media, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch strings.ToLower(media) {
		case "text/csv":
			return export.CSV, true
		case "application/vnd.apache.parquet":
			return export.Parquet, true
		case "", "application/json", "*/*", "application/*":
			return "", true
		}
	}
	return "", false
}

// all says that an export is to hold every row: it was asked for, and no limit with it.
func (in *FormatInput) all() bool { return in.format() != "" && !in.url.Query().Has("limit") }

// has says that a parameter was given, be it empty.
func (in *FormatInput) has(name string) bool { return in.url.Query().Has(name) }

// asked is an input that says how its answer is to be written.
type asked interface{ input() *FormatInput }

// tabular is an answer that is a table too.
type tabular interface{ Table() export.Table }

// reply writes an answer in one of its formats, with an entity tag.
type reply struct{ Body func(huma.Context) }

// question registers a question: ask gives the answer. Everything about the reply is the same for all of them: its format, its entity tag, and
// that figures are kept out of shared caches.
func question[I, A any](a *API, api huma.API, op huma.Operation, ask func(context.Context, *I) (*A, error)) {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[A]())
	content := map[string]*huma.MediaType{"application/json": {Schema: schema}}
	if _, ok := any(new(A)).(tabular); ok {
		for _, f := range []export.Format{export.CSV, export.Parquet} {
			media, _, _ := strings.Cut(f.ContentType(), ";")
			content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
	}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "The answer", Content: content, Headers: map[string]*huma.Param{"ETag": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		"304": {Description: "Nothing has changed since the answer that If-None-Match names"},
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*reply, error) {
		how, ok := any(in).(asked)
		if !ok {
			return nil, a.problem(ctx, fmt.Errorf("the input of %s embeds no FormatInput", op.OperationID))
		}
		if _, ok := how.input().accepted(); !ok && how.input().Format == "" {
			return nil, newProblem(http.StatusNotAcceptable, "no-such-format", "", "An answer can be application/json, text/csv or application/vnd.apache.parquet.")
		}
		version, err := a.answers.Version(ctx)
		if err != nil {
			version = answer.Version{} // no tag, and nothing is remembered; the question itself will tell what is wrong
		}
		tag := tagOf(ctx, version.Word, how.input())
		if tag != "" && matches(how.input().IfNoneMatch, tag) {
			return &reply{Body: func(hc huma.Context) { notModified(hc, tag) }}, nil
		}
		result, err := ask(answer.WithVersion(ctx, version), in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return a.written(ctx, how.input().format(), tag, result)
	})
}

// tagOf is a weak entity tag of the question over the data as it is now; empty when the data's version cannot be told. It is made before the
// data is read: what lands meanwhile makes a tag out of date that need not have been, never the reverse. The age in an answer is not part of
// it, hence weak.
func tagOf(ctx context.Context, version string, in *FormatInput) string {
	if version == "" {
		return ""
	}
	hash := sha256.New()
	query := in.url.Query()
	query.Del("format")
	fmt.Fprintf(hash, "%s\n%s\n%s\n%s\n%q\n", Version, version, in.url.Path, query.Encode(), access.Visible(ctx))
	fmt.Fprintf(hash, "%s\n", in.format())
	return `W/"` + base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:15]) + `"`
}

// matches reads the header's list. Weak comparison: W/ says nothing here.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// cachePrivately keeps figures out of shared caches: they belong to a workspace. The reader's own browser may keep them, and asks each time
// whether they still hold.
const cachePrivately = "private, no-cache"

func headers(hc huma.Context, tag string) {
	hc.SetHeader("Cache-Control", cachePrivately)
	hc.AppendHeader("Vary", "Accept, Authorization")
	if tag != "" {
		hc.SetHeader("ETag", tag)
	}
}

func notModified(hc huma.Context, tag string) {
	headers(hc, tag)
	hc.SetStatus(http.StatusNotModified)
}

// written is the reply in a format. JSON is made whole before anything is sent, so that a failure is a status and not half an answer; tables
// are sent as they are read, since an export may be large.
func (a *API) written(ctx context.Context, f export.Format, tag string, result any) (*reply, error) {
	if f == "" {
		var body bytes.Buffer
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(result); err != nil {
			return nil, a.problem(ctx, fmt.Errorf("encode answer: %w", err))
		}
		return &reply{Body: func(hc huma.Context) {
			headers(hc, tag)
			hc.SetHeader("Content-Type", "application/json")
			hc.SetStatus(http.StatusOK)
			_, _ = hc.BodyWriter().Write(body.Bytes()) // the client may be gone; there is nobody to tell
		}}, nil
	}
	table, ok := result.(tabular)
	if !ok {
		return nil, newProblem(http.StatusNotAcceptable, "no-table", "", "This answer is no table: ask for json.")
	}
	return a.exported(ctx, f, tag, table.Table()), nil
}

// exported sends a table. What fails after the first byte can only be told by breaking the connection off, so that half a file is not taken
// for a whole one.
func (a *API) exported(ctx context.Context, f export.Format, tag string, t export.Table) *reply {
	return &reply{Body: func(hc huma.Context) {
		w := &started{hc: hc, begin: func() {
			headers(hc, tag)
			hc.SetHeader("Content-Type", f.ContentType())
			hc.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", t.Name+"."+string(f)))
			hc.SetStatus(http.StatusOK)
		}}
		err := export.Write(w, f, t)
		if err == nil {
			w.start() // a table without a byte is an answer too
			return
		}
		if ctx.Err() == nil {
			a.onError(ctx, err)
		}
		if w.yes {
			panic(http.ErrAbortHandler) // net/http's own way to break off; it is not logged
		}
		p, _ := Problem(err)
		hc.SetHeader("Content-Type", "application/problem+json")
		hc.SetStatus(p.Status)
		_ = json.NewEncoder(hc.BodyWriter()).Encode(p) // the client may be gone
	}}
}

// started sends the headers with the first byte, so that what fails before it still has a status.
type started struct {
	hc    huma.Context
	begin func()
	yes   bool
}

func (s *started) start() {
	if !s.yes {
		s.yes = true
		s.begin()
	}
}

// Write implements io.Writer.
func (s *started) Write(b []byte) (int, error) {
	s.start()
	return s.hc.BodyWriter().Write(b)
}
