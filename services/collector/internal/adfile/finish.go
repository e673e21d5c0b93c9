package adfile

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/collector/internal/dates"
)

// record is a canonical spend record as pkg/event reads it.
type record struct {
	Type        event.Type `json:"type"`
	Day         string     `json:"day"`
	Platform    string     `json:"platform,omitempty"`
	AccountID   string     `json:"account_id,omitempty"`
	CampaignID  string     `json:"campaign_id,omitempty"`
	Campaign    string     `json:"campaign,omitempty"`
	AdGroup     string     `json:"ad_group,omitempty"`
	AdGroupID   string     `json:"ad_group_id,omitempty"`
	Ad          string     `json:"ad,omitempty"`
	AdID        string     `json:"ad_id,omitempty"`
	Source      string     `json:"source,omitempty"`
	Medium      string     `json:"medium,omitempty"`
	Channel     string     `json:"channel,omitempty"`
	Template    string     `json:"utm_template,omitempty"`
	Currency    string     `json:"currency,omitempty"`
	Spend       string     `json:"spend,omitempty"`
	Impressions int64      `json:"impressions,omitempty"`
	Clicks      int64      `json:"clicks,omitempty"`
	ReplacesDay bool       `json:"replaces_day,omitempty"`
}

// finish makes records of the costs and sums them up.
func (r *report) finish() (*Plan, error) {
	if len(r.cells) == 0 && len(r.plan.Items) == 0 {
		return nil, &event.Error{Code: event.CodeEmpty, Reason: "the file has a header and no costs"}
	}
	incomplete := r.incomplete()
	var costs []Item
	for _, k := range r.sequence {
		c := r.cells[k]
		minor := toMinor(c.micros, c.row.currency)
		raw, err := json.Marshal(record{
			Type: event.TypeSpend, Day: dates.ISO(k.day), Platform: c.row.platform, AccountID: c.row.account, CampaignID: c.row.campaignID, Campaign: c.row.campaign, AdGroup: c.row.adGroup,
			AdGroupID: c.row.adGroupID, Ad: c.row.ad, AdID: c.row.adID, Source: c.row.source, Medium: c.row.medium, Channel: c.row.channel, Template: c.row.template,
			Currency: c.row.currency, Spend: money.FormatDecimal(minor, c.row.currency), Impressions: c.impressions, Clicks: c.clicks,
		})
		if err != nil { // texts and numbers: it cannot fail
			return nil, &event.Error{Code: event.CodeInvalid, Reason: "a cost cannot be written as a record"}
		}
		costs = append(costs, Item{Record: raw, Line: c.line, Original: c.original})
	}
	replacements := r.replacements()
	r.plan.Records = len(costs)
	r.plan.Items = slices.Concat(replacements, costs, r.plan.Items, incomplete)
	r.sums()
	r.remarks()
	return r.plan, nil
}

// scope is an account of a platform.
type scope struct{ platform, account string }

// replacements are the records that withdraw what was received of a day before.
func (r *report) replacements() []Item {
	if r.options.KeepRows || r.anyDay {
		return nil
	}
	covered := map[scope]map[int]bool{}
	for k, c := range r.cells {
		s := scope{c.row.platform, c.row.account}
		if covered[s] == nil {
			covered[s] = map[int]bool{}
		}
		covered[s][k.day] = true
	}
	if len(covered) == 1 && r.from > 0 { // a day of the report's period without rows had no cost
		for _, byDay := range covered {
			for day := r.from; day <= r.to; day++ {
				byDay[day] = true
			}
		}
	}
	var items []Item
	for _, s := range sorted(covered, func(a, b scope) int {
		return cmp.Or(cmp.Compare(a.platform, b.platform), cmp.Compare(a.account, b.account))
	}) {
		list := sorted(covered[s], cmp.Compare[int])
		list = slices.DeleteFunc(list, func(day int) bool { return r.broken[day] })
		if s.platform == "" || len(list) == 0 {
			continue
		}
		r.plan.Replaces = append(r.plan.Replaces, Scope{Platform: s.platform, AccountID: s.account, From: dates.ISO(list[0]), To: dates.ISO(list[len(list)-1]), Days: len(list)})
		for _, day := range list {
			raw, _ := json.Marshal(record{Type: event.TypeSpend, Day: dates.ISO(day), Platform: s.platform, AccountID: s.account, ReplacesDay: true}) // texts: it cannot fail
			items = append(items, Item{Record: raw, Original: raw})
		}
	}
	return items
}

