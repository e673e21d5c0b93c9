package eraser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/erasure"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner/readlog"
)

// erase makes one edit of the log for all requests:
//
//  1. one transaction with the marks of removed events, redactions and stubs, and with what is left of the ids on erasures-v1
//  2. wait until the attributor has committed beyond it, and beyond what its subjects tell each other because of it
//  3. one transaction with the tombstones, those of touchpoints-v1 included, and the order for the sink
func (e *Eraser) erase(ctx context.Context, requests []erasure.Request) error {
	log, err := e.read(ctx, requests)
	if err != nil {
		return err
	}
	plan, err := erasure.Make(erasure.Fold(log), requests, erasure.Options{
		Rules: e.cfg.Rules, Secret: e.cfg.Secret,
		Partition: func(subject string) int32 { return kafka.Partition([]byte(subject), e.cfg.Partitions) },
	})
	if err != nil {
		return err
	}
	if err := e.requireUnique(ctx); err != nil {
		return err
	}
	orders := e.orders(requests, plan)
	ends, err := e.transact(ctx, e.editRecords(plan, orders))
	if err != nil {
		return fmt.Errorf("write the edit: %w", err)
	}
	if err := e.awaitAttributor(ctx, TopicEvents, ends); err != nil {
		return err
	}
	if err := e.awaitMessages(ctx); err != nil {
		return err
	}
	var last []*kgo.Record
	for _, key := range plan.Tombstones {
		last = append(last, &kgo.Record{Topic: e.cfg.Kafka.Topic(TopicEvents), Key: key})
	}
	for _, key := range plan.Touchpoints {
		last = append(last, &kgo.Record{Topic: e.cfg.Kafka.Topic(topicTouchpoints), Key: []byte(key)})
	}
	for _, o := range orders {
		o.State, o.UpdatedUs = pb.ErasureState_ERASURE_STATE_APPLIED, time.Now().UnixMicro()
		rec, err := e.record(o)
		if err != nil {
			return err
		}
		last = append(last, rec)
	}
	if _, err := e.transact(ctx, last); err != nil {
		return fmt.Errorf("remove what was erased: %w", err)
	}
	e.m.removed.Add(float64(plan.Counts.Removed))
	for _, w := range plan.Writes {
		e.marks.Learn(w.Event)
	}
	e.m.marks.Set(float64(e.marks.Len()))
	return nil
}

// read reads the log twice: for who is connected with whom, then for the events of those that the requests reach.
func (e *Eraser) read(ctx context.Context, requests []erasure.Request) ([]erasure.Record, error) {
	reach := erasure.NewReach(requests, e.cfg.Rules)
	if err := e.each(ctx, func(_ []byte, ev *pb.Event) { reach.Connect(ev) }); err != nil {
		return nil, err
	}
	var log []erasure.Record
	err := e.each(ctx, func(key []byte, ev *pb.Event) {
		if reach.Takes(key, ev) {
			log = append(log, erasure.Record{Key: key, Event: ev})
		}
	})
	return log, err
}

// each calls fn for every record up to the end of the log; a nil event is a tombstone.
func (e *Eraser) each(ctx context.Context, fn func(key []byte, ev *pb.Event)) error {
	bounds, err := readlog.Find(ctx, e.cfg.Kafka, TopicEvents)
	if err != nil {
		return err
	}
	return readlog.Read(ctx, e.cfg.Kafka, TopicEvents, bounds.Start, bounds, func(b readlog.Batch) error {
		for _, rec := range b.Records {
			if len(rec.Value) == 0 {
				fn(rec.Key, nil)
				continue
			}
			ev, err := operator.DecodeEvent(rec.Key, rec.Value)
			var poison *operator.PoisonError
			if errors.As(err, &poison) {
				continue
			}
			if err != nil {
				return err
			}
			fn(rec.Key, ev)
		}
		return nil
	}, nil)
}

// OrderID names the order of a request.
func OrderID(secret []byte, workspace, requestID string) string {
	return erasure.Mark(secret, workspace+"|request|"+requestID)[:32]
}

// orders are what the sink and people are told, one for each request.
func (e *Eraser) orders(requests []erasure.Request, plan *erasure.Plan) []*pb.Erasure {
	var orders []*pb.Erasure
	for _, r := range requests {
		id := OrderID(e.cfg.Secret, r.Workspace, r.ID)
		o := &pb.Erasure{
			ErasureId: id, Workspace: r.Workspace, State: pb.ErasureState_ERASURE_STATE_EDITED, RequestedUs: r.Seq, UntilUs: r.UntilUS, Reason: r.Reason,
			Persons: int64(plan.Counts.Persons), RemovedEvents: int64(plan.Counts.Removed), RedactedEvents: int64(plan.Counts.Redacted),
			Touches: int64(plan.Counts.Touches), Conversions: int64(plan.Counts.Conversions), UpdatedUs: time.Now().UnixMicro(),
		}
		for _, s := range plan.Erased {
			if id, ok := strings.CutPrefix(s.Subject, r.Workspace+"|"); ok {
				o.Subjects = append(o.Subjects, id)
			}
		}
		slices.Sort(o.Subjects)
		orders = append(orders, o)
	}
	return orders
}

func (e *Eraser) record(o *pb.Erasure) (*kgo.Record, error) {
	value, err := o.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode an erasure: %w", err)
	}
	return &kgo.Record{Topic: e.cfg.Kafka.Topic(TopicErasures), Key: []byte(o.Workspace + "|" + o.ErasureId), Value: value}, nil
}

func (e *Eraser) editRecords(plan *erasure.Plan, orders []*pb.Erasure) []*kgo.Record {
	var out []*kgo.Record
	add := func(o *pb.Erasure) {
		if rec, err := e.record(o); err == nil {
			out = append(out, rec)
		}
	}
	for _, w := range plan.Writes {
		if mark := w.Event.GetErase().GetMark(); mark != "" {
			add(&pb.Erasure{ErasureId: mark, Workspace: w.Event.Workspace, State: pb.ErasureState_ERASURE_STATE_MARK, UntilUs: w.Event.OccurredUs, RequestedUs: w.Event.ReceiptSeq})
			continue
		}
		value, err := w.Event.MarshalVT()
		if err != nil {
			continue // generated code fails on nil elements only, of which there are none
		}
		out = append(out, &kgo.Record{Topic: e.cfg.Kafka.Topic(TopicEvents), Key: w.Key, Value: value})
	}
	for _, o := range orders {
		add(o)
	}
	return out
}

// transact produces records in one transaction and returns the offset after the last one of each partition of events-v1.
func (e *Eraser) transact(ctx context.Context, records []*kgo.Record) (map[int32]int64, error) {
	if len(records) == 0 {
		return nil, nil
	}
	cl, err := kafka.NewProducer(e.cfg.Kafka, kgo.TransactionalID(e.cfg.Kafka.TopicPrefix+e.cfg.Group+"-eraser"), kgo.TransactionTimeout(time.Minute))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		return nil, err
	}
	results := cl.ProduceSync(ctx, records...)
	if err := results.FirstErr(); err != nil {
		return nil, errors.Join(err, cl.EndTransaction(context.WithoutCancel(ctx), kgo.TryAbort))
	}
	if err := cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return nil, err
	}
	ends := make(map[int32]int64)
	for _, r := range results {
		if r.Record.Topic == e.cfg.Kafka.Topic(TopicEvents) {
			ends[r.Record.Partition] = max(ends[r.Record.Partition], r.Record.Offset+1)
		}
	}
	return ends, nil
}
