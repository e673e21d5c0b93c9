package performance

import (
	"math"
	"math/big"
)

// Key names a row. Campaign is empty when rows are not campaigns; Detail is the value of a grouping finer than the roll-up, else empty.
type Key struct {
	Channel, Campaign, Detail string
}

// Figures are the additive numbers of a row: money in minor units, counts of what credit shares out in nano-units, the rest in whole units.
type Figures struct {
	Spend, Impressions, Clicks, Touchpoints int64
	Conversions, Opportunities, Customers   int64
	ConversionValue, Pipeline, Revenue      int64
	// SpendMissing says that a part of Spend is left out for want of an exchange rate: there is a cost, so what is divided by it is not known.
	SpendMissing bool
	// SpendElsewhere says that platforms bill by something wider than the row: its cost stands in another row, or it bears that of others, so nothing
	// is divided by it or by clicks.
	SpendElsewhere bool
}

// knowsCost says that Spend is what the row's outcomes cost.
func (f Figures) knowsCost() bool { return !f.SpendMissing && !f.SpendElsewhere }

// Fact is what the store reports: figures of one key in one currency. Model is empty for what no model changes: spend, impressions, clicks
// and touchpoints. Day is set only where a currency must be converted as of the day.
type Fact struct {
	Key
	Model    string
	Currency string
	Day      Day
	// On is the first day of the step of time that the figures fall in; 0 where time was not asked for.
	On Day
	// Days runs from the first to the last day with any figure of it.
	Days Period
	Figures
}

// Add adds o to f.
func (f *Figures) Add(o Figures) {
	f.Spend += o.Spend
	f.Impressions += o.Impressions
	f.Clicks += o.Clicks
	f.Touchpoints += o.Touchpoints
	f.Conversions += o.Conversions
	f.Opportunities += o.Opportunities
	f.Customers += o.Customers
	f.ConversionValue += o.ConversionValue
	f.Pipeline += o.Pipeline
	f.Revenue += o.Revenue
	f.SpendMissing = f.SpendMissing || o.SpendMissing
	f.SpendElsewhere = f.SpendElsewhere || o.SpendElsewhere
}

// IsZero says that nothing at all was counted.
func (f Figures) IsZero() bool { return f == Figures{} }

// Value is what counts as return under v, in minor units.
func (f Figures) Value(v ValueBasis) int64 {
	switch v {
	case ValueRevenue:
		return f.Revenue
	case ValueConversionValue:
		return f.ConversionValue
	case ValueBoth:
	}
	return f.Revenue + f.ConversionValue
}

// ROI is (value - spend) / spend, nil where nothing was spent: a division by zero has no answer, and an infinite one misleads.
func (f Figures) ROI(v ValueBasis) *float64 {
	if f.Spend == 0 || !f.knowsCost() {
		return nil
	}
	return quotient(f.Value(v)-f.Spend, f.Spend)
}

// ROAS is value / spend, nil where nothing was spent.
func (f Figures) ROAS(v ValueBasis) *float64 {
	if !f.knowsCost() {
		return nil
	}
	return quotient(f.Value(v), f.Spend)
}

// CPL is spend per conversion in minor units, nil where there is no conversion.
func (f Figures) CPL() *int64 { return f.costPer(f.Conversions) }

// CostPerOpportunity is spend per opportunity in minor units, nil where there is none.
func (f Figures) CostPerOpportunity() *int64 { return f.costPer(f.Opportunities) }

// CAC is spend per customer won in minor units, nil where there is none.
func (f Figures) CAC() *int64 { return f.costPer(f.Customers) }

// CTR is clicks per impression, nil without impressions.
func (f Figures) CTR() *float64 { return quotient(f.Clicks, f.Impressions) }

// CPC is spend per click in minor units, nil without clicks.
func (f Figures) CPC() *int64 {
	f.SpendElsewhere = false // platforms count clicks where they bill
	return f.costPer(saturated(f.Clicks))
}

// CVR is conversions per touchpoint, nil without touchpoints.
func (f Figures) CVR() *float64 { return perNano(f.Conversions, f.Touchpoints) }

// ClickCVR is conversions per click that the ad platforms report, nil without clicks.
func (f Figures) ClickCVR() *float64 {
	if f.SpendElsewhere {
		return nil
	}
	return perNano(f.Conversions, f.Clicks)
}

// SQLRate is opportunities per conversion, nil without conversions: how many leads sales takes up.
func (f Figures) SQLRate() *float64 { return quotient(f.Opportunities, f.Conversions) }

// PipelineConversion is customers per opportunity, nil without opportunities.
func (f Figures) PipelineConversion() *float64 { return quotient(f.Customers, f.Opportunities) }

// Margin is what payback needs to know: which part of revenue is gross margin, and over how many months an amount is earned.
type Margin struct {
	// PerMille is the gross margin in thousandths of revenue; 0: not known.
	PerMille int64
	// Months is how long the amount of an opportunity runs; at least 1.
	Months int64
}

// PaybackMonths is CAC / monthly gross margin per customer: spend * months / (revenue * margin), since customers cancel out. Nil without
// customers, revenue, or a known margin.
func (f Figures) PaybackMonths(m Margin) *float64 {
	if m.PerMille <= 0 || f.Customers <= 0 || f.Revenue <= 0 || !f.knowsCost() {
		return nil
	}
	spend := new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(f.Spend), big.NewInt(1000*m.Months)))
	margin := new(big.Rat).SetInt(new(big.Int).Mul(big.NewInt(f.Revenue), big.NewInt(m.PerMille)))
	months, _ := spend.Quo(spend, margin).Float64()
	months = math.Round(months*ratioDecimals) / ratioDecimals
	return &months
}

// saturated is a whole count in nano-units, or the most there can be.
func saturated(count int64) int64 {
	if count > math.MaxInt64/NanoUnits {
		return math.MaxInt64
	}
	return count * NanoUnits
}

// perNano is a count in nano-units per whole count, rounded as quotient does.
func perNano(nano, whole int64) *float64 {
	if whole == 0 {
		return nil
	}
	q := math.Round(float64(nano)/NanoUnits/float64(whole)*ratioDecimals) / ratioDecimals
	return &q
}

// ratioDecimals is how many decimals a ratio is rounded to: more than anybody reads, few enough that equal inputs print equally everywhere.
const ratioDecimals = 1e6

// quotient is a/b rounded to six decimals, nil for b = 0.
func quotient(a, b int64) *float64 {
	if b == 0 {
		return nil
	}
	q := math.Round(float64(a)/float64(b)*ratioDecimals) / ratioDecimals
	return &q
}

func (f Figures) costPer(nano int64) *int64 {
	if !f.knowsCost() {
		return nil
	}
	return costPer(f.Spend, nano)
}

// costPer divides minor units by a count in nano-units, half to even. A count below or at zero (a correction outweighing what it corrects
// within the period) has no cost per unit either.
func costPer(minor, nano int64) *int64 {
	if nano <= 0 {
		return nil
	}
	n := new(big.Int).Mul(big.NewInt(minor), big.NewInt(NanoUnits))
	rounded := roundRat(new(big.Rat).SetFrac(n, big.NewInt(nano)))
	if !rounded.IsInt64() {
		return nil
	}
	v := rounded.Int64()
	return &v
}

// roundRat rounds half to even, as accountants do.
func roundRat(r *big.Rat) *big.Int {
	q, rest := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch rest.Lsh(rest, 1).Cmp(r.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		q.Add(q, big.NewInt(int64(q.Bit(0))))
	}
	return q
}
