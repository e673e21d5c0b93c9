// Package produce is the collector's way to Kafka: it takes the records of one request and says whether all of them are safe.
//
// What it holds at once is bounded. A request is taken whole or refused at once (ErrBusy), so that a broker that is away shows at the sender within milliseconds,
// and not as memory. Package spool takes what Send refuses.
package produce

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// Errors of Send. After ErrTimeout the records may still arrive; after ErrBusy none will.
var (
	ErrBusy    = errors.New("too much is waiting for Kafka's acknowledgement")
	ErrTimeout = errors.New("no acknowledgement from Kafka in time")
)

// Config bounds what is held.
type Config struct {
	// MaxInflightBytes is how many bytes of records may wait for their acknowledgement. Below the client's own limit (128 MiB), so that
	// the client never blocks.
	MaxInflightBytes int64 `yaml:"max_inflight_bytes"`
	// AckTimeout is how long a request waits for the acknowledgement. Its records stay on their way after that.
	AckTimeout time.Duration `yaml:"ack_timeout"`
	// PingInterval is how often the brokers are asked whether they are there, for readiness.
	PingInterval time.Duration `yaml:"ping_interval"`
}

// DefaultConfig holds 64 MiB and waits 10 s.
func DefaultConfig() Config {
	return Config{MaxInflightBytes: 64 << 20, AckTimeout: 10 * time.Second, PingInterval: 2 * time.Second}
}

// Bounds that keep the client itself from ever blocking, see kafka.NewProducer.
const (
	maxInflightBytes   = 96 << 20
	maxInflightRecords = 90_000
	// overhead is what a record costs besides its key and value.
	overhead = 128
)

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	if c.MaxInflightBytes < 1<<20 || c.MaxInflightBytes > maxInflightBytes {
		return fmt.Errorf("max_inflight_bytes: %d is not between %d and %d", c.MaxInflightBytes, 1<<20, maxInflightBytes)
	}
	if c.AckTimeout <= 0 || c.PingInterval <= 0 {
		return errors.New("ack_timeout and ping_interval must be positive")
	}
	return nil
}

// Record is one record for a topic of the contract.
type Record struct {
	// Topic is the contract's name.
	Topic      string
	Key, Value []byte
}

func (r Record) size() int64 { return int64(len(r.Key)+len(r.Value)) + overhead }

// Producer sends records. It is a lifecycle component.
type Producer struct {
	cfg     Config
	kafka   kafka.Config
	metrics *metrics

	client   *kgo.Client
	stopPing context.CancelFunc
	pinging  sync.WaitGroup

	bytes, records atomic.Int64
	// waitingSince is when the oldest state of waiting began, in Unix nanoseconds: the last acknowledgement, or the first record after none waited.
	waitingSince atomic.Int64
	reach        atomic.Pointer[error]
}

// Inflight is how many bytes wait for their acknowledgement.
func (p *Producer) Inflight() int64 { return p.bytes.Load() }

var errNotAsked = errors.New("kafka has not answered yet")

// Start opens the client. Kafka need not be there: Ready tells when it is.
func (p *Producer) Start(ctx context.Context) error {
	client, err := kafka.NewProducer(p.kafka)
	if err != nil {
		return fmt.Errorf("open the producer: %w", err)
	}
	p.client = client
	p.reach.Store(&errNotAsked)
	// The loop ends with Stop, not with the context of Start.
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p.stopPing = cancel
	p.pinging.Go(func() { p.pingLoop(loop) })
	return nil
}

