// Package pipeline carries the records of one topic to its tables: it queues them within limits, builds batches, writes each batch until ClickHouse has
// acknowledged it, and only then says that its offsets are done.
//
//	Offer -> queue -> builder -> batch -> writer -> ClickHouse
//	                     ^------- free <-----'  '--> done(offsets)
//
// The builder fills one of two batches while the writer sends the other. A batch is due when it is full, or when the last insert began at least
// an interval ago: sparse records are written at once, and dense ones at most once per interval. While the writer is busy, a due batch
// goes on growing, so a slow server sees fewer and larger inserts.
package pipeline

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/sink/internal/metrics"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

// Inserter writes a table's rows. When it returns nil the rows are stored. After an error they may be, and writing them again is right. It
// keeps nothing of the table after it returned.
type Inserter interface {
	Insert(ctx context.Context, t *rows.Table, token string) error
}

// Config bounds a pipeline.
type Config struct {
	// BatchRows and BatchBytes (of records) end a batch.
	BatchRows, BatchBytes int
	// FlushInterval is the least time between the starts of two inserts, unless a batch is full.
	FlushInterval time.Duration
	// QueueBytes is how many bytes of records may wait before Offer says that there are enough.
	QueueBytes int
	// RetryMin and RetryMax bound the pause after a failed insert.
	RetryMin, RetryMax time.Duration
	// Models every workspace has by configuration.
	Models []string
	// Rules classify costs as they are written; nil leaves them as they were given.
	Rules *rulebook.Book
}

// Done takes the offsets behind the last record of each partition that is now stored.
type Done func(topic string, next map[int32]int64)

// Pipeline is one topic's way to its tables.
type Pipeline struct {
	topic   string
	cfg     Config
	store   Inserter
	done    Done
	resume  func()
	metrics *metrics.Metrics
	log     *zap.Logger

	queue queue
	free  chan *batch
	full  chan *batch
	wg    sync.WaitGroup

	mu      sync.Mutex
	failure error // of the insert that is being retried; nil while all is well
}

// New returns a pipeline that does nothing yet. Resume is called when a queue that was over its limit has room again.
func New(topic string, cfg Config, store Inserter, done Done, resume func(), m *metrics.Metrics, log *zap.Logger) (*Pipeline, error) {
	p := &Pipeline{
		topic: topic, cfg: cfg, store: store, done: done, resume: resume, metrics: m, log: log.With(zap.String("topic", topic)),
		queue: newQueue(cfg.QueueBytes), free: make(chan *batch, 2), full: make(chan *batch),
	}
	for range cap(p.free) {
		b, err := newBatch(topic, cfg.Models)
		if err != nil {
			return nil, err
		}
		b.rows.Classify(cfg.Rules)
		p.free <- b
	}
	return p, nil
}

// Start begins to work. The context ends retries: it is cancelled to give up what is not written yet.
func (p *Pipeline) Start(ctx context.Context) {
	p.wg.Add(2)
	go p.build(ctx)
	go p.write(ctx)
}

// Offer queues records in order. It never blocks; false says that the queue is over its limit and that no more should be fetched until resume.
func (p *Pipeline) Offer(records []rows.Record) bool {
	bytes, ok := p.queue.put(records)
	p.metrics.Records(p.topic, len(records))
	p.metrics.Queued(p.topic, bytes)
	return ok
}

// Drain says that no more records come, writes what is queued, and returns when it is written or the context of Start has ended.
func (p *Pipeline) Drain() {
	p.queue.close()
	p.wg.Wait()
}

// Err is why the current insert is being retried, nil while inserts succeed.
func (p *Pipeline) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

func (p *Pipeline) setErr(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = err
}

// build fills batches and hands them to the writer.
func (p *Pipeline) build(ctx context.Context) {
	defer p.wg.Done()
	defer close(p.full)
	var (
		current   = <-p.free
		lastStart time.Time // of the last hand-over
		timer     = time.NewTimer(0)
		closed    bool
	)
	defer timer.Stop()
	for !closed || !current.empty() {
		var out chan *batch
		var in <-chan struct{}
		if !current.empty() && (closed || current.isFull(p.cfg) || time.Since(lastStart) >= p.cfg.FlushInterval) {
			out = p.full
		}
		if !closed && !current.isFull(p.cfg) {
			in = p.queue.ready
		}
		if out == nil && !current.empty() {
			timer.Reset(p.cfg.FlushInterval - time.Since(lastStart))
		}
		select {
		case <-ctx.Done():
			return
		case out <- current:
			lastStart = time.Now()
			if current = p.nextFree(ctx); current == nil {
				return
			}
		case <-in:
			closed = p.fill(current)
		case <-timer.C:
		}
	}
}

func (p *Pipeline) nextFree(ctx context.Context) *batch {
	select {
	case b := <-p.free:
		return b
	case <-ctx.Done():
		return nil
	}
}

// takeRecords is how many records are added between two looks at the limits: one record may become many rows.
const takeRecords = 256

// fill moves records from the queue to the batch until one is empty or the other full. It reports whether the queue is closed and empty.
func (p *Pipeline) fill(b *batch) (closed bool) {
	for !b.isFull(p.cfg) {
		records, left, freed, closed := p.queue.take(takeRecords)
		if freed {
			p.resume()
		}
		if len(records) == 0 {
			p.metrics.Queued(p.topic, left)
			return closed
		}
		for _, r := range records {
			if !b.add(r) {
				p.metrics.Poison(p.topic)
			}
		}
	}
	p.queue.wake() // there may be more, for the next batch
	return false
}
