// Package eventlog writes records to events-v1 as a collector does. The attributor itself never does: it is for its tests and measurements.
package eventlog

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
)

// Writer writes events.
type Writer struct {
	client *kgo.Client
	topic  string

	mu  sync.Mutex
	err error
}

// NewWriter opens a producer. The caller closes it.
func NewWriter(cfg kafka.Config) (*Writer, error) {
	cl, err := kafka.NewProducer(cfg)
	if err != nil {
		return nil, err
	}
	return &Writer{client: cl, topic: cfg.Topic(runner.TopicEvents)}, nil
}

// Write queues one record. Flush says whether it was acknowledged.
func (w *Writer) Write(key, value []byte) {
	w.client.Produce(context.Background(), &kgo.Record{Topic: w.topic, Key: key, Value: value}, func(_ *kgo.Record, err error) {
		if err == nil {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.err = fmt.Errorf("write an event: %w", err)
	})
}

// Flush waits until everything is acknowledged and returns the last error since the beginning.
func (w *Writer) Flush(ctx context.Context) error {
	if err := w.client.Flush(ctx); err != nil {
		return fmt.Errorf("wait for events to be acknowledged: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close gives up what is not acknowledged.
func (w *Writer) Close() { w.client.Close() }
