package operator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

func visit(id, visitor, channel string) *pb.Event {
	return &pb.Event{Id: id, VisitorId: visitor, Body: &pb.Event_Page{Page: &pb.Page{Origin: &pb.Origin{
		Channel: channel, Source: channel, Evidence: pb.Evidence_EVIDENCE_UTM,
	}}}}
}

func order(id, visitor string, minor int64) *pb.Event {
	return &pb.Event{Id: id, VisitorId: visitor, Body: &pb.Event_Track{Track: &pb.Track{
		Name: "Order Completed", HasValue: true, ValueMinor: minor, Currency: "USD",
	}}}
}

func stage(id string, st *pb.Stage) *pb.Event {
	st.OpportunityId = "deal"
	return &pb.Event{Id: id, AccountId: "acme", Body: &pb.Event_Stage{Stage: st}}
}

func contact(id, name, visitor, account string) *pb.Event {
	return &pb.Event{Id: id, ContactId: name, VisitorId: visitor, AccountId: account, Body: &pb.Event_Contact{Contact: &pb.Contact{}}}
}

type amounts = map[string]int64

func TestOperator_anonymousConversion(t *testing.T) {
	s := newScript(t)
	s.send(0, visit("p1", "v", "Email"))
	s.send(1, visit("p2", "v", "Display"))
	s.send(2, order("buy", "v", 1001))
	s.want("value", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 501, "Display": 500})
	s.want("reasons", s.reasons("c:buy"), "conversion")
	s.send(1.5, visit("p3", "v", "Social"))
	s.want("value", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 334, "Display": 334, "Social": 333})
	s.send(3, visit("p4", "v", "Late"))
	s.want("reasons", s.reasons("c:buy"), "conversion late_touch")
	last := s.sink.batches[len(s.sink.batches)-1]
	s.want("cause", last.CauseEventId, "p3")
	s.want("effective", last.EffectiveUs, int64(epochUS+1.5*dayUS))
	s.want("recorded", last.RecordedUs, s.seq-1000)
}

