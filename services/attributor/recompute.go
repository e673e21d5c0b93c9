package attributor

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
)

// The truth of a set of events, computed in one batch.
type (
	// Truth is everything that follows from a set of events.
	Truth = oracle.Result
	// ID names something inside a workspace.
	ID = oracle.ID
	// CreditKey addresses one amount of credit, Credit is it.
	CreditKey = oracle.CreditKey
	// Credit is one touchpoint's credit of one measure of one journey under one model.
	Credit = oracle.Credit
	// Touchpoint is a touchpoint with whom it is counted for.
	Touchpoint = oracle.Touchpoint
	// ConversionFact is a conversion with whom it belongs to.
	ConversionFact = oracle.Conversion
	// Opportunity is an opportunity with its owner.
	Opportunity = oracle.Opportunity
	// CellKey addresses a roll-up.
	CellKey = oracle.CellKey
	// CellValues are a roll-up's totals.
	CellValues = oracle.CellValues
)

// The bases of cells, and the channel of their unattributed lines.
const (
	BasisTouch          = oracle.BasisTouch
	BasisClose          = oracle.BasisClose
	ChannelUnattributed = oracle.ChannelUnattributed
)

// Diff lists in words what got has otherwise than want, sorted, at most limit lines and then how many more; empty when they agree.
func Diff(got, want *Truth, limit int) []string { return oracle.Diff(got, want, limit) }

// Recompute reads all of events-v1 as it is now and computes what follows from it, in one batch and in memory.
func Recompute(ctx context.Context, cfg Config) (*Truth, error) {
	return RecomputeEvents(Events(ctx, cfg.Kafka, cfg.Partitions), &cfg.Rules)
}

// RecomputeEvents computes what follows from the events, in any order, duplicates included.
func RecomputeEvents(events iter.Seq2[*tributaryv1.Event, error], set *RuleSet) (*Truth, error) {
	var all []*tributaryv1.Event
	for ev, err := range events {
		if err != nil {
			return nil, err
		}
		all = append(all, ev)
	}
	truth, err := oracle.Compute(all, set)
	if err != nil {
		return nil, fmt.Errorf("recompute credit from %d events: %w", len(all), err)
	}
	return truth, nil
}

// errEnough ends a reading whose consumer has stopped.
var errEnough = errors.New("enough")

// Events are all events on events-v1 up to its end at the call, each partition in order, without those that the attributor refuses (they are on
// rejected-v1). An error ends them.
func Events(ctx context.Context, cfg kafka.Config, partitions int32) iter.Seq2[*tributaryv1.Event, error] {
	return func(yield func(*tributaryv1.Event, error) bool) {
		bounds, err := readlog.Find(ctx, cfg, runner.TopicEvents)
		if err != nil {
			yield(nil, err)
			return
		}
		if n := len(bounds.End); n != int(partitions) {
			yield(nil, fmt.Errorf("%s has %d partitions, not %d", cfg.Topic(runner.TopicEvents), n, partitions))
			return
		}
		err = readlog.Read(ctx, cfg, runner.TopicEvents, bounds.Start, bounds, func(b readlog.Batch) error {
			for _, rec := range b.Records {
				ev, err := operator.DecodeEvent(rec.Key, rec.Value)
				var poison *operator.PoisonError
				if errors.As(err, &poison) {
					continue
				}
				if !yield(ev, err) {
					return errEnough
				}
			}
			return nil
		}, nil)
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}
