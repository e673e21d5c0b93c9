package page

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/answer"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// frame is what every page has.
type frame struct {
	Title    string
	StyleURL string
}

func (p *Page) frame(title string) frame { return frame{Title: title, StyleURL: p.styleURL} }

// channelsView is the page as its template reads it: texts and lengths, nothing left to compute.
type channelsView struct {
	frame
	Headline   string
	IsEmpty    bool
	Sending    sending
	Freshness  string
	IsStale    bool
	Workspaces []option
	Models     []option
	Groups     []option
	Bases      []option
	Periods    []option
	From, To   string
	Kept       []field
	Tiles      []tile
	Chart      chart
	Table      tableView
	Coverage   string
	Scope      string
	Warnings   []string
	JSON       string
	Filter     string
	Unfilter   string
}

// option is one choice of several.
type option struct {
	Label, Value, Href string
	Selected           bool
}

// field is a parameter that a form carries along unseen.
type field struct{ Name, Value string }

// tile is one figure with its unit and what it is compared with.
type tile struct{ Label, Value, Unit, Note, Exact string }

// staleAfter is when freshness becomes a doubt to show.
const staleAfter = 10 * time.Minute

func (p *Page) view(r *http.Request, a *answer.Channels, request answer.Request) channelsView {
	at := address{path: "/", values: request}
	v := channelsView{
		frame: p.frame("Channels"), Headline: a.Headline, IsEmpty: len(a.Rows) == 0 && request.From == "" && request.To == "",
		Sending: p.sending(p.cfg.Now().UTC().Format(time.DateOnly)), Workspaces: workspaceOptions(r, a, at), Models: modelOptions(a),
		Groups:  options(at, "group_by", a.GroupBy, []option{{Label: "Channels", Value: "channel"}, {Label: "Campaigns", Value: "campaign"}}),
		Bases:   options(at, "basis", a.Basis, []option{{Label: "Touch date", Value: "touch"}, {Label: "Close date", Value: "close"}}),
		Periods: periodOptions(at, request, a), From: a.From, To: a.To, Kept: at.kept("model", "from", "to"),
		JSON: at.api(), Filter: request.Channel, Unfilter: at.with("channel", ""),
	}
	v.Freshness, v.IsStale = freshness(a.Freshness)
	for _, warning := range a.Warnings {
		v.Warnings = append(v.Warnings, warning.Detail)
	}
	if len(a.Rows) > 0 {
		v.Tiles, v.Chart, v.Table = tiles(a), chartOf(a), tableOf(a, at)
		v.Scope = scope(a)
		v.Coverage = coverage(a)
	}
	return v
}

// scope names the four things that change what the figures mean, and the currency.
func scope(a *answer.Channels) string {
	text := fmt.Sprintf("%s model · by date of %s · %s to %s", modelLabel(a.Model), a.Basis, a.From, a.To)
	if a.Comparison != nil {
		text += fmt.Sprintf(", before: %s to %s", a.Comparison.From, a.Comparison.To)
	}
	if a.Currency != "" {
		text += " · " + a.Currency
	}
	return text + " · as known now"
}

func coverage(a *answer.Channels) string {
	if a.Totals.Coverage == nil {
		return "There is no outcome to attribute yet."
	}
	return fmt.Sprintf("%s of %s is attributed to touchpoints.", readable.Percent(a.Totals.Coverage), measureWords[a.Totals.CoverageMeasure])
}

var measureWords = map[string]string{
	string(performance.MeasureValue): "the value", string(performance.MeasureCustomers): "the customers",
	string(performance.MeasureOpportunities): "the opportunities", string(performance.MeasureConversions): "the conversions",
	string(performance.MeasureTouchpoints): "the touchpoints",
}

func workspaceOptions(r *http.Request, a *answer.Channels, at address) []option {
	visible := access.Visible(r.Context())
	if len(visible) < 2 {
		return nil
	}
	var list []option
	for _, name := range visible {
		list = append(list, option{Label: name, Value: name, Href: at.with("workspace", name), Selected: name == a.Workspace})
	}
	return list
}

func modelOptions(a *answer.Channels) []option {
	list := []option{}
	for _, model := range a.Scope.Models {
		list = append(list, option{Label: modelLabel(model), Value: model, Selected: model == a.Model})
	}
	if len(list) == 0 {
		list = append(list, option{Label: modelLabel(a.Model), Value: a.Model, Selected: true})
	}
	return list
}

func options(at address, param, selected string, list []option) []option {
	for i := range list {
		list[i].Href, list[i].Selected = at.with(param, list[i].Value), list[i].Value == selected
	}
	return list
}

// freshness says how old the figures are, in the largest unit that still tells something.
func freshness(f answer.Freshness) (text string, stale bool) {
	if f.AgeSeconds == nil {
		return "nothing recorded yet", false
	}
	age := time.Duration(*f.AgeSeconds * float64(time.Second))
	stale = age > staleAfter
	switch {
	case age < 2*time.Minute:
		return fmt.Sprintf("latest event %d s ago", int(age.Seconds())), stale
	case age < 2*time.Hour:
		return fmt.Sprintf("latest event %d min ago", int(age.Minutes())), stale
	case age < 48*time.Hour:
		return fmt.Sprintf("latest event %d h ago", int(age.Hours())), stale
	}
	return "latest event on " + f.RecordedAt.Format(time.DateOnly), stale
}

// tiles are the outcome beside what it cost, then how far to trust it.
func tiles(a *answer.Channels) []tile {
	t := a.Totals
	list := []tile{}
	was := func(pick func(answer.Figures) string) string {
		if t.Previous == nil {
			return ""
		}
		return "before: " + pick(*t.Previous)
	}
	money := func(label string, pick func(answer.Figures) string) {
		if approximately(pick(t.Figures)) != 0 {
			read := func(f answer.Figures) string { return readable.Decimal(pick(f), placesOf(a)) }
			list = append(list, tile{label, read(t.Figures), a.Currency, was(read), pick(t.Figures) + " " + a.Currency})
		}
	}
	count := func(label string, pick func(answer.Figures) float64) {
		if pick(t.Figures) != 0 {
			read := func(f answer.Figures) string { return readable.Count(pick(f)) }
			list = append(list, tile{Label: label, Value: read(t.Figures), Note: was(read)})
		}
	}
	money("Spend", func(f answer.Figures) string { return f.Spend })
	money("Revenue", func(f answer.Figures) string { return f.Revenue })
	money("Conversion value", func(f answer.Figures) string { return f.ConversionValue })
	if t.ROI != nil {
		roi := func(f answer.Figures) string { return readable.SignedPercent(f.ROI) }
		list = append(list, tile{Label: "ROI", Value: roi(t.Figures), Note: was(roi)})
	}
	count("Customers", func(f answer.Figures) float64 { return f.Customers })
	count("Opportunities", func(f answer.Figures) float64 { return f.Opportunities })
	count("Conversions", func(f answer.Figures) float64 { return f.Conversions })
	if t.Coverage != nil {
		list = append(list, tile{Label: "Coverage", Value: readable.Percent(t.Coverage), Note: "of " + measureWords[t.CoverageMeasure]})
	}
	return list
}
