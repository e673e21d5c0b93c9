package answer

import (
	"fmt"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// figures writes numbers as the API sends them.
func (b *builder) figures(f performance.Figures) Figures {
	currency, v := b.currency, b.value
	amount := func(minor int64) string { return money.FormatDecimal(minor, currency) }
	optional := func(minor *int64) *string {
		if minor == nil {
			return nil
		}
		s := amount(*minor)
		return &s
	}
	return Figures{
		Spend: amount(f.Spend), Impressions: f.Impressions, Clicks: f.Clicks, Touchpoints: f.Touchpoints,
		Conversions: count(f.Conversions), ConversionValue: amount(f.ConversionValue),
		Opportunities: count(f.Opportunities), Customers: count(f.Customers),
		Pipeline: amount(f.Pipeline), Revenue: amount(f.Revenue), Value: amount(f.Value(v)),
		ROI: f.ROI(v), ROAS: f.ROAS(v),
		CPL: optional(f.CPL()), CostPerOpportunity: optional(f.CostPerOpportunity()), CAC: optional(f.CAC()),
		CTR: f.CTR(), CPC: optional(f.CPC()), CVR: f.CVR(), ClickCVR: f.ClickCVR(), SQLRate: f.SQLRate(),
		PipelineConversion: f.PipelineConversion(), PaybackMonths: f.PaybackMonths(b.margin),
	}
}

// count turns nano-units into units. The division is the only step in floating point, and nothing is added up after it.
func count(nano int64) float64 { return float64(nano) / performance.NanoUnits }

func (b *builder) optionalFigures(f *performance.Figures) *Figures {
	if f == nil {
		return nil
	}
	converted := b.figures(*f)
	return &converted
}

// builder writes tables as answers.
type builder struct {
	currency string
	value    performance.ValueBasis
	groupBy  performance.GroupBy
	margin   performance.Margin
}

func (b *builder) row(r performance.Row) Row {
	row := Row{
		Channel: r.Channel, Campaign: b.campaign(r.Campaign), Currency: b.currency,
		Figures: b.figures(r.Figures), Previous: b.optionalFigures(r.Previous),
	}
	row.Content, row.LandingPage, row.Source, row.Medium = b.detail(r.Detail)
	return row
}

// detail puts a row's detail where the answer has it.
func (b *builder) detail(value string) (content, landingPage, source, medium *string) {
	switch b.groupBy {
	case performance.GroupByContent:
		content = &value
	case performance.GroupByLandingPage:
		landingPage = &value
	case performance.GroupBySource:
		source = &value
	case performance.GroupByMedium:
		medium = &value
	case performance.GroupByChannel, performance.GroupByCampaign:
	}
	return content, landingPage, source, medium
}

func (b *builder) campaign(name string) *string {
	if b.groupBy != performance.GroupByCampaign {
		return nil
	}
	return &name
}

func (b *builder) totals(t performance.Table) Totals {
	c := t.Coverage()
	return Totals{
		Currency: b.currency, Figures: b.figures(t.Totals.Figures),
		Coverage: t.MainCoverage(b.value), CoverageMeasure: string(t.MainMeasure(b.value)),
		CoverageByMeasure: ByMeasure(c),
		Previous:          b.optionalFigures(t.Totals.Previous),
	}
}

// notConverted words what currency conversion left out.
func notConverted(left []performance.Unconverted, target string) []Warning {
	warnings := []Warning{}
	for _, u := range left {
		var parts []string
		for _, part := range []struct {
			name  string
			minor int64
		}{{"spend", u.Spend}, {"conversion value", u.ConversionValue}, {"pipeline", u.Pipeline}, {"revenue", u.Revenue}} {
			if part.minor != 0 {
				parts = append(parts, readable.Money(money.FormatDecimal(part.minor, u.Currency), 2, u.Currency)+" of "+part.name)
			}
		}
		warnings = append(warnings, Warning{
			Code: "not_converted",
			Detail: fmt.Sprintf("%s left out: there is no rate from %s to %s on %s. Add one under rates in the configuration, or ask for currency=%s.",
				strings.Join(parts, ", "), u.Currency, target, u.FirstDay, u.Currency),
		})
	}
	return warnings
}
