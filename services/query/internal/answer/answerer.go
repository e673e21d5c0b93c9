package answer

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/rates"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/quality"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Source is what answers are made of. Every method reads one workspace and nothing else; an error wraps store's when a limit was hit.
type Source interface {
	ModelSource
	Models(ctx context.Context, workspace string) ([]string, error)
	Version(ctx context.Context) (store.Version, error)
	LastDay(ctx context.Context, workspace string) (performance.Day, bool, error)
	Lags(ctx context.Context, q store.LagQuery) ([]store.Lag, error)
	People(ctx context.Context, q store.FunnelQuery) ([]store.People, error)
	DealSteps(ctx context.Context, q store.FunnelQuery) ([]store.DealStep, error)
	DealAmounts(ctx context.Context, q store.FunnelQuery) ([]store.DealAmount, error)
	DealChannels(ctx context.Context, q store.FunnelQuery) ([]store.DealChannel, error)
	StageUses(ctx context.Context, q store.FunnelQuery) ([]store.StageUse, error)
	Paths(ctx context.Context, q store.PathsQuery) (*store.Paths, error)
	LearnPaths(ctx context.Context, q store.LearnQuery) ([]store.LearnPath, error)
	TypeCounts(ctx context.Context, q store.WeekQuery) ([]store.TypeCount, error)
	StageExits(ctx context.Context, q store.WeekQuery) ([]store.StageExit, error)
	Restatements(ctx context.Context, q store.WeekQuery) ([]store.Restatement, error)
	Pipelines(ctx context.Context, workspace string, asOf time.Time) ([]string, error)
	DealGaps(ctx context.Context, workspace string, asOf time.Time) (store.DealGaps, error)
	KnownDeal(ctx context.Context, q store.JourneyQuery) (*store.KnownDeal, error)
	Journeys(ctx context.Context, q store.JourneysQuery, each func(store.ListedJourney) error) error
	CountJourneys(ctx context.Context, q store.JourneysQuery) (map[string]uint64, error)
	StageVisits(ctx context.Context, q store.JourneyQuery) ([]store.StageVisit, error)
	Contributions(ctx context.Context, q store.ContributionQuery, each func(store.Contribution) error) error
	ContributionSums(ctx context.Context, q store.ContributionQuery) ([]store.ContributionSum, error)
	ContributionDays(ctx context.Context, q store.ContributionQuery) ([]store.Contribution, error)
	RecordedAt(ctx context.Context, workspace string) (time.Time, error)
	Facts(ctx context.Context, q store.FactsQuery) ([]performance.Fact, error)
	Credits(ctx context.Context, q store.JourneyQuery) ([]store.Credit, error)
	Postings(ctx context.Context, q store.JourneyQuery) ([]store.Posting, error)
	Touches(ctx context.Context, workspace string, ids []string) ([]store.Touch, error)
	Quality(ctx context.Context, q store.QualityQuery) (*quality.Data, error)
	Arrivals(ctx context.Context, workspace string) ([]store.Arrival, error)
	Layers(ctx context.Context, q store.PipelineQuery) (*store.Layers, error)
	Refusals(ctx context.Context, q store.PipelineQuery) ([]store.Refusal, error)
	LedgerSource
}

// LedgerSource is what answers about the ledger are made of.
type LedgerSource interface {
	BridgeParts(ctx context.Context, q store.LedgerQuery) ([]store.BridgePart, error)
	BridgeEnd(ctx context.Context, q store.LedgerQuery) ([]store.BridgePart, error)
	BridgeCounts(ctx context.Context, q store.LedgerQuery, by store.BridgeBy) ([]store.BridgeCount, error)
	LedgerPostings(ctx context.Context, q store.PostingsQuery) ([]store.LedgerPosting, error)
	PostingSums(ctx context.Context, q store.PostingsQuery) ([]store.PostingSum, error)
	Effects(ctx context.Context, workspace, event string) ([]store.Effect, error)
	TouchOfEvent(ctx context.Context, workspace, event string) ([]store.Touch, error)
	ConversionOf(ctx context.Context, workspace, id string) ([]store.Conversion, error)
	OpportunityOf(ctx context.Context, workspace, id string) ([]store.Opportunity, error)
	PlansMark(ctx context.Context, workspace, kind string) ([2]uint64, error)
	Currencies(ctx context.Context, workspace string) ([]store.CurrencyUse, error)
}

var _ Source = (*store.Store)(nil)

// Config says what a question means that does not say it itself.
type Config struct {
	// Model is taken when a question names none. If it holds no credit, the first of fallbackModels that does is.
	Model string
	// BaseCurrency of each workspace is the currency of answers over several currencies.
	BaseCurrency map[string]string
	// Configured are the rates of the configuration; posted ones of a day come before them.
	Configured []rates.Rate
	// Book keeps what people save.
	Book Book
	// Margin of each workspace is what payback needs to know.
	Margin map[string]performance.Margin
	// StageOrder lists the stages of opportunities, earliest first; stages that it does not name come in the order in which they are entered.
	StageOrder []string
	// Lag tells how many records of Kafka wait for each consumer group; nil when nobody can be asked.
	Lag func(context.Context) map[string]int64
	// Conventions of each workspace are how its links are tagged.
	Conventions map[string]Conventions
	// Edition is a word for everything else that answers depend on beside the data: the configuration and the build.
	Edition string
	// Now is the clock; freshness is counted from it.
	Now func() time.Time
}

// Answerer answers questions.
type Answerer struct {
	cfg    Config
	source Source
	book   ratesBook
	// posts counts the rates posted here, so that they are read again before they have landed.
	posts atomic.Uint64
}

