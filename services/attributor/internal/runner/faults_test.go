package runner_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// Offsets that the group refuses abort the transaction: its records come again and are counted once.
func TestRunner_abortedTransactionIsRepeated(t *testing.T) {
	for _, refusal := range []*kerr.Error{kerr.RebalanceInProgress, kerr.CoordinatorLoadInProgress, kerr.ConcurrentTransactions} {
		t.Run(refusal.Message, func(t *testing.T) {
			w := newWorld(t, 3)
			cfg := w.config(t.TempDir())
			m := w.start(cfg, &tallyStats{})
			w.send(500, 50)
			w.settled()
			w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: refusal, Count: 3})
			w.send(2000, 200)
			w.settled()
			if refusal == kerr.RebalanceInProgress && m.metric(t, "transactions_total", "aborted") == 0 {
				t.Error("nothing was aborted: this test checks nothing")
			}
			m.stop(t)
			w.checkStores(cfg.StateDir)
		})
	}
}

// Requests that the brokers carry out and whose answer is an error, or is lost: the client cannot know, and nothing may be lost or doubled.
func TestRunner_ambiguousAnswers(t *testing.T) {
	for _, c := range []struct {
		key kmsg.Key
		err *kerr.Error
	}{
		{kmsg.Produce, kerr.RequestTimedOut},
		{kmsg.Produce, kerr.NotEnoughReplicasAfterAppend},
		{kmsg.TxnOffsetCommit, kerr.RequestTimedOut},
		{kmsg.AddOffsetsToTxn, kerr.ConcurrentTransactions},
		{kmsg.EndTxn, kerr.CoordinatorNotAvailable},
		{kmsg.EndTxn, kerr.UnknownServerError},
		{kmsg.InitProducerID, kerr.CoordinatorLoadInProgress},
	} {
		t.Run(fmt.Sprintf("%s %s", c.key.Name(), c.err.Message), func(t *testing.T) {
			t.Parallel() // most of the time is the client's backing off
			w := newWorld(t, 3)
			w.throughFaults(func(round int) {
				w.cluster.Fault(kfake.Fault{Keys: []kmsg.Key{c.key}, Err: c.err, Count: 1 + round})
			})
		})
	}
}

// The broker does the request and the connection breaks before its answer.
func TestRunner_lostAnswers(t *testing.T) {
	for _, key := range []kmsg.Key{kmsg.Produce, kmsg.TxnOffsetCommit, kmsg.EndTxn, kmsg.Heartbeat, kmsg.Fetch, kmsg.OffsetFetch, kmsg.JoinGroup, kmsg.SyncGroup, kmsg.InitProducerID} {
		t.Run(key.Name(), func(t *testing.T) {
			t.Parallel()
			network := &lossyNetwork{}
			w := newWorld(t, 3, kfake.ListenFn(network.listen))
			w.throughFaults(func(round int) { network.loseNext(key, 1+round) })
			if network.losses() == 0 {
				t.Error("no answer was lost: this test checks nothing")
			}
		})
	}
}

// throughFaults sends, arms a fault, sends more, restarts whatever the fault has ended, and checks everything, a few times.
func (w *world) throughFaults(arm func(round int)) {
	w.t.Helper()
	cfg := w.config(w.t.TempDir())
	m := w.start(cfg, &tallyStats{})
	w.send(500, 50)
	w.settled()
	for round := range 3 {
		arm(round)
		w.send(1000, 100+round)
		w.settledDespite(&m, cfg)
		if round == 1 { // so that faults of starting are met too
			m.stop(w.t)
			arm(round)
			m = w.start(cfg, &tallyStats{})
		}
	}
	w.send(100, 10)
	w.settledDespite(&m, cfg)
	m.stop(w.t)
	w.checkStores(cfg.StateDir)
}

// settledDespite is settled with a supervisor: a member that ended itself is started again.
func (w *world) settledDespite(m **member, cfg runner.Config) {
	w.t.Helper()
	var want uint64
	for _, c := range w.oracle.cells {
		want += c.count
	}
	w.await("everything committed", func() bool {
		select {
		case <-(*m).Done():
			w.t.Logf("restarted after: %v", (*m).Err())
			(*m).stop(w.t)
			*m = w.start(cfg, &tallyStats{})
		default:
		}
		var got uint64
		for _, v := range w.fold("cells-v1") {
			got += decodeTotal(v).count
		}
		return got >= want
	})
	if diff := w.differences(); diff != "" {
		w.t.Fatalf("committed, and not what the oracle says (-got, +want):\n%.4000s", diff)
	}
}

