package adfile

import (
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
	"github.com/tributary-attribution/tributary/services/collector/internal/tabular"
)

// row reads one row below the header.
func (r *report) row(row *tabular.Row) {
	if row.Err != nil {
		r.anyDay = true
		r.refused(row, row.Err)
		return
	}
	if row.IsBlank() || r.isFooter(row) {
		r.plan.Skipped++
		return
	}
	switch total, bad := r.isTotal(row); {
	case bad != nil:
		r.brokenRow(row, bad)
		return
	case total:
		r.plan.Skipped++
		if n, ok := r.amount(row); ok && !r.hasTotal && !r.isDated(row) {
			r.total, r.hasTotal = n, true
		}
		return
	}
	if wide := len(row.Cells); wide > r.header.width && strings.Join(row.Cells[r.header.width:], "") != "" {
		r.anyDay = true
		r.refuse(row, "", event.CodeInvalid, "has more cells than the header: a name with the separator in it needs quotes")
		return
	}
	first, last, ok := r.when(row)
	if !ok {
		return
	}
	if bad := r.cost(row, first, last); bad != nil {
		r.breakDays(first, last)
		r.refused(row, bad)
	}
}

// brokenRow refuses a row that has a day of its own.
func (r *report) brokenRow(row *tabular.Row, bad *event.Error) {
	if first, last, ok := r.when(row); ok {
		r.breakDays(first, last)
		r.refused(row, bad)
	}
}

// isFooter tells whether a row is a remark below the table.
func (r *report) isFooter(row *tabular.Row) bool {
	filled, text := 0, ""
	for _, c := range row.Cells {
		if c != "" {
			filled++
			text = c
		}
	}
	return filled == 1 && r.header.width > 2 && (len(row.Cells) == 1 || strings.HasPrefix(text, "@") || strings.HasPrefix(text, "©"))
}

// amount is a row's cost in millionths.
func (r *report) amount(row *tabular.Row) (int64, bool) {
	if !r.header.has(colSpend) {
		text := r.get(row, colMicros)
		if numbers.IsNothing(text) {
			return 0, true
		}
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && n >= 0 && n <= largest
	}
	text := r.get(row, colSpend)
	if numbers.IsNothing(text) {
		return 0, true
	}
	return numbers.Millionths(text, r.decimal)
}

// largest is the most millionths a file may come to: a trillion units of its currency, so that no sum overflows.
const largest = int64(1e18)

func (r *report) count(row *tabular.Row, c column) (int64, *event.Error) {
	text := r.get(row, c)
	if numbers.IsNothing(text) {
		return 0, nil
	}
	n, ok := numbers.Millionths(text, r.decimal)
	if !ok || n%1_000_000 != 0 {
		return 0, &event.Error{Field: r.label(c, ""), Code: event.CodeInvalid, Reason: "is not a whole number of at least 0"}
	}
	return n / 1_000_000, nil
}

// longestName is the limit of names in records.
const longestName = event.MaxID

// values are a row's texts, with what the sender said where the file does not say.
func (r *report) values(row *tabular.Row) (values, *event.Error) {
	v := values{
		platform: r.plan.Platform, account: or(r.get(row, colAccountID), or(r.get(row, colAccount), r.options.Account)), campaignID: r.get(row, colCampaignID), campaign: r.get(row, colCampaign),
		adGroupID: r.get(row, colAdGroupID), adGroup: r.get(row, colAdGroup), adID: r.get(row, colAdID), ad: r.get(row, colAd), channel: r.get(row, colChannel),
		source: r.get(row, colSource), medium: r.get(row, colMedium), template: or(r.get(row, colTemplate), r.options.Template),
	}
	if numbers.IsNothing(v.template) || !strings.Contains(v.template, "utm_") {
		v.template = r.options.Template
	}
	if v.platform == "" {
		v.platform = strings.ToLower(r.get(row, colPlatform))
	}
	v.adGroup, v.ad = or(v.adGroup, v.adGroupID), or(v.ad, v.adID)
	for _, t := range []struct {
		text string
		c    column
	}{{v.account, colAccount}, {v.campaignID, colCampaignID}, {v.campaign, colCampaign}, {v.adGroup, colAdGroup}, {v.ad, colAd}, {v.source, colSource}, {v.medium, colMedium}, {v.channel, colChannel}, {v.platform, colPlatform}} {
		if len(t.text) > longestName {
			return v, &event.Error{Field: r.label(t.c, ""), Code: event.CodeTooLong, Reason: "is longer than 255 bytes"}
		}
	}
	switch {
	case v.platform == "" && v.source == "":
		return v, &event.Error{Field: "platform", Code: event.CodeMissing, Reason: "the row names no platform"}
	case v.campaign == "" && v.campaignID == "" && (r.header.has(colCampaign) || r.header.has(colCampaignID)):
		return v, &event.Error{Field: r.label(colCampaign, "campaign"), Code: event.CodeMissing, Reason: "is needed, since the report is by campaign"}
	}
	var bad *event.Error
	v.currency, bad = r.currency(row)
	return v, bad
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// cost adds a row to its day, or to the days of its period.
func (r *report) cost(row *tabular.Row, first, last int) *event.Error {
	v, bad := r.values(row)
	if bad != nil {
		return bad
	}
	amount, ok := r.amount(row)
	if !ok {
		return &event.Error{Field: r.label(colSpend, "cost"), Code: event.CodeInvalid, Reason: "is not an amount of at least 0 with decimal " + string(r.decimal)}
	}
	impressions, bad := r.count(row, colImpressions)
	if bad != nil {
		return bad
	}
	clicks, bad := r.count(row, colClicks)
	if bad != nil {
		return bad
	}
	if r.shown += amount; r.shown > largest {
		return &event.Error{Field: r.label(colSpend, "cost"), Code: event.CodeInvalid, Reason: "makes the file's total too large"}
	}
	n := int64(last - first + 1)
	if n > 1 {
		r.periods++
		r.spans = append(r.spans, span{first, last})
	}
	unit := perMinor(v.currency)
	minor := toMinor(amount, v.currency)
	// Nothing is added before all of the row's days are known to take it.
	for day := first; day <= last; day++ {
		if c := r.cells[key(day, v)]; c != nil && c.row.currency != v.currency {
			return &event.Error{Field: r.label(colCurrency, "currency"), Code: CodeConflict, Reason: "another row of the same day and campaign has another currency"}
		}
	}
	r.plan.Rows++
	for i := range n {
		part := share(minor, n, i) * unit
		if n == 1 {
			part = amount
		}
		r.add(key(first+int(i), v), row, v, part, share(impressions, n, i), share(clicks, n, i))
	}
	return nil
}

func (r *report) add(k cellKey, row *tabular.Row, v values, amount, impressions, clicks int64) {
	c := r.cells[k]
	if c == nil {
		c = &cell{line: row.Line, original: row.Raw, row: v}
		r.cells[k] = c
		r.sequence = append(r.sequence, k)
	} else {
		r.duplicates++
	}
	c.micros += amount
	c.impressions += impressions
	c.clicks += clicks
}

// key is what makes a cost one, whatever its campaign is called.
func key(day int, v values) cellKey {
	campaign := "n:" + v.campaign
	if v.campaignID != "" {
		campaign = "i:" + v.campaignID
	}
	return cellKey{day: day, platform: v.platform, account: v.account, campaign: campaign, adGroup: v.adGroup, ad: v.ad, source: v.source, medium: v.medium}
}

// share is part i of n equal ones; the earlier have the rest, a unit each.
func share(total, n, i int64) int64 {
	part := total / n
	if i < total%n {
		part++
	}
	return part
}
