package runner

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// pollErrors tells what ends the session from what the client mends by itself and only reports in passing.
func (s *session) pollErrors(fetches kgo.Fetches) error {
	for _, f := range fetches.Errors() {
		var group *kgo.ErrGroupSession
		switch {
		case errors.Is(f.Err, context.Canceled), errors.Is(f.Err, context.DeadlineExceeded):
		case errors.As(f.Err, &group):
			err := fencing(s.id, group.Err)
			var fenced *state.FencedError
			if errors.As(err, &fenced) {
				return err // joining again would throw out the instance that has replaced us, and it us, for ever
			}
			s.m.groupErrors.Inc()
			s.log.Warn("the session lost its place in the group and joins again", zap.Error(group.Err))
		case kerr.IsRetriable(f.Err):
			s.log.Warn("fetch", zap.String("topic", f.Topic), zap.Int32("partition", f.Partition), zap.Error(f.Err))
		default: // an offset that is gone, a topic made anew: going on would skip records
			return fmt.Errorf("fetch %s/%d: %w", f.Topic, f.Partition, f.Err)
		}
	}
	return nil
}
