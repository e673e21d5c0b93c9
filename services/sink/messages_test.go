package sink_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const day = int64(24 * time.Hour / time.Microsecond)

// at is a time on a day of 2024, in microseconds.
func at(month, dayOfMonth int, clock time.Duration) int64 {
	return time.Date(2024, time.Month(month), dayOfMonth, 0, 0, 0, 0, time.UTC).Add(clock).UnixMicro()
}

type vt interface{ MarshalVT() ([]byte, error) }

func msg(t testing.TB, topic, key string, m vt) message {
	t.Helper()
	b, err := m.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	return message{topic, key, b}
}

// TestSink_everyMessage sends one message of each kind and reads what BI tools see.
func TestSink_everyMessage(t *testing.T) {
	s := newStack(t)
	s.cfg.Models = []string{"linear"}
	s.cfg.Rates = nil
	run := s.start()
	s.send(everyMessage(t)...)
	s.drained()
	for _, c := range []struct {
		query string
		want  []string
	}{
		{
			`SELECT * FROM touchpoints`,
			[]string{`('w','t1','v1','p1','a1','2024-03-01 10:00:00.123','2024-03-01 10:00:01.000','2024-03-01','form','Paid Search','google','cpc','Spring','77','shoes','ad1','gclid','g1','google.com','shop.example/a','click_id','r1',1,'ua','e1','granted','missing,upper_case')`},
		},
		{
			`SELECT * FROM conversions`,
			[]string{`('w','e2','purchase',1,'v1','p1','a1','2024-03-02 00:00:00.000','2024-03-02 00:00:01.000','2024-03-02',1,12.345,12345,'KWD',12.345,'')`},
		},
		{
			`SELECT * FROM opportunities`,
			[]string{`('w','o1','a1','new','won',1,1,1,1250,125000,'EUR','2024-01-05 00:00:00.000','2024-03-05 00:00:00.000','hubspot',1250,1,0.333333,416.67,41667)`},
		},
		{
			`SELECT * FROM opportunity_stages`,
			[]string{
				`('w','o1','open','Opened','2024-01-05 00:00:00.000','2024-03-05 00:00:00.000',1000,100000,'EUR',1,0.2)`,
				`('w','o1','won','Closed','2024-03-05 00:00:00.000','1970-01-01 00:00:00.000',1250,125000,'EUR',0,0)`,
			},
		},
		{
			`SELECT * FROM opportunity_history`,
			[]string{
				`('w','o1',1,'2024-01-05 00:00:01.000','2024-03-06 00:00:00.000','2024-01-05 00:00:01.000',0,'','','open',0,0,0,0,0,'EUR','2024-01-05 00:00:00.000','1970-01-01 00:00:00.000','',0,0)`,
				`('w','o1',2,'2024-03-06 00:00:00.000','2149-06-06 00:00:00.000','2024-03-06 00:00:00.000',0,'a1','new','won',1,1,1,1250,125000,'EUR','2024-01-05 00:00:00.000','2024-03-05 00:00:00.000','hubspot',1,0.333333)`,
			},
		},
		{
			`SELECT visit_stages, visit_source_stages, visit_entered_ms, visit_left_ms, visit_amounts_minor, visit_probabilities_ppm FROM opportunity_versions_rows`,
			[]string{
				`(['open','won'],['Opened','Closed'],[1704412800000,1709596800000],[1709596800000,0],[100000,125000],[200000,-1])`,
				`(['open'],['Opened'],[1704412800000],[0],[0],[-1])`,
			},
		},
		{
			`SELECT * FROM credits`,
			[]string{
				`('w','c:e2','conversion','linear','1','conversion_value','purchase','','','(unattributed)','','','',0.25,3.086,3086,'KWD',3.086,'1970-01-01','2024-03-02','2024-03-02','p1','a1','2024-03-02 00:00:01.000')`,
				`('w','c:e2','conversion','linear','1','conversion_value','purchase','t1','first_touch,middle,stage_2','Paid Search','google','cpc','Spring',0.75,9.259,9259,'KWD',9.259,'2024-03-01','2024-03-02','2024-03-02','p9','a1','2024-03-02 00:00:01.000')`,
				`('w','c:e2','conversion','linear','1','conversions','purchase','','','(unattributed)','','','',0.25,0.25,250000000,'KWD',0.25,'1970-01-01','2024-03-02','2024-03-02','p1','a1','2024-03-02 00:00:01.000')`,
				`('w','c:e2','conversion','linear','1','conversions','purchase','t1','first_touch,middle,stage_2','Paid Search','google','cpc','Spring',0.75,0.75,750000000,'KWD',0.75,'2024-03-01','2024-03-02','2024-03-02','p9','a1','2024-03-02 00:00:01.000')`,
			},
		},
		{
			`SELECT * EXCEPT posting_id FROM ledger`,
			[]string{
				`('w','c:e2','conversion','linear','1','conversion_value','t1','Paid Search','Spring',0.75,9.259,9259,'KWD','late_touch','e9','2024-03-02 00:00:00.000','2024-03-02 00:00:01.000','2024-03-02',3,'purchase','2024-03-02','2024-03-01',0,'2024-03-01',0)`,
				`('w','c:e2','conversion','linear','1','conversions','t1','Paid Search','Spring',0.75,0.75,750000000,'KWD','late_touch','e9','2024-03-02 00:00:00.000','2024-03-02 00:00:01.000','2024-03-02',3,'purchase','2024-03-02','2024-03-01',0,'2024-03-01',0)`,
			},
		},
		{
			`SELECT * FROM spend`,
			[]string{`('w','2024-03-01','google_ads','acc','77','Spring','g','ad1','google','cpc','Paid Search','JPY',1500,1500,1500,1000,20,'2024-03-02 00:00:00.000','Spring','r1')`},
		},
		{
			`SELECT * FROM spend_versions_rows`,
			[]string{`('w','2024-03-01','w|google_ads|77',1,'Paid Search','Spring','google','cpc','JPY',0,1500,1000,20,'2024-03-02 00:00:00.000',0,'r1','')`},
		},
		{
			`SELECT * FROM channel_performance_daily`,
			[]string{
				`('w','2024-03-01','close','linear','Paid Search','Spring','',0,0,0,0,4,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0)`,
				`('w','2024-03-01','close','linear','Paid Search','Spring','JPY',1500,1500,1000,20,0,0,0,0,0,0,0,0,0,0,0,0,0,1500,0,0,0)`,
				`('w','2024-03-01','touch','linear','Paid Search','Spring','',0,0,0,0,4,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0)`,
				`('w','2024-03-01','touch','linear','Paid Search','Spring','JPY',1500,1500,1000,20,0,0.75,750000000,8,8,0.5,500000000,0.25,250000000,9,9,10,10,1500,8,9,10)`,
			},
		},
		{
			`SELECT * FROM rejected`,
			[]string{`('w','r1','2024-03-01 00:00:00.000','collector','/v1/track','event','missing_field','event is missing','application/json','{}',2)`},
		},
		{`SELECT * FROM plans`, []string{`('w','goal','g1','{"a":1}','2024-03-01 00:00:00.000')`}},
	} {
		if d := cmp.Diff(c.want, s.rows(c.query)); d != "" {
			t.Errorf("%s (-want, +got):\n%s", c.query, d)
		}
	}
	if ids := s.rows(`SELECT DISTINCT length(posting_id) FROM ledger`); len(ids) != 1 || ids[0] != "(32)" {
		t.Errorf("posting ids have lengths %v", ids)
	}
	if err := run.Ready(); err != nil {
		t.Errorf("not ready: %v", err)
	}
}

