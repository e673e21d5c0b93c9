package runner

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// Produce writes records outside any transaction and waits for their acknowledgement: what people ask for, not what follows from records.
func Produce(ctx context.Context, cfg kafka.Config, outputs ...operator.Output) error {
	client, err := kafka.NewProducer(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	records := make([]*kgo.Record, len(outputs))
	for i, o := range outputs {
		records[i] = &kgo.Record{Topic: cfg.Topic(o.Topic), Key: o.Key, Value: o.Value}
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}
