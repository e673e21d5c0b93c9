package sink_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// world makes up histories of journeys, opportunities, touchpoints, cells and spend, version by version, and knows what must be left of them: the
// latest version of everything, and every posting once. It knows nothing of tables or versions of rows.
type world struct {
	t        testing.TB
	rng      *rand.Rand
	messages []message

	credits map[string]*pb.CreditSet
	held    map[string]map[string]bool // touchpoints that ever had credit, by journey and model
	opps    map[string]*pb.OpportunityRow
	// dealVersions are all that opportunities ever had.
	dealVersions []string
	stays        map[string]map[int64]bool // entries of stages an opportunity ever had
	touches      map[string]*pb.Touchpoint
	convs        map[string]*pb.ConversionRow
	cells        map[string]*pb.Cell
	spend        map[string]*pb.Spend
	postings     []string
	versions     map[string]int64
}

func newWorld(t testing.TB, seed uint64) *world {
	return &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), credits: map[string]*pb.CreditSet{}, held: map[string]map[string]bool{},
		opps: map[string]*pb.OpportunityRow{}, stays: map[string]map[int64]bool{}, touches: map[string]*pb.Touchpoint{},
		convs: map[string]*pb.ConversionRow{}, cells: map[string]*pb.Cell{}, spend: map[string]*pb.Spend{}, versions: map[string]int64{},
	}
}

// step makes n more messages and returns them.
func (w *world) step(n int) []message {
	from := len(w.messages)
	kinds := []func(){w.credit, w.credit, w.credit, w.opportunity, w.touch, w.conversion, w.cell, w.spendDay}
	for len(w.messages) < from+n {
		kinds[w.rng.IntN(len(kinds))]()
	}
	return w.messages[from:]
}

func (w *world) next(key string) int64 {
	w.versions[key]++
	return w.versions[key]
}

func (w *world) add(topic, key string, m vt) {
	w.messages = append(w.messages, msg(w.t, topic, key, m))
}

// credit is a new version of a journey: other touches, other amounts, and some measures that fall to zero.
func (w *world) credit() {
	n := w.rng.IntN(8)
	kind, first, journey := pb.JourneyKind_JOURNEY_KIND_CONVERSION, pb.Measure_MEASURE_CONVERSIONS, fmt.Sprintf("c:%d", n)
	if n%2 == 1 {
		kind, first, journey = pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY, pb.Measure_MEASURE_OPPORTUNITIES, fmt.Sprintf("o:%d", n)
	}
	model := []string{"linear", "w_shaped"}[w.rng.IntN(2)]
	key := journey + "|" + model
	set := &pb.CreditSet{
		Workspace: "w", JourneyId: journey, Kind: kind, Model: model, Version: w.next(key), Currency: "EUR", PartsTotal: 10,
		OpenedUs: at(1, 1+n, 0), RecordedUs: at(6, 1, 0),
	}
	if kind == pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY {
		// A corrected creation date must not leave rows behind.
		set.OpenedUs = at(1+w.rng.IntN(12), 1, 0) - day*int64(w.rng.IntN(2))*400
	}
	if w.held[key] == nil {
		w.held[key] = map[string]bool{}
	}
	batch := &pb.LedgerBatch{Workspace: "w", JourneyId: journey, Version: set.Version, Currency: "EUR", RecordedUs: set.RecordedUs}
	now := map[string]bool{}
	for _, touch := range []string{"", "t1", "t2", "t3", "t4"} {
		if w.rng.IntN(2) == 0 {
			continue
		}
		now[touch] = true
		row := &pb.CreditRow{TouchpointId: touch, Parts: 2}
		for m := first; m < first+4 && m <= pb.Measure_MEASURE_REVENUE && (kind == 2 || m < first+2); m++ {
			if amount := int64(w.rng.IntN(3)) * 1000; amount > 0 {
				row.Amounts = append(row.Amounts, &pb.MeasureAmount{Measure: m, Amount: amount})
				batch.Postings = append(batch.Postings, &pb.Posting{Model: model, Measure: m, TouchpointId: touch, Delta: amount})
				w.postings = append(w.postings, fmt.Sprintf("('%s',%d,'%s',%d,'%s',%d)", journey, set.Version, model, m, touch, amount))
			}
		}
		set.Rows = append(set.Rows, row)
	}
	for touch := range w.held[key] {
		if !now[touch] {
			set.Removed = append(set.Removed, touch)
		}
	}
	slices.Sort(set.Removed)
	for touch := range now {
		w.held[key][touch] = true
	}
	w.credits[key] = set
	w.add("credits-v1", key, set)
	if len(batch.Postings) > 0 {
		w.add("ledger-v1", journey, batch)
	}
}

