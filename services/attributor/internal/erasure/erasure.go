// Package erasure says how the log of events is edited when a person's data is erased. It is pure: records and requests in, records out.
//
// The events that belong to the person, as far as they happened at or before the request, are replaced by stubs: events of a new, random person that say
// when something happened, what kind it was and what it was worth, and no more. Everything that the attributor, a rebuild, the batch oracle and verify
// compute follows from the events, so they all see the same credit on an erased line, and none of them needs to know what an erasure is.
//
// Who a person is, is decided once, by what was known of the time up to the request. Events that arrive later, and happened before, are found by marks:
// keyed hashes of the ids.
package erasure

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Record is one record of events-v1. A nil Event is a tombstone.
type Record struct {
	Key   []byte
	Event *pb.Event
}

// Request asks for a person's data to be removed.
type Request struct {
	Workspace string
	// ID is the request's, of which a keyed hash is kept.
	ID string
	// IDs name the person, as kind|id: visitors, users, contacts, e-mails.
	IDs []string
	// UntilUS is the last moment that is erased.
	UntilUS int64
	// Seq is the receipt of what caused it: the request's, or that of an event that came late.
	Seq int64
	// Reason is the request's own word, for the record.
	Reason string
	// Key is the request's record, which goes as well; empty for a repetition because of a late event.
	Key []byte
}

// Options are what a plan needs beside the log.
type Options struct {
	Rules *rules.Set
	// Secret keys the marks.
	Secret []byte
	// Partition is where a subject's records are; a stub has to be where the original was.
	Partition func(subject string) int32
	// NewID makes identifiers that say nothing. Nil: 128 random bits.
	NewID func() string
}

func (o *Options) newID() string {
	if o.NewID != nil {
		return o.NewID()
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

// idPrefix starts the ids of stubs, so that people see at once what they look at.
const idPrefix = "erased-"

// Plan is an edit of the log.
type Plan struct {
	// Writes come first, in this order, in one transaction: marks of removed events, redactions, stubs, marks of the erased ids.
	Writes []Record
	// Tombstones are the keys to remove when the attributor has worked off the writes.
	Tombstones [][]byte
	// Touchpoints are the keys of touchpoints-v1 that may hold a touchpoint of a removed event. Its rows come from several tasks, in no order between
	// them, so the last one may be older than the one that says it is gone.
	Touchpoints []string
	// Erased are the subjects that were erased: workspace|kind|id. What is derived from events is searched for them.
	Erased []Erased
	Counts Counts
}

// Erased is a subject that was erased up to a moment.
type Erased struct {
	Subject string
	UntilUS int64
}

// Counts say what a plan does.
type Counts struct{ Requests, Persons, Removed, Redacted, Touches, Conversions int }

// Fold returns what a log says: the last record of each key, tombstones left out, in the order of the log. Keys that are a subject and nothing else, of a
// log from before keys were unique, are each a record.
func Fold(log []Record) []Record {
	last := make(map[string]int, len(log))
	for i, r := range log {
		if len(identity.KeySubject(r.Key)) < len(r.Key) {
			last[string(r.Key)] = i
		}
	}
	var out []Record
	for i, r := range log {
		if at, ok := last[string(r.Key)]; r.Event != nil && (!ok || at == i) {
			out = append(out, r)
		}
	}
	return out
}

// sessionGapUS is the rules' gap in microseconds.
func sessionGapUS(r *rules.Rules) int64 { return int64(r.SessionGap / time.Microsecond) }
