package attribution

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// record builds a stage record at a moment; its id and receipt sequence follow from n.
func record(n, at int64, stage string, change func(*StageRecord)) StageRecord {
	r := StageRecord{Key: Key{OccurredUS: at, ReceiptSeq: n, ID: fmt.Sprintf("r%d", n)}, Stage: stage, IsWon: stage == "won", IsClosed: stage == "won" || stage == "lost"}
	if change != nil {
		change(&r)
	}
	return r
}

func amount(minor int64, currency string) func(*StageRecord) {
	return func(r *StageRecord) { r.HasAmount, r.AmountMinor, r.Currency = true, minor, currency }
}

func TestFoldStages(t *testing.T) {
	deleted := func(r *StageRecord) { r.IsDeleted = true }
	for _, c := range []struct {
		name    string
		records []StageRecord
		want    string
	}{
		{"nothing", nil, "created 0 open"},
		{"first record creates", []StageRecord{record(1, 10, "s1", nil), record(2, 20, "s2", nil)}, "created 10 open s1@10-20 s2@20-0"},
		{"named creation", []StageRecord{record(1, 10, "s1", func(r *StageRecord) { r.CreatedUS = 5 })}, "created 5 open s1@10-0"},
		{"latest named creation", []StageRecord{
			record(1, 10, "s1", func(r *StageRecord) { r.CreatedUS = 5 }), record(2, 20, "s2", func(r *StageRecord) { r.CreatedUS = 7 }), record(3, 30, "s2", nil),
		}, "created 7 open s1@10-20 s2@20-0"},
		{"won", []StageRecord{record(1, 10, "s1", amount(5, "EUR")), record(2, 20, "won", nil)}, "created 10 won 20 5EUR s1@10-20 won@20-0"},
		{"won without the closed flag", []StageRecord{record(1, 10, "x", func(r *StageRecord) { r.IsWon = true })}, "created 10 won 10 x@10-0"},
		{"corrected after the win", []StageRecord{record(1, 10, "won", amount(5, "EUR")), record(2, 20, "won", amount(6, "EUR"))}, "created 10 won 10 6EUR won@10-0"},
		{"corrected without a stage", []StageRecord{record(1, 10, "won", amount(5, "EUR")), record(2, 20, "", amount(6, "USD"))}, "created 10 won 10 6USD won@10-0"},
		{"lost", []StageRecord{record(1, 10, "lost", nil)}, "created 10 lost 10 lost@10-0"},
		{"lost, then won", []StageRecord{record(1, 10, "lost", nil), record(2, 20, "won", nil)}, "created 10 won 20 lost@10-20 won@20-0"},
		{"reopened", []StageRecord{record(1, 10, "won", nil), record(2, 20, "s1", nil)}, "created 10 open won@10-20 s1@20-0"},
		{"won again", []StageRecord{record(1, 10, "won", nil), record(2, 20, "s1", nil), record(3, 30, "won", nil)}, "created 10 won 30 won@10-20 s1@20-30 won@30-0"},
		{"deleted", []StageRecord{record(1, 10, "s1", nil), record(2, 20, "", deleted)}, "created 10 open deleted s1@10-0"},
		{"restored", []StageRecord{record(1, 10, "s1", nil), record(2, 20, "", deleted), record(3, 30, "s2", nil)}, "created 10 open s1@10-30 s2@30-0"},
		{"merged", []StageRecord{record(1, 10, "s1", nil), record(2, 20, "", func(r *StageRecord) { r.MergedInto = "other" })}, "created 10 open deleted s1@10-0"},
		{"late record", []StageRecord{record(1, 20, "s2", nil), record(2, 10, "s1", nil)}, "created 10 open s1@10-20 s2@20-0"},
		{"duplicate", []StageRecord{record(1, 10, "s1", nil), {Key: Key{OccurredUS: 10, ReceiptSeq: 9, ID: "r1"}, Stage: "s9"}}, "created 10 open s1@10-0"},
		{"same moment", []StageRecord{record(2, 10, "s2", nil), record(1, 10, "s1", nil)}, "created 10 open s1@10-10 s2@10-0"},
		{"amount of zero", []StageRecord{record(1, 10, "s1", amount(5, "EUR")), record(2, 20, "s1", amount(0, "EUR"))}, "created 10 open 0EUR s1@10-0"},
	} {
		o := FoldStages(c.records)
		if got := show(&o); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func show(o *Opportunity) string {
	words := []string{fmt.Sprintf("created %d", o.CreatedUS)}
	switch {
	case o.IsWon:
		words = append(words, fmt.Sprintf("won %d", o.ClosedUS))
	case o.IsClosed:
		words = append(words, fmt.Sprintf("lost %d", o.ClosedUS))
	default:
		words = append(words, "open")
	}
	if o.IsDeleted {
		words = append(words, "deleted")
	}
	if o.HasAmount {
		words = append(words, fmt.Sprintf("%d%s", o.AmountMinor, o.Currency))
	}
	for _, v := range o.Visits {
		words = append(words, fmt.Sprintf("%s@%d-%d", v.Stage, v.EnteredUS, v.LeftUS))
	}
	return strings.Join(words, " ")
}

func TestFoldStages_peopleAndAccount(t *testing.T) {
	o := FoldStages([]StageRecord{
		record(1, 10, "s1", func(r *StageRecord) { r.AccountID, r.ContactIDs = "acme", []string{"p"} }),
		record(2, 20, "s1", func(r *StageRecord) { r.AccountDomain, r.ContactEmails = "acme.com", []string{"h"} }),
		record(3, 30, "s1", nil),
	})
	if o.AccountID != "acme" || o.AccountDomain != "acme.com" || o.ContactIDs != nil || !slices.Equal(o.ContactEmails, []string{"h"}) {
		t.Errorf("got %+v", o)
	}
}

func TestFoldStages_peopleOneByOne(t *testing.T) {
	add := func(ids ...string) func(*StageRecord) { return func(r *StageRecord) { r.AddedContacts = ids } }
	remove := func(ids ...string) func(*StageRecord) { return func(r *StageRecord) { r.RemovedContacts = ids } }
	listed := []string{"p", "q"}
	records := []StageRecord{
		record(1, 10, "s1", func(r *StageRecord) { r.ContactIDs = listed }),
		record(2, 20, "", add("r", "p")),
		record(3, 30, "", remove("p", "nobody")),
	}
	if o := FoldStages(records); !slices.Equal(o.ContactIDs, []string{"q", "r"}) {
		t.Errorf("got %v, want q and r", o.ContactIDs)
	}
	if !slices.Equal(listed, []string{"p", "q"}) {
		t.Errorf("a record was changed: %v", listed)
	}
	// The other way round in time, whatever the order of arrival: taken off first, then put on again.
	late := append(slices.Clone(records), record(4, 25, "", remove("r")), record(5, 35, "", add("p")))
	slices.Reverse(late)
	if o := FoldStages(late); !slices.Equal(o.ContactIDs, []string{"q", "p"}) {
		t.Errorf("got %v, want q and p", o.ContactIDs)
	}
	gone := append(records, record(6, 40, "", func(r *StageRecord) { r.IsDeleted = true }), record(7, 50, "", remove("q")))
	if o := FoldStages(gone); !o.IsDeleted {
		t.Error("taking people off brought a deleted deal back")
	}
	if o := FoldStages(append(gone, record(8, 60, "", add("q")))); o.IsDeleted {
		t.Error("a record that adds people is one of a deal that is there")
	}
}

func TestOpportunity_Measures(t *testing.T) {
	for _, c := range []struct {
		o    Opportunity
		want []MeasureAmount
	}{
		{Opportunity{CreatedUS: 1, HasAmount: true, AmountMinor: 5}, []MeasureAmount{{MeasureOpportunities, NanoUnit, 1}, {MeasurePipeline, 5, 1}}},
		{Opportunity{CreatedUS: 1}, []MeasureAmount{{MeasureOpportunities, NanoUnit, 1}}},
		{
			Opportunity{CreatedUS: 1, ClosedUS: 9, IsClosed: true, IsWon: true, HasAmount: true, AmountMinor: 5},
			[]MeasureAmount{{MeasureOpportunities, NanoUnit, 1}, {MeasureCustomers, NanoUnit, 9}, {MeasureRevenue, 5, 9}},
		},
		{Opportunity{CreatedUS: 1, ClosedUS: 9, IsClosed: true, HasAmount: true, AmountMinor: 5}, []MeasureAmount{{MeasureOpportunities, NanoUnit, 1}}},
		{Opportunity{CreatedUS: 1, IsDeleted: true, HasAmount: true, AmountMinor: 5}, nil},
	} {
		if got := c.o.Measures(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.o, got, c.want)
		}
	}
}

func TestConversion_Measures(t *testing.T) {
	c := Conversion{Key: Key{OccurredUS: 7}, HasValue: true, ValueMinor: -3}
	if got, want := c.Measures(), []MeasureAmount{{MeasureConversions, NanoUnit, 7}, {MeasureConversionValue, -3, 7}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.ValueMinor = 0
	if got := c.Measures(); len(got) != 1 {
		t.Errorf("a value of zero gives %v", got)
	}
}

func TestDayOf(t *testing.T) {
	for us, want := range map[int64]int32{0: 0, dayUS - 1: 0, dayUS: 1, -1: -1, -dayUS: -1, -dayUS - 1: -2, math.MinInt64: -106751992} {
		if got := DayOf(us); got != want {
			t.Errorf("DayOf(%d) = %d, want %d", us, got, want)
		}
	}
}

func TestIsDirect(t *testing.T) {
	for _, c := range []struct {
		evidence Evidence
		channel  string
		want     bool
	}{
		{EvidenceNone, "", true},
		{0, "", true},
		{EvidenceNone, "Direct", true},
		{EvidenceExplicit, "Direct", true},
		{EvidenceExplicit, "", false},
		{EvidenceNone, "Webinar", false},
		{EvidenceUTM, "Paid Search", false},
	} {
		if got := IsDirect(c.evidence, c.channel); got != c.want {
			t.Errorf("IsDirect(%d, %q) = %v", c.evidence, c.channel, got)
		}
	}
}

// The ids are stored in every table: a change would orphan all rows.
func TestIDs_stay(t *testing.T) {
	for got, want := range map[string]string{
		TouchpointID("v", "e"):          "2001654605bf5655ff0a7662eaf14a85",
		ConversionJourneyID("e1"):       "c:e1",
		OpportunityJourneyID("006|x:y"): "o:006|x:y",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if TouchpointID("ab", "c") == TouchpointID("a", "bc") {
		t.Error("ids run together")
	}
}
