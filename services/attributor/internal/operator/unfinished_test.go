package operator_test

import (
	"fmt"
	"slices"
	"testing"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// newDivided is a script whose transactions have room for one model of a long journey, with a deal of fifty touches.
func newDivided(t *testing.T) *script {
	s := newScript(t)
	s.cfg.SectionBytes, s.cfg.TransactionBytes = 500, 1
	s.sink.divides = true
	s.restart()
	s.send(0, contact("k1", "ann", "v", "acme"))
	for i := range 50 {
		s.send(1+float64(i)/10, visit(fmt.Sprintf("p%d", i), "v", "Email"))
	}
	s.send(7, stage("s1", dealOf(900)))
	return s
}

func dealOf(amount int64) *pb.Stage {
	return &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: amount, Currency: "USD"}
}

// pipelines are the deal's pipeline under each model.
func (s *script) pipelines() []int64 {
	var sums []int64
	for _, model := range []string{"linear", "w_shaped", "full_path"} {
		sums = append(sums, s.amounts("o:deal", model, pb.Measure_MEASURE_PIPELINE)["Email"])
	}
	return sums
}

// begin takes an event and works until some models of the deal are posted and others are not.
func (s *script) begin(day float64, ev *pb.Event) {
	s.t.Helper()
	s.enqueue(day, ev)
	was := s.pipelines()
	for range 20 {
		s.transact()
		if now := s.pipelines(); !slices.Equal(was, now) {
			if now[0] == now[2] {
				s.t.Fatalf("all models were posted in one transaction: %v", now)
			}
			return
		}
	}
	s.t.Fatal("nothing is posted")
}

// TestOperator_postingInPieces: a posting that is longer than a transaction is several, one model after the other, across a restart; each model is
// conserved at every commit, and the postings of all of them say the same of their cause.
func TestOperator_postingInPieces(t *testing.T) {
	s := newDivided(t)
	s.want("opened", s.pipelines(), []int64{900, 900, 900})
	s.begin(8, stage("s2", dealOf(1900)))
	s.restart()
	s.settle()
	s.want("grown", s.pipelines(), []int64{1900, 1900, 1900})
	of := make(map[string][]string)
	for _, b := range s.sink.batches {
		if b.CauseEventId != "s2" {
			continue
		}
		for _, p := range b.Postings {
			said := fmt.Sprint(reasonWord(b.Reason), b.RecordedUs-epochUS, b.EffectiveUs-epochUS)
			if !slices.Contains(of[p.Model], said) {
				of[p.Model] = append(of[p.Model], said)
			}
		}
	}
	if len(of["linear"]) != 1 {
		t.Errorf("the change of the amount is posted as %v", of)
	}
	s.want("under w_shaped as under linear", of["w_shaped"], of["linear"])
	s.want("under full_path as under linear", of["full_path"], of["linear"])
}

// TestOperator_changeDuringAPosting: whatever happens to a deal while some of its models wait for a posting, all of them are posted to the end of it.
func TestOperator_changeDuringAPosting(t *testing.T) {
	won := dealOf(1900)
	won.Stage, won.IsWon, won.IsClosed = "won", true, true
	for name, c := range map[string]struct {
		ev   *pb.Event
		want []int64
	}{
		"another amount":   {stage("s3", dealOf(2500)), []int64{2500, 2500, 2500}},
		"another currency": {stage("s3", &pb.Stage{Stage: "qualified", HasAmount: true, AmountMinor: 70, Currency: "EUR"}), []int64{70, 70, 70}},
		"deleted":          {stage("s3", &pb.Stage{Stage: "qualified", IsDeleted: true}), []int64{0, 0, 0}},
		"won":              {stage("s3", won), []int64{0, 0, 0}},
		"the same again":   {stage("s2", dealOf(1900)), []int64{1900, 1900, 1900}},
		"another account":  {&pb.Event{Id: "s3", AccountId: "other", Body: stage("s3", dealOf(1900)).Body}, []int64{0, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newDivided(t)
			s.begin(8, stage("s2", dealOf(1900)))
			s.enqueue(9, c.ev)
			s.settle()
			s.want("in the end", s.pipelines(), c.want)
			if s.counter("tributary_attributor_posting_divisions_total") == 0 {
				t.Error("the division is not counted")
			}
			s.send(10, stage("s9", &pb.Stage{Stage: "lost", IsClosed: true, IsDeleted: true}))
			s.want("gone", s.pipelines(), []int64{0, 0, 0})
		})
	}
}

// TestOperator_deletionInPieces: a long deal that is deleted goes to zero under one model after the other, and comes back.
func TestOperator_deletionInPieces(t *testing.T) {
	s := newDivided(t)
	s.begin(8, stage("s2", &pb.Stage{Stage: "qualified", IsDeleted: true}))
	s.enqueue(9, stage("s3", dealOf(1200)))
	s.restart()
	s.settle()
	s.want("back", s.pipelines(), []int64{1200, 1200, 1200})
}
