package query

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

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

// Report asks a running service. It is what the API answers and nothing else, so that the terminal, the page and programs show the same figures.
func Report(ctx context.Context, r ReportRequest) (*ReportResult, error) {
	result := &ReportResult{}
	err := question{url: r.URL, path: "/api/v1/channels", token: r.Token, parameters: r.parameters(), client: r.Client}.ask(ctx, result)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return result, nil
}

func (r ReportRequest) parameters() map[string]string {
	parameters := map[string]string{
		"workspace": r.Workspace, "model": r.Model, "from": r.From, "to": r.To, "compare_from": r.CompareFrom, "compare_to": r.CompareTo,
		"basis": r.Basis, "group_by": r.GroupBy, "currency": r.Currency, "value": r.Value, "channel": r.Channel, "sort": r.Sort,
		"conversion_type": strings.Join(r.ConversionTypes, ","), "as_of": r.AsOf, "books": r.Books,
	}
	for name, value := range map[string]int{"limit": r.Limit, "offset": r.Offset} {
		if value != 0 {
			parameters[name] = strconv.Itoa(value)
		}
	}
	return parameters
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