func (w *world) opportunity() {
	id := fmt.Sprintf("%d", w.rng.IntN(4))
	o := &pb.OpportunityRow{
		Workspace: "w", OpportunityId: id, Version: w.next("opp" + id), Stage: "s", Currency: "EUR", AmountMinor: int64(w.rng.IntN(9)),
		CreatedUs: at(1+w.rng.IntN(12), 1, 0), IsDeleted: w.rng.IntN(8) == 0,
	}
	if w.stays[id] == nil {
		w.stays[id] = map[int64]bool{}
	}
	now := map[int64]bool{}
	for i := range 4 {
		entered := at(2, 1+i, 0)
		if w.rng.IntN(2) == 0 {
			now[entered] = true
			o.Stages = append(o.Stages, &pb.StageVisit{Stage: "s", EnteredUs: entered, AmountMinor: int64(w.rng.IntN(9))})
		}
	}
	for entered := range w.stays[id] {
		if !now[entered] {
			o.RemovedStagesEnteredUs = append(o.RemovedStagesEnteredUs, entered)
		}
	}
	for entered := range now {
		w.stays[id][entered] = true
	}
	o.RecordedUs = at(1, 1, 0) + o.Version*1_000_000
	w.opps[id] = o
	w.dealVersions = append(w.dealVersions, fmt.Sprintf("('%s',%d,%d,%d,%d,%d)", id, o.Version, o.RecordedUs/1000, o.AmountMinor, len(o.Stages), map[bool]int{true: 1}[o.IsDeleted]))
	if w.rng.IntN(2) == 0 { // both are written in any case; a version must be there whichever comes, and once when both do
		w.add("opportunities-v1", fmt.Sprintf("%s\x00%d", id, o.Version), history(o))
	}
	w.add("opportunities-v1", id, o)
}

// history is the record that keeps a version.
func history(o *pb.OpportunityRow) *pb.OpportunityRow {
	return &pb.OpportunityRow{
		Workspace: o.Workspace, OpportunityId: o.OpportunityId, Version: o.Version, Stage: o.Stage, Currency: o.Currency, AmountMinor: o.AmountMinor, CreatedUs: o.CreatedUs,
		IsDeleted: o.IsDeleted, Stages: o.Stages, RecordedUs: o.RecordedUs, IsHistory: true,
	}
}

func (w *world) touch() {
	n := w.rng.IntN(10)
	id := fmt.Sprintf("t%d", n)
	m := &pb.Touchpoint{
		Workspace: "w", TouchpointId: id, Version: w.next(id), OccurredUs: at(3, 1+n, 0), PersonId: fmt.Sprint(w.rng.IntN(9)),
		IsDeleted: w.rng.IntN(5) == 0,
	}
	w.touches[id] = m
	w.add("touchpoints-v1", id, m)
}

func (w *world) conversion() {
	n := w.rng.IntN(10)
	id := fmt.Sprintf("e%d", n)
	m := &pb.ConversionRow{
		Workspace: "w", ConversionId: id, Version: w.next(id), OccurredUs: at(3, 1+n, 0), ValueMinor: int64(w.rng.IntN(100)), Currency: "EUR",
		IsDeleted: w.rng.IntN(5) == 0,
	}
	if m.IsDeleted {
		m = &pb.ConversionRow{Workspace: "w", ConversionId: id, Version: m.Version, IsDeleted: true} // that is all the attributor knows then
	}
	w.convs[id] = m
	w.add("conversions-v1", id, m)
}

func (w *world) cell() {
	n := w.rng.IntN(10)
	key := fmt.Sprintf("x%d", n)
	m := &pb.Cell{
		Key:     &pb.CellKey{Workspace: "w", Basis: pb.Basis_BASIS_CLOSE, Day: int32(19700 + n), Model: "linear", Channel: "Email", Currency: "EUR"},
		Values:  &pb.CellValues{Revenue: int64(w.rng.IntN(5)), Conversions: int64(w.rng.IntN(2))},
		Version: w.next(key),
	}
	w.cells[key] = m
	w.add("cells-v1", key, m)
}

func (w *world) spendDay() {
	n := w.rng.IntN(10)
	key := fmt.Sprintf("sp%d", n)
	m := &pb.Spend{
		Workspace: "w", Day: int32(19700 + n), Platform: "p", CampaignId: fmt.Sprint(n), Channel: "Email", Currency: "EUR",
		SpendMinor: int64(w.rng.IntN(500)), ReceiptSeq: w.next(key), IsDeleted: w.rng.IntN(6) == 0,
	}
	w.spend[key] = m
	w.add("spend-v1", key, m)
}

