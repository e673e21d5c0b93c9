package answer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tributary-attribution/tributary/pkg/rates"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/plans"
)

// ratesBody is a day of posted rates as it is kept. The sink takes base and to_base into currency_rates, for the views.
type ratesBody struct {
	Rates  []rates.Rate       `json:"rates"`
	Base   string             `json:"base"`
	ToBase map[string]float64 `json:"to_base"`
	By     string             `json:"by"`
}

// RatesRequest is a question for rates.
type RatesRequest struct {
	// Workspace is set by whoever authorised the request, never copied from it.
	Workspace, Currency, From, To string
	Limit, Offset                 int
}

// ratesBook is the configured and posted rates of each workspace, read again only when something was posted.
type ratesBook struct {
	mu      sync.Mutex
	read    map[string]postedRates
	flights flights
}

type postedRates struct {
	mark    [2]uint64
	own     uint64
	list    []RateRow
	entries []RateEntry
	table   rates.Table
}

// rates are those that hold in a workspace.
func (a *Answerer) rates(ctx context.Context, workspace string) (performance.Rates, error) {
	posted, err := a.postedRates(ctx, workspace)
	return performance.RatesOf(posted.table), err
}

func (a *Answerer) postedRates(ctx context.Context, workspace string) (postedRates, error) {
	mark, err := a.source.PlansMark(ctx, workspace, kindRates)
	if err != nil {
		return postedRates{}, err
	}
	a.book.mu.Lock()
	known, isKnown := a.book.read[workspace]
	a.book.mu.Unlock()
	if isKnown && known.mark == mark && known.own == a.posts.Load() {
		return known, nil
	}
	own := a.posts.Load()
	return fly(ctx, &a.book.flights, fmt.Sprintf("%q %v %d", workspace, mark, own), func(ctx context.Context) (postedRates, error) {
		records, err := a.cfg.Book.List(ctx, workspace, kindRates)
		if err != nil {
			return postedRates{}, err
		}
		read, err := a.joinRates(records)
		if err != nil {
			return postedRates{}, err
		}
		read.mark, read.own = mark, own
		a.book.mu.Lock()
		defer a.book.mu.Unlock()
		a.book.read[workspace] = read
		return read, nil
	})
}

// joinRates puts posted rates over the configured ones of the same pair and day.
func (a *Answerer) joinRates(records []plans.Record) (postedRates, error) {
	type slot struct{ day, from, to string }
	all := map[slot]RateRow{}
	for _, r := range a.cfg.Configured {
		all[slot{r.Day, r.From, r.To}] = RateRow{Day: r.Day, From: r.From, To: r.To, Rate: r.Rate, Source: "configuration"}
	}
	var p postedRates
	for _, record := range records {
		var body ratesBody
		if err := json.Unmarshal([]byte(record.Body), &body); err != nil {
			return p, fmt.Errorf("read the rates kept of %s: %w", record.ID, err)
		}
		p.entries = append(p.entries, RateEntry{Day: record.ID, At: record.UpdatedAt.UTC(), By: body.By})
		for _, r := range body.Rates {
			delete(all, slot{r.Day, r.To, r.From}) // a pair quoted the other way round is replaced too
			all[slot{r.Day, r.From, r.To}] = RateRow{Day: r.Day, From: r.From, To: r.To, Rate: r.Rate, Source: "posted"}
		}
	}
	plain := make([]rates.Rate, 0, len(all))
	for _, r := range all {
		p.list = append(p.list, r)
		plain = append(plain, rates.Rate{Day: r.Day, From: r.From, To: r.To, Rate: r.Rate})
	}
	slices.SortFunc(p.list, func(x, y RateRow) int {
		return strings.Compare(y.Day+x.From+x.To, x.Day+y.From+y.To)
	})
	var err error
	p.table, err = rates.NewTable(plain)
	return p, err
}

// Rates answers which rates there are and what has none.
func (a *Answerer) Rates(ctx context.Context, r RatesRequest) (*RateList, error) {
	for param, day := range map[string]string{"from": r.From, "to": r.To} {
		if _, err := rates.ParseDay(day); day != "" && err != nil {
			return nil, invalid(param, "%s", err)
		}
	}
	if r.Currency != "" && !currencyCode.MatchString(r.Currency) {
		return nil, invalid("currency", "must be an ISO 4217 code in capitals, as EUR")
	}
	posted, err := a.postedRates(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	uses, err := a.source.Currencies(ctx, r.Workspace)
	if err != nil {
		return nil, err
	}
	base := a.cfg.BaseCurrency[r.Workspace]
	out := &RateList{
		Workspace: r.Workspace, BaseCurrency: base, Currencies: posted.table.Currencies(), Rows: []RateRow{}, Missing: []RateGap{}, Warnings: []Warning{},
		Changes: []RateEntry{}, Page: Page{Limit: r.Limit, Offset: r.Offset},
	}
	kept := slices.DeleteFunc(slices.Clone(posted.list), func(row RateRow) bool {
		return r.From != "" && row.Day < r.From || r.To != "" && row.Day > r.To || r.Currency != "" && row.From != r.Currency && row.To != r.Currency
	})
	out.Page.Total = len(kept)
	out.Rows = append(out.Rows, cut(kept, r.Limit, r.Offset)...)
	if len(posted.list) > 0 {
		out.Latest = &posted.list[0].Day
	}
	for _, use := range uses {
		if posted.table.Find(use.Currency, base, base, rates.Day(use.FirstDay)) == nil {
			out.Missing = append(out.Missing, RateGap{Currency: use.Currency, FirstDay: use.FirstDay.String()})
			out.Warnings = append(out.Warnings, Warning{Code: "no_rate", Detail: fmt.Sprintf(
				"%s has no rate to %s on %s, when it first counts: what is before the first rate is left out of figures in %s.",
				use.Currency, base, use.FirstDay, base)})
		}
	}
	out.Changes = append(out.Changes, lastEntries(posted.entries)...)
	out.Headline = out.headline()
	return out, nil
}

// maxRateEntries is how many changes an answer tells; the audit has all.
const maxRateEntries = 100

// cut is a page of rows.
func cut[T any](rows []T, limit, offset int) []T {
	if offset >= len(rows) {
		return nil
	}
	return rows[offset:min(len(rows), offset+limit)]
}

func lastEntries(entries []RateEntry) []RateEntry {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(x, y RateEntry) int { return y.At.Compare(x.At) })
	return sorted[:min(len(sorted), maxRateEntries)]
}

