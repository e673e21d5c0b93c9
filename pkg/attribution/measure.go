package attribution

// NanoUnit is one whole count: counts are shared out in units of 1e-9, so that they split as money does.
const NanoUnit = 1_000_000_000

// Measure is what of a journey is being shared out; its values are the words of the credits view.
type Measure string

// The measures. Counts are in nano-units, the others in minor units of the journey's currency.
const (
	MeasureConversions     Measure = "conversions"
	MeasureConversionValue Measure = "conversion_value"
	MeasureOpportunities   Measure = "opportunities"
	MeasurePipeline        Measure = "pipeline"
	MeasureCustomers       Measure = "customers"
	MeasureRevenue         Measure = "revenue"
)

// MeasureAmount is the whole amount of one measure of a journey.
type MeasureAmount struct {
	Measure Measure
	Amount  int64
	// AtUS is the moment whose UTC day the amount counts on in the close basis; the unattributed line uses it in the touch basis
	// too, having no touch. Conversions: the conversion. Opportunities and pipeline: the creation. Customers and revenue: the close.
	AtUS int64
}

// Conversion is the fact of a conversion journey.
type Conversion struct {
	// Key.ID is the conversion event's id.
	Key Key
	// Type is the configured conversion type, for example lead.
	Type string
	// HasValue says whether ValueMinor is known; a value of zero is one.
	HasValue   bool
	ValueMinor int64
	Currency   string
}

// Measures returns the conversion's amounts; amounts of zero are left out.
func (c *Conversion) Measures() []MeasureAmount {
	ms := []MeasureAmount{{MeasureConversions, NanoUnit, c.Key.OccurredUS}}
	if c.HasValue && c.ValueMinor != 0 {
		ms = append(ms, MeasureAmount{MeasureConversionValue, c.ValueMinor, c.Key.OccurredUS})
	}
	return ms
}

// Measures returns the opportunity's amounts as its state asks: open counts as opportunity and pipeline, won as opportunity, customer
// and revenue, lost as opportunity alone, deleted as nothing. Amounts of zero are left out.
func (o *Opportunity) Measures() []MeasureAmount {
	if o.IsDeleted {
		return nil
	}
	ms := []MeasureAmount{{MeasureOpportunities, NanoUnit, o.CreatedUS}}
	money := MeasureAmount{MeasurePipeline, o.AmountMinor, o.CreatedUS}
	if o.IsWon {
		ms = append(ms, MeasureAmount{MeasureCustomers, NanoUnit, o.ClosedUS})
		money = MeasureAmount{MeasureRevenue, o.AmountMinor, o.ClosedUS}
	}
	if o.HasAmount && o.AmountMinor != 0 && (o.IsWon || !o.IsClosed) {
		ms = append(ms, money)
	}
	return ms
}

// DayOf returns the UTC day of a moment as days since the Unix epoch, also for moments before it.
func DayOf(us int64) int32 {
	const day = 24 * 60 * 60 * 1_000_000
	d := us / day
	if us%day < 0 {
		d--
	}
	return int32(d)
}
