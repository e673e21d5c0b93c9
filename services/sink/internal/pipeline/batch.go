package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
)

// span is the records of one partition in a batch.
type span struct{ first, last int64 }

// batch is rows with the records they came from.
type batch struct {
	topic string
	rows  *rows.Batch
	spans map[int32]span
	bytes int
	sum   *xxhash.Digest
}

func newBatch(topic string, models []string) (*batch, error) {
	r, err := rows.NewBatch(topic, models)
	if err != nil {
		return nil, err
	}
	return &batch{topic: topic, rows: r, spans: map[int32]span{}, sum: xxhash.New()}, nil
}

// add takes a record. A record without a value (a tombstone of compaction, a transaction marker) has no rows; its offset counts. It reports
// false for a record that could not be read.
func (b *batch) add(r rows.Record) bool {
	s, ok := b.spans[r.Partition]
	if !ok {
		s.first = r.Offset
	}
	s.last = r.Offset
	b.spans[r.Partition] = s
	b.bytes += len(r.Key) + len(r.Value)
	if r.Value == nil {
		return true
	}
	_, _ = b.sum.Write(r.Value) // a hash has no errors
	return b.rows.Add(r)
}

func (b *batch) empty() bool { return len(b.spans) == 0 }

func (b *batch) isFull(c Config) bool { return b.rows.Rows() >= c.BatchRows || b.bytes >= c.BatchBytes }

// token names the batch for the server's deduplication: topic, offsets and content. The content belongs to it because the server drops a batch
// whose token it knows without looking at the rows, and offsets alone may come again with other records: after a topic was made anew. So do the channel
// rules that placed costs, since the same records read again after a change of rules are other rows.
func (b *batch) token() string {
	var t strings.Builder
	t.WriteString(b.topic)
	for _, p := range slices.Sorted(maps.Keys(b.spans)) {
		fmt.Fprintf(&t, "/%d:%d-%d", p, b.spans[p].first, b.spans[p].last)
	}
	fmt.Fprintf(&t, "/%016x", b.sum.Sum64())
	if ruled := b.rows.Ruled(); ruled != 0 {
		fmt.Fprintf(&t, "/%016x", ruled)
	}
	return t.String()
}

// next are the offsets to go on from once the batch is stored.
func (b *batch) next() map[int32]int64 {
	out := make(map[int32]int64, len(b.spans))
	for p, s := range b.spans {
		out[p] = s.last + 1
	}
	return out
}

func (b *batch) reset() {
	b.rows.Reset()
	clear(b.spans)
	b.bytes = 0
	b.sum.Reset()
}
