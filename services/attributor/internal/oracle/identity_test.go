package oracle

import (
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func TestCompute_matchingByEmail(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.identify(2, "visitor=v email=ann@acme.com")
	s.touch(3, "email=ann@acme.com", "Event")
	s.page(4, "visitor=x", "Organic")
	s.identify(5, "visitor=x user=7 email=ann@acme.com")
	s.order(6, "id=buy user=7", 900)
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Event=300 Organic=300 Paid=300")
	if c := r.Conversions[ID{"w", "buy"}]; c.Person != "u|7" || c.Account != "@acme.com" {
		t.Errorf("conversion %+v", c)
	}
	// The CRM knows her too: all becomes the contact's.
	s.contact(9, "contact=c1 email=ann@acme.com", 0)
	r = s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Event=300 Organic=300 Paid=300")
	if c := r.Conversions[ID{"w", "buy"}]; c.Person != "c|c1" {
		t.Errorf("conversion %+v", c)
	}
}

func TestCompute_formLinksTheVisitor(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.track(1.001, "visitor=v email=ann@free", "Lead Submitted")
	s.touch(2, "email=ann@free", "Event")
	s.order(3, "id=buy email=ann@free", 1000)
	s.track(4, "id=lead2 visitor=v email=ann@free", "Lead Submitted")
	r := s.compute(t)
	wantCredits(t, r, "c:buy", "linear", attribution.MeasureConversionValue, "Event=500 Paid=500")
	wantCredits(t, r, "c:buy", "lead_creation", attribution.MeasureConversionValue, "Paid=1000")
	wantCredits(t, r, "c:lead2", "lead_creation", attribution.MeasureConversions, "Paid=1000000000")
	kinds := map[attribution.TouchKind]int{}
	for _, tp := range r.Touchpoints {
		kinds[tp.Kind]++
		if tp.Account != "" {
			t.Errorf("a free-mail address has the account %q", tp.Account)
		}
	}
	// The page's session became a form; the second form is a direct session of its own.
	if kinds[attribution.TouchKindForm] != 2 || kinds[attribution.TouchKindOffline] != 1 || len(r.Touchpoints) != 3 {
		t.Errorf("kinds %v", kinds)
	}
}

func TestCompute_accountTimeLine(t *testing.T) {
	var s story
	s.touch(1, "contact=p", "One")
	s.contact(2, "contact=p account=first", 0)
	s.touch(3, "contact=p", "Two")
	s.contact(4, "contact=p account=second", 0)
	s.touch(5, "contact=p", "Three")
	s.stage(9, "account=first", "deal1", "won", 10)
	s.stage(9, "account=second", "deal2", "won", 10)
	r := s.compute(t)
	wantCredits(t, r, "o:deal1", "linear", attribution.MeasureRevenue, "One=500 Two=500")
	wantCredits(t, r, "o:deal2", "linear", attribution.MeasureRevenue, "Three=1000")
}

func TestCompute_group(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.add(2, "visitor=v account=acme").Body = &tributaryv1.Event_Group{Group: &tributaryv1.Group{}}
	s.stage(9, "account=acme", "deal", "won", 10)
	r := s.compute(t)
	wantCredits(t, r, "o:deal", "linear", attribution.MeasureRevenue, "(unattributed)=1000")
	s.identify(3, "visitor=v user=1")
	r = s.compute(t)
	wantCredits(t, r, "o:deal", "linear", attribution.MeasureRevenue, "Paid=1000")
}

func TestCompute_alias(t *testing.T) {
	var s story
	s.page(1, "visitor=v", "Paid")
	s.add(2, "user=1").Body = &tributaryv1.Event_Alias{Alias: &tributaryv1.Alias{PreviousId: "v"}}
	s.order(3, "id=buy user=1", 1000)
	wantCredits(t, s.compute(t), "c:buy", "linear", attribution.MeasureConversionValue, "Paid=1000")
}

func TestCompute_domainAccount(t *testing.T) {
	var s story
	s.touch(1, "email=ann@acme.com", "Event")
	s.stage(5, "", "deal1", "won", 10).AccountDomain = "acme.com"
	r := s.compute(t)
	wantCredits(t, r, "o:deal1", "linear", attribution.MeasureRevenue, "Event=1000")
	if o := r.Opportunities[ID{"w", "deal1"}]; o.Account != "@acme.com" {
		t.Errorf("account %q", o.Account)
	}
	// Another deal tells which CRM account the domain is.
	s.stage(6, "account=001", "deal2", "won", 20).AccountDomain = "acme.com"
	r = s.compute(t)
	wantCredits(t, r, "o:deal1", "linear", attribution.MeasureRevenue, "Event=1000")
	wantCredits(t, r, "o:deal2", "linear", attribution.MeasureRevenue, "Event=2000")
	if o := r.Opportunities[ID{"w", "deal1"}]; o.Account != "001" {
		t.Errorf("account %q", o.Account)
	}
}

func TestCompute_opportunityWithoutAccount(t *testing.T) {
	var s story
	s.touch(1, "contact=p", "One")
	s.touch(2, "contact=q", "Two")
	s.stage(5, "", "deal", "won", 10).ContactIds = []string{"p", "q"}
	s.stage(5, "", "lonely", "won", 30)
	r := s.compute(t)
	wantCredits(t, r, "o:deal", "linear", attribution.MeasureRevenue, "One=1000")
	wantCredits(t, r, "o:lonely", "linear", attribution.MeasureRevenue, "(unattributed)=3000")
	if o := r.Opportunities[ID{"w", "deal"}]; o.Account != "" || o.Person != "c|p" {
		t.Errorf("owner %+v", o)
	}
	// The second contact has an account: it owns the deal.
	s.contact(3, "contact=q account=acme", 0)
	r = s.compute(t)
	wantCredits(t, r, "o:deal", "linear", attribution.MeasureRevenue, "Two=1000")
}

func TestCompute_hintOfAnOpportunity(t *testing.T) {
	var s story
	s.touch(1, "contact=p", "One")
	s.touch(2, "email=q@free", "Two")
	st := s.stage(5, "account=acme", "deal", "won", 10)
	st.ContactIds, st.ContactEmailSha256 = []string{"p"}, []string{"q@free"}
	wantCredits(t, s.compute(t), "o:deal", "linear", attribution.MeasureRevenue, "One=500 Two=500")
}
