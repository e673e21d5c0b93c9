package broker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func TestEventIDs(t *testing.T) {
	cfg, w := setup(t)
	if ids, err := w.EventIDs(t.Context()); err != nil || len(ids) != 0 {
		t.Fatalf("of an empty topic: %v %v", ids, err)
	}
	cl, err := kafka.NewProducer(cfg, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	subject := identity.SubjectID("acme", identity.KindVisitor, "a|b")
	for i, id := range []string{"one", "two", "one", "three"} {
		r := &kgo.Record{Topic: cfg.Topic(eventsTopic), Partition: int32(i % 2), Key: identity.RecordKey(subject, id, int64(i)), Value: []byte("x")}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := w.EventIDs(t.Context())
	if d := cmp.Diff(map[string]int{"one": 2, "two": 1, "three": 1}, ids); d != "" || err != nil {
		t.Fatal(err, d)
	}
}
