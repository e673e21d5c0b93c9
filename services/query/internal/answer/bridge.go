package answer

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// LedgerRequest is what questions to the ledger have in common. Empty fields take their defaults.
type LedgerRequest struct {
	// Workspace is set by whoever authorised the request, never copied from it.
	Workspace string
	// From and To are recorded moments, or days, which mean their ends.
	From, To string
	// EffectiveFrom and EffectiveTo are business days, both included.
	EffectiveFrom, EffectiveTo string
	Basis, Model, Channel      string
}

// BridgeRequest is a question for a bridge.
type BridgeRequest struct {
	LedgerRequest
	Measure, By, Currency string
}

// measures are what a bridge can be of.
var measures = []string{"revenue", "pipeline", "customers", "opportunities", "conversions", "conversion_value"}

// query checks what questions to the ledger have in common.
func (r LedgerRequest) query() (q store.LedgerQuery, err error) {
	q = store.LedgerQuery{
		Workspace: r.Workspace, Basis: performance.BasisClose, Model: r.Model, Channel: r.Channel,
		Period: performance.Period{From: performance.FirstDay, To: performance.LastDay},
	}
	if q.From, err = moment("from", r.From); err != nil {
		return q, err
	}
	if q.To, err = moment("to", r.To); err != nil {
		return q, err
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		return q, invalid("to", "is before from: what was known later comes second")
	}
	for param, day := range map[string]struct {
		text string
		into *performance.Day
	}{"effective_from": {r.EffectiveFrom, &q.Period.From}, "effective_to": {r.EffectiveTo, &q.Period.To}} {
		if day.text == "" {
			continue
		}
		if *day.into, err = performance.ParseDay(day.text); err != nil {
			return q, invalid(param, "%s", err)
		}
	}
	if q.Period.Days() == 0 {
		return q, invalid("effective_to", "the period ends before it begins")
	}
	if r.Basis != "" {
		q.Basis = performance.Basis(r.Basis)
	}
	if q.Basis != performance.BasisTouch && q.Basis != performance.BasisClose {
		return q, invalid("basis", "must be touch (day of the touch) or close (day of the conversion, creation or close)")
	}
	for param, name := range map[string]string{"model": r.Model, "channel": r.Channel} {
		if len([]rune(name)) > MaxNameRunes {
			return q, invalid(param, "names have at most %d characters", MaxNameRunes)
		}
	}
	return q, nil
}

