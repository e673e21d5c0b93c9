package operator_test

import (
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func dollars(minor int64, st *pb.Stage) *pb.Stage {
	st.HasAmount, st.AmountMinor, st.Currency = true, minor, "USD"
	return st
}

// posted is the sum of a journey's postings of one measure under one model, by reason.
func (s *script) posted(journey, model string, m pb.Measure) map[string]int64 {
	sums := make(map[string]int64)
	for _, b := range s.sink.batches {
		for _, p := range b.Postings {
			if b.JourneyId == journey && p.Model == model && p.Measure == m {
				sums[reasonWord(b.Reason)] += p.Delta
			}
		}
	}
	return sums
}

// A deal's whole life in one transaction shows every part of it, in order, each with its own event and moment.
func TestOperator_burst(t *testing.T) {
	s := newScript(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.burst(2,
		stage("s1", dollars(1000, &pb.Stage{Stage: "qualified"})),
		stage("s2", dollars(1500, &pb.Stage{Stage: "qualified"})),
		stage("s3", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true}),
		stage("s4", &pb.Stage{Stage: "proposal"}),
		stage("s5", &pb.Stage{Stage: "lost", IsClosed: true}),
		stage("s6", &pb.Stage{Stage: "proposal"}),
		stage("s7", dollars(2000, &pb.Stage{Stage: "won", IsWon: true, IsClosed: true})),
	)
	s.want("reasons", s.reasons("o:deal"), "opened amount won reopened lost reopened amount won")
	s.want("pipeline", s.posted("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{
		"opened": 1000, "amount": 500 + 500, "won": -1500 - 2000, "reopened": 1500 + 1500, "lost": -1500,
	})
	s.want("revenue", s.posted("o:deal", "linear", pb.Measure_MEASURE_REVENUE), amounts{"won": 1500 + 2000, "reopened": -1500})
	var causes []string
	for _, b := range s.sink.batches {
		if b.JourneyId == "o:deal" {
			causes = append(causes, b.CauseEventId)
		}
	}
	s.want("causes", causes, []string{"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s7"})
	s.want("credit", s.amounts("o:deal", "linear", pb.Measure_MEASURE_REVENUE), amounts{"Email": 2000})
}

// A deal that comes and goes at once never stood: it has postings only when it comes back, and then of all that happened to it.
func TestOperator_burstOfADeletedDeal(t *testing.T) {
	s := newScript(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.burst(2, stage("s1", dollars(1000, &pb.Stage{Stage: "qualified"})), stage("s2", &pb.Stage{IsDeleted: true}))
	s.want("reasons", s.reasons("o:deal"), "")
	s.burst(4, stage("s3", dollars(900, &pb.Stage{Stage: "qualified"})), stage("s4", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true}))
	s.want("reasons", s.reasons("o:deal"), "opened deleted opened won")
	s.burst(6, stage("s5", &pb.Stage{Stage: "proposal"}), stage("s6", &pb.Stage{MergedInto: "other"}))
	s.want("reasons", s.reasons("o:deal"), "opened deleted opened won reopened merged")
	s.want("pipeline", s.posted("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{
		"opened": 1000 + 900, "deleted": -1000, "won": -900, "reopened": 900, "merged": -900,
	})
}

// More steps than are told one by one are told as one, and the sums hold.
func TestOperator_burstOfMany(t *testing.T) {
	s := newScript(t)
	var events []*pb.Event
	for i := range 40 {
		events = append(events, stage("s"+string(rune('A'+i)), dollars(int64(100+i), &pb.Stage{Stage: "qualified"})))
	}
	s.burst(2, events...)
	s.want("credit", s.amounts("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"(unattributed)": 139})
	s.want("postings", s.posted("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"opened": 124, "amount": 15})
}

// A record that changes amount and stage at once has postings of both reasons, and the amount comes first, at the weights before.
func TestOperator_amountWithStage(t *testing.T) {
	s := newScript(t)
	s.send(0, contact("k1", "ann", "v", "acme"))
	s.send(1, visit("p1", "v", "Email"))
	s.send(2, stage("s1", dollars(1000, &pb.Stage{Stage: "qualified"})))
	s.send(2.5, visit("p2", "v", "Display"))
	s.send(3, stage("s2", dollars(3000, &pb.Stage{Stage: "won", IsWon: true, IsClosed: true})))
	s.want("reasons", s.reasons("o:deal"), "opened touch amount won")
	s.want("pipeline", s.posted("o:deal", "full_path", pb.Measure_MEASURE_PIPELINE), amounts{"opened": 1000, "amount": 2000, "won": -3000})
	s.send(4, stage("s3", &pb.Stage{Stage: "won", IsWon: true, IsClosed: true, HasAmount: true, AmountMinor: 2000, Currency: "EUR"}))
	s.want("reasons", s.reasons("o:deal"), "opened touch amount won amount amount")
}

// An amount that is missing at first is no posting; given later it is one of reason amount.
func TestOperator_amountGivenLater(t *testing.T) {
	s := newScript(t)
	s.send(2, stage("s1", &pb.Stage{Stage: "qualified"}))
	s.want("no money", s.posted("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{})
	s.send(3, stage("s2", dollars(500, &pb.Stage{Stage: "qualified"})))
	s.send(4, stage("s3", dollars(500, &pb.Stage{Stage: "proposal"})))
	s.send(5, stage("s4", dollars(500, &pb.Stage{Stage: "qualified"})))
	s.want("money", s.posted("o:deal", "linear", pb.Measure_MEASURE_PIPELINE), amounts{"amount": 500})
	// The count has the amount's currency from then on, which takes one batch back and one forth.
	s.want("reasons", s.reasons("o:deal"), "opened amount amount")
}
