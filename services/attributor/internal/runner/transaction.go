package runner

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// transaction is what one transaction has read and written so far.
type transaction struct {
	begun          time.Time
	deadline       time.Time
	records, bytes int
	rejected       []operator.Output
	produced       map[string]int
	changes        map[int32][]state.Change

	// mu guards what the client's goroutine fills in as records are acknowledged.
	mu  sync.Mutex
	err error
	// next is, per task, the changelog offset after its last record.
	next map[int32]int64
}

// transact polls once and, if there is something or a subject wants to be woken, runs one transaction.
func (s *session) transact(ctx context.Context) error {
	wait, err := s.untilWake()
	if err != nil {
		return s.mend(ctx, err)
	}
	fetches, err := s.poll(ctx, max(min(wait, idlePoll), time.Millisecond))
	if err != nil {
		return err
	}
	// A restore or a rebalance comes first: the alarm may be another's by now.
	if fetches.NumRecords() == 0 && (wait > 0 || s.inbox.pending() || isDone(ctx)) {
		s.client.AllowRebalance()
		return nil
	}
	if err := s.client.Begin(); err != nil {
		return fmt.Errorf("begin a transaction: %w", fencing(s.id, err))
	}
	now := s.now()
	txn := &transaction{begun: now, deadline: now.Add(s.cfg.CommitInterval), produced: map[string]int{}, changes: map[int32][]state.Change{}, next: map[int32]int64{}}
	if err := s.collect(ctx, txn, fetches); err != nil {
		return s.giveUp(ctx, err)
	}
	return s.commit(ctx, txn)
}

// untilWake is how long it is until a subject of a running task wants to be woken: not positive when the moment has come, idlePoll when none does.
func (s *session) untilWake() (time.Duration, error) {
	s.awake = s.awake[:0]
	for p, t := range s.tasks {
		if t.state == taskRunning {
			s.awake = append(s.awake, p)
		}
	}
	due, err := s.op.NextWake(s.awake)
	switch {
	case err != nil:
		return 0, err
	case due == 0:
		return idlePoll, nil
	default:
		return time.UnixMicro(due).Sub(s.now()), nil
	}
}

// collect applies records until the transaction is full or its time is over.
func (s *session) collect(ctx context.Context, txn *transaction, fetches kgo.Fetches) error {
	for {
		if err := s.apply(txn, fetches); err != nil {
			return err
		}
		left := txn.deadline.Sub(s.now())
		if left <= 0 || s.isFull(txn) || s.inbox.pending() || isDone(ctx) {
			return nil
		}
		var err error
		if fetches, err = s.poll(ctx, left); err != nil {
			return err
		}
	}
}

func (s *session) isFull(txn *transaction) bool {
	return txn.records >= s.pace.limit || txn.bytes >= s.cfg.BatchBytes
}

func isDone(ctx context.Context) bool { return ctx.Err() != nil }

// poll waits for records, for at most the time given, or until there is something in the inbox.
func (s *session) poll(ctx context.Context, wait time.Duration) (kgo.Fetches, error) {
	timeout, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	waking, cancelWaking := s.inbox.waking(timeout)
	defer cancelWaking()
	fetches := s.client.PollRecords(waking, min(s.cfg.PollRecords, s.pace.limit))
	return fetches, s.pollErrors(fetches)
}

func (s *session) apply(txn *transaction, fetches kgo.Fetches) (err error) {
	events := s.topic(TopicEvents)
	fetches.EachPartition(func(f kgo.FetchTopicPartition) {
		if err != nil || len(f.Records) == 0 {
			return
		}
		in := operator.Input{Source: operator.SourceSubjects, Partition: f.Partition}
		name := TopicSubjects
		if f.Topic == events {
			in.Source, name = operator.SourceEvents, TopicEvents
		}
		if t := s.tasks[f.Partition]; t == nil || t.state != taskRunning {
			err = fmt.Errorf("polled %s/%d, whose task is not running", f.Topic, f.Partition)
			return
		}
		for _, rec := range f.Records {
			in.Offset, in.Key, in.Value = rec.Offset, rec.Key, rec.Value
			txn.bytes += len(rec.Key) + len(rec.Value)
			if err = s.applyOne(txn, in, name, rec); err != nil {
				return
			}
		}
		txn.records += len(f.Records)
		s.m.records.WithLabelValues(name).Add(float64(len(f.Records)))
		s.m.lag.WithLabelValues(name, label(f.Partition)).Set(float64(f.HighWatermark - in.Offset - 1))
	})
	return err
}

func (s *session) applyOne(txn *transaction, in operator.Input, topic string, rec *kgo.Record) error {
	err := s.op.Apply(in)
	var poison *operator.PoisonError
	if !errors.As(err, &poison) {
		return err
	}
	s.m.rejected.WithLabelValues(poison.Code).Inc()
	out, err := reject(poison, topic, rec, s.cfg.RawBytesMax)
	if err != nil {
		return err
	}
	txn.rejected = append(txn.rejected, out)
	return nil
}