// Bridge answers why what is known at one moment differs from what was known at another.
func (a *Answerer) Bridge(ctx context.Context, r BridgeRequest) (*Bridge, error) {
	b, err := a.bridgeBuilder(ctx, r)
	if err != nil {
		return nil, err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { b.parts, err = a.source.BridgeParts(groupCtx, b.query); return err })
	group.Go(func() (err error) { b.end, err = a.source.BridgeEnd(groupCtx, b.query); return err })
	group.Go(func() (err error) { b.counts, err = a.source.BridgeCounts(groupCtx, b.query, b.by); return err })
	group.Go(func() (err error) { b.recordedAt, err = a.source.RecordedAt(groupCtx, b.query.Workspace); return err })
	group.Go(func() (err error) {
		b.closed, err = a.closedMonths(groupCtx, b.query.Workspace, b.query.Period)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return b.answer(a.cfg.Now()), nil
}

// bridgeBuilder is a checked question for a bridge, and what was read for it.
type bridgeBuilder struct {
	query      store.LedgerQuery
	by         store.BridgeBy
	asked      string
	rates      performance.Rates
	base       string
	to         time.Time
	parts, end []store.BridgePart
	counts     []store.BridgeCount
	recordedAt time.Time
	closed     []string

	currency string
	missing  map[string]performance.Day
}

func (a *Answerer) bridgeBuilder(ctx context.Context, r BridgeRequest) (*bridgeBuilder, error) {
	q, err := r.query()
	if err != nil {
		return nil, err
	}
	q.Measure = cmp.Or(r.Measure, measures[0])
	if !slices.Contains(measures, q.Measure) {
		return nil, invalid("measure", "must be one of %s", strings.Join(measures, ", "))
	}
	if r.Currency != "" && !currencyCode.MatchString(r.Currency) {
		return nil, invalid("currency", "must be an ISO 4217 code in capitals, as EUR")
	}
	by := store.BridgeBy(cmp.Or(r.By, string(store.BridgeByReason)))
	if !slices.Contains([]store.BridgeBy{store.BridgeByReason, store.BridgeByChannel, store.BridgeByMonth}, by) {
		return nil, invalid("by", "must be reason, channel or month")
	}
	models, err := a.source.Models(ctx, q.Workspace)
	if err != nil {
		return nil, err
	}
	f := &frame{available: models}
	if q.Model, err = f.model(q.Model, a.cfg.Model); err != nil {
		return nil, err
	}
	rates, err := a.rates(ctx, q.Workspace)
	if err != nil {
		return nil, err
	}
	b := &bridgeBuilder{query: q, by: by, asked: r.Currency, rates: rates, base: a.cfg.BaseCurrency[q.Workspace], to: q.To, missing: map[string]performance.Day{}}
	if b.to.IsZero() {
		b.to = a.cfg.Now().UTC() // said in the answer; the question has no bound, so that what the clock of another machine dated a second ahead counts too
	}
	return b, nil
}

// currencies are those of all parts, the one with most parts first.
func (b *bridgeBuilder) currencies() []string {
	uses := map[string]int{}
	for _, p := range slices.Concat(b.parts, b.end) {
		uses[p.Currency]++
	}
	list := []string{}
	for currency := range uses {
		list = append(list, currency)
	}
	slices.SortFunc(list, func(x, y string) int { return cmp.Or(cmp.Compare(uses[y], uses[x]), cmp.Compare(x, y)) })
	return list
}

func (b *bridgeBuilder) answer(now time.Time) *Bridge {
	currencies := b.currencies()
	b.currency = b.rates.Target(b.asked, b.base, currencies)
	start, sums := b.sums()
	end := b.ended()
	out := &Bridge{
		Workspace: b.query.Workspace, Model: b.query.Model, Measure: b.query.Measure, Basis: string(b.query.Basis), By: string(b.by),
		Channel: b.query.Channel, Steps: []BridgeStep{}, ClosedMonths: b.closed, Warnings: []Warning{},
		Freshness: freshness(b.recordedAt, now),
	}
	if !isCount(b.query.Measure) {
		out.Currency = b.currency
	}
	if b.query.Period.From > performance.FirstDay {
		out.EffectiveFrom = b.query.Period.From.String()
	}
	if b.query.Period.To < performance.LastDay {
		out.EffectiveTo = b.query.Period.To.String()
	}
	moved := int64(0)
	for _, key := range sortedSteps(sums) {
		step, units := b.step(key, sums[key])
		moved += units
		out.Steps = append(out.Steps, step)
	}
	out.From = BridgePoint{AsOf: known(b.query.From), Amount: b.amount(start)}
	out.To = BridgePoint{AsOf: known(b.to), Amount: b.amount(end)}
	difference := end - start - moved
	out.Check = BridgeCheck{Exact: difference == 0, Difference: b.amount(difference)}
	out.ByCurrency = b.byCurrency(currencies)
	out.Headline = b.headline(out, end-start)
	for _, currency := range slices.Sorted(mapKeys(b.missing)) {
		out.Warnings = append(out.Warnings, Warning{Code: "not_converted", Detail: fmt.Sprintf(
			"Amounts in %s are left out: there is no rate from %s to %s on %s. Post one to /api/v1/rates, or ask for currency=%s.",
			currency, currency, b.currency, b.missing[currency], currency)})
	}
	return out
}

// known is a moment of an answer: null where nothing bounds it.
func known(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (b *bridgeBuilder) step(key string, rows map[string]int64) (BridgeStep, int64) {
	step, total := BridgeStep{Rows: []BridgeRow{}, Link: b.link(key)}, int64(0)
	switch b.by {
	case store.BridgeByReason:
		step.Reason = key
	case store.BridgeByChannel:
		step.Channel = key
	case store.BridgeByMonth:
		step.Month = key
	}
	shifted := int64(0)
	names := slices.SortedFunc(mapKeys(rows), func(x, y string) int {
		return cmp.Or(cmp.Compare(max(rows[y], -rows[y]), max(rows[x], -rows[x])), cmp.Compare(x, y))
	})
	for _, name := range names {
		units := rows[name]
		total += units
		shifted += max(units, 0)
		row := BridgeRow{Channel: name, Amount: b.amount(units)}
		if b.by == store.BridgeByChannel {
			row.Channel, row.Reason = "", name
		}
		step.Rows = append(step.Rows, row)
	}
	for _, c := range b.counts {
		if c.Key == key || b.by == store.BridgeByMonth && strings.HasPrefix(c.Key, key) {
			step.Postings, step.Journeys = int64(c.Postings), int64(c.Journeys)
		}
	}
	step.Amount = b.amount(total)
	step.Sentence = b.sentence(key, step, total, shifted)
	return step, total
}

// link is the address of the postings behind a step.
func (b *bridgeBuilder) link(key string) string {
	q := url.Values{"workspace": {b.query.Workspace}, "model": {b.query.Model}, "measure": {b.query.Measure}, "basis": {string(b.query.Basis)}}
	for name, value := range map[string]string{"channel": b.query.Channel} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if !b.query.From.IsZero() {
		q.Set("from", b.query.From.Format(time.RFC3339Nano))
	}
	q.Set("to", b.to.Format(time.RFC3339Nano))
	if b.query.Period.From > performance.FirstDay {
		q.Set("effective_from", b.query.Period.From.String())
	}
	if b.query.Period.To < performance.LastDay {
		q.Set("effective_to", b.query.Period.To.String())
	}
	q.Set(string(b.by), key)
	return "/api/v1/ledger/postings?" + q.Encode()
}

func (b *bridgeBuilder) byCurrency(currencies []string) []BridgeCurrency {
	list := []BridgeCurrency{}
	if isCount(b.query.Measure) {
		return list
	}
	slices.Sort(currencies)
	for _, currency := range currencies {
		var from, steps, to int64
		for _, p := range b.parts {
			switch {
			case p.Currency != currency:
			case p.IsBefore:
				from += p.Minor
			default:
				steps += p.Minor
			}
		}
		for _, p := range b.end {
			if p.Currency == currency {
				to += p.Minor
			}
		}
		text := func(minor int64) string { amount, _ := exact(b.query.Measure, minor, currency); return amount }
		list = append(list, BridgeCurrency{Currency: currency, From: text(from), Steps: text(steps), To: text(to)})
	}
	return list
}

func (b *bridgeBuilder) amount(units int64) string {
	amount, _ := exact(b.query.Measure, units, b.currency)
	return amount
}

// words writes an amount for people; signed ones with their sign.
func (b *bridgeBuilder) words(units int64) string {
	if isCount(b.query.Measure) {
		return readable.Fixed(float64(units)/performance.NanoUnits, 2)
	}
	return readable.Money(b.amount(units), 2, b.currency)
}