// New returns an answerer over source.
func New(cfg Config, source Source) *Answerer {
	return &Answerer{cfg: cfg, source: &remembered{Source: source}, book: ratesBook{read: map[string]postedRates{}}}
}

// fallbackModels need no milestone, so that they mean something for conversions and opportunities alike.
var fallbackModels = []string{"position_based", "linear", "last_touch"}

// frame is a checked question with everything that follows from the data: which models exist, which period, which currency.
type frame struct {
	question
	available  []string
	models     []string
	period     performance.Period
	extent     performance.Extent
	recordedAt time.Time
	// exchange are the rates that hold in the workspace.
	exchange performance.Rates
	// facts are those of the period, previous those of the comparison, nil when none was asked for; both are converted.
	facts, previous []performance.Fact
	warnings        []Warning
}

// frame checks a question and reads which models there are: what else is read depends on them.
func (a *Answerer) frame(ctx context.Context, r Request) (*frame, error) {
	q, err := check(r)
	if err != nil {
		return nil, err
	}
	q.margin = a.cfg.Margin[q.Workspace]
	f := &frame{question: q, period: performance.Period{From: performance.FirstDay, To: performance.LastDay}}
	if q.from != nil {
		f.period.From = *q.from
	}
	if q.to != nil {
		f.period.To = *q.to
	}
	f.available, err = a.source.Models(ctx, q.Workspace)
	return f, err
}

// model settles one model, or refuses a name that the workspace does not know: the answer to a misspelt model must not look like an empty one.
func (f *frame) model(asked, preferred string) (string, error) {
	switch {
	case len(f.available) == 0 && asked != "":
		return asked, nil
	case len(f.available) == 0:
		return preferred, nil
	case asked != "" && !slices.Contains(f.available, asked):
		return "", invalid("model", "there is no such model in this workspace; there are: %s", strings.Join(f.available, ", "))
	case asked != "":
		return asked, nil
	}
	for _, model := range append([]string{preferred}, fallbackModels...) {
		if slices.Contains(f.available, model) {
			return model, nil
		}
	}
	return f.available[0], nil
}

// read reads the facts, settles period and currency by them, and reads once more, per day, what must be converted.
func (a *Answerer) read(ctx context.Context, f *frame) error {
	query := store.FactsQuery{
		Workspace: f.Workspace, Models: f.models, Basis: f.basis, GroupBy: f.groupBy, Period: f.period, ConversionTypes: f.ConversionTypes,
		Interval: f.interval, Moment: f.moment,
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		f.recordedAt, err = a.source.RecordedAt(groupCtx, f.Workspace)
		return err
	})
	group.Go(func() (err error) {
		f.exchange, err = a.rates(groupCtx, f.Workspace)
		return err
	})
	group.Go(func() error { return a.facts(groupCtx, f, query) })
	if err := group.Wait(); err != nil {
		return err
	}
	f.extent = performance.ExtentOf(f.facts)
	if f.extent.HasData {
		if f.from == nil {
			f.period.From = f.extent.Period.From
		}
		if f.to == nil {
			f.period.To = f.extent.Period.To
		}
	}
	base := a.cfg.BaseCurrency[f.Workspace]
	f.currency = f.exchange.Target(f.Currency, base, f.extent.Currencies)
	if f.isForeign(f.facts) || f.isForeign(f.previous) {
		query.Convert, query.Currency = true, f.currency
		if err := a.facts(ctx, f, query); err != nil {
			return err
		}
	}
	var left, leftBefore []performance.Unconverted
	f.facts, left = f.exchange.Convert(f.facts, f.currency, base)
	if f.previous != nil {
		f.previous, leftBefore = f.exchange.Convert(f.previous, f.currency, base)
	}
	f.warnings = notConverted(append(left, leftBefore...), f.currency)
	return nil
}

func (f *frame) isForeign(facts []performance.Fact) bool {
	return slices.ContainsFunc(performance.ExtentOf(facts).Currencies, func(currency string) bool { return currency != f.currency })
}

// facts reads the period and the comparison at once.
func (a *Answerer) facts(ctx context.Context, f *frame, query store.FactsQuery) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		f.facts, err = a.source.Facts(groupCtx, query)
		return err
	})
	if f.comparison != nil {
		before := query
		before.Period = *f.comparison
		group.Go(func() (err error) {
			f.previous, err = a.source.Facts(groupCtx, before)
			return err
		})
	}
	return group.Wait()
}

// table tabulates and sorts under one model.
func (f *frame) table(model string) performance.Table {
	t := performance.Tabulate(model, f.groupBy, f.facts, f.previous)
	t.Sort(f.order(t))
	return t
}

// order is the one asked for, else the table's main measure, the largest first.
func (f *frame) order(t performance.Table) performance.Order {
	o := performance.Order{Measure: f.sort, Descending: f.descending, Value: f.value}
	if f.sort == "" && !f.sortByName {
		o.Measure, o.Descending = t.MainMeasure(f.value), true
	}
	return o
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
		ValueBasis: string(f.value), ConversionTypes: append([]string{}, f.ConversionTypes...), AvailableModels: append([]string{}, f.available...),
		AsOf: f.asOf(), Books: f.books(),
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

func (f *frame) freshness(now time.Time) Freshness { return freshness(f.recordedAt, now) }

func freshness(recordedAt, now time.Time) Freshness {
	if recordedAt.IsZero() {
		return Freshness{}
	}
	recorded := recordedAt.UTC()
	age := max(0, now.Sub(recorded).Seconds()) // clocks differ; what is recorded is not in the future
	return Freshness{RecordedAt: &recorded, AgeSeconds: &age}
}
