package answer

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Source is what answers are made of. Every method reads one workspace and nothing else; an error wraps store's when a limit was hit.
type Source interface {
	Overview(ctx context.Context, workspace string) (store.Overview, error)
	Extent(ctx context.Context, q store.ExtentQuery) (performance.Extent, error)
	Facts(ctx context.Context, q store.FactsQuery) ([]performance.Fact, error)
	Credits(ctx context.Context, q store.JourneyQuery) ([]store.Credit, error)
	Postings(ctx context.Context, q store.JourneyQuery) ([]store.Posting, error)
	Touches(ctx context.Context, workspace string, ids []string) ([]store.Touch, error)
}

var _ Source = (*store.Store)(nil)

// Config says what a question means that does not say it itself.
type Config struct {
	// Model is taken when a question names none. If it holds no credit, the first of fallbackModels that does is.
	Model string
	// BaseCurrency of each workspace is the currency of answers over several currencies.
	BaseCurrency map[string]string
	// Rates convert between currencies.
	Rates performance.Rates
	// Now is the clock; freshness is counted from it.
	Now func() time.Time
}

// Answerer answers questions.
type Answerer struct {
	cfg    Config
	source Source
}

// New returns an answerer over source.
func New(cfg Config, source Source) *Answerer { return &Answerer{cfg: cfg, source: source} }

// fallbackModels need no milestone, so that they mean something for conversions and opportunities alike.
var fallbackModels = []string{"position_based", "linear", "last_touch"}

// frame is a checked question with everything that follows from the data: what exists, which period, which currency.
type frame struct {
	question
	overview store.Overview
	extent   performance.Extent
	period   performance.Period
	models   []string
}

// frame reads what the workspace holds and settles what the question left open.
func (a *Answerer) frame(ctx context.Context, r Request) (*frame, error) {
	q, err := check(r)
	if err != nil {
		return nil, err
	}
	f := &frame{question: q, period: performance.Period{From: performance.FirstDay, To: performance.LastDay}}
	if q.from != nil {
		f.period.From = *q.from
	}
	if q.to != nil {
		f.period.To = *q.to
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		f.overview, err = a.source.Overview(groupCtx, q.Workspace)
		return err
	})
	group.Go(func() (err error) {
		f.extent, err = a.source.Extent(groupCtx, store.ExtentQuery{Workspace: q.Workspace, Basis: q.basis, Period: f.period})
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if f.extent.HasData {
		if q.from == nil {
			f.period.From = f.extent.Period.From
		}
		if q.to == nil {
			f.period.To = f.extent.Period.To
		}
	}
	base := a.cfg.BaseCurrency[q.Workspace]
	f.currency = a.cfg.Rates.Target(q.Currency, base, f.extent.Currencies)
	return f, nil
}

// model settles one model, or refuses a name that holds no credit: the answer to a misspelt model must not look like an empty one.
func (f *frame) model(asked, preferred string) (string, error) {
	available := f.overview.Models
	switch {
	case len(available) == 0 && asked != "":
		return asked, nil
	case asked == "" && len(available) == 0:
		return preferred, nil
	case asked != "" && !slices.Contains(available, asked):
		return "", invalid("model", "no model of that name holds credit in this workspace; there are: %s", strings.Join(available, ", "))
	case asked != "":
		return asked, nil
	}
	for _, model := range append([]string{preferred}, fallbackModels...) {
		if slices.Contains(available, model) {
			return model, nil
		}
	}
	return available[0], nil
}

// read is the facts of the period and of the comparison, converted. previous is nil when no comparison was asked for.
func (a *Answerer) read(ctx context.Context, f *frame) (facts, previous []performance.Fact, warnings []Warning, err error) {
	query := store.FactsQuery{
		Workspace: f.Workspace, Models: f.models, Basis: f.basis, GroupBy: f.groupBy, Period: f.period, Currency: f.currency,
		ConversionTypes: f.ConversionTypes,
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		facts, err = a.source.Facts(groupCtx, query)
		return err
	})
	if f.comparison != nil {
		before := query
		before.Period = *f.comparison
		group.Go(func() (err error) {
			previous, err = a.source.Facts(groupCtx, before)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, nil, err
	}
	base := a.cfg.BaseCurrency[f.Workspace]
	facts, left := a.cfg.Rates.Convert(facts, f.currency, base)
	if f.comparison != nil {
		var leftBefore []performance.Unconverted
		previous, leftBefore = a.cfg.Rates.Convert(previous, f.currency, base)
		left = append(left, leftBefore...)
	}
	return facts, previous, notConverted(left, f.currency), nil
}

// table tabulates and sorts under one model.
func (f *frame) table(model string, facts, previous []performance.Fact) performance.Table {
	t := performance.Tabulate(model, f.groupBy, facts, previous)
	switch {
	case f.sortByName:
		t.Sort("", f.descending, f.value)
	case f.sort != "":
		t.Sort(f.sort, f.descending, f.value)
	default:
		t.Sort(t.MainMeasure(f.value), true, f.value)
	}
	return t
}

// shown are the rows that a channel filter keeps.
func (f *frame) shown(rows []performance.Row) []performance.Row {
	if f.Channel == "" {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(r performance.Row) bool { return r.Channel != f.Channel })
}

func (f *frame) scope() Scope {
	s := Scope{
		Workspace: f.Workspace, Basis: string(f.basis), GroupBy: string(f.groupBy), Currency: f.currency,
		ValueBasis: string(f.value), ConversionTypes: append([]string{}, f.ConversionTypes...), Models: append([]string{}, f.overview.Models...),
	}
	if f.extent.HasData || f.from != nil {
		s.From = f.period.From.String()
	}
	if f.extent.HasData || f.to != nil {
		s.To = f.period.To.String()
	}
	return s
}

func (f *frame) comparisonScope() *Comparison {
	if f.comparison == nil {
		return nil
	}
	return &Comparison{From: f.comparison.From.String(), To: f.comparison.To.String()}
}

func (f *frame) freshness(now time.Time) Freshness {
	if f.overview.RecordedAt.IsZero() {
		return Freshness{}
	}
	recorded := f.overview.RecordedAt.UTC()
	age := max(0, now.Sub(recorded).Seconds()) // clocks differ; what is recorded is not in the future
	return Freshness{RecordedAt: &recorded, AgeSeconds: &age}
}
