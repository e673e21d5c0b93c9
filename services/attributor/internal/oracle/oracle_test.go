package oracle

import (
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func TestCompute_workedExample(t *testing.T) {
	var s story
	s.page(0, "visitor=b", "Facebook")
	s.page(86, "visitor=a", "Organic")
	s.page(178, "visitor=b", "Yahoo")
	s.page(191, "visitor=a", "Webinar")
	s.page(249, "visitor=b", "Email")
	s.contact(86.1, "contact=A visitor=a account=acme", 86.1)
	s.contact(178.1, "contact=B visitor=b account=acme", 178.1)
	s.stage(194, "account=acme", "deal", "open", 1000)
	s.stage(254, "account=acme", "deal", "won", 1000)
	r := s.compute(t)
	wantCredits(t, r, "o:deal", "w_shaped", attribution.MeasureRevenue, "Facebook=30000 Organic=30000 Webinar=30000 Yahoo=10000")
	wantCredits(t, r, "o:deal", "full_path", attribution.MeasureRevenue, "Email=22500 Facebook=22500 Organic=22500 Webinar=22500 Yahoo=10000")
	wantCredits(t, r, "o:deal", "lead_creation", attribution.MeasureCustomers, "Organic=1000000000")
	wantCredits(t, r, "o:deal", "w_shaped", attribution.MeasurePipeline, "")
	for k, c := range r.Credits {
		if c.Channel == "Facebook" && (c.Person != "c|B" || c.Currency != "USD") {
			t.Errorf("%+v: %+v", k, c)
		}
	}
	if o := r.Opportunities[ID{"w", "deal"}]; o.Account != "acme" || !o.IsWon || o.ClosedUS != at(254) || o.CreatedUS != at(194) || len(o.Visits) != 2 {
		t.Errorf("opportunity %+v", o)
	}
	day := func(d float64) int32 { return attribution.DayOf(at(d)) }
	for key, want := range map[CellKey]CellValues{
		{"w", BasisTouch, day(0), "w_shaped", "Facebook", "", "USD"}:   {Opportunities: 300_000_000, Customers: 300_000_000, Revenue: 30000},
		{"w", BasisClose, day(254), "w_shaped", "Facebook", "", "USD"}: {Customers: 300_000_000, Revenue: 30000},
		{"w", BasisClose, day(194), "w_shaped", "Facebook", "", "USD"}: {Opportunities: 300_000_000},
		{"w", BasisTouch, day(0), "", "Facebook", "", ""}:              {Touchpoints: 1},
	} {
		if got := r.Cells[key]; got != want {
			t.Errorf("cell %+v is %+v, want %+v", key, got, want)
		}
	}
}

func TestCompute_openAndLost(t *testing.T) {
	var s story
	s.touch(1, "contact=p", "Webinar")
	s.contact(1, "contact=p account=acme", 0)
	s.stage(5, "account=acme", "open", "s1", 10)
	s.stage(5, "account=acme", "lost", "s1", 20)
	s.stage(6, "account=acme", "lost", "lost", 0)
	s.stage(5, "account=acme", "gone", "s1", 30)
	s.stage(6, "account=acme", "gone", "", 0).IsDeleted = true
	s.stage(5, "account=acme", "again", "s1", 40)
	s.stage(6, "account=acme", "again", "won", 0)
	s.stage(7, "account=acme", "again", "s1", 0)
	r := s.compute(t)
	wantCredits(t, r, "o:open", "linear", attribution.MeasurePipeline, "Webinar=1000")
	wantCredits(t, r, "o:open", "linear", attribution.MeasureOpportunities, "Webinar=1000000000")
	wantCredits(t, r, "o:lost", "linear", attribution.MeasurePipeline, "")
	wantCredits(t, r, "o:lost", "linear", attribution.MeasureRevenue, "")
	wantCredits(t, r, "o:lost", "linear", attribution.MeasureOpportunities, "Webinar=1000000000")
	wantCredits(t, r, "o:gone", "linear", attribution.MeasureOpportunities, "")
	wantCredits(t, r, "o:again", "linear", attribution.MeasurePipeline, "Webinar=4000")
	wantCredits(t, r, "o:again", "linear", attribution.MeasureRevenue, "")
}

func TestCompute_lateIdentification(t *testing.T) {
	var s story
	s.page(1, "visitor=phone", "Paid")
	s.page(2, "visitor=laptop", "Organic")
	s.identify(3, "visitor=laptop user=1")
	s.order(4, "id=buy user=1", 1000)
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Organic=1000")
	// The phone is identified only afterwards: its touch before the order now counts.
	s.identify(9, "visitor=phone user=1")
	r = s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Organic=500 Paid=500")
	if c := r.Conversions[ID{"w", "buy"}]; c.Person != "u|1" || c.Type != "purchase" || !c.IsPrimary {
		t.Errorf("conversion %+v", c)
	}
}

func TestCompute_unidentifiedVisitor(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.order(2, "id=buy visitor=v", 1000)
	s.order(2, "id=other visitor=nobody", 500)
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Paid=1000")
	wantCredits(t, r, "c:other", "linear", attribution.MeasureConversionValue, "(unattributed)=500")
	wantCredits(t, r, "c:other", "first_touch", attribution.MeasureConversions, "(unattributed)=1000000000")
}

func TestCompute_sharedBrowser(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "One")
	s.identify(2, "visitor=v user=1")
	s.page(3, "visitor=v", "Two")
	s.identify(4, "visitor=v user=2")
	s.page(5, "visitor=v", "Three")
	s.order(6, "id=buy1 user=1", 1000)
	s.order(6, "id=buy2 user=2", 1000)
	s.order(6, "id=buyv visitor=v", 1000)
	r := s.compute(t)
	wantCredits(t, r, "c:buy1", "linear", attribution.MeasureConversionValue, "One=500 Two=500")
	wantCredits(t, r, "c:buy2", "linear", attribution.MeasureConversionValue, "Three=1000")
	wantCredits(t, r, "c:buyv", "linear", attribution.MeasureConversionValue, "Three=1000")
}

