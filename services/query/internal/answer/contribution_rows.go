package answer

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

func contributionKind(m performance.Measure) string {
	switch m {
	case performance.MeasureSpend, performance.MeasureImpressions, performance.MeasureClicks:
		return "record of spend"
	case performance.MeasureTouchpoints:
		return "touchpoint"
	default:
		return "journey"
	}
}

// contributed is a contribution with its amount in the answer's currency.
type contributed struct {
	store.Contribution
	converted int64
}

// contributions reads a page. In one currency the server pages; where amounts must be converted all of them are read, since what one rounds
// to depends on the others of its day.
func (a *Answerer) contributions(ctx context.Context, f *frame, q store.ContributionQuery) ([]contributed, []store.ContributionSum, error) {
	rows := []contributed{}
	var sums []store.ContributionSum
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		sums, err = a.source.ContributionSums(groupCtx, q)
		return err
	})
	group.Go(func() error {
		return a.source.Contributions(groupCtx, q, func(c store.Contribution) error {
			rows = append(rows, contributed{c, c.Units + c.Value})
			return nil
		})
	})
	if err := group.Wait(); err != nil || !isMoney(q.Measure) {
		return rows, sums, err
	}
	if !slices.ContainsFunc(sums, func(s store.ContributionSum) bool { return s.Currency != f.currency }) {
		return rows, sums, nil
	}
	return a.convertedContributions(ctx, f, q)
}

// convertedContributions converts each day, channel and campaign as the tables do, and shares the rounding out among its journeys.
func (a *Answerer) convertedContributions(ctx context.Context, f *frame, q store.ContributionQuery) ([]contributed, []store.ContributionSum, error) {
	days, err := a.source.ContributionDays(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	facts := make([]performance.Fact, len(days))
	for i, d := range days {
		facts[i] = performance.Fact{
			Key: performance.Key{Channel: d.Channel, Campaign: d.Campaign, Detail: d.ID}, Currency: d.Currency, Day: performance.DayOf(d.Day),
			Figures: performance.Figures{Revenue: d.Units, ConversionValue: d.Value},
		}
	}
	facts, _ = f.exchange.Convert(facts, f.currency, a.cfg.BaseCurrency[f.Workspace])
	type key struct{ id, currency string }
	byID, all := map[key]*contributed{}, []*contributed{}
	sum := store.ContributionSum{Currency: f.currency}
	for i, d := range days {
		k := key{d.ID, d.Currency}
		c := byID[k]
		if c == nil {
			c = &contributed{Contribution: d}
			c.Units, c.Value, c.Touches = 0, 0, 0
			byID[k], all = c, append(all, c)
		}
		c.add(d, facts[i].Revenue+facts[i].ConversionValue)
		sum.Units += facts[i].Revenue + facts[i].ConversionValue
	}
	all = slices.DeleteFunc(all, func(c *contributed) bool { return c.Units+c.Value == 0 && c.converted == 0 })
	sum.Rows = uint64(len(all))
	slices.SortFunc(all, func(a, b *contributed) int { return comparePlaces(a.Place(), b.Place()) })
	page := []contributed{}
	for _, c := range all {
		if (q.After == nil || comparePlaces(c.Place(), *q.After) > 0) && len(page) < q.Limit {
			page = append(page, *c)
		}
	}
	return page, []store.ContributionSum{sum}, nil
}

func (c *contributed) add(d store.Contribution, converted int64) {
	if d.Day.Before(c.Day) {
		c.Day = d.Day
	}
	c.Channel, c.Campaign = min(c.Channel, d.Channel), min(c.Campaign, d.Campaign)
	c.Touches += d.Touches
	c.Units += d.Units
	c.Value += d.Value
	c.converted += converted
}

func comparePlaces(a, b store.ContributionPlace) int {
	return cmp.Or(cmp.Compare(a.Units, b.Units), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Currency, b.Currency))
}

func (f *frame) contribution(m performance.Measure, c contributed, model string) Contribution {
	row := Contribution{
		Kind: "journey", ID: c.ID, On: c.Day.Format(time.DateOnly), Channel: c.Channel, Campaign: c.Campaign, Describes: c.Describes,
		Touches: int(c.Touches), Amount: f.measured(m, c.converted),
	}
	own := builder{currency: f.currency}
	if isMoney(m) {
		own.currency, row.OwnCurrency = c.Currency, c.Currency
	}
	row.OwnAmount = own.measured(m, c.Units+c.Value)
	switch contributionKind(m) {
	case "record of spend":
		row.Kind = "spend"
	case "touchpoint":
		row.Kind = "touchpoint"
	default:
		row.Explain = journeyAddress(c.ID, f.Workspace, model)
	}
	return row
}

// journeyAddress is the address of a journey's credit and postings.
func journeyAddress(id, workspace, model string) string {
	return "/api/v1/journeys/" + url.PathEscape(id) + "/explain?" + url.Values{"workspace": {workspace}, "model": {model}}.Encode()
}
