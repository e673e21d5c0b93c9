package answer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Request is a question as it came, before anything is known about the data. Empty fields take their defaults.
type Request struct {
	// Workspace is set by whoever authorised the request, never copied from it.
	Workspace string
	// Model is for Channels, Models for Compare.
	Model  string
	Models []string
	// From and To are days, both included. Empty: the first and the last with any figure.
	From, To string
	// CompareFrom and CompareTo are the comparison period, both or none.
	CompareFrom, CompareTo string
	Basis                  string
	GroupBy                string
	Currency               string
	Value                  string
	ConversionTypes        []string
	// Channel keeps the rows of one channel; totals are then of that channel.
	Channel string
	// Sort is a measure, "channel" or "campaign", with a leading "-" for descending.
	Sort          string
	Limit, Offset int
	// Cursor continues after a page, instead of Offset.
	Cursor string
	// All asks for every row there is, for an export.
	All bool
	// Interval gives rows a sparkline in such steps, and makes the points of Trend.
	Interval string
	// AsOf is a moment in RFC 3339, or a day, which means its end: only what was recorded by then counts. Empty: everything.
	AsOf string
	// Books is "closed" when what changed in a month after its close is to count in the month that took it. Empty: "open".
	Books string
}

// InvalidError is a question that cannot be answered as put. It names the parameter and what to do.
type InvalidError struct {
	Param, Reason string
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Param + ": " + e.Reason }

func invalid(param, format string, args ...any) error {
	return &InvalidError{Param: param, Reason: fmt.Sprintf(format, args...)}
}

// Limits of a question. Names longer than any real one only serve to probe.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
	// MaxExportRows is how many rows a file may have.
	MaxExportRows = 1_000_000
	MaxOffset     = 100_000
	MaxModels     = 20
	MaxTypes      = 20
	MaxNameRunes  = 200
	MaxDays       = 3660
)