func (l *RateList) headline() string {
	switch {
	case l.Latest == nil && len(l.Missing) == 0:
		return "There are no rates, and none is needed: all money is in " + l.BaseCurrency + "."
	case len(l.Missing) > 0:
		return fmt.Sprintf("%d currencies in the data have no rate to %s when they first count.", len(l.Missing), l.BaseCurrency)
	}
	return fmt.Sprintf("Every currency in the data converts to %s; the latest rate is of %s.", l.BaseCurrency, *l.Latest)
}

// PostRates keeps rates, a record per day. A day's earlier posted rates of other pairs stay.
func (a *Answerer) PostRates(ctx context.Context, by Actor, file []byte) (*RatesPosted, error) {
	list, err := rates.Read(file)
	if err != nil {
		return nil, invalid("body", "%s", err)
	}
	days := map[string][]rates.Rate{}
	for _, r := range list {
		days[r.Day] = append(days[r.Day], r)
	}
	configured := slices.Clone(a.cfg.Configured)
	base := a.cfg.BaseCurrency[by.Workspace]
	err = a.change(ctx, by, kindRates, "post", func(saved map[string]plans.Record, _ time.Time) ([]plans.Record, error) {
		merged, err := mergeDays(days, saved)
		if err != nil {
			return nil, err
		}
		return a.rateRecords(by, base, merged, configured, saved)
	})
	if err != nil {
		return nil, err
	}
	a.posts.Add(1)
	ordered := slices.Sorted(mapKeys(days))
	out := &RatesPosted{Rates: len(list), Days: len(ordered), FirstDay: ordered[0], LastDay: ordered[len(ordered)-1], Warnings: []Warning{}}
	out.Headline = fmt.Sprintf("%s of %s taken, from %s to %s.", countOf(int64(out.Rates), "rate"), countOf(int64(out.Days), "day"), out.FirstDay, out.LastDay)
	return out, nil
}

// mergeDays puts new rates over those kept of their days.
func mergeDays(days map[string][]rates.Rate, saved map[string]plans.Record) (map[string][]rates.Rate, error) {
	merged := map[string][]rates.Rate{}
	for day, list := range days {
		merged[day] = slices.Clone(list)
		var body ratesBody
		if r, exists := saved[day]; !exists || r.IsDeleted {
			continue
		} else if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			return nil, fmt.Errorf("read the rates kept of %s: %w", day, err)
		}
		for _, old := range body.Rates {
			if !slices.ContainsFunc(list, func(r rates.Rate) bool {
				return r.From == old.From && r.To == old.To || r.From == old.To && r.To == old.From
			}) {
				merged[day] = append(merged[day], old)
			}
		}
	}
	return merged, nil
}

// rateRecords writes a record per day, with what the day's currencies are worth in the base.
func (a *Answerer) rateRecords(by Actor, base string, merged map[string][]rates.Rate, configured []rates.Rate, saved map[string]plans.Record) ([]plans.Record, error) {
	all := make([]plans.Record, 0, len(saved)+len(merged))
	for day, r := range saved {
		if _, isNew := merged[day]; !isNew && !r.IsDeleted {
			all = append(all, r)
		}
	}
	records := []plans.Record{}
	for _, day := range slices.Sorted(mapKeys(merged)) {
		text, err := json.Marshal(ratesBody{Rates: merged[day]})
		if err != nil {
			return nil, fmt.Errorf("write the rates of %s: %w", day, err)
		}
		all = append(all, plans.Record{ID: day, Body: string(text)})
	}
	joined, err := a.joinRates(all)
	if err != nil {
		return nil, err
	}
	for _, day := range slices.Sorted(mapKeys(merged)) {
		body := ratesBody{Rates: merged[day], Base: base, ToBase: map[string]float64{}, By: by.Name}
		on, err := rates.ParseDay(day)
		if err != nil {
			return nil, err
		}
		for _, r := range merged[day] {
			for _, currency := range []string{r.From, r.To} {
				if rate := joined.table.Find(currency, base, base, on); rate != nil && currency != base {
					body.ToBase[currency], _ = rate.Float64()
				}
			}
		}
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the rates of %s: %w", day, err)
		}
		records = append(records, plans.Record{Kind: kindRates, ID: day, Body: string(text)})
	}
	return records, nil
}