func TestOperator_lateIdentification(t *testing.T) {
	s := newScript(t)
	s.send(0, visit("p1", "phone", "Paid"))
	s.send(1, visit("p2", "laptop", "Organic"))
	s.send(1, &pb.Event{Id: "i1", VisitorId: "laptop", UserId: "u", Body: &pb.Event_Identify{Identify: &pb.Identify{}}})
	s.send(2, order("buy", "laptop", 1000))
	s.want("before", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Organic": 1000})
	s.send(5, &pb.Event{Id: "i2", VisitorId: "phone", UserId: "u", Body: &pb.Event_Identify{Identify: &pb.Identify{}}})
	s.want("after", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Organic": 500, "Paid": 500})
	s.want("reasons", s.reasons("c:buy"), "conversion identity")
	s.want("person", s.sink.conversions["w|buy"].PersonId, "u|u")
}

// A deal that names an account beside its domain moves who was known by the domain: other deals of the account see identity, not a late touch.
func TestOperator_domainBecomesAccount(t *testing.T) {
	s := newScript(t)
	s.send(1, &pb.Event{Id: "t1", EmailSha256: "ann", EmailDomain: "acme.com", Body: &pb.Event_Touch{Touch: &pb.OfflineTouch{Origin: &pb.Origin{
		Channel: "Event", Source: "event", Evidence: pb.Evidence_EVIDENCE_EXPLICIT,
	}}}})
	s.send(2, stage("s1", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true, HasAmount: true, AmountMinor: 100, Currency: "USD"}))
	s.want("before", s.amounts("o:deal", "linear", pb.Measure_MEASURE_REVENUE), amounts{"(unattributed)": 100})
	s.send(3, &pb.Event{Id: "s2", AccountId: "acme", Body: &pb.Event_Stage{Stage: &pb.Stage{OpportunityId: "other", AccountDomain: "acme.com", Stage: "s"}}})
	s.want("after", s.amounts("o:deal", "linear", pb.Measure_MEASURE_REVENUE), amounts{"Event": 100})
	s.want("reasons", s.reasons("o:deal"), "opened identity")
}

func TestOperator_stageTable(t *testing.T) {
	s := newScript(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	money := func(amount int64, st *pb.Stage) *pb.Stage {
		st.HasAmount, st.AmountMinor, st.Currency = true, amount, "USD"
		return st
	}
	pipeline := func() amounts { return s.amounts("o:deal", "w_shaped", pb.Measure_MEASURE_PIPELINE) }
	revenue := func() amounts { return s.amounts("o:deal", "w_shaped", pb.Measure_MEASURE_REVENUE) }
	s.send(2, stage("s1", money(1000, &pb.Stage{Stage: "qualified"})))
	s.want("opened", pipeline(), amounts{"Email": 1000})
	s.send(3, stage("s2", money(1000, &pb.Stage{Stage: "proposal"})))
	s.send(3.5, visit("p2", "v", "Display"))
	s.want("no position, no middle", pipeline(), amounts{"Email": 1000})
	s.send(4, stage("s3", money(3000, &pb.Stage{Stage: "proposal"})))
	s.want("amount", pipeline(), amounts{"Email": 3000})
	s.send(5, stage("s4", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true}))
	s.want("won: pipeline", pipeline(), amounts{})
	s.want("won: revenue", revenue(), amounts{"Email": 3000})
	s.send(4.5, visit("p3", "v", "Search"))
	s.want("late touch", s.amounts("o:deal", "linear", pb.Measure_MEASURE_REVENUE), amounts{"Email": 1000, "Display": 1000, "Search": 1000})
	s.send(6, stage("s5", &pb.Stage{Stage: "qualified"}))
	s.want("reopened", pipeline(), amounts{"Email": 3000})
	s.want("reopened: customers", s.amounts("o:deal", "linear", pb.Measure_MEASURE_CUSTOMERS), amounts{})
	s.send(7, stage("s6", &pb.Stage{Stage: "lost", IsClosed: true}))
	s.want("lost", pipeline(), amounts{})
	s.want("lost: still an opportunity", s.amounts("o:deal", "w_shaped", pb.Measure_MEASURE_OPPORTUNITIES), amounts{"Email": attribution.NanoUnit})
	s.send(8, stage("s7", &pb.Stage{Stage: "lost", IsClosed: true, IsDeleted: true}))
	s.want("deleted", s.amounts("o:deal", "w_shaped", pb.Measure_MEASURE_OPPORTUNITIES), amounts{})
	s.want("reasons", s.reasons("o:deal"), "opened touch amount won late_touch reopened lost deleted")
	row := s.sink.opportunities["w|deal"]
	s.want("row is deleted", row.IsDeleted, true)
}

// TestOperator_wonIsOnePosting: the home waits for weights that know of the close. With the old ones it would first give the revenue to the
// wrong touches and then correct itself in the ledger.
func TestOperator_wonIsOnePosting(t *testing.T) {
	s := newScript(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 900, Currency: "USD"}))
	s.send(3, visit("p2", "v", "Display"))
	s.send(4, stage("s2", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true}))
	s.want("reasons", s.reasons("o:deal"), "opened touch won")
	s.want("revenue", s.amounts("o:deal", "full_path", pb.Measure_MEASURE_REVENUE), amounts{"Email": 600, "Display": 300})
	last := s.sink.batches[len(s.sink.batches)-1]
	s.want("effective at the close", last.EffectiveUs, int64(epochUS+4*dayUS))
	s.want("cause", last.CauseEventId, "s2")
}

func TestOperator_currencyChangesInTwoBatches(t *testing.T) {
	s := newScript(t)
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 100, Currency: "USD"}))
	s.send(3, stage("s2", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 90, Currency: "EUR"}))
	var got []string
	for _, b := range s.sink.batches {
		got = append(got, b.Currency)
	}
	s.want("currencies", got, []string{"USD", "USD", "EUR"})
	s.want("reasons", s.reasons("o:deal"), "opened amount amount")
	s.want("nobody's", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"(unattributed)": 90})
	for _, c := range s.sink.cells {
		if c.Key.Currency == "USD" && (c.Values.Pipeline != 0 || c.Values.Opportunities != 0) {
			t.Errorf("cell keeps the old currency: %v", c)
		}
	}
}

func TestOperator_mergedOpportunity(t *testing.T) {
	s := newScript(t)
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 100, Currency: "USD"}))
	s.send(3, stage("s2", &pb.Stage{MergedInto: "other"}))
	s.want("reasons", s.reasons("o:deal"), "opened merged")
	s.want("credit", s.amounts("o:deal", "linear", pb.Measure_MEASURE_OPPORTUNITIES), amounts{})
}

