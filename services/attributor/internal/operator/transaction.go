package operator

import (
	"fmt"
)

// Flush computes every subject touched since the last Commit or Abort, once. nowUS is the wall clock: it decides only what is postponed.
// Call it once per transaction; after an error only Abort makes sense.
func (o *Operator) Flush(nowUS int64) (Result, error) {
	o.nowUS = nowUS
	f := o.result()
	f.ring()
	for _, s := range o.touched {
		if err := f.subject(s); err != nil {
			return Result{}, fmt.Errorf("compute subject %q: %w", s.id, err)
		}
	}
	f.result.Changes = append(f.result.Changes, o.gone...)
	if err := f.registries(); err != nil {
		return Result{}, err
	}
	if err := f.expire(); err != nil {
		return Result{}, err
	}
	f.endRest()
	f.sendCells()
	if f.err != nil {
		return Result{}, fmt.Errorf("sum cells: %w", f.err)
	}
	o.outputs, o.changes = len(f.result.Outputs)*5/4, len(f.result.Changes)*5/4
	return f.result, nil
}

// result is what the transaction has to write so far. Subjects that models or rules have left behind are computed before their record is applied.
func (o *Operator) result() *flush {
	if o.computing == nil {
		o.computing = &flush{op: o, cells: make(map[cellKey]*cellSum)}
		o.computing.result = Result{Outputs: make([]Output, 0, o.outputs), Changes: make([]Change, 0, o.changes)}
	}
	o.computing.nowUS = o.nowUS
	return o.computing
}

// Commit ends a transaction whose result is in Kafka and in the store.
func (o *Operator) Commit() {
	for _, s := range o.touched {
		s.tx = txState{}
		o.cache.charge(s)
	}
	for _, s := range o.swept {
		o.cache.drop(s)
	}
	o.endTransaction(false)
	o.endExpiry(false)
	o.cache.trim()
	o.gauge()
}

// Abort forgets what the transaction touched; it is read again from the store.
func (o *Operator) Abort() {
	for _, s := range o.touched {
		o.cache.drop(s)
	}
	o.divided = nil
	o.endTransaction(true)
	o.endExpiry(true)
	o.gauge()
}

// endTransaction forgets what belongs to the running transaction alone.
func (o *Operator) endTransaction(aborted bool) {
	clear(o.touched)
	clear(o.swept)
	o.touched, o.swept, o.gone, o.computing, o.isLive = o.touched[:0], o.swept[:0], nil, nil, false
	o.endAlarms(aborted)
	for _, r := range o.registries {
		r.endTransaction(aborted)
	}
}

// Release forgets every subject of a partition that this task lost. Abort a running transaction first.
func (o *Operator) Release(partition int32) {
	o.cache.dropPartition(partition)
	o.divided = nil
	delete(o.alarms, partition)
	for k := range o.registries {
		if k.partition == partition {
			delete(o.registries, k)
		}
	}
	for k := range o.expiries {
		if k.partition == partition {
			delete(o.expiries, k)
		}
	}
	o.gauge()
}

func (o *Operator) gauge() {
	o.metrics.cacheBytes.Set(float64(o.cache.bytes))
	o.metrics.cacheItems.Set(float64(len(o.cache.byID)))
}
