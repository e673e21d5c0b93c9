package answer

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// ErrNoJourney is a journey that the workspace does not have.
var ErrNoJourney = errors.New("there is no such journey")

// JourneyRequest is a question about one journey.
type JourneyRequest struct {
	// Workspace is set by whoever authorised the request.
	Workspace, JourneyID, Model string
	// AsOf is a moment in RFC 3339, or a day, which means its end. Empty: now.
	AsOf string
}

// Journey answers what credit a journey's touches hold.
func (a *Answerer) Journey(ctx context.Context, r JourneyRequest) (*Journey, error) {
	q, err := r.query()
	if err != nil {
		return nil, err
	}
	return named(q, func(q store.JourneyQuery) (*Journey, error) { return a.credited(ctx, q) })
}

// Explain answers how that credit came about.
func (a *Answerer) Explain(ctx context.Context, r JourneyRequest) (*Explanation, error) {
	q, err := r.query()
	if err != nil {
		return nil, err
	}
	return named(q, func(q store.JourneyQuery) (*Explanation, error) { return a.explained(ctx, q) })
}

// named looks for the journey of that id, else for the journey of the opportunity or the conversion of that id: people have the CRM's id at hand,
// or the one of an order, and a journey's is that with its kind before it.
func named[T any](q store.JourneyQuery, look func(store.JourneyQuery) (*T, error)) (*T, error) {
	id := q.JourneyID
	for _, kind := range []string{"", "o:", "c:"} {
		q.JourneyID = kind + id
		found, err := look(q)
		if err == nil || !errors.Is(err, ErrNoJourney) {
			return found, err
		}
	}
	return nil, ErrNoJourney
}

