package operator_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

const (
	minuteUS = 60 * 1_000_000
	dayUS    = 24 * 60 * minuteUS
	epochUS  = 20_000 * dayUS
)

// worldRules run a few of the shipped models and a few unusual ones, other ones for other worlds, with look-backs that some touches fall
// out of.
func worldRules(seed uint64) *rules.Set {
	r := rules.Default()
	r.Forms = []string{"Newsletter"}
	r.Stages = attribution.StageRules{Order: []string{"lead", "qualified", "proposal", "negotiation"}, Marks: []attribution.StageMark{
		{Pipeline: "new", Stage: "qualified", Milestone: attribution.MilestoneOpportunityCreated}, {SourceSystem: "CRM", Stage: "qualified", Milestone: attribution.MilestoneLeadCreation},
	}}
	r.JourneyTouchesMax = 12
	day := attribution.Span(24 * 3600 * 1_000_000_000)
	for _, c := range []attribution.ModelConfig{
		{Name: "short", Rule: attribution.RuleLinear, Lookback: 5 * day, Direct: attribution.DirectKeep},
		{Name: "stages", Rule: attribution.RuleCustom, Missing: attribution.MissingEvenly, Shares: map[string]attribution.Percent{
			attribution.MilestoneFirstTouch: attribution.PercentWhole / 5, "qualified": attribution.PercentWhole / 5,
			"proposal": attribution.PercentWhole / 5, attribution.ShareMiddle: attribution.PercentWhole / 5,
			attribution.MilestoneClosedWon: attribution.PercentWhole / 5,
		}},
		{Name: "roles", Rule: attribution.RuleWShaped, People: attribution.PeopleContactRoles},
		{Name: "unique", Rule: attribution.RuleTimeDecay, Transforms: []attribution.Transform{{Kind: attribution.TransformUnique}}},
		{Name: "chain", Rule: attribution.RuleMarkov, Effects: map[string]attribution.Percent{"Email": attribution.PercentWhole / 4 * 3, "Paid Search": attribution.PercentWhole / 4}},
	} {
		m, err := attribution.Compile(c)
		if err != nil {
			panic(err)
		}
		r.Models = append(r.Models, m)
	}
	random := rand.New(rand.NewPCG(seed, 29))
	for i := range r.Conversions {
		r.Conversions[i].Only, r.Conversions[i].Exclude = worldConditions(random), worldConditions(random)
	}
	random.Shuffle(len(r.Models), func(i, j int) { r.Models[i], r.Models[j] = r.Models[j], r.Models[i] })
	r.Models = r.Models[:4]
	return &rules.Set{Default: r}
}

// worldConditions are mostly none.
func worldConditions(random *rand.Rand) []rules.Condition {
	switch random.IntN(12) {
	case 0, 1:
		return []rules.Condition{{Account: "icp", In: []string{"yes", "TRUE"}}}
	case 2:
		return []rules.Condition{{Account: "tier"}}
	case 3:
		return []rules.Condition{{EmailDomain: true, In: []string{"a.com", "b.com"}}}
	case 4:
		return []rules.Condition{{Property: "plan", In: []string{"free"}}, {Account: "icp"}}
	default:
		return nil
	}
}

