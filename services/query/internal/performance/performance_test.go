package performance

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRatiosByHand(t *testing.T) {
	f := Figures{
		Spend: 20_000, Revenue: 50_000, ConversionValue: 12_000,
		Conversions: 3*NanoUnits + NanoUnits/2, Opportunities: 2 * NanoUnits, Customers: NanoUnits / 3,
	}
	for name, c := range map[string]struct{ got, want *float64 }{
		"roi of both":              {f.ROI(ValueBoth), ptr(2.1)},
		"roi of revenue":           {f.ROI(ValueRevenue), ptr(1.5)},
		"roi of conversion value":  {f.ROI(ValueConversionValue), ptr(-0.4)},
		"roas of both":             {f.ROAS(ValueBoth), ptr(3.1)},
		"spent and earned nothing": {Figures{Spend: 1}.ROI(ValueBoth), ptr(-1)},
		"earned without spend":     {Figures{Revenue: 1}.ROI(ValueBoth), nil},
		"roas without spend":       {Figures{Revenue: 1}.ROAS(ValueBoth), nil},
		"nothing at all":           {Figures{}.ROI(ValueBoth), nil},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, show(c.got), show(c.want))
		}
	}
	for name, c := range map[string]struct {
		got  *int64
		want int64
	}{
		"cost per conversion":  {f.CPL(), 5714}, // 200.00 / 3.5 = 57.142857
		"cost per opportunity": {f.CostPerOpportunity(), 10_000},
		"cost per customer":    {f.CAC(), 60_000}, // 200.00 / 0.333333333 = 600.0000006
		"half to even, down":   {Figures{Spend: 5, Conversions: 2 * NanoUnits}.CPL(), 2},
		"half to even, up":     {Figures{Spend: 7, Conversions: 2 * NanoUnits}.CPL(), 4},
		"free":                 {Figures{Conversions: NanoUnits}.CPL(), 0},
	} {
		if c.got == nil || *c.got != c.want {
			t.Errorf("%s: got %v, want %d", name, c.got, c.want)
		}
	}
	if (Figures{Spend: 100}).CAC() != nil || (Figures{Spend: 100, Customers: -5}).CAC() != nil {
		t.Error("a cost per customer without customers is no number")
	}
	if (Figures{Spend: math.MaxInt64, Customers: 1}).CAC() != nil {
		t.Error("a cost beyond what minor units hold is no number")
	}
}

func TestTabulate(t *testing.T) {
	facts := []Fact{
		{Key: Key{Channel: "Paid Search", Campaign: "brand"}, Model: "linear", Figures: Figures{Revenue: 300, Customers: NanoUnits}},
		{Key: Key{Channel: "Paid Search", Campaign: "generic"}, Model: "linear", Figures: Figures{Revenue: 200}},
		{Key: Key{Channel: "Paid Search", Campaign: "brand"}, Model: "first_touch", Figures: Figures{Revenue: 999}},
		{Key: Key{Channel: "Paid Search", Campaign: "brand"}, Figures: Figures{Spend: 100, Clicks: 7}},
		{Key: Key{Channel: "Display", Campaign: "spring"}, Figures: Figures{Spend: 50}},
		{Key: Key{Channel: Unattributed, Campaign: ""}, Model: "linear", Figures: Figures{Revenue: 500, Customers: NanoUnits}},
		{Key: Key{Channel: "Email", Campaign: ""}, Model: "linear"},
	}
	table := Tabulate("linear", GroupByChannel, facts, nil)
	table.Sort(Order{MeasureRevenue, true, ValueBoth})
	if len(table.Rows) != 2 || table.Rows[0].Channel != "Paid Search" || table.Rows[1].Channel != "Display" {
		t.Fatalf("rows: %+v: a channel that spends and never converts is a row, one with nothing at all is not", table.Rows)
	}
	if got := table.Rows[0].Figures; got != (Figures{Revenue: 500, Customers: NanoUnits, Spend: 100, Clicks: 7}) {
		t.Errorf("Paid Search: %+v", got)
	}
	if table.Rows[1].Revenue != 0 || table.Rows[1].Spend != 50 {
		t.Errorf("Display: %+v", table.Rows[1])
	}
	if c := table.Coverage(); !same(c.Revenue, ptr(0.5)) || !same(c.Customers, ptr(0.5)) || c.Pipeline != nil {
		t.Errorf("coverage: %v %v %v", show(c.Revenue), show(c.Customers), show(c.Pipeline))
	}
	if got := *table.Totals.CAC(); got != 75 {
		t.Errorf("CAC in total is %d: 1.50 over two customers, the unattributed one included", got)
	}
	if len(Tabulate("linear", GroupByCampaign, facts, nil).Rows) != 3 {
		t.Error("campaigns: brand, generic and spring have a row each")
	}
}

