package answer

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/export"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// FunnelRequest is a question for the funnel.
type FunnelRequest struct {
	Request
	Pipeline string
}

// The units and the words of steps.
const (
	unitPeople        = "people"
	unitOpportunities = "opportunities"
	maxStages         = 50
)

// funnelData is what the store knows of one period.
type funnelData struct {
	people    store.People
	byChannel []store.People
	steps     []store.DealStep
	amounts   []store.DealAmount
	channels  []store.DealChannel
}

// Funnel answers how far people and opportunities of a period have come.
func (a *Answerer) Funnel(ctx context.Context, r FunnelRequest) (*Funnel, error) {
	f, err := a.frame(ctx, r.Request)
	if err != nil {
		return nil, err
	}
	if err := f.bookless(); err != nil {
		return nil, err
	}
	model, err := f.model(r.Model, a.cfg.Model)
	if err != nil {
		return nil, err
	}
	f.models = []string{model}
	if err := a.read(ctx, f); err != nil { // settles period and currency as every other table does
		return nil, err
	}
	q := store.FunnelQuery{Workspace: f.Workspace, Model: model, Pipeline: r.Pipeline, ConversionTypes: f.ConversionTypes, Period: f.period, AsOf: f.moment.AsOf}
	pipelines, err := a.source.Pipelines(ctx, f.Workspace, q.AsOf)
	if err != nil {
		return nil, err
	}
	uses, err := a.source.StageUses(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Stages = orderedStages(uses, a.cfg.StageOrder)
	now, err := a.funnelData(ctx, q)
	if err != nil {
		return nil, err
	}
	answer := &Funnel{
		Model: model, Scope: f.scope(), Pipeline: r.Pipeline, Pipelines: pipelines, Comparison: f.comparisonScope(), ByChannel: []FunnelChannel{},
		Freshness: f.freshness(a.cfg.Now()), Warnings: f.warnings,
	}
	var left []performance.Unconverted
	gaps, err := a.dealGaps(ctx, f.Workspace, q.AsOf)
	if err != nil {
		return nil, err
	}
	answer.Warnings = append(answer.Warnings, gaps...)
	answer.Steps, left = a.funnelSteps(f, q.Stages, now)
	answer.Warnings = append(answer.Warnings, notConverted(left, f.currency)...)
	answer.ByChannel = channelFunnels(answer.Steps, now)
	if f.comparison != nil {
		q.Period = *f.comparison
		before, err := a.funnelData(ctx, q)
		if err != nil {
			return nil, err
		}
		previous, _ := a.funnelSteps(f, q.Stages, before)
		for i := range answer.Steps {
			answer.Steps[i].Previous, answer.Steps[i].PreviousFromPrevious = &previous[i].Reached, previous[i].FromPrevious
		}
	}
	answer.Headline = funnelHeadline(answer.Steps)
	return answer, nil
}

func (a *Answerer) funnelData(ctx context.Context, q store.FunnelQuery) (funnelData, error) {
	var d funnelData
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		all, err := a.source.People(groupCtx, q)
		if len(all) > 0 {
			d.people, d.byChannel = all[0], all[1:]
		}
		return err
	})
	group.Go(func() (err error) { d.steps, err = a.source.DealSteps(groupCtx, q); return err })
	group.Go(func() (err error) { d.amounts, err = a.source.DealAmounts(groupCtx, q); return err })
	group.Go(func() (err error) { d.channels, err = a.source.DealChannels(groupCtx, q); return err })
	return d, group.Wait()
}

// orderedStages are the steps between creation and won. Those that the configuration orders come in its order, others by the place at which
// opportunities enter them. A stage that only ever ends opportunities is their close, not a step.
func orderedStages(uses []store.StageUse, configured []string) []string {
	place := func(u store.StageUse) float64 {
		if i := slices.Index(configured, u.Stage); i >= 0 {
			return float64(i) - float64(len(configured))
		}
		return u.Place
	}
	kept := slices.DeleteFunc(slices.Clone(uses), func(u store.StageUse) bool { return u.Ends == u.Entries || u.Stage == "" })
	slices.SortFunc(kept, func(a, b store.StageUse) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Stage, b.Stage))
	})
	stages := []string{}
	for _, u := range kept[:min(len(kept), maxStages)] {
		stages = append(stages, u.Stage)
	}
	return stages
}