// commit flushes the operator, produces, ends the transaction, and takes over what was committed.
func (s *session) commit(ctx context.Context, txn *transaction) error {
	start := s.now()
	res, err := s.op.Flush(start.UnixMicro())
	if err != nil {
		return s.giveUp(ctx, err)
	}
	if err := s.produce(txn, res); err != nil {
		return s.giveUp(ctx, err)
	}
	// From here a rebalance may go on: it aborts this transaction or waits for its end. If we held it back, and the group had lost us meanwhile, End and
	// the client's group goroutine would wait for each other.
	s.client.AllowRebalance()
	committed, err := s.client.End(s.ending, kgo.TryCommit)
	if err != nil {
		return fmt.Errorf("end a transaction of %d records: %w", txn.records, fencing(s.id, err))
	}
	if !committed {
		return s.aborted()
	}
	if err := s.keep(txn); err != nil {
		return err
	}
	s.op.Commit()
	s.aborts = 0
	for topic, n := range txn.produced {
		s.m.produced.WithLabelValues(topic).Add(float64(n))
	}
	s.m.transactions.WithLabelValues(outcomeCommitted).Inc()
	s.m.batchRecords.Observe(float64(txn.records))
	end := s.now()
	s.m.commitSeconds.Observe(end.Sub(start).Seconds())
	if txn.records > 0 {
		s.pace.note(txn.records, end.Sub(txn.begun))
	}
	s.m.batchLimit.WithLabelValues(s.id).Set(float64(s.pace.limit))
	return nil
}

// produce writes everything and waits for the acknowledgements. The client's own End would commit although a record was refused.
func (s *session) produce(txn *transaction, res operator.Result) error {
	records := make([]kgo.Record, len(res.Outputs)+len(txn.rejected)+len(res.Changes))
	i := 0
	next := func(topic string) *kgo.Record {
		r := &records[i]
		i++
		r.Topic = s.topic(topic)
		txn.produced[topic]++
		return r
	}
	for _, outs := range [][]operator.Output{res.Outputs, txn.rejected} {
		for _, o := range outs {
			r := next(o.Topic)
			r.Key, r.Value = o.Key, o.Value
			s.client.Produce(s.ending, r, txn.acknowledged)
		}
	}
	for _, c := range res.Changes {
		r := next(TopicState)
		r.Key, r.Value, r.Partition = c.Key, c.Value, c.Partition
		s.client.Produce(s.ending, r, txn.acknowledgedChange)
		txn.changes[c.Partition] = append(txn.changes[c.Partition], state.Change{Key: c.Key, Value: c.Value})
	}
	if err := s.client.Client().Flush(s.ending); err != nil {
		return fmt.Errorf("wait for acknowledgements: %w", err)
	}
	txn.mu.Lock()
	defer txn.mu.Unlock()
	return fencing(s.id, txn.err)
}

func (txn *transaction) acknowledged(r *kgo.Record, err error) {
	if err == nil {
		return
	}
	txn.mu.Lock()
	defer txn.mu.Unlock()
	if txn.err == nil {
		txn.err = fmt.Errorf("produce %d bytes with key %.100q to %s: %w", len(r.Value), r.Key, r.Topic, err)
	}
}

func (txn *transaction) acknowledgedChange(r *kgo.Record, err error) {
	if err != nil {
		txn.acknowledged(r, err)
		return
	}
	txn.mu.Lock()
	defer txn.mu.Unlock()
	txn.next[r.Partition] = max(txn.next[r.Partition], r.Offset+1)
}

// keep writes what was committed to the stores. An error here is no loss: the changelog has it, and the next process restores it.
func (s *session) keep(txn *transaction) error {
	now := s.now()
	for p, changes := range txn.changes {
		t := s.tasks[p]
		if t == nil || t.store == nil {
			return fmt.Errorf("a change for task %d, which this session does not have", p)
		}
		cp := state.Checkpoint{Changelog: t.changelog, Offset: txn.next[p], At: now}
		if err := t.store.Apply(changes, cp); err != nil {
			return fmt.Errorf("keep what task %d committed: %w", p, err)
		}
		s.m.noteStateBytes(p, t.store, now)
	}
	return nil
}

// aborted drops what the transaction had in memory; its records come again.
func (s *session) aborted() error {
	s.op.Abort()
	s.m.transactions.WithLabelValues(outcomeAborted).Inc()
	s.aborts++
	s.log.Info("transaction aborted, its records are read again", zap.Int("in_a_row", s.aborts))
	if s.aborts > s.cfg.AbortsMax {
		return fmt.Errorf("%d transactions in a row were aborted", s.aborts)
	}
	return nil
}

// giveUp aborts a transaction that cannot be finished. Only a corrupted store is mended here; every other cause ends the session.
func (s *session) giveUp(ctx context.Context, cause error) error {
	s.client.AllowRebalance()
	_, err := s.client.End(s.ending, kgo.TryAbort)
	if err != nil {
		return errors.Join(cause, fmt.Errorf("abort a transaction: %w", err))
	}
	if err := s.aborted(); err != nil {
		return errors.Join(cause, err)
	}
	return s.mend(ctx, cause)
}

// mend recovers a task whose store was found corrupted; any other cause ends the session. No transaction is open.
func (s *session) mend(ctx context.Context, cause error) error {
	var corrupted *state.CorruptedError
	if !errors.As(cause, &corrupted) {
		return cause
	}
	for _, t := range s.tasks {
		if t.dir == corrupted.Dir && t.state == taskRunning {
			return s.recoverCorrupted(ctx, t, cause)
		}
	}
	return cause
}

func (s *session) topic(contract string) string {
	name, ok := s.topics[contract]
	if !ok {
		name = s.cfg.Kafka.Topic(contract)
		s.topics[contract] = name
	}
	return name
}

func label(partition int32) string { return strconv.Itoa(int(partition)) }
