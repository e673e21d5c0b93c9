// Package operator is the attributor's one operator: it applies records to subjects and says what follows. It knows nothing of Kafka
// sessions, Pebble or the clock; the runner feeds it, keeps its state and commits its output in one transaction.
//
// The protocol, per transaction:
//
//	Apply(in) ... Apply(in)   in memory only
//	Flush(now)                computes every touched subject once; returns what to produce and which state keys changed
//	NextWake(tasks)           between transactions: when a Flush is due although nothing was read
//	Commit() | Abort()        after the Kafka transaction and the store batch; Abort forgets every touched subject
package operator

// Source is the topic a record was read from.
type Source uint8

// The sources of records.
const (
	SourceEvents Source = iota
	SourceSubjects
)

// Input is one record.
type Input struct {
	Source    Source
	Partition int32
	Offset    int64
	Key       []byte
	// Value is owned by the operator until Commit or Abort.
	Value []byte
}

// Output is one record to produce. Its partition follows from the key, by Kafka's default partitioner.
type Output struct {
	// Topic is a contract name, for example credits-v1; the runner adds the configured prefix.
	Topic string
	Key   []byte
	Value []byte
}

// Change is one state key's new value: a record on state-v1 (explicit partition) and, after the commit, a write to the task's store.
type Change struct {
	Partition int32
	Key       []byte
	// Value nil deletes.
	Value []byte
}

// Result is what a transaction has to write.
type Result struct {
	Outputs []Output
	Changes []Change
}

// Store reads committed state. It must see everything up to the last Commit and nothing after.
type Store interface {
	// Get returns nil when the key is absent. The value is the caller's to keep.
	Get(partition int32, key []byte) ([]byte, error)
	// Scan calls fn for every key with the prefix, in key order; key and value are valid only during the call.
	Scan(partition int32, prefix []byte, fn func(key, value []byte) error) error
	// ScanFrom is Scan from a key on, that key included, which has the prefix or sorts before all that do.
	ScanFrom(partition int32, prefix, from []byte, fn func(key, value []byte) error) error
}

// PoisonError is a record that can never be applied. The runner produces it to rejected-v1 in the same transaction and goes on.
type PoisonError struct {
	// Field and Code are as in Rejected.
	Field, Code, Reason string
}

func (e *PoisonError) Error() string { return e.Code + ": " + e.Reason }