// funnelSteps builds the steps of one period; money without a rate is left out and said.
func (a *Answerer) funnelSteps(f *frame, stages []string, d funnelData) ([]FunnelStep, []performance.Unconverted) {
	steps := []FunnelStep{
		{Step: "touched", Kind: "touch", Unit: unitPeople, Reached: d.people.Touched},
		{Step: "identified", Kind: "person", Unit: unitPeople, Reached: d.people.Known},
		{Step: "converted", Kind: "conversion", Unit: unitPeople, Reached: d.people.Converted},
		{Step: "opportunity", Kind: "opportunity", Unit: unitOpportunities},
	}
	if d.people.Converted > 0 {
		steps[2].MedianDays, steps[2].P90Days = days(d.people.MedianDays), days(d.people.P90Days)
	}
	for _, stage := range stages {
		steps = append(steps, FunnelStep{Step: stage, Kind: "stage", Unit: unitOpportunities})
	}
	steps = append(steps, FunnelStep{Step: "won", Kind: "won", Unit: unitOpportunities})
	amounts, left := a.stepAmounts(f, d.amounts)
	for i := range steps[3:] {
		step := &steps[3+i]
		amount := money.FormatDecimal(amounts[i], f.currency)
		step.Amount, step.Currency = &amount, f.currency
		if k := slices.IndexFunc(d.steps, func(s store.DealStep) bool { return s.Step == i }); k >= 0 {
			at := d.steps[k]
			step.Reached, step.Open, step.Lost = at.Reached, at.Open, at.Lost
			if i > 0 {
				step.MedianDays, step.P90Days = days(at.MedianDays), days(at.P90Days)
			}
		}
	}
	for i := range steps {
		first := 0
		if steps[i].Unit == unitOpportunities {
			first = 3
		}
		if i > first {
			steps[i].FromPrevious = share(steps[i].Reached, steps[i-1].Reached)
		}
		steps[i].FromFirst = share(steps[i].Reached, steps[first].Reached)
	}
	return steps, left
}

// stepAmounts converts what opportunities are worth, by the rate of the day of creation.
func (a *Answerer) stepAmounts(f *frame, amounts []store.DealAmount) (map[int]int64, []performance.Unconverted) {
	facts := make([]performance.Fact, len(amounts))
	for i, d := range amounts {
		// The step stands in for the channel: steps are rounded apart.
		facts[i] = performance.Fact{Key: performance.Key{Channel: fmt.Sprint(d.Step)}, Currency: d.Currency, Day: d.Day, Figures: performance.Figures{Pipeline: d.Minor}}
	}
	converted, left := f.exchange.Convert(facts, f.currency, a.cfg.BaseCurrency[f.Workspace])
	sums := map[int]int64{}
	for i, fact := range converted {
		sums[amounts[i].Step] += fact.Pipeline
	}
	return sums, left
}

func days(d float64) *float64 {
	if math.IsNaN(d) {
		return nil
	}
	rounded := math.Round(d*100) / 100
	return &rounded
}

func share(part, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	s := math.Round(float64(part)/float64(whole)*1e6) / 1e6
	return &s
}