// question is a checked request.
type question struct {
	Request
	builder
	basis      performance.Basis
	from, to   *performance.Day
	comparison *performance.Period
	// interval is empty where time is not asked for.
	interval   performance.Interval
	moment     store.Moment
	sort       performance.Measure
	sortByName bool
	descending bool
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// check reads a request strictly: what is not understood is refused, not guessed, because a figure answers exactly what was asked or misleads.
func check(r Request) (question, error) {
	q := question{
		Request: r, basis: performance.BasisTouch,
		builder: builder{groupBy: performance.GroupByChannel, value: performance.ValueBoth},
	}
	if err := q.checkChoices(); err != nil {
		return q, err
	}
	if err := q.checkPeriods(); err != nil {
		return q, err
	}
	if err := q.checkMoment(); err != nil {
		return q, err
	}
	if err := q.checkNames(); err != nil {
		return q, err
	}
	if err := q.checkSort(); err != nil {
		return q, err
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	if q.All {
		q.Limit = MaxExportRows
	} else if q.Limit < 0 || q.Limit > MaxLimit {
		return q, invalid("limit", "take 1 to %d rows, and the next ones with offset", MaxLimit)
	}
	if q.Offset < 0 || q.Offset > MaxOffset {
		return q, invalid("offset", "must be 0 to %d", MaxOffset)
	}
	return q, nil
}

func (q *question) checkChoices() error {
	if q.Basis != "" {
		q.basis = performance.Basis(q.Basis)
	}
	if q.basis != performance.BasisTouch && q.basis != performance.BasisClose {
		return invalid("basis", "must be touch (date of the touch) or close (date of the conversion or close)")
	}
	if q.GroupBy != "" {
		q.groupBy = performance.GroupBy(q.GroupBy)
	}
	if !slices.Contains(performance.Groupings(), q.groupBy) {
		return invalid("group_by", "must be channel, campaign, content, landing_page, source or medium")
	}
	if q.Value != "" {
		q.value = performance.ValueBasis(q.Value)
	}
	if !slices.Contains([]performance.ValueBasis{performance.ValueBoth, performance.ValueRevenue, performance.ValueConversionValue}, q.value) {
		return invalid("value", "must be both, revenue or conversion_value")
	}
	q.interval = performance.Interval(q.Interval)
	if !slices.Contains([]performance.Interval{"", performance.IntervalDay, performance.IntervalWeek, performance.IntervalMonth}, q.interval) {
		return invalid("trend", "must be day, week or month")
	}
	if q.Currency != "" && !currencyCode.MatchString(q.Currency) {
		return invalid("currency", "must be an ISO 4217 code in capitals, as EUR")
	}
	return nil
}

func (q *question) checkPeriods() error {
	days := map[string]*performance.Day{}
	for param, text := range map[string]string{"from": q.From, "to": q.To, "compare_from": q.CompareFrom, "compare_to": q.CompareTo} {
		if text == "" {
			continue
		}
		day, err := performance.ParseDay(text)
		if err != nil {
			return invalid(param, "%s", err)
		}
		days[param] = &day
	}
	q.from, q.to = days["from"], days["to"]
	if q.from != nil && q.to != nil {
		if err := checkPeriod("to", performance.Period{From: *q.from, To: *q.to}); err != nil {
			return err
		}
	}
	from, to := days["compare_from"], days["compare_to"]
	if (from == nil) != (to == nil) {
		return invalid("compare_to", "a comparison needs both compare_from and compare_to")
	}
	if from != nil {
		q.comparison = &performance.Period{From: *from, To: *to}
		return checkPeriod("compare_to", *q.comparison)
	}
	return nil
}

func checkPeriod(param string, p performance.Period) error {
	if p.Days() == 0 {
		return invalid(param, "the period ends before it begins: %s is before %s", p.To, p.From)
	}
	if p.Days() > MaxDays {
		return invalid(param, "the period has %d days; ask for at most %d", p.Days(), MaxDays)
	}
	return nil
}

func (q *question) checkNames() error {
	if len(q.Models) > MaxModels {
		return invalid("models", "name at most %d", MaxModels)
	}
	if len(q.ConversionTypes) > MaxTypes {
		return invalid("conversion_type", "name at most %d", MaxTypes)
	}
	for param, names := range map[string][]string{
		"model": {q.Model}, "models": q.Models, "conversion_type": q.ConversionTypes, "channel": {q.Channel},
	} {
		for _, name := range names {
			if len([]rune(name)) > MaxNameRunes {
				return invalid(param, "names have at most %d characters", MaxNameRunes)
			}
		}
	}
	return nil
}

// sortable are the words of Sort beside the names.
var sortable = []performance.Measure{
	performance.MeasureSpend, performance.MeasureImpressions, performance.MeasureClicks, performance.MeasureTouchpoints,
	performance.MeasureConversions, performance.MeasureConversionValue, performance.MeasureOpportunities, performance.MeasureCustomers,
	performance.MeasurePipeline, performance.MeasureRevenue, performance.MeasureValue, performance.MeasureROI, performance.MeasureROAS,
	performance.MeasureCPL, performance.MeasureCostPerOpportunity, performance.MeasureCAC, performance.MeasureCTR, performance.MeasureCPC, performance.MeasureCVR,
	performance.MeasureClickCVR, performance.MeasureSQLRate, performance.MeasurePipelineConversion,
}

// checkSort leaves sort empty when the table's own main measure is to decide, which is known only with the data.
func (q *question) checkSort() error {
	word, descending := strings.CutPrefix(q.Sort, "-")
	q.descending = descending || word == ""
	switch {
	case word == "":
	case word == "channel" || word == "campaign":
		q.sortByName = true
	case slices.Contains(sortable, performance.Measure(word)):
		q.sort = performance.Measure(word)
	default:
		return invalid("sort", "must be channel, campaign, or one of %s; a leading - sorts downward", joinMeasures())
	}
	return nil
}

func joinMeasures() string {
	words := make([]string, len(sortable))
	for i, m := range sortable {
		words[i] = string(m)
	}
	return strings.Join(words, ", ")
}