// TestOperator_alarm: what is put off sends and changes nothing until its moment has come, which a restart remembers.
func TestOperator_alarm(t *testing.T) {
	s := newScript(t)
	s.cfg.TouchPauseUS = 1000
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	for i := range 20 {
		s.send(float64(i), visit("p"+string(rune('a'+i)), "v", "Email"))
	}
	s.send(20, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 5060, Currency: "USD"}))
	s.send(21, visit("q1", "v", "Display"))
	next := func() int64 {
		due, err := s.op.NextWake([]int32{0})
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	due := next()
	if due <= s.nowUS || len(s.pending) > 0 {
		t.Fatalf("alarm at %d, %d messages pending", due-s.nowUS, len(s.pending))
	}
	s.restart()
	s.want("alarm after a restart", next(), due)
	res, err := s.op.Flush(due - 1)
	if err != nil {
		t.Fatal(err)
	}
	s.want("what an early flush writes", len(res.Outputs)+len(res.Changes), 0)
	s.op.Abort()
	if res, err = s.op.Flush(due); err != nil {
		t.Fatal(err)
	}
	s.want("what a flush sends", len(res.Outputs), 1)
	s.op.Abort()
	s.want("alarm after an abort", next(), due)
	s.nowUS = due
	s.settle()
	s.want("alarm that has rung", next(), int64(0))
	s.want("weighed", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE)["Display"] > 0, true)
}

// TestOperator_hotAccount: touches of a long open journey are weighed after a pause, a milestone at once.
func TestOperator_hotAccount(t *testing.T) {
	s := newScript(t)
	s.cfg.TouchPauseUS = 1000
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	for i := range 20 {
		s.send(float64(i), visit("p"+string(rune('a'+i)), "v", "Email"))
	}
	s.send(20, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 5060, Currency: "USD"}))
	linear := func() amounts { return s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE) }
	s.want("first at once", linear(), amounts{"Email": 5060})
	s.nowUS += 5_000
	s.send(21, visit("q1", "v", "Display"))
	s.want("in the pause", linear(), amounts{"Email": 5060})
	s.restart()
	s.send(22, visit("q2", "v", "Display"))
	s.want("in the pause, after a restart", linear(), amounts{"Email": 5060})
	s.nowUS += 100_000
	s.settle()
	s.want("after the pause", linear(), amounts{"Email": 4600, "Display": 460})
	s.nowUS += 5_000
	s.send(23, visit("q3", "v", "Display"))
	s.send(24, stage("s2", &pb.Stage{Stage: "proposal"}))
	s.want("milestone in the pause", s.amounts("o:deal", "w_shaped", pb.Measure_MEASURE_PIPELINE)["Email"] > 0, true)
	s.want("all touches with the milestone", linear(), amounts{"Email": 4400, "Display": 660})
	s.nowUS += 100_000
	s.settle()
	if len(s.pending) != 0 {
		t.Errorf("%d messages go on", len(s.pending))
	}
}

// TestOperator_pauseMax: a pause ends after its bound, however many touches were weighed.
func TestOperator_pauseMax(t *testing.T) {
	s := newScript(t)
	s.cfg.TouchPauseUS, s.cfg.PauseMaxUS = 1_000_000, 50_000
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 900, Currency: "USD"}))
	linear := func() amounts { return s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE) }
	s.nowUS += 40_000
	s.send(3, visit("p2", "v", "Display"))
	s.want("in the pause", linear(), amounts{"Email": 900})
	s.nowUS += 11_000
	s.settle()
	s.want("at its bound", linear(), amounts{"Email": 450, "Display": 450})
}

func TestOperator_touchesMax(t *testing.T) {
	s := newScript(t)
	s.cfg.Rules.Default.JourneyTouchesMax = 2
	s.restart()
	for i, c := range []string{"Old", "Email", "Display"} {
		s.send(float64(i), visit("p"+c, "v", c))
	}
	s.send(5, order("buy", "v", 100))
	s.want("the latest", s.amounts("c:buy", "linear", pb.Measure_MEASURE_CONVERSION_VALUE), amounts{"Email": 50, "Display": 50})
	metric := `
# HELP tributary_attributor_journey_touches_dropped_total Touches left out of a computation because the owner has more than the configured maximum.
# TYPE tributary_attributor_journey_touches_dropped_total counter
tributary_attributor_journey_touches_dropped_total 1
`
	if err := testutil.GatherAndCompare(s.metrics, strings.NewReader(metric), "tributary_attributor_journey_touches_dropped_total"); err != nil {
		t.Error(err)
	}
}

