package operator_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// simulator stands for the runner and for Kafka: partitions of events and messages, transactions that commit or abort, operators that
// come and go. Everything random comes from one seed.
type simulator struct {
	*rand.Rand
	rules      *rules.Set
	pauseUS    int64
	cacheBytes int64
	partitions int32
	// sectionBytes and transactionBytes are small in some worlds, so that everything comes in pieces.
	sectionBytes, transactionBytes int
	sweepItems                     int
	expirySubjects                 int
	rebuildNeeded                  func(workspace string)

	store memStore
	// logs and next are the records of each source and partition, and how many of them are committed.
	logs map[operator.Source][][]operator.Input
	next map[operator.Source][]int
	// operators each own the partitions that owner says.
	operators []*operator.Operator
	owner     []int
	nowUS     int64
	sink      *sink
	commits   int
}

func newSimulator(seed uint64, set *rules.Set) *simulator {
	s := &simulator{Rand: rand.New(rand.NewPCG(seed, 23)), rules: set, nowUS: epochUS, sink: newSink()}
	s.partitions = int32(1 + s.IntN(5))
	s.cacheBytes = []int64{0, 20_000, 1 << 30}[s.IntN(3)]
	if s.IntN(4) == 0 {
		s.pauseUS = int64(s.IntN(2000))
	}
	s.sweepItems = 1 + s.IntN(20)
	if s.IntN(3) == 0 {
		s.sectionBytes, s.transactionBytes = 60+s.IntN(1000), 1+s.IntN(5000)
		s.sink.divides = true
	}
	s.store = make(memStore, s.partitions)
	for p := range s.store {
		s.store[p] = newMemPartition()
	}
	s.logs, s.next = make(map[operator.Source][][]operator.Input), make(map[operator.Source][]int)
	for _, src := range []operator.Source{operator.SourceEvents, operator.SourceSubjects} {
		s.logs[src], s.next[src] = make([][]operator.Input, s.partitions), make([]int, s.partitions)
	}
	s.operators = make([]*operator.Operator, 1+s.IntN(3))
	s.owner = make([]int, s.partitions)
	for p := range s.owner {
		s.owner[p] = s.IntN(len(s.operators))
	}
	return s
}

func (s *simulator) partition(key string) int32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int32(h.Sum32() % uint32(s.partitions))
}

func (s *simulator) append(src operator.Source, key, value []byte) {
	p := s.partition(string(identity.KeySubject(key)))
	log := s.logs[src][p]
	s.logs[src][p] = append(log, operator.Input{Source: src, Partition: p, Offset: int64(len(log)), Key: key, Value: value})
}

func (s *simulator) feed(events []*pb.Event) error {
	for _, ev := range events {
		value, err := ev.MarshalVT()
		if err != nil {
			return err
		}
		s.append(operator.SourceEvents, identity.RecordKey(recordKey(ev), ev.Id, ev.ReceiptSeq), value)
	}
	return nil
}

// run works until nothing is left.
func (s *simulator) run() error {
	for steps := 0; ; steps++ {
		if steps > 200_000 {
			return errors.New("the messages do not come to an end")
		}
		o := s.IntN(len(s.operators))
		batch := s.batch(o)
		if len(batch) == 0 {
			if !s.idle() {
				continue
			}
			if isDone, err := s.ring(); err != nil || isDone {
				return err
			}
			continue
		}
		if err := s.transact(o, batch); err != nil {
			return err
		}
		s.disturb()
	}
}

// ring lets the clock run on to the next alarm, and has its task ring it with nothing else to do; true: there is none.
func (s *simulator) ring() (isDone bool, err error) {
	for p, o := range s.owner {
		op, err := s.operator(o)
		if err != nil {
			return false, err
		}
		due, err := op.NextWake([]int32{int32(p)})
		if err != nil {
			return false, err
		}
		if due == 0 {
			continue
		}
		s.nowUS = max(s.nowUS, due)
		return false, s.transact(o, nil)
	}
	return true, nil
}