func sorted[K comparable, V any](m map[K]V, by func(a, b K) int) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, by)
	return out
}

// tally adds up minor units.
type tally struct{ minor, impressions, clicks int64 }

func (t tally) sum(currency string) Sum {
	return Sum{Currency: currency, Spend: money.FormatDecimal(t.minor, currency), Impressions: t.impressions, Clicks: t.clicks}
}

// sums fills in what the file comes to.
func (r *report) sums() {
	type campaign struct{ account, id, name, currency string }
	totals, campaigns := map[string]tally{}, map[campaign]tally{}
	names, campaignDays, days := map[campaign]string{}, map[campaign]map[int]bool{}, map[int]bool{}
	for _, k := range r.sequence {
		c := r.cells[k]
		minor := toMinor(c.micros, c.row.currency)
		by := campaign{c.row.account, c.row.campaignID, c.row.campaign, c.row.currency}
		if by.id != "" { // a campaign is its id, whatever it was called
			by.name = ""
		}
		for _, add := range []struct {
			get func() tally
			set func(tally)
		}{
			{func() tally { return totals[c.row.currency] }, func(t tally) { totals[c.row.currency] = t }},
			{func() tally { return campaigns[by] }, func(t tally) { campaigns[by] = t }},
		} {
			t := add.get()
			add.set(tally{t.minor + minor, t.impressions + c.impressions, t.clicks + c.clicks})
		}
		if campaignDays[by] == nil {
			campaignDays[by] = map[int]bool{}
		}
		names[by], campaignDays[by][k.day], days[k.day] = c.row.campaign, true, true
	}
	for _, currency := range sorted(totals, cmp.Compare[string]) {
		r.plan.Totals = append(r.plan.Totals, totals[currency].sum(currency))
	}
	for _, by := range sorted(campaigns, func(a, b campaign) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(names[a], names[b]), cmp.Compare(a.id, b.id), cmp.Compare(a.currency, b.currency))
	}) {
		r.plan.Campaigns = append(r.plan.Campaigns, Campaign{
			AccountID: by.account, CampaignID: by.id, Campaign: names[by], Days: len(campaignDays[by]), Sum: campaigns[by].sum(by.currency),
		})
	}
	if all := sorted(days, cmp.Compare[int]); len(all) > 0 {
		r.plan.Days, r.plan.From, r.plan.To = len(all), dates.ISO(all[0]), dates.ISO(all[len(all)-1])
	}
}

// remarks are what the sender should know before the import.
func (r *report) remarks() {
	if r.hasTotal && r.shown != r.total && r.plan.ErrorsTotal == 0 && len(r.plan.Totals) == 1 {
		currency := r.plan.Totals[0].Currency
		if want := toMinor(r.total, currency); want != toMinor(r.shown, currency) {
			r.warn("the file's own total, %s %s, is not the sum of its rows, %s", money.FormatDecimal(want, currency), currency, r.plan.Totals[0].Spend)
		}
	}
	if r.periods > 0 && !r.spreadRange {
		r.warn("%d rows are of several days: their costs are spread evenly over them", r.periods)
	}
	if r.duplicates > 0 {
		r.warn("%d rows have the same day and campaign as another one, as reports by device have; they are added up", r.duplicates)
	}
	if len(r.plan.Totals) > 1 {
		r.warn("the file has costs in %d currencies", len(r.plan.Totals))
	}
	switch {
	case r.plan.Incomplete > 0 && r.anyDay:
		r.warn("nothing is imported: a row that cannot be read may be of any day (?replace=rows imports the others)")
	case r.plan.Incomplete > 0:
		r.warn("days with rows that cannot be read are left as they were (?replace=rows imports the others)")
	}
}
