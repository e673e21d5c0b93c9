package demo

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// Source yields the world's events in time order.
func (w *World) Source() replay.Source { return &eventSource{w.Events} }

type eventSource struct{ left []Event }

// Next implements replay.Source.
func (s *eventSource) Next() (replay.Item, error) {
	if len(s.left) == 0 {
		return replay.Item{}, io.EOF
	}
	item := s.left[0].Item
	s.left = s.left[1:]
	return item, nil
}

// WriteTruth writes one JSON object per opportunity and line.
func (w *World) WriteTruth(out io.Writer) error {
	enc := json.NewEncoder(out)
	for _, t := range w.Truth {
		if err := enc.Encode(t); err != nil {
			return fmt.Errorf("demo: write the truth: %w", err)
		}
	}
	return nil
}