// steps works for some transactions.
func (s *simulator) steps(n int) error {
	for range n {
		o := s.IntN(len(s.operators))
		if batch := s.batch(o); len(batch) > 0 {
			if err := s.transact(o, batch); err != nil {
				return err
			}
		}
		s.disturb()
	}
	return nil
}

// kick does what a start does: every task looks whether models or rules are others than before.
func (s *simulator) kick() error {
	for p := range s.partitions {
		for _, workspace := range []string{"w", "other"} {
			key := operator.ControlKey(workspace, p, func(key []byte) int32 { return s.partition(string(key)) })
			m := &pb.SubjectMessage{To: key, From: key, Body: &pb.SubjectMessage_Sweep{Sweep: &pb.Sweep{}}}
			value, err := m.MarshalVT()
			if err != nil {
				return err
			}
			s.append(operator.SourceSubjects, []byte(key), value)
		}
	}
	return nil
}

func (s *simulator) idle() bool {
	for src, logs := range s.logs {
		for p := range logs {
			if s.next[src][p] < len(logs[p]) {
				return false
			}
		}
	}
	return true
}

// batch takes some records of an operator's partitions, each partition's in order.
func (s *simulator) batch(o int) []operator.Input {
	var batch []operator.Input
	most := 1 + s.IntN(40)
	for p := range s.partitions {
		if s.owner[p] != o {
			continue
		}
		for _, src := range []operator.Source{operator.SourceEvents, operator.SourceSubjects} {
			left := s.logs[src][p][s.next[src][p]:]
			batch = append(batch, left[:min(len(left), s.IntN(most+1))]...)
		}
	}
	// Sources interleave anyhow, as long as each partition's stay in order.
	if s.IntN(2) == 0 {
		slices.SortStableFunc(batch, func(a, b operator.Input) int { return int(b.Source) - int(a.Source) })
	}
	return batch
}

func (s *simulator) transact(o int, batch []operator.Input) error {
	op, err := s.operator(o)
	if err != nil {
		return err
	}
	for _, in := range batch {
		in.Key, in.Value = bytes.Clone(in.Key), bytes.Clone(in.Value)
		if err := op.Apply(in); err != nil {
			return fmt.Errorf("apply %q: %w", in.Key, err)
		}
	}
	s.nowUS += int64(s.IntN(20_000))
	res, err := op.Flush(s.nowUS)
	if err != nil {
		return err
	}
	if s.IntN(10) == 0 {
		op.Abort()
		return nil
	}
	for _, in := range batch {
		s.next[in.Source][in.Partition]++
	}
	s.store.apply(res.Changes)
	for _, out := range res.Outputs {
		if out.Topic == "subjects-v1" {
			s.append(operator.SourceSubjects, out.Key, out.Value)
			continue
		}
		if err := s.sink.take(out); err != nil {
			return err
		}
	}
	op.Commit()
	s.commits++
	return s.sink.check()
}

func (s *simulator) operator(o int) (*operator.Operator, error) {
	if s.operators[o] != nil {
		return s.operators[o], nil
	}
	op, err := operator.New(operator.Config{
		Rules: s.rules, Partitions: s.partitions, CacheBytes: s.cacheBytes, TouchPauseUS: s.pauseUS,
		SectionBytes: s.sectionBytes, TransactionBytes: s.transactionBytes,
		PartitionOf: func(key []byte) int32 { return s.partition(string(key)) }, ConfiguredUS: epochUS + 1, SweepItems: s.sweepItems,
		ExpirySubjects: s.expirySubjects, RebuildNeeded: s.rebuildNeeded,
	}, s.store, nil)
	s.operators[o] = op
	return op, err
}

// disturb restarts an operator or moves a partition now and then.
func (s *simulator) disturb() {
	switch s.IntN(15) {
	case 0:
		s.operators[s.IntN(len(s.operators))] = nil
	case 1:
		p := s.IntN(int(s.partitions))
		if op := s.operators[s.owner[p]]; op != nil {
			op.Release(int32(p))
		}
		s.owner[p] = s.IntN(len(s.operators))
	}
}