func TestTabulate_comparesWithAnotherPeriod(t *testing.T) {
	now := []Fact{{Key: Key{Channel: "Email", Campaign: ""}, Model: "m", Figures: Figures{Revenue: 10}}}
	before := []Fact{{Key: Key{Channel: "Display", Campaign: ""}, Model: "m", Figures: Figures{Revenue: 4}}, {Key: Key{Channel: "Display", Campaign: ""}, Model: "x", Figures: Figures{Revenue: 9}}}
	table := Tabulate("m", GroupByChannel, now, before)
	table.Sort(Order{"", false, ValueBoth})
	if len(table.Rows) != 2 || table.Rows[0].Previous.Revenue != 4 || table.Rows[0].Revenue != 0 || table.Rows[1].Previous.Revenue != 0 {
		t.Errorf("rows of either period, each with both figures: %+v", table.Rows)
	}
	if table.Totals.Previous.Revenue != 4 || table.Unattributed.Previous == nil {
		t.Errorf("totals: %+v", table.Totals)
	}
}

func TestSort_putsRowsWithoutTheRatioLast(t *testing.T) {
	rows := func() Table {
		return Table{Rows: []Row{
			{Key: Key{Channel: "none"}},
			{Key: Key{Channel: "a"}, Figures: Figures{Spend: 10, Revenue: 30}},
			{Key: Key{Channel: "b"}, Figures: Figures{Spend: 10, Revenue: 20}},
			{Key: Key{Channel: "also none"}},
		}}
	}
	for descending, want := range map[bool]string{true: "a b also none none ", false: "b a also none none "} {
		table := rows()
		table.Sort(Order{MeasureROI, descending, ValueBoth})
		got := ""
		for _, r := range table.Rows {
			got += r.Channel + " "
		}
		if got != want {
			t.Errorf("descending %v: got %q, want %q", descending, got, want)
		}
	}
}

// drawFacts draws facts of two models in two currencies over a few days.
func drawFacts(t *rapid.T) []Fact {
	amount := rapid.Int64Range(-1_000_000, 1_000_000)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fact {
		f := Fact{
			Key: Key{
				Channel:  rapid.SampledFrom([]string{"A", "B", "C", Unattributed}).Draw(t, "channel"),
				Campaign: rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "campaign"),
				Detail:   rapid.SampledFrom([]string{"", "d", "e"}).Draw(t, "detail"),
			},
			Model:    rapid.SampledFrom([]string{"", "m", "n"}).Draw(t, "model"),
			Currency: rapid.SampledFrom([]string{"EUR", "USD", "JPY", "GBP"}).Draw(t, "currency"),
			Day:      Day(rapid.Int32Range(90, 120).Draw(t, "day")),
		}
		f.Spend, f.Revenue, f.ConversionValue, f.Pipeline = amount.Draw(t, "spend"), amount.Draw(t, "revenue"), amount.Draw(t, "value"), amount.Draw(t, "pipeline")
		f.Conversions, f.Opportunities, f.Customers = amount.Draw(t, "conversions"), amount.Draw(t, "opportunities"), amount.Draw(t, "customers")
		f.Impressions, f.Clicks, f.Touchpoints = amount.Draw(t, "impressions"), amount.Draw(t, "clicks"), amount.Draw(t, "touchpoints")
		return f
	}), 0, 40).Draw(t, "facts")
}

var testRates = []Rate{
	{Day: 100, From: "USD", To: "EUR", Rate: "0.91"}, {Day: 110, From: "USD", To: "EUR", Rate: "0.93"}, {Day: 80, From: "EUR", To: "JPY", Rate: "161.37"},
}

func TestRowsAndTheUnattributedSumToTheTotals(t *testing.T) {
	rates, err := NewRates(testRates)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		facts, _ := rates.Convert(drawFacts(t), "EUR", "EUR")
		before, _ := rates.Convert(drawFacts(t), "EUR", "EUR")
		var totals []Row
		for _, groupBy := range []GroupBy{GroupByChannel, GroupByCampaign} {
			table := Tabulate("m", groupBy, facts, before)
			sum, previous := table.Unattributed.Figures, *table.Unattributed.Previous
			for _, r := range table.Rows {
				sum.Add(r.Figures)
				previous.Add(*r.Previous)
			}
			if sum != table.Totals.Figures || previous != *table.Totals.Previous {
				t.Fatalf("by %s: rows sum to %+v and %+v, totals are %+v and %+v", groupBy, sum, previous, table.Totals.Figures, *table.Totals.Previous)
			}
			totals = append(totals, table.Totals)
		}
		if totals[0].Figures != totals[1].Figures {
			t.Fatalf("channels and campaigns have different totals: %+v and %+v", totals[0].Figures, totals[1].Figures)
		}
	})
}

