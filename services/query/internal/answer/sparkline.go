package answer

import (
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// timeline holds the figures of one model by row and step of time.
type timeline struct {
	frame *frame
	steps []performance.Day
	rows  map[performance.Key]map[performance.Day]performance.Figures
	// measure is what sparklines draw.
	measure performance.Measure
}

// timeline is nil where time was not asked for.
func (f *frame) timeline(t performance.Table) *timeline {
	if f.interval == "" {
		return nil
	}
	l := &timeline{frame: f, steps: f.steps(f.period), rows: map[performance.Key]map[performance.Day]performance.Figures{}, measure: t.MainMeasure(f.value)}
	for _, fact := range f.facts {
		if fact.Model != t.Model && fact.Model != "" {
			continue
		}
		key := f.rowKey(fact.Key)
		if l.rows[key] == nil {
			l.rows[key] = map[performance.Day]performance.Figures{}
		}
		sum := l.rows[key][fact.On]
		sum.Add(fact.Figures)
		l.rows[key][fact.On] = sum
	}
	return l
}

// steps of a period; none while nothing says where it begins and ends.
func (f *frame) steps(p performance.Period) []performance.Day {
	if !f.extent.HasData && (f.from == nil || f.to == nil) {
		return nil
	}
	return f.interval.Steps(p)
}

// rowKey is the row that a fact belongs to.
func (f *frame) rowKey(key performance.Key) performance.Key {
	if key.Channel == performance.Unattributed {
		return performance.Key{Channel: key.Channel}
	}
	if f.groupBy != performance.GroupByCampaign {
		key.Campaign = ""
	}
	return key
}

// sparkline is a row's, nil where time was not asked for.
func (l *timeline) sparkline(key performance.Key) *Sparkline {
	if l == nil {
		return nil
	}
	s := &Sparkline{Interval: string(l.frame.interval), Measure: string(l.measure), On: []string{}, Values: []string{}, Spend: []string{}}
	for _, on := range l.steps {
		figures := l.rows[key][on]
		s.On = append(s.On, on.String())
		s.Spend = append(s.Spend, money.FormatDecimal(figures.Spend, l.frame.currency))
		s.Values = append(s.Values, l.frame.measured(l.measure, l.measure.Of(figures, l.frame.value)))
	}
	return s
}

// measured writes an additive measure's number as a decimal.
func (b *builder) measured(m performance.Measure, units int64) string {
	switch m {
	case performance.MeasureSpend, performance.MeasureConversionValue, performance.MeasurePipeline, performance.MeasureRevenue, performance.MeasureValue:
		return money.FormatDecimal(units, b.currency)
	case performance.MeasureConversions, performance.MeasureOpportunities, performance.MeasureCustomers:
		amount, _ := exact("conversions", units, "")
		return amount
	default: // whole numbers
	}
	return decimal(units)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
