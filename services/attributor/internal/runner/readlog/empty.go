package readlog

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// skipEmpty moves partitions on whose rest holds no record at all: compaction may have removed the last records and markers before the end, and
// then no poll ever shows a position there. It asks the brokers for what lies at the position, in one plain fetch.
func (r *reader) skipEmpty(ctx context.Context, cl *kgo.Client) error {
	for p, at := range r.position {
		next, err := r.probe(ctx, cl, p, at)
		if err != nil {
			return fmt.Errorf("look at %s/%d from offset %d: %w", r.topic, p, at, err)
		}
		if next <= at {
			continue
		}
		if err := r.handle(Batch{Partition: p, Next: next}); err != nil {
			return err
		}
		r.advance(cl, p, next)
	}
	return nil
}

// probe returns the offset up to which the partition is known to hold nothing readable, at when that cannot be said. Errors of the
// moment (a leader that moves) count as not knowing.
func (r *reader) probe(ctx context.Context, cl *kgo.Client, p int32, at int64) (int64, error) {
	leader, id, err := r.leader(ctx, cl, p)
	if err != nil {
		return at, fatal(err)
	}
	req := kmsg.NewPtrFetchRequest()
	req.MaxBytes, req.MinBytes, req.MaxWaitMillis = kafka.MaxMessageBytes, 0, 0
	req.IsolationLevel = 1 // read_committed
	req.SessionEpoch = -1  // no fetch session
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = r.topic, id
	part := kmsg.NewFetchRequestTopicPartition()
	part.Partition, part.FetchOffset, part.PartitionMaxBytes = p, at, kafka.MaxMessageBytes
	part.CurrentLeaderEpoch = -1
	topic.Partitions = append(topic.Partitions, part)
	req.Topics = append(req.Topics, topic)
	resp, err := cl.Broker(int(leader)).RetriableRequest(ctx, req)
	if err != nil {
		return at, fatal(err)
	}
	fetched := resp.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(fetched.ErrorCode); err != nil {
		return at, fatal(err)
	}
	if len(fetched.Topics) != 1 || len(fetched.Topics[0].Partitions) != 1 {
		return at, nil
	}
	got := fetched.Topics[0].Partitions[0]
	if err := kerr.ErrorForCode(got.ErrorCode); err != nil {
		return at, fatal(err)
	}
	return emptyUntil(got, at, r.end[p]), nil
}

func (r *reader) leader(ctx context.Context, cl *kgo.Client, p int32) (leader int32, id [16]byte, err error) {
	req := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(r.topic)
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, cl)
	if err != nil {
		return 0, id, err
	}
	for _, t := range resp.Topics {
		for _, part := range t.Partitions {
			if part.Partition == p && part.ErrorCode == 0 {
				return part.Leader, t.TopicID, nil
			}
		}
	}
	return 0, id, kerr.LeaderNotAvailable
}

// Layout of a record batch (magic 2): base offset 8, length 4, epoch 4, magic 1, CRC 4, attributes 2, last offset delta 4, two times 16,
// producer 14, record count 4.
const (
	batchHeader     = 61
	lastOffsetDelta = 23
	recordCount     = 57
)

// emptyUntil is the offset before which a fetch from at shows no record: the end, when nothing was returned although everything up to the end is
// stable; else the start of the first batch that has records.
func emptyUntil(got kmsg.FetchResponseTopicPartition, at, end int64) int64 {
	raw := got.RecordBatches
	if len(raw) == 0 {
		if got.LastStableOffset >= end {
			return end
		}
		return at // an open transaction: what lies there is not decided yet
	}
	for len(raw) >= batchHeader {
		base := int64(binary.BigEndian.Uint64(raw))
		if binary.BigEndian.Uint32(raw[recordCount:]) != 0 {
			return at
		}
		at = max(at, base+int64(binary.BigEndian.Uint32(raw[lastOffsetDelta:]))+1)
		size := 12 + int(binary.BigEndian.Uint32(raw[8:]))
		if size > len(raw) {
			break
		}
		raw = raw[size:]
	}
	return at
}
