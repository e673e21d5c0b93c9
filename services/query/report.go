package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/terminal"
)

// ReportResult is the answer of /api/v1/channels.
type ReportResult = answer.Channels

// RenderOptions say how RenderReport prints: a table fitted to Width columns (0: no limit), json or csv.
type RenderOptions = terminal.Options

// The formats of RenderReport.
const (
	FormatTable = terminal.FormatTable
	FormatJSON  = terminal.FormatJSON
	FormatCSV   = terminal.FormatCSV
)

// ReportRequest is a question to a running query service. Empty fields take the service's defaults.
type ReportRequest struct {
	// URL of the service, as http://127.0.0.1:8090.
	URL string
	// Token is the API token, where the service wants one.
	Token string
	// The parameters of /api/v1/channels.
	Workspace, Model, From, To, CompareFrom, CompareTo, Basis, GroupBy, Currency, Value, Channel, Sort string
	AsOf, Books                                                                                        string
	ConversionTypes                                                                                    []string
	Limit, Offset                                                                                      int
	// Client is used instead of one with a timeout of a minute.
	Client *http.Client
}

// reportTimeout is longer than the service may take for any answer.
const reportTimeout = time.Minute

// maxReportBytes bounds what is read of an answer: far more than the largest page of rows.
const maxReportBytes = 16 << 20

// Report asks a running service. It is what the API answers and nothing else, so that the terminal, the page and programs show the same figures.
func Report(ctx context.Context, r ReportRequest) (*ReportResult, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(r.URL, "/")+"/api/v1/channels?"+r.values().Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("report: %q is not the URL of a query service: %w", r.URL, err)
	}
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	client := r.Client
	if client == nil {
		client = &http.Client{Timeout: reportTimeout}
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("report: ask the query service (is 'tributary up' running?): %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxReportBytes))
	if err != nil {
		return nil, fmt.Errorf("report: read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("report: %w", problemIn(response.StatusCode, body))
	}
	var result ReportResult
	if err := json.Unmarshal(body, &result); err != nil {
		return nil, fmt.Errorf("report: %s does not answer as a query service: %w", r.URL, err)
	}
	return &result, nil
}

// problemIn is what a problem document says, in a sentence.
func problemIn(status int, body []byte) error {
	var problem struct {
		Title, Detail string
		Errors        []struct{ Message, Location string }
	}
	if json.Unmarshal(body, &problem) != nil || problem.Title == "" {
		return fmt.Errorf("the query service answered %d", status)
	}
	parts := []string{problem.Title}
	if problem.Detail != "" {
		parts = append(parts, problem.Detail)
	}
	for _, e := range problem.Errors {
		if !strings.Contains(problem.Detail, e.Message) {
			parts = append(parts, strings.TrimPrefix(e.Location, "query.")+": "+e.Message)
		}
	}
	return errors.New(strings.Join(parts, ": "))
}

func (r ReportRequest) values() url.Values {
	values := url.Values{}
	for name, value := range map[string]string{
		"workspace": r.Workspace, "model": r.Model, "from": r.From, "to": r.To, "compare_from": r.CompareFrom, "compare_to": r.CompareTo,
		"basis": r.Basis, "group_by": r.GroupBy, "currency": r.Currency, "value": r.Value, "channel": r.Channel, "sort": r.Sort,
		"conversion_type": strings.Join(r.ConversionTypes, ","), "as_of": r.AsOf, "books": r.Books,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	for name, value := range map[string]int{"limit": r.Limit, "offset": r.Offset} {
		if value != 0 {
			values.Set(name, strconv.Itoa(value))
		}
	}
	return values
}

// RenderReport prints a result.
func RenderReport(w io.Writer, result *ReportResult, o RenderOptions) error {
	if err := terminal.Render(w, result, o); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

// TerminalOptions fit a report to where it goes: the width of a terminal, and colour if it is one and nobody objects (NO_COLOR, TERM=dumb). A
// pipe or a file gets neither.
func TerminalOptions(out *os.File, getenv func(string) string) RenderOptions {
	descriptor := int(out.Fd())
	if !term.IsTerminal(descriptor) {
		return RenderOptions{}
	}
	width, _, err := term.GetSize(descriptor)
	if err != nil {
		width = 0
	}
	return RenderOptions{Width: width, Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}