// A second instance of the same ordinal fences the first, which ends at its next commit or heartbeat and has committed nothing since.
func TestRunner_secondInstanceFencesTheFirst(t *testing.T) {
	w := newWorld(t, 3)
	first := w.start(w.config(t.TempDir()), &tallyStats{})
	w.send(1000, 100)
	w.settled()
	cfg := w.config(t.TempDir()) // another machine
	second := w.start(cfg, &tallyStats{})
	w.send(2000, 100)
	w.ended(first)
	var fenced *state.FencedError
	// kfake tells a producer whose transaction another one's beginning has just ended that it has none, before it tells that it is fenced.
	if err := first.Err(); !errors.As(err, &fenced) && !errors.Is(err, kerr.InvalidTxnState) {
		t.Errorf("the first ended with %v", err)
	}
	w.send(1000, 100)
	w.settled()
	second.stop(t)
	if err := second.Err(); err != nil {
		t.Errorf("the second ended with %v", err)
	}
	w.checkStores(cfg.StateDir)
}

// A restore waits for an open transaction that lies before the end, takes it if it is committed and not if it is aborted, and takes what was
// committed behind it in any case.
func TestRunner_restoreWaitsForOpenTransactions(t *testing.T) {
	for _, how := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort} {
		t.Run(fmt.Sprintf("commit=%v", how), func(t *testing.T) {
			w := newWorld(t, 1)
			open, closed := w.transactional("open"), w.transactional("closed")
			w.write(open, "n/open", total{1, 1})
			w.write(closed, "n/closed", total{2, 2})
			if err := closed.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
				t.Fatal(err)
			}
			cfg := w.config(t.TempDir())
			m := w.start(cfg, &tallyStats{})
			w.await("restoring", func() bool { return m.metric(t, "tasks", "restoring") == 1 })
			if m.Ready() == nil {
				t.Error("ready although the changelog's end is open")
			}
			if err := open.EndTransaction(t.Context(), how); err != nil {
				t.Fatal(err)
			}
			w.await("ready", func() bool { return m.Ready() == nil })
			m.stop(t)
			w.oracle.state[place{0, "n/closed"}] = total{2, 2}
			if how == kgo.TryCommit {
				w.oracle.state[place{0, "n/open"}] = total{1, 1}
			}
			w.checkStores(cfg.StateDir)
		})
	}
}

// A member that was killed leaves its transaction open, and the next one of its ordinal ends it before it does anything else: nobody waits for the transaction's timeout,
// which is longer here than the test waits for anything.
func TestRunner_endsWhatAKilledOneLeftOpen(t *testing.T) {
	w := newWorld(t, 1)
	cfg := w.config(t.TempDir())
	killed := w.transactional(w.kafka.TopicPrefix + runner.SessionID(cfg.Group, cfg.Ordinal, 0))
	w.write(killed, "n/left open", total{1, 1})
	w.send(50, 10)
	m := w.start(cfg, &tallyStats{})
	w.await("ready", func() bool { return m.Ready() == nil })
	w.settled()
	m.stop(t)
	w.checkStores(cfg.StateDir)
}

// transactional is a producer in an open transaction, which ends by itself later than any test.
func (w *world) transactional(id string) *kgo.Client {
	w.t.Helper()
	cl, err := kafka.NewProducer(w.kafka, kgo.TransactionalID(id), kgo.TransactionTimeout(2*patience))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(cl.Close)
	if err := cl.BeginTransaction(); err != nil {
		w.t.Fatal(err)
	}
	return cl
}

func (w *world) write(cl *kgo.Client, key string, v total) {
	w.t.Helper()
	rec := &kgo.Record{Topic: w.kafka.Topic(runner.TopicState), Key: []byte(key), Value: v.encode()}
	if err := cl.ProduceSync(w.t.Context(), rec).FirstErr(); err != nil {
		w.t.Fatal(err)
	}
}
