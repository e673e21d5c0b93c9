package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says where to send and how hard.
type Config struct {
	// Collector is its base address, for example http://127.0.0.1:8080.
	Collector string
	// Key is a secret key: canonical records are refused with a public one.
	Key string
	// Workers is how many requests are in flight at most.
	Workers int
	// BatchItems and BatchBytes close a request, whichever comes first. The collector takes 2,500 items and 500 KB.
	BatchItems int
	BatchBytes int
	// RetryFor bounds how long one request is tried again while the collector is away or busy; after it the run ends.
	RetryFor time.Duration
}

// WorkersMax is the most requests in flight: more would only wait at the collector.
const WorkersMax = 64

// DefaultConfig returns what suits a collector on the same machine or network.
func DefaultConfig() Config {
	return Config{Workers: 4, BatchItems: 1000, BatchBytes: 400 << 10, RetryFor: 5 * time.Minute}
}

// Validate names every field that cannot be used.
func (c Config) Validate() error {
	var errs []error
	if !strings.HasPrefix(c.Collector, "http://") && !strings.HasPrefix(c.Collector, "https://") {
		errs = append(errs, fmt.Errorf("collector %q: want http://host:port", c.Collector))
	}
	if c.Key == "" {
		errs = append(errs, errors.New("key is missing: a secret key of the collector"))
	}
	if c.Workers < 1 || c.Workers > WorkersMax {
		errs = append(errs, fmt.Errorf("workers %d: want 1 to %d", c.Workers, WorkersMax))
	}
	if c.BatchItems < 1 || c.BatchItems > 2500 {
		errs = append(errs, fmt.Errorf("batch items %d: want 1 to 2500", c.BatchItems))
	}
	if c.BatchBytes < 64<<10 || c.BatchBytes > 500<<10 {
		errs = append(errs, fmt.Errorf("batch bytes %d: want 65536 to 512000", c.BatchBytes))
	}
	return errors.Join(errs...)
}

// Sender sends items to a collector.
type Sender struct {
	cfg    Config
	client *http.Client
	tally  *Tally
}

// NewSender returns a sender that counts into tally. It opens nothing.
func NewSender(cfg Config, tally *Tally) (*Sender, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = cfg.Workers
	cfg.Collector = strings.TrimRight(cfg.Collector, "/")
	return &Sender{cfg: cfg, client: &http.Client{Transport: transport, Timeout: time.Minute}, tally: tally}, nil
}

// Send sends everything the sources have, the sources one after the other, and returns when every item was answered. Items refused by
// the collector are counted, not an error; an error means that the rest was not sent.
func (s *Sender) Send(ctx context.Context, sources ...Source) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// Unbuffered: a batch is in a worker's hands or not yet read from the file, so memory stays at Workers batches.
	batches := make(chan *batch)
	var workers sync.WaitGroup
	for range s.cfg.Workers {
		workers.Go(func() {
			for b := range batches {
				if err := s.post(ctx, b); err != nil {
					cancel(err)
				}
			}
		})
	}
	p := &packer{cfg: s.cfg, open: map[Endpoint]*batch{}, emit: func(b *batch) error {
		select {
		case batches <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}}
	err := s.pack(p, sources)
	close(batches)
	workers.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// Close lets go of idle connections.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// pack reads the sources into batches.
func (s *Sender) pack(p *packer, sources []Source) error {
	for _, src := range sources {
		for {
			item, err := src.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			var line *LineError
			if errors.As(err, &line) {
				s.tally.reject(line.Code, line.Error(), 1)
				continue
			}
			if err != nil {
				return err
			}
			s.tally.read(1)
			if err := p.add(item); err != nil {
				return err
			}
		}
	}
	return p.flush()
}

// packer fills one batch per endpoint.
type packer struct {
	cfg  Config
	open map[Endpoint]*batch
	emit func(*batch) error
}

func (p *packer) add(item Item) error {
	b := p.open[item.Endpoint]
	if b != nil && (b.items >= p.cfg.BatchItems || len(b.body)+len(item.Body) > p.cfg.BatchBytes) {
		if err := p.emit(b); err != nil {
			return err
		}
		b = nil
	}
	if b == nil {
		b = newBatch(item.Endpoint, p.cfg.BatchBytes)
		p.open[item.Endpoint] = b
	}
	b.add(item.Body)
	return nil
}

func (p *packer) flush() error {
	for _, b := range p.open {
		if err := p.emit(b); err != nil {
			return err
		}
	}
	return nil
}

// batch is one request's body in the making.
type batch struct {
	endpoint Endpoint
	body     []byte
	items    int
}

func newBatch(endpoint Endpoint, capacity int) *batch {
	b := &batch{endpoint: endpoint, body: make([]byte, 0, capacity/8)}
	if endpoint == EndpointBatch {
		b.body = append(b.body, `{"batch":`...)
	}
	b.body = append(b.body, '[')
	return b
}

func (b *batch) add(item []byte) {
	if b.items > 0 {
		b.body = append(b.body, ',')
	}
	b.body = append(b.body, item...)
	b.items++
}

// close returns the finished body.
func (b *batch) close() []byte {
	b.body = append(b.body, ']')
	if b.endpoint == EndpointBatch {
		b.body = append(b.body, '}')
	}
	return b.body
}