func TestOperator_poison(t *testing.T) {
	event := func(change func(*pb.Event)) []byte {
		ev := visit("p", "v", "Email")
		ev.Workspace, ev.OccurredUs, ev.ReceiptSeq = "w", 1, 1
		change(ev)
		value, err := ev.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	good := event(func(*pb.Event) {})
	cell, err := (&pb.SubjectMessage{To: "w|v|v", Body: &pb.SubjectMessage_Cell{Cell: &pb.CellDelta{Key: &pb.CellKey{}}}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	astray, err := (&pb.SubjectMessage{To: "w|v|v", Body: &pb.SubjectMessage_Claim{Claim: &pb.Claim{JourneyId: "o:deal"}}}).MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key, code string
		source          operator.Source
		partition       int32
		value           []byte
	}{
		{name: "key", key: "nonsense", code: "bad_key", value: good},
		{name: "kind", key: "w|z|v", code: "bad_key", value: good},
		{name: "empty id", key: "w|v|", code: "bad_key", value: good},
		{name: "NUL in key", key: "w|v|\x00", code: "bad_key", value: good},
		{name: "cell takes no event", key: "w|x|v", code: "bad_key", value: good},
		{name: "page of an opportunity", key: "w|o|v", code: "bad_key", value: good},
		{name: "bytes", key: "w|v|v", code: "malformed_protobuf", value: []byte{0xff}},
		{name: "workspace", key: "x|v|v", code: "wrong_workspace", value: good},
		{name: "id", key: "w|v|v", code: "missing_field", value: event(func(e *pb.Event) { e.Id = "" })},
		{name: "body", key: "w|v|v", code: "missing_field", value: event(func(e *pb.Event) { e.Body = nil })},
		{name: "NUL in id", key: "w|v|v", code: "bad_id", value: event(func(e *pb.Event) { e.UserId = "a\x00b" })},
		{name: "partition", key: "w|v|v", code: "unknown_partition", partition: 1, value: good},
		{name: "source", key: "w|v|v", code: "unknown_source", source: 9, value: good},
		{name: "message bytes", key: "w|v|v", code: "malformed_protobuf", source: operator.SourceSubjects, value: []byte{0xff}},
		{name: "message to another", key: "w|v|other", code: "bad_key", source: operator.SourceSubjects, value: cell},
		{name: "message without body", key: "w|v|v", code: "bad_key", source: operator.SourceSubjects, value: nil},
		{name: "delta for a visitor", key: "w|v|v", code: "wrong_type", source: operator.SourceSubjects, value: cell},
		{name: "claim astray", key: "w|v|v", code: "wrong_type", source: operator.SourceSubjects, value: astray},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t)
			err := s.op.Apply(operator.Input{Source: c.source, Partition: c.partition, Key: []byte(c.key), Value: c.value})
			var poison *operator.PoisonError
			if !errors.As(err, &poison) || poison.Code != c.code {
				t.Fatalf("error %v, want code %s", err, c.code)
			}
			res, err := s.op.Flush(epochUS)
			if err != nil || len(res.Changes)+len(res.Outputs) != 0 {
				t.Errorf("poison had effects: %v %v", res, err)
			}
			if n, err := testutil.GatherAndCount(s.metrics, "tributary_attributor_poison_records_total"); n != 1 || err != nil {
				t.Errorf("poison is counted %d times, %v", n, err)
			}
		})
	}
}

func TestOperator_abortForgets(t *testing.T) {
	s := newScript(t)
	s.send(0, visit("p1", "v", "Email"))
	ev := order("buy", "v", 100)
	ev.Workspace, ev.OccurredUs, ev.ReceiptSeq = "w", epochUS+dayUS, s.seq+5
	value, err := ev.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	in := operator.Input{Key: []byte(identity.SubjectID("w", identity.KindVisitor, "v")), Value: value}
	flush := func() operator.Result {
		if err := s.op.Apply(in); err != nil {
			t.Fatal(err)
		}
		res, err := s.op.Flush(s.nowUS)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	first := flush()
	s.op.Abort()
	second := flush()
	if len(first.Outputs) == 0 {
		t.Fatal("a conversion without output")
	}
	s.want("the same after an abort", second, first)
	s.op.Commit()
	third := flush()
	s.want("a duplicate has no output", len(third.Outputs), 0)
}

func TestConfig_Validate(t *testing.T) {
	if err := operator.DefaultConfig().Validate(); err == nil {
		t.Error("rules and partitions are required")
	}
	cfg := operator.DefaultConfig()
	cfg.Rules, cfg.Partitions = &rules.Set{Default: rules.Default()}, 1
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	cfg.CacheBytes, cfg.TouchPauseUS, cfg.Partitions = -1, -1, 0
	if err := cfg.Validate(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three mistakes, got %v", err)
	}
	bad := rules.Default()
	bad.Conversions = append(bad.Conversions, bad.Conversions[0])
	if _, err := operator.New(operator.Config{Rules: &rules.Set{Workspaces: map[string]rules.Rules{"w": bad}}, Partitions: 1}, memStore{}, nil); err == nil {
		t.Error("rules that contradict each other are an error of New")
	}
}
