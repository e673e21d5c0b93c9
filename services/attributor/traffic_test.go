package attributor_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// epochUS is when traffic begins: a fixed day, so that a seed gives the same events for ever.
const epochUS = 1_760_000_000_000_000

// traffic makes events as a business would send them: sessions of a few pages from several channels, some visitors identified, some orders,
// contacts in a CRM, deals that go through stages. Deals, contacts and visitors find together by ids, addresses and domains.
type traffic struct {
	*rand.Rand
	visitors, companies int
	n                   int
	sessions            []visit
	// pagesOnly leaves out everything but page calls.
	pagesOnly bool
	// us is the time of the next event; it advances by step.
	us, step int64
}

func newTraffic(seed uint64, visitors int) *traffic {
	return &traffic{Rand: rand.New(rand.NewPCG(seed, 7)), visitors: visitors, companies: max(visitors/20, 1), us: epochUS, step: 2_000_000}
}

var channels = []string{"Paid Search", "Organic Search", "Email", "Organic Social", "Referral", "Direct", "Paid Social"}

func (t *traffic) origin() *tributaryv1.Origin {
	c := channels[t.IntN(len(channels))]
	o := &tributaryv1.Origin{
		Source: c, Medium: "m", Campaign: fmt.Sprintf("campaign-%d", t.IntN(20)), Channel: c, RulesVersion: "1",
		Evidence: tributaryv1.Evidence_EVIDENCE_UTM, LandingPage: "example.com/pricing",
	}
	if c == "Direct" {
		o.Source, o.Medium, o.Campaign, o.Evidence = "(direct)", "(none)", "", tributaryv1.Evidence_EVIDENCE_NONE
	}
	return o
}

// visit is a web session under way: a few pages of one visitor, from one source.
type visit struct {
	visitor, left int
	origin        *tributaryv1.Origin
}

// sessionsAtOnce is how many visitors are on the site at a time.
const sessionsAtOnce = 60

// page returns the next page's visitor and origin: each visit is five pages on average, of which the first tells the source.
func (t *traffic) page() (visitor int, origin *tributaryv1.Origin) {
	if len(t.sessions) < sessionsAtOnce {
		t.sessions = append(t.sessions, visit{t.IntN(t.visitors), 1 + t.IntN(9), t.origin()})
		v := t.sessions[len(t.sessions)-1]
		return v.visitor, v.origin
	}
	i := t.IntN(len(t.sessions))
	v := &t.sessions[i]
	if v.left--; v.left <= 0 {
		*v = visit{t.IntN(t.visitors), 1 + t.IntN(9), t.origin()}
		return v.visitor, v.origin
	}
	return v.visitor, &tributaryv1.Origin{
		Source: "(direct)", Medium: "(none)", Channel: "Direct", RulesVersion: "1", Evidence: tributaryv1.Evidence_EVIDENCE_NONE,
		LandingPage: "example.com/docs",
	}
}

// next returns the next event and its record's key and value.
func (t *traffic) next() (ev *tributaryv1.Event, key, value []byte) {
	t.n++
	t.us += t.step
	ev = &tributaryv1.Event{
		Id: fmt.Sprintf("%016x-%d", t.Uint64(), t.n), Workspace: "default", SourceName: "test",
		OccurredUs: t.us - t.Int64N(60_000_000), ReceivedUs: t.us, ReceiptSeq: t.us,
	}
	visitor := t.IntN(t.visitors)
	company := visitor % t.companies
	switch k := t.IntN(1000); {
	case k < 850 || t.pagesOnly:
		v, origin := t.page()
		ev.VisitorId = fmt.Sprintf("anon-%d", v)
		ev.Body = &tributaryv1.Event_Page{Page: &tributaryv1.Page{Origin: origin}}
	case k < 890:
		ev.VisitorId = fmt.Sprintf("anon-%d", visitor)
		ev.Body = &tributaryv1.Event_Track{Track: &tributaryv1.Track{
			Name: "Order Completed", Origin: t.origin(), OnPage: true, HasValue: true, ValueMinor: 1 + t.Int64N(100_000), Currency: "USD",
		}}
	case k < 910:
		ev.VisitorId, ev.EmailSha256, ev.EmailDomain = fmt.Sprintf("anon-%d", visitor), fmt.Sprintf("%064x", visitor/2), fmt.Sprintf("c%d.example", company)
		ev.Body = &tributaryv1.Event_Track{Track: &tributaryv1.Track{Name: "Lead Submitted", Origin: t.origin(), OnPage: true}}
	case k < 940:
		ev.VisitorId, ev.UserId, ev.EmailSha256 = fmt.Sprintf("anon-%d", visitor), fmt.Sprintf("user-%d", visitor/2), fmt.Sprintf("%064x", visitor/2)
		ev.Body = &tributaryv1.Event_Identify{Identify: &tributaryv1.Identify{Origin: t.origin(), OnPage: true}}
	case k < 960:
		ev.ContactId, ev.EmailSha256, ev.AccountId = fmt.Sprintf("contact-%d", visitor/2), fmt.Sprintf("%064x", visitor/2), fmt.Sprintf("acme-%d", company)
		ev.Body = &tributaryv1.Event_Contact{Contact: &tributaryv1.Contact{LeadCreatedUs: epochUS + t.Int64N(t.us-epochUS)}}
	case k < 975:
		ev.ContactId = fmt.Sprintf("contact-%d", visitor/2)
		ev.Body = &tributaryv1.Event_Touch{Touch: &tributaryv1.OfflineTouch{Origin: t.origin()}}
	default:
		t.stage(ev, company)
	}
	value, err := ev.MarshalVT()
	if err != nil {
		panic(err) // of a message made above
	}
	return ev, []byte(recordKey(ev)), value
}

func (t *traffic) stage(ev *tributaryv1.Event, company int) {
	deal := t.IntN(3)
	s := &tributaryv1.Stage{
		OpportunityId: fmt.Sprintf("deal-%d-%d", company, deal), Pipeline: "new", SourceSystem: "crm", HasAmount: true,
		AmountMinor: 100_000 + t.Int64N(10_000_000), Currency: "USD", CreatedUs: epochUS + int64(deal)*86_400_000_000,
		Stage: []string{"qualified", "proposal", "negotiation"}[t.IntN(3)],
	}
	ev.AccountId = fmt.Sprintf("acme-%d", company)
	s.ContactIds = []string{fmt.Sprintf("contact-%d", company)}
	switch t.IntN(6) {
	case 0:
		s.Stage, s.IsWon, s.IsClosed = "won", true, true
	case 1:
		s.Stage, s.IsClosed = "lost", true
	}
	ev.Body = &tributaryv1.Event_Stage{Stage: s}
}

// recordKey is the key that a collector gives an event.
func recordKey(ev *tributaryv1.Event) string {
	at := func(k identity.Kind, id string) string { return identity.SubjectID(ev.Workspace, k, id) }
	switch {
	case ev.GetStage() != nil:
		return at(identity.KindOpportunity, ev.GetStage().OpportunityId)
	case ev.GetContact() != nil:
		return at(identity.KindContact, ev.ContactId)
	case ev.VisitorId != "":
		return at(identity.KindVisitor, ev.VisitorId)
	case ev.UserId != "":
		return at(identity.KindUser, ev.UserId)
	case ev.ContactId != "":
		return at(identity.KindContact, ev.ContactId)
	default:
		return at(identity.KindEmail, ev.EmailSha256)
	}
}
