package broker

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// FollowErasures hands over everything on erasures-v1, from its start, until handle returns true or ctx ends.
func FollowErasures(ctx context.Context, cfg kafka.Config, handle func(*pb.Erasure) bool) error {
	cl, err := kafka.NewReader(cfg, "erase", kgo.ConsumeTopics(cfg.Topic("erasures-v1")))
	if err != nil {
		return fmt.Errorf("follow erasures: %w", err)
	}
	defer cl.Close()
	for {
		fetches := cl.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		isEnd := false
		fetches.EachRecord(func(r *kgo.Record) {
			e := &pb.Erasure{}
			if !isEnd && !r.Attrs.IsControl() && len(r.Value) > 0 && e.UnmarshalVT(r.Value) == nil {
				isEnd = handle(e)
			}
		})
		if isEnd {
			return nil
		}
	}
}