func TestConvert_leavesOutWhatHasNoRateAndSaysSo(t *testing.T) {
	rates, err := NewRates(testRates)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		converted, left := rates.Convert(facts, "EUR", "EUR")
		missing := map[string]int64{}
		for i, f := range facts {
			want := new(big.Rat).SetInt64(f.Revenue)
			switch {
			case f.Currency == "EUR":
			case f.Currency == "USD" && f.Day >= 110:
				want.Mul(want, big.NewRat(93, 100))
			case f.Currency == "USD" && f.Day >= 100:
				want.Mul(want, big.NewRat(91, 100))
			case f.Currency == "JPY": // a yen has no minor unit, a euro a hundred
				want.Mul(want, big.NewRat(100*100, 16137))
			default:
				missing[f.Currency] += f.Revenue
				want.SetInt64(0)
				if c := converted[i].Figures; c.SpendMissing != (f.Spend != 0) || c.SpendMissing && (c.CPL() != nil || c.CAC() != nil || c.ROAS(ValueBoth) != nil || c.ROI(ValueBoth) != nil) {
					t.Fatalf("a part of the cost is shown as all of it: %+v became %+v", f, c)
				}
			}
			if off := want.Sub(want, new(big.Rat).SetInt64(converted[i].Revenue)); off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
				t.Fatalf("%+v became %d", f, converted[i].Revenue)
			}
			if converted[i].Conversions != f.Conversions || converted[i].Currency != "EUR" {
				t.Fatalf("counts are not money: %+v became %+v", f, converted[i])
			}
		}
		for _, u := range left {
			if u.Revenue != missing[u.Currency] {
				t.Fatalf("%s: %d left out, reported %d", u.Currency, missing[u.Currency], u.Revenue)
			}
			delete(missing, u.Currency)
		}
		for currency, amount := range missing {
			if amount != 0 {
				t.Fatalf("%d %s left out in silence", amount, currency)
			}
		}
	})
}