// recordKey is the key a collector gives an event.
func recordKey(ev *pb.Event) string {
	at := func(k identity.Kind, id string) string { return identity.SubjectID(ev.Workspace, k, id) }
	switch {
	case ev.GetControl() != nil:
		return at(identity.KindControl, "0")
	case ev.GetStage() != nil:
		return at(identity.KindOpportunity, ev.GetStage().OpportunityId)
	case ev.GetContact() != nil:
		return at(identity.KindContact, ev.ContactId)
	case ev.GetAccount() != nil:
		return at(identity.KindAccount, ev.AccountId)
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

// worldMaker makes random worlds: few ids, so that everything is connected with everything, and few moments, so that ties are common.
type worldMaker struct {
	*rand.Rand
	events []*pb.Event
	// size scales the number of ids.
	size int
}

func makeWorld(seed uint64) []*pb.Event {
	w := &worldMaker{Rand: rand.New(rand.NewPCG(seed, 17))}
	w.size = 1 + w.IntN(4)
	n := 1 + w.IntN(12*w.size*w.size)
	for range n {
		w.event()
	}
	for _, ev := range w.events {
		if w.IntN(8) == 0 {
			w.duplicate(ev)
		}
	}
	return w.events
}

func (w *worldMaker) chance(n int) bool { return w.IntN(n) == 0 }

func (w *worldMaker) id(prefix string) string { return fmt.Sprintf("%s%d", prefix, w.IntN(w.size+1)) }

func (w *worldMaker) when() int64 {
	return epochUS + int64(w.IntN(30))*dayUS + int64(w.IntN(8))*10*minuteUS
}

func (w *worldMaker) email(ev *pb.Event) {
	n := w.IntN(w.size + 1)
	ev.EmailSha256 = fmt.Sprintf("m%d", n)
	ev.EmailDomain = []string{"a.com", "b.com", "", "a.com", "c.com"}[n%5]
}

func (w *worldMaker) origin() *pb.Origin {
	channels := []string{"Paid Search", "Email", "Organic Social", "Direct", "Display", ""}
	c := channels[w.IntN(len(channels))]
	o := &pb.Origin{Channel: c, Evidence: pb.Evidence_EVIDENCE_UTM, Source: c, Campaign: w.id("k"), IsBot: w.chance(15)}
	if c == "Direct" || c == "" {
		o.Evidence, o.Source, o.Campaign = pb.Evidence_EVIDENCE_NONE, "(direct)", ""
	}
	if o.IsBot {
		o.BotReason = "agent"
	}
	return o
}

func (w *worldMaker) duplicate(ev *pb.Event) {
	d := &pb.Event{}
	raw, err := ev.MarshalVT()
	if err != nil {
		panic(err)
	}
	if err := d.UnmarshalVT(raw); err != nil {
		panic(err)
	}
	d.ReceiptSeq = w.seq()
	if w.chance(2) {
		d.OccurredUs = w.when()
	}
	if t := d.GetTrack(); t != nil {
		t.ValueMinor++
	}
	w.events = append(w.events, d)
}

func (w *worldMaker) seq() int64 { return epochUS + int64(w.IntN(40*dayUS)) }

func (w *worldMaker) event() {
	ev := &pb.Event{Id: fmt.Sprintf("e%d", len(w.events)), Workspace: "w", OccurredUs: w.when(), ReceiptSeq: w.seq()}
	if w.chance(40) {
		ev.Workspace = "other"
	}
	ev.ReceivedUs = ev.ReceiptSeq
	switch k := w.IntN(100); {
	case k < 30:
		ev.VisitorId = w.id("v")
		ev.Body = &pb.Event_Page{Page: &pb.Page{Origin: w.origin()}}
		if w.chance(10) {
			w.email(ev)
		}
	case k < 45:
		w.track(ev)
	case k < 58:
		w.identify(ev)
	case k < 62:
		ev.UserId = w.id("u")
		if w.chance(3) {
			ev.VisitorId = w.id("v")
		}
		ev.Body = &pb.Event_Alias{Alias: &pb.Alias{PreviousId: w.id([]string{"v", "u", "u"}[w.IntN(3)])}}
	case k < 66:
		w.somebody(ev)
		ev.AccountId = w.id("a")
		ev.Body = &pb.Event_Group{Group: &pb.Group{}}
		w.attributes(ev)
	case k < 75:
		w.somebody(ev)
		ev.Body = &pb.Event_Touch{Touch: &pb.OfflineTouch{Origin: w.origin()}}
	case k < 84:
		w.contact(ev)
	case k < 88:
		w.account(ev)
	default:
		w.stage(ev)
	}
	w.events = append(w.events, ev)
}

// somebody gives the event the ids of a visitor or person.
func (w *worldMaker) somebody(ev *pb.Event) {
	switch w.IntN(5) {
	case 0:
		ev.UserId = w.id("u")
	case 1:
		ev.ContactId = w.id("c")
	case 2:
		w.email(ev)
	case 3:
		ev.VisitorId, ev.UserId = w.id("v"), w.id("u")
	default:
		ev.VisitorId = w.id("v")
	}
}

func (w *worldMaker) track(ev *pb.Event) {
	w.somebody(ev)
	names := []string{"Lead Submitted", "Order Completed", "Order Completed", "Newsletter", "Clicked"}
	t := &pb.Track{Name: names[w.IntN(len(names))], Origin: w.origin(), OnPage: w.chance(2)}
	if w.chance(2) {
		t.HasValue, t.ValueMinor, t.Currency = true, int64(w.IntN(1000)), []string{"USD", "EUR"}[w.IntN(2)]
	}
	if w.chance(2) {
		w.email(ev)
	}
	if w.chance(3) {
		ev.Attributes = []*pb.Attribute{{Name: "plan", Value: []string{"free", "pro"}[w.IntN(2)]}}
	}
	ev.Body = &pb.Event_Track{Track: t}
}

func (w *worldMaker) identify(ev *pb.Event) {
	if !w.chance(4) {
		ev.VisitorId = w.id("v")
	}
	if w.chance(2) {
		ev.UserId = w.id("u")
	}
	if ev.UserId == "" || w.chance(2) {
		w.email(ev)
	}
	if w.chance(10) {
		ev.ContactId = w.id("c")
	}
	ev.Body = &pb.Event_Identify{Identify: &pb.Identify{Origin: w.origin(), OnPage: w.chance(2)}}
}

func (w *worldMaker) contact(ev *pb.Event) {
	ev.ContactId = w.id("c")
	if !w.chance(4) {
		w.email(ev)
	}
	if w.chance(2) {
		ev.VisitorId = w.id("v")
	}
	if w.chance(2) {
		ev.AccountId = w.id("a")
	}
	c := &pb.Contact{}
	if w.chance(3) {
		c.LeadCreatedUs = w.when()
	}
	c.IsDeleted = w.chance(8)
	c.ClearsVisitor, c.ClearsAccount = w.chance(8), w.chance(8)
	if w.chance(5) {
		c.MergedInto = w.id("c")
	}
	ev.Body = &pb.Event_Contact{Contact: c}
}

func (w *worldMaker) account(ev *pb.Event) {
	ev.AccountId = w.id("a")
	a := &pb.Account{IsDeleted: w.chance(10)}
	if w.chance(3) {
		a.MergedInto = w.id("a")
	}
	if w.chance(3) {
		a.Domain = []string{"a.com", "b.com", "c.com"}[w.IntN(3)]
	}
	ev.Body = &pb.Event_Account{Account: a}
	w.attributes(ev)
}

// attributes say something of the event's account.
func (w *worldMaker) attributes(ev *pb.Event) {
	ev.Trusted = w.chance(2)
	if w.chance(2) {
		ev.Attributes = append(ev.Attributes, &pb.Attribute{Name: "icp", Value: []string{"yes", "no", "true", ""}[w.IntN(4)]})
	}
	if w.chance(4) {
		ev.Attributes = append(ev.Attributes, &pb.Attribute{Name: "tier", Value: []string{"1", ""}[w.IntN(2)]})
	}
}

func (w *worldMaker) stage(ev *pb.Event) {
	s := &pb.Stage{OpportunityId: w.id("o"), Pipeline: "new", SourceSystem: "crm"}
	if w.chance(2) {
		ev.AccountId = w.id("a")
	}
	if w.chance(3) {
		s.AccountDomain = []string{"a.com", "b.com", "c.com"}[w.IntN(3)]
	}
	for w.chance(2) {
		s.ContactIds = append(s.ContactIds, w.id("c"))
	}
	for w.chance(4) {
		s.ContactEmailSha256 = append(s.ContactEmailSha256, w.id("m"))
	}
	stages := []string{"lead", "qualified", "proposal", "negotiation", "odd", ""}
	s.Stage = stages[w.IntN(len(stages))]
	s.SourceStage = s.Stage
	if !w.chance(3) {
		s.HasAmount, s.AmountMinor, s.Currency = true, int64(w.IntN(100_000)), []string{"USD", "USD", "EUR"}[w.IntN(3)]
	}
	switch w.IntN(8) {
	case 0, 1:
		s.IsWon, s.IsClosed, s.Stage = true, true, "won"
	case 2:
		s.IsClosed, s.Stage = true, "lost"
	}
	if w.chance(4) {
		s.CreatedUs = w.when()
	}
	s.IsDeleted = w.chance(15)
	if w.chance(20) {
		s.MergedInto = w.id("o")
	}
	ev.Body = &pb.Event_Stage{Stage: s}
}
