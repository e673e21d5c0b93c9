package oracle

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

const dayUS = 24 * 3600 * 1_000_000

// testRules run the shipped models with a look-back that the worlds fit in.
func testRules(t testing.TB) *rules.Set {
	r := rules.Rules{
		Conversions: []rules.Conversion{
			{Event: "Lead Submitted", Type: "lead", Primary: true, IsLead: true},
			{Event: "Order Completed", Type: "purchase", Primary: true},
		},
		Forms: []string{"Lead Submitted", "Newsletter"},
	}
	for _, c := range attribution.DefaultModelConfigs() {
		c.Lookback = attribution.Span(365 * 24 * 3600 * 1_000_000_000)
		m, err := attribution.Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		r.Models = append(r.Models, m)
	}
	return &rules.Set{Default: r}
}

// story collects events; days count from 10,000 days after the epoch.
type story struct {
	events []*tributaryv1.Event
}

func at(day float64) int64 { return int64((10_000 + day) * dayUS) }

// add appends an event; fields are id=value words: visitor, user, contact, email, domain, account.
func (s *story) add(day float64, ids string) *tributaryv1.Event {
	n := len(s.events) + 1
	e := &tributaryv1.Event{Id: fmt.Sprintf("e%d", n), Workspace: "w", OccurredUs: at(day), ReceivedUs: at(day), ReceiptSeq: at(200) + int64(n)}
	for _, word := range strings.Fields(ids) {
		k, v, _ := strings.Cut(word, "=")
		switch k {
		case "id":
			e.Id = v
		case "visitor":
			e.VisitorId = v
		case "user":
			e.UserId = v
		case "contact":
			e.ContactId = v
		case "email":
			e.EmailSha256 = v
			if i := strings.IndexByte(v, '@'); i > 0 && !strings.HasSuffix(v, "@free") {
				e.EmailDomain = v[i+1:]
			}
		case "account":
			e.AccountId = v
		default:
			panic("word " + word)
		}
	}
	s.events = append(s.events, e)
	return e
}

func origin(channel string) *tributaryv1.Origin {
	if channel == "" {
		return &tributaryv1.Origin{Channel: attribution.ChannelDirect, Source: "(direct)", Medium: "(none)", Evidence: tributaryv1.Evidence_EVIDENCE_NONE}
	}
	return &tributaryv1.Origin{Channel: channel, Source: strings.ToLower(channel), Evidence: tributaryv1.Evidence_EVIDENCE_UTM}
}

func (s *story) page(day float64, ids, channel string) {
	s.add(day, ids).Body = &tributaryv1.Event_Page{Page: &tributaryv1.Page{Origin: origin(channel)}}
}

func (s *story) touch(day float64, ids, channel string) {
	o := origin(channel)
	o.Evidence = tributaryv1.Evidence_EVIDENCE_EXPLICIT
	s.add(day, ids).Body = &tributaryv1.Event_Touch{Touch: &tributaryv1.OfflineTouch{Origin: o}}
}

func (s *story) identify(day float64, ids string) {
	s.add(day, ids).Body = &tributaryv1.Event_Identify{Identify: &tributaryv1.Identify{}}
}

func (s *story) order(day float64, ids string, cents int64) {
	s.add(day, ids).Body = &tributaryv1.Event_Track{Track: &tributaryv1.Track{Name: "Order Completed", HasValue: true, ValueMinor: cents, Currency: "USD"}}
}

func (s *story) track(day float64, ids, name string) {
	s.add(day, ids).Body = &tributaryv1.Event_Track{Track: &tributaryv1.Track{Name: name, OnPage: true}}
}

func (s *story) contact(day float64, ids string, leadDay float64) *tributaryv1.Contact {
	c := &tributaryv1.Contact{}
	if leadDay != 0 {
		c.LeadCreatedUs = at(leadDay)
	}
	s.add(day, ids).Body = &tributaryv1.Event_Contact{Contact: c}
	return c
}

func (s *story) stage(day float64, ids, opportunity, stage string, dollars int64) *tributaryv1.Stage {
	st := &tributaryv1.Stage{OpportunityId: opportunity, Stage: stage, HasAmount: dollars != 0, AmountMinor: dollars * 100, Currency: "USD"}
	st.IsWon, st.IsClosed = stage == "won", stage == "won" || stage == "lost"
	s.add(day, ids).Body = &tributaryv1.Event_Stage{Stage: st}
	return st
}

// compute computes the truth, and again from the events shuffled and delivered twice.
func (s *story) compute(t *testing.T) *Result {
	t.Helper()
	set := testRules(t)
	want, err := Compute(s.events, set)
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		again := slices.Clone(s.events)
		for _, e := range s.events {
			d := proto.Clone(e).(*tributaryv1.Event)
			d.ReceiptSeq += 1 << 40
			again = append(again, d)
		}
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(again), func(a, b int) { again[a], again[b] = again[b], again[a] })
		got, err := Compute(again, set)
		if err != nil {
			t.Fatal(err)
		}
		if d := Diff(got, want, 10); len(d) > 0 {
			t.Fatalf("shuffled with seed %d: %v", seed, d)
		}
	}
	checkConserved(t, want)
	return want
}

// checkConserved checks every journey's credits against its facts, and every cell against the credits.
func checkConserved(t *testing.T, r *Result) {
	t.Helper()
	type line struct {
		id, model string
		measure   attribution.Measure
	}
	sums := make(map[line]int64)
	cells := make(map[string]int64)
	for k, c := range r.Credits {
		sums[line{k.Journey, k.Model, k.Measure}] += c.Amount
		cells[k.Model+"|"+string(k.Measure)] += c.Amount
	}
	for l, sum := range sums {
		want := int64(0)
		kind, id, _ := strings.Cut(l.id, ":")
		var ms []attribution.MeasureAmount
		if kind == "c" {
			c := r.Conversions[ID{"w", id}]
			ms = c.Measures()
		} else {
			o := r.Opportunities[ID{"w", id}]
			ms = o.Measures()
		}
		for _, m := range ms {
			if m.Measure == l.measure {
				want = m.Amount
			}
		}
		if sum != want {
			t.Errorf("%+v: credits sum to %d, want %d", l, sum, want)
		}
	}
	for _, basis := range []string{BasisTouch, BasisClose} {
		got := make(map[string]int64)
		for k, v := range r.Cells {
			for _, m := range []attribution.Measure{
				attribution.MeasureConversions, attribution.MeasureConversionValue, attribution.MeasureOpportunities,
				attribution.MeasurePipeline, attribution.MeasureCustomers, attribution.MeasureRevenue,
			} {
				if k.Basis == basis && *v.of(m) != 0 {
					got[k.Model+"|"+string(m)] += *v.of(m)
				}
			}
		}
		for k, want := range cells {
			if got[k] != want {
				t.Errorf("cells by %s: %s is %d, want %d", basis, k, got[k], want)
			}
		}
	}
}

// credits returns a journey's credit of one measure under one model, by channel.
func credits(r *Result, journey, model string, measure attribution.Measure) string {
	byChannel := make(map[string]int64)
	for k, c := range r.Credits {
		if k.Journey == journey && k.Model == model && k.Measure == measure {
			byChannel[c.Channel] += c.Amount
		}
	}
	var words []string
	for channel, amount := range byChannel {
		words = append(words, fmt.Sprintf("%s=%d", channel, amount))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func wantCredits(t *testing.T, r *Result, journey, model string, measure attribution.Measure, want string) {
	t.Helper()
	if got := credits(r, journey, model, measure); got != want {
		t.Errorf("%s %s %s: got %q, want %q", journey, model, measure, got, want)
	}
}