func (a *Answerer) credited(ctx context.Context, q store.JourneyQuery) (*Journey, error) {
	credits, err := a.source.Credits(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(credits) == 0 {
		if err := a.existsLater(ctx, q); err != nil {
			return nil, err
		}
	}
	return a.journey(ctx, q, credits, nil)
}

// existsLater tells a journey that was not known yet, which is an answer without credit, from one that is not there.
func (a *Answerer) existsLater(ctx context.Context, q store.JourneyQuery) error {
	if q.AsOf.IsZero() {
		return ErrNoJourney
	}
	q.AsOf = time.Time{}
	credits, err := a.source.Credits(ctx, q)
	if err == nil && len(credits) == 0 {
		err = ErrNoJourney
	}
	return err
}

func (a *Answerer) explained(ctx context.Context, q store.JourneyQuery) (*Explanation, error) {
	var credits []store.Credit
	var postings []store.Posting
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		credits, err = a.source.Credits(groupCtx, q)
		return err
	})
	group.Go(func() (err error) {
		postings, err = a.source.Postings(groupCtx, q)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if len(credits) == 0 && len(postings) == 0 {
		if err := a.existsLater(ctx, q); err != nil {
			return nil, err
		}
	}
	journey, err := a.journey(ctx, q, credits, postings)
	if err != nil {
		return nil, err
	}
	slices.Reverse(postings)
	e := &Explanation{Journey: *journey, Postings: []JourneyPosting{}, Complete: len(postings) < store.MaxPostings}
	for _, p := range postings {
		e.Postings = append(e.Postings, postingOf(p))
	}
	balances := balancesOf(postings)
	e.Balances = balanceList(balances, postings)
	if q.AsOf.IsZero() && e.Complete {
		agrees := maps.Equal(balances, creditsOf(credits))
		e.Agrees = &agrees
	}
	return e, nil
}

func (r JourneyRequest) query() (store.JourneyQuery, error) {
	q := store.JourneyQuery{Workspace: r.Workspace, JourneyID: r.JourneyID, Model: r.Model}
	at, err := moment("as_of", r.AsOf)
	q.AsOf = at
	return q, err
}

func (a *Answerer) journey(ctx context.Context, q store.JourneyQuery, credits []store.Credit, postings []store.Posting) (*Journey, error) {
	ids := map[string]bool{}
	for _, c := range credits {
		ids[c.TouchpointID] = true
	}
	for _, p := range postings {
		ids[p.TouchpointID] = true
	}
	delete(ids, "")
	touches, err := a.source.Touches(ctx, q.Workspace, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	visits, err := a.source.StageVisits(ctx, q)
	if err != nil {
		return nil, err
	}
	j := &Journey{
		JourneyID: q.JourneyID, Workspace: q.Workspace, Kind: "opportunity", AsOf: timeOrNil(q.AsOf), Credits: []JourneyCredit{}, Sums: []JourneySum{}, Touches: []JourneyTouch{},
	}
	for _, c := range credits {
		j.describe(c)
		j.Credits = append(j.Credits, creditOf(c))
	}
	for _, p := range postings {
		if len(credits) == 0 && (p.Measure == "conversions" || p.Measure == "conversion_value") {
			j.Kind = "conversion" // nothing stands any more, but what was posted tells
		}
	}
	if err := a.asKnown(ctx, j, q); err != nil {
		return nil, err
	}
	j.Sums = sumsOf(credits)
	for _, t := range touches {
		j.Touches = append(j.Touches, touchOf(t))
	}
	j.Stages, j.Milestones = stagesOf(visits), milestonesOf(credits, touches)
	return j, nil
}

// asKnown takes from the deal's history what postings do not say: whose it was, and when it was opened and closed.
func (a *Answerer) asKnown(ctx context.Context, j *Journey, q store.JourneyQuery) error {
	if q.AsOf.IsZero() || j.Kind != "opportunity" {
		return nil
	}
	deal, err := a.source.KnownDeal(ctx, q)
	if err != nil || deal == nil {
		return err
	}
	j.AccountID, j.OpenedOn, j.ClosedOn = deal.AccountID, deal.CreatedAt.UTC().Format(time.DateOnly), ""
	if deal.ClosedAt.Unix() > 0 {
		j.ClosedOn = deal.ClosedAt.UTC().Format(time.DateOnly)
	}
	return nil
}

// timeOrNil is a moment as answers say it; nil means the present.
func timeOrNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// describe takes what every credit of a journey says alike.
func (j *Journey) describe(c store.Credit) {
	j.Kind, j.ConversionType, j.AccountID = c.Kind, c.ConversionType, c.AccountID
	if c.OpenedDate.Unix() > 0 {
		j.OpenedOn = c.OpenedDate.Format(time.DateOnly)
	}
	if c.CloseDate.Unix() > 0 {
		j.ClosedOn = c.CloseDate.Format(time.DateOnly)
	}
	if c.TouchpointID == "" {
		j.PersonID = c.PersonID
	}
}

// isCount says that a measure counts in nano-units instead of minor units of money.
func isCount(measure string) bool {
	return measure == "conversions" || measure == "opportunities" || measure == "customers"
}

// exact writes a measure's units as a decimal, and the currency that belongs beside it.
func exact(measure string, units int64, currency string) (amount, beside string) {
	if !isCount(measure) {
		return money.FormatDecimal(units, currency), currency
	}
	text := new(big.Rat).SetFrac64(units, performance.NanoUnits).FloatString(9)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), "."), ""
}

func creditOf(c store.Credit) JourneyCredit {
	amount, currency := exact(c.Measure, c.AmountMinor, c.Currency)
	return JourneyCredit{
		Model: c.Model, ModelVersion: c.ModelVersion, Measure: c.Measure, TouchpointID: c.TouchpointID, Positions: positions(c.Positions),
		Channel: c.Channel, Campaign: c.Campaign, Weight: c.Weight, Amount: amount, Currency: currency, RecordedAt: c.RecordedAt.UTC(),
	}
}

func positions(joined string) []string {
	if joined == "" {
		return []string{}
	}
	return strings.Split(joined, ",")
}

