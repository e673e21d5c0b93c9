package runner_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"sync/atomic"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
)

// tally is an operator small enough for an oracle of a few lines and with everything the runner must get right: state per key that depends on
// every record exactly once, messages to other partitions, append-only outputs and absolute ones.
//
//	event key=k value=v     state "n/k": count and sum of hashes of v; message to subject "all|"+first byte of k; a line on ledger-v1 with v
//	message                 state "t/<subject>": count and sum of what the messages carry; absolute row on cells-v1
type tally struct {
	store    operator.Store
	shared   *tallyStats
	kept     map[place]total
	touched  map[place]total
	messages map[string]total
	lines    []operator.Output
	// rang tells that this transaction does what wakeUS is for.
	rang bool
}

// tallyStats lets a test see and disturb what operators do.
type tallyStats struct {
	applied, commits, aborts atomic.Int64
	// poison rejects events with this value.
	poison string
	// onApply runs before each record; an error is the operator's.
	onApply func(operator.Input) error
	// wakeUS is when the operator of a task wants a Flush without records, which sends a message; 0 for never, as after that.
	wakeUS atomic.Int64
}

type place struct {
	partition int32
	key       string
}

// total is order-free: a sum of hashes tells lost and doubled records that a count alone would let cancel out.
type total struct{ count, sum uint64 }

func (t total) encode() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, t.count), t.sum)
}

func decodeTotal(b []byte) total {
	if len(b) != 16 {
		return total{}
	}
	return total{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

func (t total) plus(u total) total { return total{t.count + u.count, t.sum + u.sum} }

func hash(v []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(v) // never fails
	return h.Sum64()
}

func subjectOf(key []byte) string { return fmt.Sprintf("all|%c", key[len(key)-1]) }

func newTally(store operator.Store, stats *tallyStats) *tally {
	t := &tally{store: store, shared: stats, kept: map[place]total{}}
	t.reset()
	return t
}

func (t *tally) reset() {
	t.touched, t.messages, t.lines, t.rang = map[place]total{}, map[string]total{}, nil, false
}

func (t *tally) get(p place) (total, error) {
	if v, ok := t.touched[p]; ok {
		return v, nil
	}
	if v, ok := t.kept[p]; ok {
		return v, nil
	}
	b, err := t.store.Get(p.partition, []byte(p.key))
	return decodeTotal(b), err
}

func (t *tally) Apply(in operator.Input) error {
	if t.shared.onApply != nil {
		if err := t.shared.onApply(in); err != nil {
			return err
		}
	}
	if t.shared.poison != "" && string(in.Value) == t.shared.poison {
		return &operator.PoisonError{Field: "value", Code: "poison", Reason: "made so by the test"}
	}
	t.shared.applied.Add(1)
	p, add := place{in.Partition, "n/" + string(in.Key)}, total{1, hash(in.Value)}
	if in.Source == operator.SourceSubjects {
		p, add = place{in.Partition, "t/" + string(in.Key)}, decodeTotal(in.Value)
	}
	was, err := t.get(p)
	if err != nil {
		return err
	}
	t.touched[p] = was.plus(add)
	if in.Source == operator.SourceEvents {
		to := subjectOf(in.Key)
		t.messages[to] = t.messages[to].plus(add)
		t.lines = append(t.lines, operator.Output{Topic: "ledger-v1", Key: in.Key, Value: in.Value})
	}
	return nil
}

func (t *tally) Flush(nowUS int64) (operator.Result, error) {
	res := operator.Result{Outputs: t.lines}
	if due := t.shared.wakeUS.Load(); due != 0 && nowUS >= due {
		t.messages[subjectOf([]byte("wake"))] = total{1, uint64(nowUS)}
		t.rang = true
	}
	for to, m := range t.messages {
		res.Outputs = append(res.Outputs, operator.Output{Topic: runner.TopicSubjects, Key: []byte(to), Value: m.encode()})
	}
	for p, v := range t.touched {
		res.Changes = append(res.Changes, operator.Change{Partition: p.partition, Key: []byte(p.key), Value: v.encode()})
		if p.key[0] == 't' {
			res.Outputs = append(res.Outputs, operator.Output{Topic: "cells-v1", Key: []byte(p.key[2:]), Value: v.encode()})
		}
	}
	return res, nil
}

func (t *tally) Commit() {
	t.shared.commits.Add(1)
	if t.rang {
		t.shared.wakeUS.Store(0)
	}
	for p, v := range t.touched {
		t.kept[p] = v
	}
	t.reset()
}

func (t *tally) Abort() {
	t.shared.aborts.Add(1)
	for p := range t.touched {
		delete(t.kept, p)
	}
	t.reset()
}

func (t *tally) NextWake(partitions []int32) (int64, error) {
	if len(partitions) == 0 {
		return 0, nil
	}
	return t.shared.wakeUS.Load(), nil
}

func (t *tally) Release(partition int32) {
	for p := range t.kept {
		if p.partition == partition {
			delete(t.kept, p)
		}
	}
}

// oracle computes from the events alone what state, cells and ledger must be.
type oracle struct {
	state  map[place]total
	cells  map[string]total
	ledger map[string]int
}

func newOracle() *oracle {
	return &oracle{state: map[place]total{}, cells: map[string]total{}, ledger: map[string]int{}}
}

func (o *oracle) add(key, value string, partitions int32) {
	v := total{1, hash([]byte(value))}
	own := place{kafka.Partition([]byte(key), partitions), "n/" + key}
	o.state[own] = o.state[own].plus(v)
	to := subjectOf([]byte(key))
	sum := place{kafka.Partition([]byte(to), partitions), "t/" + to}
	o.state[sum] = o.state[sum].plus(v)
	o.cells[to] = o.cells[to].plus(v)
	o.ledger[value]++
}
