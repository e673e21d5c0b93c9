package sink_test

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/sink"
)

// rewind forgets the group's offsets: the next sink starts from the beginning.
func (s *stack) rewind() {
	s.t.Helper()
	adm, err := kafka.NewAdmin(s.cfg.Kafka)
	if err != nil {
		s.t.Fatal(err)
	}
	defer adm.Close()
	if _, err := adm.DeleteGroup(s.t.Context(), s.cfg.Kafka.TopicPrefix+sink.Group); err != nil {
		s.t.Fatal(err)
	}
}

// TestSink_replaysChangeNothing stores a history, then the same again from the start, with and without merges in between.
func TestSink_replaysChangeNothing(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	s.send(w.step(2000)...)
	for round := range 3 {
		run := s.start()
		s.drained()
		run.stop()
		w.check(s)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
		if round == 1 {
			for _, table := range []string{"credits_rows", "ledger_rows", "touchpoints_rows", "spend_rows"} {
				if err := s.conn.Exec(t.Context(), "OPTIMIZE TABLE "+table+" FINAL"); err != nil {
					t.Fatal(err)
				}
			}
			w.check(s)
		}
		s.rewind()
	}
}

// TestSink_anyOrder sends every message twice and in random order: each row's version decides, not its arrival.
func TestSink_anyOrder(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	all := slices.Clone(w.step(1500))
	all = append(all, all...)
	w.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	s.start()
	for chunk := range slices.Chunk(all, 200) {
		s.send(chunk...)
	}
	s.drained()
	w.check(s)
}

// TestSink_twoMembers moves partitions between sinks in the middle of a load.
func TestSink_twoMembers(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	first := s.start()
	s.send(w.step(500)...)
	second := s.start()
	s.send(w.step(500)...)
	eventually(t, "the second has partitions", func() (bool, string) { err := second.Ready(); return err == nil, errText(err) })
	s.send(w.step(500)...)
	first.stop()
	s.send(w.step(500)...)
	s.drained()
	w.check(s)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestSink_readsCommittedOnly aborts a transaction in the middle of others.
func TestSink_readsCommittedOnly(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	txn, err := kafka.NewProducer(s.cfg.Kafka, kgo.TransactionalID(s.cfg.Kafka.TopicPrefix+"txn"))
	if err != nil {
		t.Fatal(err)
	}
	defer txn.Close()
	s.start()
	ghost := newWorld(t, 7)
	for i := range 10 {
		commit := kgo.TransactionEndTry(i%2 == 0)
		msgs := ghost.step(50) // of versions far above the real ones: one that got through would win
		if commit {
			msgs = w.step(50)
		}
		if err := txn.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, m := range msgs {
			txn.Produce(t.Context(), &kgo.Record{Topic: s.cfg.Kafka.Topic(m.topic), Key: []byte(m.key), Value: m.value}, nil)
		}
		if err := txn.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := txn.EndTransaction(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
	}
	s.drained()
	w.check(s)
}

// TestTruncateDerived rebuilds: what the attributor computes goes and comes again, what came from outside stays.
func TestTruncateDerived(t *testing.T) {
	s := newStack(t)
	w := newWorld(t, enginetest.Seed(t))
	s.send(w.step(600)...)
	run := s.start()
	s.drained()
	run.stop()
	if err := sink.TruncateDerived(t.Context(), s.cfg); err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"credits", "ledger", "touchpoints", "conversions", "opportunities", "opportunity_stages", "opportunity_history"} {
		if got := s.rows("SELECT * FROM " + view); len(got) != 0 {
			t.Errorf("%s still has %d rows", view, len(got))
		}
	}
	if len(s.rows("SELECT * FROM spend")) == 0 {
		t.Error("spend is gone, which nobody can compute again")
	}
	// The same batches with the same tokens: they must not be taken for repetitions of what was emptied.
	s.start()
	s.drained()
	w.check(s)
	if err := sink.TruncateDerived(t.Context(), newStack(t).cfg); err != nil {
		t.Errorf("on an empty system: %v", err)
	}
}

// TestSink_topicMadeAnew deletes a topic and makes it again with other records, as a rebuild may: the sink goes on from the new start by itself.
func TestSink_topicMadeAnew(t *testing.T) {
	s := newStack(t)
	old := newWorld(t, 1)
	s.send(old.step(300)...)
	run := s.start()
	s.drained()
	run.stop()
	adm, err := kafka.NewAdmin(s.cfg.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer adm.Close()
	if _, err := adm.DeleteTopics(t.Context(), s.cfg.Kafka.Topics(sinkTopics...)...); err != nil {
		t.Fatal(err)
	}
	if err := kafka.EnsureTopics(t.Context(), s.cfg.Kafka, partitions, 1); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"credits_rows", "ledger_rows", "cells_rows", "touchpoints_rows", "conversions_rows", "opportunities_rows", "opportunity_stages_rows", "opportunity_versions_rows", "spend_rows"} {
		if err := s.conn.Exec(t.Context(), "TRUNCATE TABLE "+table); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, 2)
	fresh := newStackOn(t, s.cfg.Kafka, s.cfg.ClickHouse) // a producer goes on with the sequence of the topic it knew
	fresh.send(w.step(100)...)                            // shorter than before: the committed offsets lie behind the ends
	s.start()
	s.drained()
	w.check(s)
}
