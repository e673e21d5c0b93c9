package oracle

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/money"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const pathsFile = "../../../../../shared/data/channelattribution-paths.csv"

// paths makes events of the aggregated paths, and beside them credits by the plainest computation there is.
type paths struct {
	events []*tributaryv1.Event
	// plain is value credit by model and channel.
	plain              map[string]map[string]int64
	journeys, touches  int
	conversions, value int64
}

func (p *paths) event(day int64, visitor string) *tributaryv1.Event {
	e := &tributaryv1.Event{
		Id: strconv.Itoa(len(p.events)), Workspace: "w", VisitorId: visitor, OccurredUs: day * dayUS, ReceiptSeq: int64(len(p.events)) + 1,
	}
	p.events = append(p.events, e)
	return e
}

func (p *paths) journey(channels []string, value int64, converts bool) {
	p.journeys++
	visitor := fmt.Sprintf("v%d", p.journeys)
	for i, c := range channels {
		e := p.event(1000, visitor)
		e.OccurredUs += int64(i) * 60_000_000
		e.Body = &tributaryv1.Event_Touch{Touch: &tributaryv1.OfflineTouch{Origin: &tributaryv1.Origin{
			Channel: c, Source: c, Evidence: tributaryv1.Evidence_EVIDENCE_EXPLICIT,
		}}}
		p.touches++
	}
	if !converts {
		return
	}
	p.event(1010, visitor).Body = &tributaryv1.Event_Track{Track: &tributaryv1.Track{
		Name: "Order Completed", HasValue: true, ValueMinor: value, Currency: "XTS",
	}}
	p.conversions++
	p.value += value
	n := int64(len(channels))
	p.plain["first_touch"][channels[0]] += value
	p.plain["last_touch"][channels[n-1]] += value
	for i, c := range channels {
		each := value / n
		if int64(i) < value%n {
			each++
		}
		p.plain["linear"][c] += each
	}
}

func readPaths(t testing.TB) *paths {
	f, err := os.Open(pathsFile)
	if err != nil {
		t.Skipf("the ChannelAttribution file is not here: %v", err)
	}
	defer f.Close()
	p := &paths{plain: map[string]map[string]int64{"first_touch": {}, "last_touch": {}, "linear": {}}}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ";")
		if fields[0] == "path" {
			continue
		}
		channels := strings.Split(fields[0], " > ")
		converted, nulls := number(t, fields[1]), number(t, fields[3])
		// Some values are means with thirteen decimals; a millionth is as fine as money gets.
		value, _, err := money.ParseDecimal(fields[2], "XTS")
		if err != nil {
			t.Fatal(lines.Text(), err)
		}
		for i := range converted {
			each := value / converted
			if i < value%converted {
				each++
			}
			p.journey(channels, each, true)
		}
		for range nulls {
			p.journey(channels, 0, false)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

func number(t testing.TB, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCompute_channelAttribution(t *testing.T) {
	if testing.Short() {
		t.Skip("400,000 events")
	}
	p := readPaths(t)
	if p.journeys != 88_387 || p.touches != 378_209 || p.conversions != 19_785 || p.value != 74_802_971_584 {
		t.Fatalf("the file has %d journeys, %d touches, %d conversions, value %d", p.journeys, p.touches, p.conversions, p.value)
	}
	r, err := Compute(p.events, testRules(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Touchpoints) != p.touches || int64(len(r.Conversions)) != p.conversions {
		t.Errorf("%d touchpoints, %d conversions", len(r.Touchpoints), len(r.Conversions))
	}
	got, totals := make(map[string]map[string]int64), make(map[string]int64)
	for k, c := range r.Credits {
		if k.Measure != attribution.MeasureConversionValue {
			continue
		}
		if got[k.Model] == nil {
			got[k.Model] = make(map[string]int64)
		}
		got[k.Model][c.Channel] += c.Amount
		totals[k.Model] += c.Amount
	}
	for model, plain := range p.plain {
		if fmt.Sprint(got[model]) != fmt.Sprint(plain) {
			t.Errorf("%s: got %v, want %v", model, got[model], plain)
		}
	}
	for _, c := range attribution.DefaultModelConfigs() {
		if totals[c.Name] != p.value {
			t.Errorf("%s conserves %d of %d", c.Name, totals[c.Name], p.value)
		}
	}
}