// check compares every table with what must be left.
func (w *world) check(s *stack) {
	w.t.Helper()
	for _, c := range []struct {
		what, query string
		want        []string
	}{
		{"credits", `SELECT journey_id, model, measure, touchpoint_id, amount_minor FROM credits`, w.wantCredits()},
		{"ledger", `SELECT journey_id, version, model, transform(measure, ['conversions','conversion_value','opportunities','pipeline','customers','revenue'], [1,2,3,4,5,6], 0) AS m,
			touchpoint_id, delta_amount_minor FROM ledger`, w.postings},
		{"opportunities", `SELECT opportunity_id, amount_minor FROM opportunities`, w.wantOpportunities()},
		{"stages", `SELECT opportunity_id, toUnixTimestamp64Micro(toDateTime64(entered_at, 6)) AS e, amount_minor FROM opportunity_stages`, w.wantStages()},
		{"versions", `SELECT opportunity_id, version, toUnixTimestamp64Milli(recorded_at), amount_minor, length(visit_stages), is_deleted FROM opportunity_versions_rows FINAL`, w.dealVersions},
		{"touchpoints", `SELECT touchpoint_id, person_id FROM touchpoints`, w.wantTouches()},
		{"conversions", `SELECT conversion_id, value_minor FROM conversions`, w.wantConversions()},
		{"spend", `SELECT campaign_id, spend_minor FROM spend`, w.wantSpend()},
		{"performance", `SELECT toInt64(day) - 19700 AS d, sum(revenue_minor) AS r, sum(conversions_nano) AS c, sum(spend_minor) AS s FROM channel_performance_daily
			WHERE basis = 'close' AND model = 'linear' GROUP BY d HAVING r != 0 OR c != 0 OR s != 0`, w.wantPerformance()},
	} {
		want := slices.Sorted(slices.Values(c.want))
		if d := cmp.Diff(want, s.rows(c.query)); d != "" {
			w.t.Errorf("%s (-want, +got):\n%s", c.what, d)
		}
	}
}

func (w *world) wantCredits() (out []string) {
	names := []string{"", "conversions", "conversion_value", "opportunities", "pipeline", "customers", "revenue"}
	for _, set := range w.credits {
		for _, r := range set.Rows {
			for _, a := range r.Amounts {
				out = append(out, fmt.Sprintf("('%s','%s','%s','%s',%d)", set.JourneyId, set.Model, names[a.Measure], r.TouchpointId, a.Amount))
			}
		}
	}
	return out
}

func (w *world) wantOpportunities() (out []string) {
	for id, o := range w.opps {
		if !o.IsDeleted {
			out = append(out, fmt.Sprintf("('%s',%d)", id, o.AmountMinor))
		}
	}
	return out
}

func (w *world) wantStages() (out []string) {
	for id, o := range w.opps {
		for _, st := range o.Stages {
			if !o.IsDeleted {
				out = append(out, fmt.Sprintf("('%s',%d,%d)", id, st.EnteredUs, st.AmountMinor))
			}
		}
	}
	return out
}

func (w *world) wantTouches() (out []string) {
	for id, m := range w.touches {
		if !m.IsDeleted {
			out = append(out, fmt.Sprintf("('%s','%s')", id, m.PersonId))
		}
	}
	return out
}

func (w *world) wantConversions() (out []string) {
	for id, m := range w.convs {
		if !m.IsDeleted {
			out = append(out, fmt.Sprintf("('%s',%d)", id, m.ValueMinor))
		}
	}
	return out
}

func (w *world) wantSpend() (out []string) {
	for _, m := range w.spend {
		if !m.IsDeleted {
			out = append(out, fmt.Sprintf("('%s',%d)", m.CampaignId, m.SpendMinor))
		}
	}
	return out
}

func (w *world) wantPerformance() (out []string) {
	type totals struct{ revenue, conversions, spend int64 }
	days := map[int32]totals{}
	for _, m := range w.cells {
		d := days[m.Key.Day]
		d.revenue, d.conversions = m.Values.Revenue, m.Values.Conversions
		days[m.Key.Day] = d
	}
	for _, m := range w.spend {
		if !m.IsDeleted {
			d := days[m.Day]
			d.spend = m.SpendMinor
			days[m.Day] = d
		}
	}
	for d, v := range days {
		if v != (totals{}) {
			out = append(out, fmt.Sprintf("(%d,%d,%d,%d)", d-19700, v.revenue, v.conversions, v.spend))
		}
	}
	return out
}