func TestCompute_sameMomentAsIdentify(t *testing.T) {
	var s story
	s.identify(1, "visitor=v user=1")
	s.identify(3, "visitor=v user=2")
	s.page(3, "visitor=v", "Same")
	s.order(6, "id=buy user=2", 1000)
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Same=1000")
}

func TestCompute_contactWithAnonymousID(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.contact(5, "contact=c1 visitor=v account=acme", 4)
	s.stage(6, "account=acme", "deal", "won", 10)
	r := s.compute(t)
	wantCredits(t, r, "o:deal", "lead_creation", attribution.MeasureRevenue, "Paid=1000")
	s.contact(7, "contact=c1", 0).IsDeleted = true
	r = s.compute(t)
	wantCredits(t, r, "o:deal", "lead_creation", attribution.MeasureRevenue, "(unattributed)=1000")
}

func TestCompute_mergedContact(t *testing.T) {
	var s story
	s.touch(1, "contact=old", "Webinar")
	s.contact(2, "contact=old account=acme", 1)
	s.contact(3, "contact=old", 0).MergedInto = "new"
	s.contact(3, "contact=new", 0).MergedInto = "old"
	s.stage(6, "account=acme", "deal", "won", 10)
	r := s.compute(t)
	wantCredits(t, r, "o:deal", "lead_creation", attribution.MeasureRevenue, "Webinar=1000")
	for _, c := range r.Credits {
		if c.Person != "c|old" {
			t.Errorf("person %q", c.Person)
		}
	}
}

func TestCompute_botsAreCountedNowhere(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.events[0].GetPage().Origin.IsBot = true
	s.order(2, "id=buy visitor=v", 1000)
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "(unattributed)=1000")
	if len(r.Touchpoints) != 1 {
		t.Errorf("the bot's touch is not kept")
	}
	for k, v := range r.Cells {
		if v.Touchpoints != 0 {
			t.Errorf("cell %+v counts a bot", k)
		}
	}
}

func TestCompute_workspacesAreApart(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.events[0].Workspace = "other"
	s.order(2, "id=buy visitor=v", 1000)
	wantCredits(t, s.compute(t), "c:buy", "linear", attribution.MeasureConversionValue, "(unattributed)=1000")
}

func TestCompute_refuses(t *testing.T) {
	if _, err := Compute(nil, nil); err == nil {
		t.Error("no rules are accepted")
	}
	if _, err := Compute([]*tributaryv1.Event{{}}, testRules(t)); err == nil {
		t.Error("an event without id is accepted")
	}
}

func TestDiff_tellsEveryKind(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.order(2, "id=buy visitor=v", 1000)
	s.stage(5, "account=a", "deal", "won", 10)
	a := s.compute(t)
	s.events[1].GetTrack().ValueMinor = 1001
	s.events[2].GetStage().AmountMinor = 2
	s.page(1.5, "visitor=v", "Organic")
	b := s.compute(t)
	kinds := make(map[string]bool)
	for _, line := range Diff(a, b, 1000) {
		for i, c := range line {
			if c == ' ' {
				kinds[line[:i]] = true
				break
			}
		}
	}
	for _, k := range []string{"credit", "touchpoint", "conversion", "opportunity", "cell"} {
		if !kinds[k] {
			t.Errorf("no difference in a %s", k)
		}
	}
	if n := len(Diff(a, b, 3)); n != 4 {
		t.Errorf("%d lines at a limit of 3", n)
	}
}

func TestCompute_opportunitiesOfOneAccountShareTheirBeginning(t *testing.T) {
	var s story
	s.touch(1, "contact=p", "One")
	s.contact(2, "contact=p account=acme", 2)
	s.touch(10, "contact=p", "Two")
	s.stage(11, "account=acme", "first", "s1", 10)
	s.stage(20, "account=acme", "first", "won", 10)
	s.touch(30, "contact=p", "Three")
	s.stage(31, "account=acme", "second", "s1", 10)
	s.touch(39, "contact=p", "Four")
	s.stage(40, "account=acme", "second", "won", 10)
	r := s.compute(t)
	wantCredits(t, r, "o:first", "full_path", attribution.MeasureRevenue, "One=500 Two=500")
	wantCredits(t, r, "o:second", "full_path", attribution.MeasureRevenue, "Four=225 One=450 Three=225 Two=100")
	wantCredits(t, r, "o:first", "last_touch", attribution.MeasureRevenue, "Two=1000")
	wantCredits(t, r, "o:second", "last_touch", attribution.MeasureRevenue, "Four=1000")
}