func everyMessage(t testing.TB) []message {
	origin := &pb.Origin{
		Source: "google", Medium: "cpc", Campaign: "Spring", CampaignId: "77", Term: "shoes", Content: "ad1", ClickIdType: "gclid", ClickId: "g1",
		ReferrerHost: "google.com", LandingPage: "shop.example/a", Channel: "Paid Search", RulesVersion: "r1", Evidence: pb.Evidence_EVIDENCE_CLICK_ID,
		IsBot: true, BotReason: "ua", Consent: "granted", TagFaults: []string{"missing", "upper_case"},
	}
	amount := func(m pb.Measure, n int64) *pb.MeasureAmount { return &pb.MeasureAmount{Measure: m, Amount: n} }
	return []message{
		msg(t, "touchpoints-v1", "t1", &pb.Touchpoint{
			Workspace: "w", TouchpointId: "t1", VisitorId: "v1", PersonId: "p1", AccountId: "a1", OccurredUs: at(3, 1, 10*time.Hour) + 123_456,
			ReceivedUs: at(3, 1, 10*time.Hour+time.Second), Kind: pb.TouchKind_TOUCH_KIND_FORM, Origin: origin, Version: 1, EventId: "e1",
		}),
		msg(t, "conversions-v1", "e2", &pb.ConversionRow{
			Workspace: "w", ConversionId: "e2", Type: "purchase", IsPrimary: true, VisitorId: "v1", PersonId: "p1", AccountId: "a1",
			OccurredUs: at(3, 2, 0), ReceivedUs: at(3, 2, time.Second), HasValue: true, ValueMinor: 12345, Currency: "KWD", Version: 1,
		}),
		msg(t, "opportunities-v1", "w|o1\x001", &pb.OpportunityRow{
			Workspace: "w", OpportunityId: "o1", Stage: "open", Currency: "EUR", CreatedUs: at(1, 5, 0), Version: 1, RecordedUs: at(1, 5, time.Second), IsHistory: true,
			Stages: []*pb.StageVisit{{Stage: "open", SourceStage: "Opened", EnteredUs: at(1, 5, 0)}},
		}),
		msg(t, "opportunities-v1", "o1", &pb.OpportunityRow{
			RecordedUs: at(3, 6, 0), Workspace: "w", OpportunityId: "o1", AccountId: "a1", Pipeline: "new", Stage: "won", IsWon: true, IsClosed: true, HasAmount: true,
			AmountMinor: 125000, Currency: "EUR", CreatedUs: at(1, 5, 0), ClosedUs: at(3, 5, 0), SourceSystem: "hubspot", Version: 2,
			HasProbability: true, ProbabilityPpm: 333_333,
			Stages: []*pb.StageVisit{
				{Stage: "open", SourceStage: "Opened", EnteredUs: at(1, 5, 0), LeftUs: at(3, 5, 0), AmountMinor: 100000, HasProbability: true, ProbabilityPpm: 200_000},
				{Stage: "won", SourceStage: "Closed", EnteredUs: at(3, 5, 0), AmountMinor: 125000},
			},
		}),
		msg(t, "credits-v1", "c:e2|linear", &pb.CreditSet{
			Workspace: "w", JourneyId: "c:e2", Kind: pb.JourneyKind_JOURNEY_KIND_CONVERSION, Model: "linear", ModelVersion: "1", Version: 3,
			ConversionType: "purchase", Currency: "KWD", CloseUs: at(3, 2, 0), OpenedUs: at(3, 2, 0), AccountId: "a1", PersonId: "p1", PartsTotal: 4,
			RecordedUs: at(3, 2, time.Second),
			Rows: []*pb.CreditRow{
				{
					TouchpointId: "t1", Positions: 1 | 16 | 64, Channel: "Paid Search", Source: "google", Medium: "cpc", Campaign: "Spring",
					TouchUs: at(3, 1, 0), PersonId: "p9", Parts: 3,
					Amounts: []*pb.MeasureAmount{amount(pb.Measure_MEASURE_CONVERSIONS, 750_000_000), amount(pb.Measure_MEASURE_CONVERSION_VALUE, 9259)},
				},
				{
					Channel: "(unattributed)", Parts: 1,
					Amounts: []*pb.MeasureAmount{amount(pb.Measure_MEASURE_CONVERSIONS, 250_000_000), amount(pb.Measure_MEASURE_CONVERSION_VALUE, 3086)},
				},
			},
		}),
		msg(t, "ledger-v1", "c:e2", &pb.LedgerBatch{
			Workspace: "w", JourneyId: "c:e2", Kind: pb.JourneyKind_JOURNEY_KIND_CONVERSION, Version: 3, Currency: "KWD",
			Reason: pb.Reason_REASON_LATE_TOUCH, CauseEventId: "e9", EffectiveUs: at(3, 2, 0), RecordedUs: at(3, 2, time.Second),
			ConversionType: "purchase",
			Postings: []*pb.Posting{
				{Model: "linear", ModelVersion: "1", Measure: pb.Measure_MEASURE_CONVERSIONS, TouchpointId: "t1", Channel: "Paid Search", Campaign: "Spring", DeltaWeight: .75, CloseDay: 19784, TouchDay: 19783, Delta: 750_000_000},
				{Model: "linear", ModelVersion: "1", Measure: pb.Measure_MEASURE_CONVERSION_VALUE, TouchpointId: "t1", Channel: "Paid Search", Campaign: "Spring", DeltaWeight: .75, CloseDay: 19784, TouchDay: 19783, Delta: 9259},
			},
		}),
		msg(t, "cells-v1", "x1", &pb.Cell{
			Key:     &pb.CellKey{Workspace: "w", Basis: pb.Basis_BASIS_TOUCH, Day: int32(at(3, 1, 0) / day), Model: "linear", Channel: "Paid Search", Campaign: "Spring", Currency: "JPY"},
			Values:  &pb.CellValues{Conversions: 750_000_000, ConversionValue: 8, Opportunities: 500_000_000, Customers: 250_000_000, Pipeline: 9, Revenue: 10},
			Version: 1, RecordedUs: at(3, 2, time.Second),
		}),
		msg(t, "cells-v1", "x2", &pb.Cell{
			Key:    &pb.CellKey{Workspace: "w", Basis: pb.Basis_BASIS_TOUCH, Day: int32(at(3, 1, 0) / day), Channel: "Paid Search", Campaign: "Spring"},
			Values: &pb.CellValues{Touchpoints: 4}, Version: 1,
		}),
		msg(t, "spend-v1", "w|google_ads|77", &pb.Spend{
			RulesVersion: "r1",
			Workspace:    "w", Day: int32(at(3, 1, 0) / day), Platform: "google_ads", AccountId: "acc", CampaignId: "77", Campaign: "Spring", AdGroup: "g", Ad: "ad1",
			Source: "google", Medium: "cpc", Channel: "Paid Search", Currency: "JPY", SpendMinor: 1500, Impressions: 1000, Clicks: 20,
			ReceivedUs: at(3, 2, 0), ReceiptSeq: 1,
		}),
		msg(t, "plans-v1", "w|goal|g1", &pb.Plan{Workspace: "w", Kind: "goal", PlanId: "g1", Body: `{"a":1}`, Version: 1, UpdatedUs: at(3, 1, 0)}),
		msg(t, "rejected-v1", "w", &pb.Rejected{
			Id: "r1", Workspace: "w", ReceivedUs: at(3, 1, 0), Stage: "collector", Endpoint: "/v1/track", Field: "event", Code: "missing_field",
			Reason: "event is missing", ContentType: "application/json", Raw: []byte("{}"), RawLength: 2,
		}),
	}
}

func date(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}
