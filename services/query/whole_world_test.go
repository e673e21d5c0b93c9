package query_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// wholeWorld is a random world whose touchpoints, credits, cells, facts and spend fit together as the attributor makes them.
type wholeWorld struct {
	*world
	random   *rand.Rand
	touches  []wholeTouch
	journeys []wholeJourney
	rollup   map[cell]*cell
}

type wholeTouch struct {
	id, channel, campaign, source, medium, content, landing, person string
	at                                                              time.Time
}

type wholeJourney struct {
	id, kind, conversionType, currency string
	opened, closed                     time.Time
	// nano and minor are the amounts of the measures: conversions or opportunities, customers; value or pipeline or revenue.
	state string
	minor int64
}

var (
	wholeModels = []string{"first_touch", "linear"}
	wholeFirst  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// newWholeWorld fills a world. Currencies are drawn from those given.
func newWholeWorld(w *world, seed uint64, journeys int, currencies ...string) *wholeWorld {
	ww := &wholeWorld{world: w, random: rand.New(rand.NewPCG(seed, 1)), rollup: map[cell]*cell{}}
	ww.drawTouches(4 * journeys)
	for i := range journeys {
		ww.drawJourney(i, currencies)
	}
	ww.insertFacts()
	ww.insertCells()
	ww.insertSpend(journeys/2, currencies)
	return ww
}

func pick[T any](ww *wholeWorld, list ...T) T { return list[ww.random.IntN(len(list))] }

func (ww *wholeWorld) drawTouches(n int) {
	for i := range n {
		channel := pick(ww, "Paid Search", "Email", "Display", "Organic Search")
		ww.touches = append(ww.touches, wholeTouch{
			id: fmt.Sprintf("t%03d", i), channel: channel, campaign: pick(ww, "", "spring", "brand"), source: pick(ww, "google", "bing", ""),
			medium: pick(ww, "cpc", "email"), content: pick(ww, "", "red", "blue"), landing: pick(ww, "example.com/", "example.com/a", ""),
			person: fmt.Sprintf("p%d", ww.random.IntN(n/3+1)), at: wholeFirst.Add(time.Duration(ww.random.IntN(120*24)) * time.Hour),
		})
		t := ww.touches[i]
		ww.cellOf("touch", t.at, "", t.channel, t.campaign, "").touchpoints++
	}
}

func (ww *wholeWorld) drawJourney(i int, currencies []string) {
	j := wholeJourney{currency: pick(ww, currencies...), state: pick(ww, "converted", "open", "won", "lost"), minor: int64(ww.random.IntN(200_000) + 1)}
	j.opened = wholeFirst.Add(time.Duration(30+ww.random.IntN(60)) * 24 * time.Hour)
	j.kind, j.id, j.closed = "opportunity", fmt.Sprintf("o:deal-%d", i), j.opened.Add(time.Duration(1+ww.random.IntN(40))*24*time.Hour)
	switch j.state {
	case "converted":
		j.kind, j.id, j.conversionType, j.closed = "conversion", fmt.Sprintf("c:conv-%d", i), pick(ww, "lead", "purchase"), j.opened
		if j.conversionType == "lead" {
			j.minor = 0
		}
	case "open":
		j.closed = time.Unix(0, 0).UTC()
	}
	ww.journeys = append(ww.journeys, j)
	touches := []wholeTouch{}
	for range ww.random.IntN(5) { // none is a journey that nobody earns
		touches = append(touches, pick(ww, ww.touches...))
	}
	touches = unique(touches)
	for _, model := range wholeModels {
		ww.credit(j, model, touches)
	}
}

func unique(touches []wholeTouch) []wholeTouch {
	seen, out := map[string]bool{}, []wholeTouch{}
	for _, t := range touches {
		if !seen[t.id] {
			seen[t.id], out = true, append(out, t)
		}
	}
	return out
}

// amounts are the journey's measures, each with its day.
func (j wholeJourney) amounts() map[string]int64 {
	switch j.state {
	case "converted":
		return map[string]int64{"conversions": nano, "conversion_value": j.minor}
	case "open":
		return map[string]int64{"opportunities": nano, "pipeline": j.minor}
	case "won":
		return map[string]int64{"opportunities": nano, "customers": nano, "revenue": j.minor}
	}
	return map[string]int64{"opportunities": nano}
}

func (j wholeJourney) day(measure string) time.Time {
	if measure == "opportunities" || measure == "pipeline" {
		return j.opened
	}
	return j.closed
}

// credit splits a journey's amounts and books them in credits and cells.
func (ww *wholeWorld) credit(j wholeJourney, model string, touches []wholeTouch) {
	w := ww.world
	shares := make([]uint64, len(touches))
	for i := range shares {
		if model == "linear" || i == 0 {
			shares[i] = 1
		}
	}
	lines := touches
	if len(touches) == 0 {
		lines, shares = []wholeTouch{{channel: "(unattributed)"}}, []uint64{1}
	}
	split := map[string][]int64{}
	for measure, amount := range j.amounts() {
		split[measure] = attribution.Split(amount, shares)
	}
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO credits_rows (workspace, key_date, journey_id, model, touchpoint_id, journey_kind, conversion_type,
		channel, source, medium, campaign, parts, parts_total, conversions_nano, conversion_value_minor, opportunities_nano, pipeline_minor, customers_nano, revenue_minor,
		exponent, currency, touched_at, opened_date, close_date, person_id, account_id, recorded_at, version)`)
	w.check(err)
	key := time.Unix(0, 0).UTC()
	if j.kind == "conversion" {
		key = j.opened
	}
	for i, t := range lines {
		if shares[i] == 0 {
			continue
		}
		of := func(measure string) int64 {
			if split[measure] == nil {
				return 0
			}
			amount := split[measure][i]
			touchDay := j.day(measure)
			if t.id != "" {
				touchDay = t.at
			}
			ww.cellOf("touch", touchDay, model, t.channel, t.campaign, j.currency).add(measure, amount)
			ww.cellOf("close", j.day(measure), model, t.channel, t.campaign, j.currency).add(measure, amount)
			return amount
		}
		w.check(batch.Append("default", key, j.id, model, t.id, j.kind, j.conversionType, t.channel, t.source, t.medium, t.campaign, shares[i], uint64(len(lines)),
			of("conversions"), of("conversion_value"), of("opportunities"), of("pipeline"), of("customers"), of("revenue"), uint8(2), j.currency,
			t.at, j.opened, j.closed, t.person, "acc-"+j.id, recorded, uint64(1)))
	}
	w.check(batch.Send())
}

func (ww *wholeWorld) cellOf(basis string, at time.Time, model, channel, campaign, currency string) *cell {
	key := cell{basis: basis, day: at.Format(time.DateOnly), model: model, channel: channel, campaign: campaign, currency: currency, version: 1}
	if ww.rollup[key] == nil {
		c := key
		ww.rollup[key] = &c
	}
	return ww.rollup[key]
}

func (c *cell) add(measure string, amount int64) {
	switch measure {
	case "conversions":
		c.conversions += amount
	case "conversion_value":
		c.conversionValue += amount
	case "opportunities":
		c.opportunities += amount
	case "pipeline":
		c.pipeline += amount
	case "customers":
		c.customers += amount
	case "revenue":
		c.revenue += amount
	}
}

func (ww *wholeWorld) insertFacts() {
	w := ww.world
	touches, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO touchpoints_rows (workspace, touchpoint_id, visitor_id, person_id, occurred_at, received_at, kind, channel,
		source, medium, campaign, content, landing_page, event_id, version)`)
	w.check(err)
	for _, t := range ww.touches {
		w.check(touches.Append("default", t.id, "v-"+t.person, t.person, t.at, t.at, "visit", t.channel, t.source, t.medium, t.campaign, t.content, t.landing, "e-"+t.id, uint64(1)))
	}
	w.check(touches.Send())
	conversions, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO conversions_rows (workspace, conversion_id, type, is_primary, person_id, occurred_at, received_at, has_value,
		value_minor, exponent, currency, version)`)
	w.check(err)
	opportunities, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO opportunities_rows (workspace, opportunity_id, account_id, pipeline, stage, is_won, is_closed, has_amount, amount_minor,
		exponent, currency, created_at, closed_at, version)`)
	w.check(err)
	for _, j := range ww.journeys {
		if j.kind == "conversion" {
			w.check(conversions.Append("default", j.id[2:], j.conversionType, uint8(1), "p1", j.opened, j.opened, bit(j.minor != 0), j.minor, uint8(2), j.currency, uint64(1)))
			continue
		}
		w.check(opportunities.Append("default", j.id[2:], "acc-"+j.id, "sales", j.state, bit(j.state == "won"), bit(j.state != "open"), uint8(1), j.minor, uint8(2), j.currency,
			j.opened, j.closed, uint64(1)))
	}
	w.check(conversions.Send())
	w.check(opportunities.Send())
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func (ww *wholeWorld) insertCells() {
	all := []cell{}
	for _, c := range ww.rollup {
		all = append(all, *c)
	}
	ww.cells(all...)
}

func (ww *wholeWorld) insertSpend(n int, currencies []string) {
	w := ww.world
	batch, err := w.conn.PrepareBatch(w.t.Context(), `INSERT INTO spend_rows (workspace, day, spend_key, platform, channel, source, medium, campaign, currency, exponent, spend_minor,
		impressions, clicks, received_at, version)`)
	w.check(err)
	for i := range n {
		w.check(batch.Append("default", wholeFirst.AddDate(0, 0, ww.random.IntN(100)), fmt.Sprintf("k%d", i), "google_ads", pick(ww, "Paid Search", "Display"),
			pick(ww, "google", "bing", ""), "cpc", pick(ww, "", "spring", "brand"), pick(ww, currencies...), uint8(2), int64(ww.random.IntN(90_000)),
			int64(ww.random.IntN(9000)), int64(ww.random.IntN(300)), recorded, uint64(1)))
	}
	w.check(batch.Send())
}
