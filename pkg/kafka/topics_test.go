package kafka_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func admin(t *testing.T, cfg kafka.Config) *kadm.Client {
	t.Helper()
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(adm.Close)
	return adm
}

func TestTopics_ofTheContract(t *testing.T) {
	topics, err := kafka.Topics()
	if err != nil {
		t.Fatal(err)
	}
	var co []string
	for _, topic := range topics {
		if topic.About == "" || topic.Settings["max.message.bytes"] == "" || topic.Settings["retention.ms"] == "" {
			t.Errorf("%+v", topic)
		}
		if (topic.Cleanup == "compact") != (topic.Settings["delete.retention.ms"] != "") {
			t.Errorf("%s: %s with settings %v", topic.Name, topic.Cleanup, topic.Settings)
		}
		if topic.CoPartitioned {
			co = append(co, topic.Name)
		}
	}
	if want := []string{"events-v1", "subjects-v1", "state-v1"}; !slices.Equal(co, want) {
		t.Errorf("co-partitioned %v, want %v", co, want)
	}
}

func TestEnsureTopics_createsOnceWithSettings(t *testing.T) {
	cfg := enginetest.Kafka(t)
	var wg sync.WaitGroup
	for range 3 { // services start at the same time
		wg.Go(func() {
			if err := kafka.EnsureTopics(t.Context(), cfg, 4, 1); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := kafka.EnsureTopics(t.Context(), cfg, 4, 1); err != nil {
		t.Errorf("again: %v", err)
	}
	adm := admin(t, cfg)
	found, err := adm.DescribeTopicConfigs(t.Context(), cfg.Topics("state-v1", "events-v1", "rejected-v1")...)
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]map[string]string{
		"state-v1":    {"cleanup.policy": "compact", "delete.retention.ms": "604800000", "min.insync.replicas": "1"},
		"events-v1":   {"cleanup.policy": "compact", "retention.ms": "-1", "max.message.bytes": "8388608"},
		"rejected-v1": {"cleanup.policy": "delete", "retention.ms": "2592000000"},
	} {
		rc, err := found.On(cfg.Topic(topic), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range rc.Configs {
			if w, ok := want[c.Key]; ok && c.MaybeValue() != w {
				t.Errorf("%s: %s is %q, want %q", topic, c.Key, c.MaybeValue(), w)
			}
		}
	}
}

func TestEnsureTopics_refusesWhatWouldLoseData(t *testing.T) {
	str := func(s string) *string { return &s }
	for _, c := range []struct {
		name, topic, policy string
		partitions          int32
		want                []string
	}{
		{"other count, co-partitioned", "subjects-v1", "delete", 3, []string{"subjects-v1 has 3 partitions but 4", "equal counts"}},
		{"other count", "ledger-v1", "delete", 2, []string{"ledger-v1 has 2 partitions but 4"}},
		{"changelog deleted by age", "state-v1", "delete", 4, []string{`state-v1 has cleanup.policy "delete" but "compact"`}},
		{"ledger compacted", "ledger-v1", "compact", 4, []string{`ledger-v1 has cleanup.policy "compact" but "delete"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := enginetest.Kafka(t)
			if _, err := admin(t, cfg).CreateTopic(t.Context(), c.partitions, 1, map[string]*string{"cleanup.policy": str(c.policy)}, cfg.Topic(c.topic)); err != nil {
				t.Fatal(err)
			}
			err := kafka.EnsureTopics(t.Context(), cfg, 4, 1)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v does not say %q", err, want)
				}
			}
		})
	}
	cfg := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), cfg, 4, 7); err == nil || !strings.Contains(err.Error(), "replication 7") {
		t.Errorf("more replicas than brokers: %v", err)
	}
	if err := kafka.EnsureTopics(t.Context(), cfg, 0, 1); err == nil {
		t.Error("no partitions: no error")
	}
}

func TestTransactionVersion(t *testing.T) {
	v, err := kafka.TransactionVersion(t.Context(), enginetest.Kafka(t))
	if err != nil || v < 2 {
		t.Errorf("version %d, %v; the test engines have at least 2", v, err)
	}
}