func channelFunnels(steps []FunnelStep, d funnelData) []FunnelChannel {
	reached := map[string][]float64{}
	of := func(channel string) []float64 {
		if reached[channel] == nil {
			reached[channel] = make([]float64, len(steps))
		}
		return reached[channel]
	}
	for _, p := range d.byChannel {
		r := of(p.Channel)
		r[0], r[1], r[2] = float64(p.Touched), float64(p.Known), float64(p.Converted)
	}
	for _, c := range d.channels {
		of(c.Channel)[3+c.Step] = count(c.Nano)
	}
	all := []FunnelChannel{}
	for channel, r := range reached {
		fc := FunnelChannel{Channel: channel, Steps: []ChannelAt{}}
		for i, step := range steps {
			at := ChannelAt{Step: step.Step, Kind: step.Kind, Reached: r[i]}
			if i > 0 && steps[i-1].Unit == step.Unit && r[i-1] != 0 {
				s := math.Round(r[i]/r[i-1]*1e6) / 1e6
				at.FromPrevious = &s
			}
			fc.Steps = append(fc.Steps, at)
		}
		all = append(all, fc)
	}
	slices.SortFunc(all, func(a, b FunnelChannel) int {
		return cmp.Or(cmp.Compare(lastOf(a.Channel), lastOf(b.Channel)), cmp.Compare(b.Steps[0].Reached, a.Steps[0].Reached), cmp.Compare(a.Channel, b.Channel))
	})
	return all
}

// lastOf puts the unattributed after all channels.
func lastOf(channel string) int {
	if channel == performance.Unattributed {
		return 1
	}
	return 0
}

// funnelHeadline names the step between opportunities at which most are lost, among those with enough to tell.
func funnelHeadline(steps []FunnelStep) string {
	deals, won := steps[3], steps[len(steps)-1]
	if steps[0].Reached+deals.Reached == 0 {
		return EmptyHeadline
	}
	if deals.Reached == 0 {
		return fmt.Sprintf("Of %s touched, %s converted; no opportunity was created in the period.", plural(int(steps[0].Reached), "person"), readable.Percent(steps[2].FromFirst))
	}
	worst := -1
	for i := 3; i < len(steps); i++ {
		if steps[i].Lost > 0 && (worst < 0 || steps[i].Lost > steps[worst].Lost) {
			worst = i
		}
	}
	sentence := fmt.Sprintf("%s of %s won so far", readable.Integer(won.Reached), plural(int(deals.Reached), "opportunity"))
	if worst >= 0 {
		sentence += fmt.Sprintf("; most are lost after %s: %s of %s that came there", steps[worst].Step, readable.Integer(steps[worst].Lost), readable.Integer(steps[worst].Reached))
	}
	open := int64(0)
	for _, s := range steps[3:] {
		open += s.Open
	}
	if open > 0 {
		sentence += fmt.Sprintf("; %s still open", readable.Integer(open))
	}
	return sentence + "."
}

// Table is the answer as a table: the steps of all and of each channel.
func (a *Funnel) Table() export.Table {
	t := export.Table{Name: "funnel", Columns: concat([]export.Column{
		{Name: "channel", Kind: export.Text},
		{Name: "step", Kind: export.Text},
		{Name: "kind", Kind: export.Text},
		{Name: "unit", Kind: export.Text},
		{Name: "reached", Kind: export.Number},
		{Name: "from_previous", Kind: export.Number},
		{Name: "from_first", Kind: export.Number},
		{Name: "median_days", Kind: export.Number},
		{Name: "p90_days", Kind: export.Number},
		{Name: "amount", Kind: export.Exact},
		{Name: "currency", Kind: export.Text},
		{Name: "open", Kind: export.Integer},
		{Name: "lost", Kind: export.Integer},
	}, scopeColumns())}
	rows := [][]any{}
	for _, s := range a.Steps {
		rows = append(rows, concat([]any{
			"", s.Step, s.Kind, s.Unit, float64(s.Reached), s.FromPrevious, s.FromFirst, s.MedianDays, s.P90Days, s.Amount, s.Currency, s.Open, s.Lost,
		}, a.Scope.cells(a.Model)))
	}
	for _, c := range a.ByChannel {
		for i, s := range c.Steps {
			rows = append(rows, concat([]any{c.Channel, s.Step, s.Kind, a.Steps[i].Unit, s.Reached, s.FromPrevious, nil, nil, nil, nil, "", nil, nil}, a.Scope.cells(a.Model)))
		}
	}
	t.Each = export.Rows(rows)
	return t
}
