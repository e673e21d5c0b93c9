package operator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// load is a day's traffic as records: visits in sessions of a few pages, some identified, some converting.
func load(b *testing.B, events, visitors int, identified bool) []operator.Input {
	r := rand.New(rand.NewPCG(1, 2))
	channels := []string{"Paid Search", "Organic Search", "Email", "Organic Social", "Referral", "Direct"}
	inputs := make([]operator.Input, 0, events)
	for i := range events {
		v := r.IntN(visitors)
		c := channels[r.IntN(len(channels))]
		ev := &pb.Event{
			Id: fmt.Sprintf("0190f0c4-7b5a-7000-8000-%012d", i), Workspace: "default", VisitorId: fmt.Sprintf("anon-%08d", v),
			OccurredUs: epochUS + int64(i)*10_000_000, ReceiptSeq: epochUS + int64(i)*10_000_000, ReceivedUs: epochUS + int64(i)*10_000_000,
			SourceName: "web",
		}
		origin := &pb.Origin{
			Source: c, Medium: "cpc", Campaign: "spring", Channel: c, RulesVersion: "1", Evidence: pb.Evidence_EVIDENCE_UTM,
			LandingPage: "example.com/pricing",
		}
		switch n := r.IntN(100); {
		case n < 5:
			ev.Body = &pb.Event_Track{Track: &pb.Track{Name: "Order Completed", Origin: origin, OnPage: true, HasValue: true, ValueMinor: 4200, Currency: "USD"}}
		case n < 8 && identified:
			ev.UserId, ev.EmailSha256 = fmt.Sprintf("user-%d", v/2), fmt.Sprintf("%064d", v/2)
			ev.Body = &pb.Event_Identify{Identify: &pb.Identify{Origin: origin, OnPage: true}}
		default:
			ev.Body = &pb.Event_Page{Page: &pb.Page{Origin: origin}}
		}
		value, err := ev.MarshalVT()
		if err != nil {
			b.Fatal(err)
		}
		inputs = append(inputs, operator.Input{Key: []byte(recordKey(ev)), Value: value})
	}
	return inputs
}

// benchLoop feeds records and what follows from them until nothing follows, in batches of a commit's size.
func benchLoop(b *testing.B, inputs []operator.Input, cacheBytes int64) (messages, outputs int) {
	store := memStore{newMemPartition()}
	op, err := operator.New(operator.Config{
		Rules: &rules.Set{Default: rules.Default()}, Partitions: 1, CacheBytes: cacheBytes, TouchPauseUS: 1000,
	}, store, nil)
	if err != nil {
		b.Fatal(err)
	}
	const batch = 5000
	var pending []operator.Input
	now := int64(epochUS)
	for len(inputs) > 0 || len(pending) > 0 {
		n := min(batch, len(inputs))
		for _, in := range append(inputs[:n:n], pending...) {
			if err := op.Apply(in); err != nil {
				b.Fatal(err)
			}
		}
		inputs, pending = inputs[n:], nil
		now += int64(50 * time.Millisecond / time.Microsecond)
		res, err := op.Flush(now)
		if err != nil {
			b.Fatal(err)
		}
		store.apply(res.Changes)
		for _, o := range res.Outputs {
			if o.Topic == "subjects-v1" {
				pending = append(pending, operator.Input{Source: operator.SourceSubjects, Key: o.Key, Value: o.Value})
				messages++
				continue
			}
			outputs++
		}
		op.Commit()
	}
	return messages, outputs
}

// BenchmarkOperator is the operator alone, with state in a map: events per second of Apply, Flush and Commit with all that follows.
func BenchmarkOperator(b *testing.B) {
	for _, c := range []struct {
		name       string
		visitors   int
		identified bool
	}{
		{"anonymous", 20_000, false},
		{"identified", 20_000, true},
	} {
		inputs := load(b, 100_000, c.visitors, c.identified)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			messages, outputs := 0, 0
			for b.Loop() {
				messages, outputs = benchLoop(b, inputs, 1<<30)
			}
			b.ReportMetric(float64(len(inputs))*float64(b.N)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(messages)/float64(len(inputs)), "messages/event")
			b.ReportMetric(float64(outputs)/float64(len(inputs)), "outputs/event")
		})
	}
}
