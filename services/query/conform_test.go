package query_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/httpapi"
)

// contract is the API's document, as every answer that a test gets is held against it.
type contract struct {
	mux       *http.ServeMux
	responses map[string]map[string]map[string]*jsonschema.Schema // by method and path, status, content type; a nil schema: any content
}

// theContract is made without a service: the document hangs on nothing but the code.
var theContract = sync.OnceValues(func() (*contract, error) {
	document := httpapi.Register(http.NewServeMux(), answer.New(answer.Config{}, nil), httpapi.NewStreams(1), nil)
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	const base = "urn:document"
	if err := compiler.AddResource(base, parsed); err != nil {
		return nil, err
	}
	c := &contract{mux: http.NewServeMux(), responses: map[string]map[string]map[string]*jsonschema.Schema{}}
	var d apiDocument
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	for path, item := range d.Paths {
		for method, o := range item {
			at := strings.ToUpper(method) + " " + path
			c.mux.HandleFunc(at, func(http.ResponseWriter, *http.Request) {})
			c.responses[at] = map[string]map[string]*jsonschema.Schema{}
			for status, response := range o.Responses {
				c.responses[at][status] = map[string]*jsonschema.Schema{}
				for media, content := range response.Content {
					c.responses[at][status][media] = nil
					if content.Schema == nil || !strings.Contains(media, "json") {
						continue
					}
					place := base + "#/paths/" + url.PathEscape(strings.ReplaceAll(path, "/", "~1")) + "/" + method + "/responses/" + status + "/content/" + url.PathEscape(strings.ReplaceAll(media, "/", "~1")) + "/schema"
					if c.responses[at][status][media], err = compiler.Compile(place); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	return c, nil
})

// conforms holds an answer against the document: its status, its content type and every field of it. What is no operation is left alone.
func conforms(t *testing.T, method, address string, status int, header http.Header, body string) {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		return // an address that only a client without manners sends
	}
	_, pattern := c.mux.Handler(request)
	documented, known := c.responses[pattern]
	if !known || strings.HasSuffix(pattern, "/events") {
		return
	}
	contents, ok := documented[strconv.Itoa(status)]
	if !ok {
		t.Errorf("%s: status %d is not documented: %.300s", pattern, status, body)
		return
	}
	if len(contents) == 0 || method == http.MethodHead {
		return
	}
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	schema, ok := contents[media]
	if !ok {
		t.Errorf("%s: %d as %q is not documented", pattern, status, media)
		return
	}
	if schema == nil {
		return
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		t.Errorf("%s: %s: the answer is not what the document says: %v: %.500s", pattern, address, err, body)
	}
}
