package pipeline

import (
	"sync"

	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
)

// queue holds records between the fetch and the batch. It takes whatever is put, since what has been fetched has to go somewhere, and says when
// it holds more than it should.
type queue struct {
	// ready has a token when there may be something to take.
	ready chan struct{}

	mu     *sync.Mutex
	runs   [][]rows.Record
	bytes  int
	limit  int
	over   bool // put has answered "enough"
	closed bool
}

func newQueue(limit int) queue {
	return queue{ready: make(chan struct{}, 1), mu: &sync.Mutex{}, limit: limit}
}

func (q *queue) put(records []rows.Record) (bytes int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.runs = append(q.runs, records)
	for i := range records {
		q.bytes += recordBytes(&records[i])
	}
	if q.bytes >= q.limit {
		q.over = true
	}
	q.wake()
	return q.bytes, !q.over
}

// take returns the oldest run of at most n records, the bytes left, whether the queue has just fallen to half its limit after it was over, and
// whether it is closed and empty.
func (q *queue) take(n int) (records []rows.Record, left int, freed, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.runs) == 0 {
		return nil, q.bytes, false, q.closed
	}
	records = q.runs[0]
	if len(records) > n {
		q.runs[0] = records[n:]
		records = records[:n]
	} else {
		q.runs[0] = nil
		q.runs = q.runs[1:]
	}
	for i := range records {
		q.bytes -= recordBytes(&records[i])
	}
	if q.over && q.bytes <= q.limit/2 {
		q.over, freed = false, true
	}
	return records, q.bytes, freed, false
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// recordOverhead is what a queued record takes beside its bytes.
const recordOverhead = 128

func recordBytes(r *rows.Record) int { return len(r.Key) + len(r.Value) + recordOverhead }