func TestTarget(t *testing.T) {
	none := Rates{}
	some, err := NewRates([]Rate{{Day: 1, From: "USD", To: "EUR", Rate: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		rates   Rates
		asked   string
		base    string
		present []string
		want    string
	}{
		"asked":                           {none, "GBP", "USD", []string{"EUR"}, "GBP"},
		"the only one":                    {some, "", "USD", []string{"EUR"}, "EUR"},
		"nothing yet":                     {none, "", "USD", nil, "USD"},
		"several, base among them":        {none, "", "USD", []string{"EUR", "USD"}, "USD"},
		"several, rates to the base":      {some, "", "USD", []string{"EUR", "GBP"}, "USD"},
		"several, nothing leads to base":  {none, "", "USD", []string{"EUR", "GBP"}, "EUR"},
		"several, no base is configured ": {none, "", "", []string{"EUR", "GBP"}, "EUR"},
	} {
		if got := c.rates.Target(c.asked, c.base, c.present); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestNewRatesRefuses(t *testing.T) {
	for name, rates := range map[string][]Rate{
		"no number": {{From: "USD", To: "EUR", Rate: "one"}}, "fraction": {{From: "USD", To: "EUR", Rate: "1/3"}}, "zero": {{From: "USD", To: "EUR", Rate: "0"}},
		"negative": {{From: "USD", To: "EUR", Rate: "-1"}}, "power": {{From: "USD", To: "EUR", Rate: "1e9"}}, "itself": {{From: "USD", To: "USD", Rate: "1"}},
		"twice": {{From: "USD", To: "EUR", Rate: "1"}, {From: "USD", To: "EUR", Rate: "2"}},
	} {
		if _, err := NewRates(rates); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]Day{"1970-01-01": 0, "2026-01-31": 20484, "2149-06-06": LastDay} {
		got, err := ParseDay(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %d (%s), %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "2026-1-1", "2026-02-30", "1969-12-31", "2149-06-07", "0001-01-01", "2026-01-01T00:00:00Z", "' OR 1"} {
		if _, err := ParseDay(text); err == nil {
			t.Errorf("%q: accepted", text)
		}
	}
	if got := DayOf(time.Date(1969, 12, 31, 23, 59, 0, 0, time.UTC)); got != -1 {
		t.Errorf("the day before the epoch is %d", got)
	}
	if (Period{From: 3, To: 2}).Days() != 0 || (Period{From: 3, To: 3}).Days() != 1 {
		t.Error("a period holds both its ends")
	}
}

func ptr(f float64) *float64 { return &f }

func same(a, b *float64) bool {
	return (a == nil) == (b == nil) && (a == nil || math.Abs(*a-*b) < 1e-6)
}

func show(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}

// TestConvert_detailsAddUp: facts of any detail, converted, add up to what their sums convert to: contents and journeys have the totals of
// campaigns to the minor unit.
func TestConvert_detailsAddUp(t *testing.T) {
	rates, err := NewRates([]Rate{{Day: 1, From: "EUR", To: "USD", Rate: "1.0834"}, {Day: 100, From: "GBP", To: "USD", Rate: "1.333"}, {Day: 1, From: "JPY", To: "USD", Rate: "0.0067"}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		fine := drawFacts(t)
		sums := map[sumKey]*Fact{}
		var coarse []Fact
		for _, f := range fine {
			key := sumKey{f.Channel, f.Campaign, f.Model, f.Currency, f.Day}
			if sums[key] == nil {
				sums[key] = &Fact{Key: Key{Channel: f.Channel, Campaign: f.Campaign}, Model: f.Model, Currency: f.Currency, Day: f.Day}
			}
			sums[key].Add(f.Figures)
		}
		for _, f := range sums {
			coarse = append(coarse, *f)
		}
		total := func(facts []Fact) (sum Figures) {
			converted, _ := rates.Convert(facts, "USD", "USD")
			for _, f := range converted {
				sum.Add(f.Figures)
			}
			return sum
		}
		if a, b := total(fine), total(coarse); a != b {
			t.Fatalf("details add up to %+v, their sums to %+v", a, b)
		}
	})
}

func TestInterval(t *testing.T) {
	day := func(s string) Day {
		d, err := ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		interval    Interval
		day, starts string
		next        string
	}{
		{IntervalDay, "2026-11-22", "2026-11-22", "2026-11-23"},
		{IntervalWeek, "2026-11-22", "2026-11-16", "2026-11-23"}, // a Sunday
		{IntervalWeek, "2026-11-16", "2026-11-16", "2026-11-23"},
		{IntervalWeek, "2024-12-31", "2024-12-30", "2025-01-06"},
		{IntervalWeek, "1970-01-02", "1970-01-01", "1970-01-05"}, // the first week has no Monday that a Date can hold
		{IntervalMonth, "2026-02-28", "2026-02-01", "2026-03-01"},
		{IntervalMonth, "2026-12-31", "2026-12-01", "2027-01-01"},
	} {
		start := c.interval.Start(day(c.day))
		if start.String() != c.starts || c.interval.Next(start).String() != c.next {
			t.Errorf("%s of %s: from %s, next %s", c.interval, c.day, start, c.interval.Next(start))
		}
	}
	steps := IntervalMonth.Steps(Period{From: day("2026-01-15"), To: day("2026-03-01")})
	if len(steps) != 3 || IntervalMonth.IsWhole(steps[0], Period{From: day("2026-01-15"), To: day("2026-03-01")}) || !IntervalMonth.IsWhole(steps[1], Period{From: day("2026-01-15"), To: day("2026-03-01")}) {
		t.Errorf("%v", steps)
	}
}

func TestKPIsByHand(t *testing.T) {
	f := Figures{
		Spend: 20_000, Impressions: 4000, Clicks: 80, Touchpoints: 100, Conversions: 5 * NanoUnits, Opportunities: 2 * NanoUnits, Customers: NanoUnits / 2, Revenue: 60_000,
	}
	for name, c := range map[string]struct{ got, want *float64 }{
		"ctr":                        {f.CTR(), ptr(0.02)},
		"cvr":                        {f.CVR(), ptr(0.05)},
		"cvr per click":              {f.ClickCVR(), ptr(0.0625)},
		"sql rate":                   {f.SQLRate(), ptr(0.4)},
		"pipeline conversion":        {f.PipelineConversion(), ptr(0.25)},
		"payback":                    {f.PaybackMonths(Margin{PerMille: 800, Months: 12}), ptr(5)}, // CAC 400; 1200 a year per customer, 80 a month of margin
		"payback without a margin":   {f.PaybackMonths(Margin{Months: 12}), nil},
		"payback without a customer": {Figures{Spend: 5, Revenue: 3}.PaybackMonths(Margin{PerMille: 800, Months: 12}), nil},
		"ctr without impressions":    {Figures{Clicks: 3}.CTR(), nil},
		"cvr without touchpoints":    {Figures{Conversions: 3}.CVR(), nil},
	} {
		if !same(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", name, show(c.got), show(c.want))
		}
	}
	if cpc := f.CPC(); cpc == nil || *cpc != 250 {
		t.Errorf("cpc %v", cpc)
	}
	if (Figures{Spend: 5}).CPC() != nil {
		t.Error("a click costs something although nobody clicked")
	}
}