func (p *Producer) pingLoop(ctx context.Context) {
	tick := time.NewTicker(p.cfg.PingInterval)
	defer tick.Stop()
	for {
		one, cancel := context.WithTimeout(ctx, p.cfg.PingInterval)
		err := p.client.Ping(one)
		cancel()
		if err != nil {
			err = fmt.Errorf("kafka does not answer: %w", err)
		}
		p.reach.Store(&err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Reachable says whether the brokers answered last time; nil as well as long as they were not asked.
func (p *Producer) Reachable() error {
	if e := p.reach.Load(); e != nil && !errors.Is(*e, errNotAsked) {
		return *e
	}
	return nil
}

// Ready says whether records can be expected to be acknowledged: the brokers answer, and nothing has waited too long.
func (p *Producer) Ready() error {
	if e := p.reach.Load(); e == nil {
		return errNotAsked
	} else if *e != nil {
		return *e
	}
	since := time.Unix(0, p.waitingSince.Load())
	if p.records.Load() > 0 && time.Since(since) > p.cfg.AckTimeout {
		return fmt.Errorf("%w: waiting since %s", ErrTimeout, since.UTC().Format(time.RFC3339))
	}
	return nil
}

// Send produces the records and returns when all are acknowledged by every in-sync replica. They are taken all or none: ErrBusy when there is no room. A
// produce is never cancelled, not even by ctx's end: a cancelled one may or may not have been written. ctx only ends the waiting.
func (p *Producer) Send(ctx context.Context, records []Record) error {
	if !p.reserve(sizeOf(records), int64(len(records))) {
		p.metrics.busy.Inc()
		return ErrBusy
	}
	start := time.Now()
	w := p.produce(ctx, records)
	timer := time.NewTimer(p.cfg.AckTimeout)
	defer timer.Stop()
	select {
	case <-w.done:
		p.metrics.ack.Observe(time.Since(start).Seconds())
		return w.result()
	case <-timer.C:
	case <-ctx.Done():
	}
	p.metrics.timeouts.Inc()
	return ErrTimeout
}

// Deliver is Send without a limit on the wait: for records that are safe elsewhere, and would only be produced twice if they were given up and sent again. After the end of ctx they
// may still arrive.
func (p *Producer) Deliver(ctx context.Context, records []Record) error {
	if !p.reserve(sizeOf(records), int64(len(records))) {
		return ErrBusy
	}
	w := p.produce(ctx, records)
	select {
	case <-w.done:
		return w.result()
	case <-ctx.Done():
		return fmt.Errorf("deliver: %w", ctx.Err())
	}
}

func sizeOf(records []Record) int64 {
	var size int64
	for _, r := range records {
		size += r.size()
	}
	return size
}

// produce hands records to the client, whose room is reserved.
func (p *Producer) produce(ctx context.Context, records []Record) *waiter {
	w := &waiter{left: int64(len(records)), done: make(chan struct{})}
	for _, r := range records {
		p.client.Produce(context.WithoutCancel(ctx), &kgo.Record{Topic: p.kafka.Topic(r.Topic), Key: r.Key, Value: r.Value},
			func(_ *kgo.Record, err error) {
				p.release(r.size())
				w.finish(err)
			})
	}
	return w
}

func (p *Producer) reserve(size, n int64) bool {
	for {
		have := p.bytes.Load()
		// One request alone is always taken, however small the limit: it could never pass otherwise.
		if have > 0 && (have+size > p.cfg.MaxInflightBytes || p.records.Load()+n > maxInflightRecords) {
			return false
		}
		if p.bytes.CompareAndSwap(have, have+size) {
			break
		}
	}
	if p.records.Add(n) == n {
		p.waitingSince.Store(time.Now().UnixNano())
	}
	p.metrics.inflight.Add(float64(size))
	return true
}

func (p *Producer) release(size int64) {
	p.bytes.Add(-size)
	p.records.Add(-1)
	p.waitingSince.Store(time.Now().UnixNano())
	p.metrics.inflight.Sub(float64(size))
}

// Stop waits for what is on its way, at most until ctx ends, and closes the client.
func (p *Producer) Stop(ctx context.Context) error {
	if p.client == nil {
		return nil
	}
	p.stopPing()
	p.pinging.Wait()
	err := p.client.Flush(ctx)
	if err != nil {
		err = fmt.Errorf("wait for the acknowledgement of %d records: %w", p.records.Load(), err)
	}
	p.client.Close()
	return err
}

// waiter waits for the acknowledgements of one request.
type waiter struct {
	mu   sync.Mutex
	left int64
	err  error
	done chan struct{}
}

func (w *waiter) finish(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err // one says it; thousands of the same would only fill the log
	}
	if w.left--; w.left == 0 {
		close(w.done)
	}
}

func (w *waiter) result() error {
	if w.err != nil {
		return fmt.Errorf("produce: %w", w.err)
	}
	return nil
}
