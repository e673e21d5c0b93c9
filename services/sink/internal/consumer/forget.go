package consumer

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// ForgetOffsets makes a group read topics (contract names) from their start. The group must have no members.
func ForgetOffsets(ctx context.Context, cfg kafka.Config, group string, topics []string) error {
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		return err
	}
	defer adm.Close()
	group = cfg.TopicPrefix + group
	committed, err := adm.FetchOffsets(ctx, group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return nil // nothing was ever committed
	}
	if err != nil {
		return fmt.Errorf("read offsets of group %s: %w", group, err)
	}
	forget := kadm.TopicsSet{}
	for _, topic := range cfg.Topics(topics...) {
		for p := range committed[topic] {
			forget.Add(topic, p)
		}
	}
	if len(forget) == 0 {
		return nil
	}
	answer, err := adm.DeleteOffsets(ctx, group, forget)
	if err == nil {
		err = answer.Error()
	}
	if err != nil {
		return fmt.Errorf("forget offsets of group %s: %w", group, err)
	}
	return nil
}
