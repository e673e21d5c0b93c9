package attribution_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// stageAt is a record at a day, with a chance in hundredths when one is given.
func stageAt(day int64, stage string, percent ...int64) attribution.StageRecord {
	r := attribution.StageRecord{Key: attribution.Key{OccurredUS: day, ReceiptSeq: day, ID: fmt.Sprint(day)}, Stage: stage, SourceSystem: "HubSpot", Pipeline: "Sales"}
	for _, p := range percent {
		r.Probability = attribution.Probability{IsKnown: true, PPM: p * 10_000}
	}
	r.IsWon, r.IsClosed = stage == "won", stage == "won" || stage == "lost"
	return r
}

func TestNewOpportunityJourney_marks(t *testing.T) {
	mark := func(stage, milestone string) attribution.StageMark {
		return attribution.StageMark{Stage: stage, Milestone: milestone}
	}
	const lead, opportunity = attribution.MilestoneLeadCreation, attribution.MilestoneOpportunityCreated
	order := []string{"inquiry", "qualified", "demo", "proposal"}
	for name, v := range map[string]struct {
		rules   attribution.StageRules
		records []attribution.StageRecord
		leads   []int64
		want    string
	}{
		"without marks":                  {records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(2, "qualified")}, want: "inquiry 1, opportunity_creation 1, qualified 2"},
		"before the stage that makes it": {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("qualified", opportunity)}}, records: []attribution.StageRecord{stageAt(1, "inquiry")}, want: "inquiry 1"},
		"at the stage that makes it":     {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("qualified", opportunity)}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(3, "qualified"), stageAt(5, "demo")}, want: "demo 5, inquiry 1, opportunity_creation 3, qualified 3"},
		"skipped, in order":              {rules: attribution.StageRules{Order: order, Marks: []attribution.StageMark{mark("qualified", opportunity)}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(5, "demo")}, want: "demo 5, inquiry 1, opportunity_creation 5, qualified 5"},
		"skipped, and won":               {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("qualified", opportunity)}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(5, "won")}, want: "closed_won 5, inquiry 1, opportunity_creation 5, won 5"},
		"back before it":                 {rules: attribution.StageRules{Order: order, Marks: []attribution.StageMark{mark("qualified", opportunity)}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(3, "qualified"), stageAt(4, "inquiry")}, want: "inquiry 4"},
		"of another pipeline":            {rules: attribution.StageRules{Marks: []attribution.StageMark{{Pipeline: "renewals", Stage: "qualified", Milestone: opportunity}}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(3, "qualified")}, want: "inquiry 1, opportunity_creation 1, qualified 3"},
		"of this CRM and pipeline":       {rules: attribution.StageRules{Marks: []attribution.StageMark{{SourceSystem: "hubspot", Pipeline: "sales", Stage: "qualified", Milestone: opportunity}}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(3, "qualified")}, want: "inquiry 1, opportunity_creation 3, qualified 3"},
		"one's own, of two stages":       {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("proposal", "serious"), mark("demo", "serious")}}, records: []attribution.StageRecord{stageAt(1, "inquiry"), stageAt(3, "demo"), stageAt(5, "proposal")}, want: "demo 3, inquiry 1, opportunity_creation 1, proposal 5, serious 3"},
		"lead creation":                  {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("inquiry", lead)}}, records: []attribution.StageRecord{stageAt(2, "inquiry")}, want: "inquiry 2, lead_creation 2, opportunity_creation 2"},
		"a lead before it":               {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("inquiry", lead)}}, records: []attribution.StageRecord{stageAt(2, "inquiry")}, leads: []int64{1}, want: "inquiry 2, lead_creation 1 of ann, opportunity_creation 2"},
		"a lead after it":                {rules: attribution.StageRules{Marks: []attribution.StageMark{mark("inquiry", lead)}}, records: []attribution.StageRecord{stageAt(2, "inquiry")}, leads: []int64{3}, want: "inquiry 2, lead_creation 2, opportunity_creation 2"},
	} {
		o := attribution.FoldStages(v.records)
		var leads []attribution.Lead
		for _, at := range v.leads {
			leads = append(leads, attribution.Lead{Key: attribution.Key{OccurredUS: at, ID: "l"}, PersonID: "ann"})
		}
		j := attribution.NewOpportunityJourney(&o, nil, leads, v.rules)
		var got []string
		for _, m := range j.Milestones {
			text := fmt.Sprintf("%s %d", m.Name, m.AtUS)
			if m.PersonID != "" {
				text += " of " + m.PersonID
			}
			got = append(got, text)
		}
		slices.Sort(got)
		if text := strings.Join(got, ", "); text != v.want {
			t.Errorf("%s: %s, want %s", name, text, v.want)
		}
	}
}

func TestFoldStages_probability(t *testing.T) {
	known := func(day, percent int64) attribution.StageRecord { return stageAt(day, "", percent) }
	reopened := stageAt(4, "lost")
	reopened.IsClosed = false
	for name, v := range map[string]struct {
		records []attribution.StageRecord
		want    string // of the opportunity, then of its stays
	}{
		"unknown":                      {[]attribution.StageRecord{stageAt(1, "a")}, "-1: -1"},
		"of each stage":                {[]attribution.StageRecord{stageAt(1, "a", 20), stageAt(2, "b", 40)}, "40: 20 40"},
		"a stage without":              {[]attribution.StageRecord{stageAt(1, "a", 20), stageAt(2, "b")}, "-1: 20 -1"},
		"said by hand":                 {[]attribution.StageRecord{stageAt(1, "a", 20), known(2, 55)}, "55: 55"},
		"an amount says nothing of it": {[]attribution.StageRecord{stageAt(1, "a", 20), {Key: attribution.Key{OccurredUS: 2, ID: "x"}, HasAmount: true, AmountMinor: 1}}, "20: 20"},
		"won is certain":               {[]attribution.StageRecord{stageAt(1, "a", 20), stageAt(2, "won", 90)}, "100: 20 100"},
		"lost is certain":              {[]attribution.StageRecord{stageAt(1, "a", 20), stageAt(2, "lost")}, "0: 20 0"},
		"reopened":                     {[]attribution.StageRecord{stageAt(1, "a", 20), stageAt(2, "lost"), reopened}, "-1: 20 -1"},
	} {
		o := attribution.FoldStages(v.records)
		percent := func(p attribution.Probability) string {
			if !p.IsKnown {
				return "-1"
			}
			return fmt.Sprint(p.PPM / 10_000)
		}
		got := percent(o.Probability) + ":"
		for _, visit := range o.Visits {
			got += " " + percent(visit.Probability)
		}
		if got != v.want {
			t.Errorf("%s: %s, want %s", name, got, v.want)
		}
	}
}