func postingOf(p store.Posting) JourneyPosting {
	delta, currency := exact(p.Measure, p.DeltaMinor, p.Currency)
	return JourneyPosting{
		PostingID: p.ID, Model: p.Model, ModelVersion: p.ModelVersion, Measure: p.Measure, TouchpointID: p.TouchpointID, Channel: p.Channel,
		Campaign: p.Campaign, DeltaWeight: p.DeltaWeight, Delta: delta, Currency: currency, Reason: p.Reason, CauseEventID: p.CauseEventID,
		EffectiveAt: p.EffectiveAt.UTC(), RecordedAt: p.RecordedAt.UTC(), Version: p.Version,
	}
}

func touchOf(t store.Touch) JourneyTouch {
	return JourneyTouch{
		TouchpointID: t.ID, OccurredAt: t.OccurredAt.UTC(), ReceivedAt: t.ReceivedAt.UTC(), Kind: t.Kind, Channel: t.Channel, Source: t.Source,
		Medium: t.Medium, Campaign: t.Campaign, Content: t.Content, LandingPage: t.LandingPage, ReferrerHost: t.ReferrerHost, Evidence: t.Evidence,
		RulesVersion: t.RulesVersion, VisitorID: t.VisitorID, PersonID: t.PersonID, AccountID: t.AccountID, EventID: t.EventID,
	}
}

// account is where a posting is booked. The currency is part of it: a deal that changes its currency is reversed in the old one.
type account struct{ model, measure, touchpoint, currency string }

func accountOf(model, measure, touchpoint, currency string) account {
	if isCount(measure) {
		currency = "" // one customer is one customer in any
	}
	return account{model, measure, touchpoint, currency}
}

func compareAccounts(a, b account) int {
	return cmp.Or(cmp.Compare(a.model, b.model), cmp.Compare(a.measure, b.measure), cmp.Compare(a.currency, b.currency),
		cmp.Compare(a.touchpoint, b.touchpoint))
}

func balancesOf(postings []store.Posting) map[account]int64 {
	balances := map[account]int64{}
	for _, p := range postings {
		balances[accountOf(p.Model, p.Measure, p.TouchpointID, p.Currency)] += p.DeltaMinor
	}
	maps.DeleteFunc(balances, func(_ account, units int64) bool { return units == 0 })
	return balances
}

func creditsOf(credits []store.Credit) map[account]int64 {
	held := map[account]int64{}
	for _, c := range credits {
		held[accountOf(c.Model, c.Measure, c.TouchpointID, c.Currency)] += c.AmountMinor
	}
	maps.DeleteFunc(held, func(_ account, units int64) bool { return units == 0 })
	return held
}

func balanceList(balances map[account]int64, postings []store.Posting) []Balance {
	channels := map[string]string{}
	for _, p := range postings { // in the order of time: the last one tells the channel of now
		channels[p.TouchpointID] = p.Channel
	}
	list := []Balance{}
	for _, key := range slices.SortedFunc(maps.Keys(balances), compareAccounts) {
		amount, currency := exact(key.measure, balances[key], key.currency)
		list = append(list, Balance{
			Model: key.model, Measure: key.measure, TouchpointID: key.touchpoint, Channel: channels[key.touchpoint], Amount: amount, Currency: currency,
		})
	}
	return list
}

func sumsOf(credits []store.Credit) []JourneySum {
	sums := map[account]int64{}
	for _, c := range credits {
		sums[accountOf(c.Model, c.Measure, "", c.Currency)] += c.AmountMinor
	}
	list := []JourneySum{}
	for _, key := range slices.SortedFunc(maps.Keys(sums), compareAccounts) {
		amount, currency := exact(key.measure, sums[key], key.currency)
		list = append(list, JourneySum{Model: key.model, Measure: key.measure, Amount: amount, Currency: currency})
	}
	return list
}
