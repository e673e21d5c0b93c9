package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/tributary-attribution/tributary/schemas"
)

// Topic is a topic of the contract, as schemas/topics.yaml has it.
type Topic struct {
	// Name is the contract's name, with its schema version ("events-v1").
	Name string `yaml:"name"`
	// Cleanup is "delete" (append-only) or "compact" (last value per key).
	Cleanup string `yaml:"cleanup"`
	// Former is a policy that a topic made by an earlier version may still have. Empty: none.
	Former string `yaml:"former"`
	// Retention is how long records are kept. 0: for ever.
	Retention time.Duration `yaml:"-"`
	// CoPartitioned topics have the same partition count, so that one task owns one number of each.
	CoPartitioned bool `yaml:"co_partitioned"`
	// About says what is in it.
	About string `yaml:"about"`
	// Settings are Kafka's topic settings that follow from all of this, but for min.insync.replicas.
	Settings map[string]string `yaml:"-"`
}

// Topics reads the contract's topics.
func Topics() ([]Topic, error) {
	var file struct {
		Topics []struct {
			Topic     `yaml:",inline"`
			Retention string `yaml:"retention"`
		} `yaml:"topics"`
		Settings map[string]map[string]string `yaml:"settings"`
	}
	if err := yaml.NewDecoder(bytes.NewReader(schemas.TopicsYAML), yaml.Strict()).Decode(&file); err != nil {
		return nil, fmt.Errorf("read topics.yaml: %w", err)
	}
	topics := make([]Topic, len(file.Topics))
	for i, entry := range file.Topics {
		t := entry.Topic
		if entry.Retention != "" {
			var err error
			if t.Retention, err = time.ParseDuration(entry.Retention); err != nil {
				return nil, fmt.Errorf("topics.yaml: %s: retention: %w", t.Name, err)
			}
		}
		own, ok := file.Settings[t.Cleanup]
		if !ok {
			return nil, fmt.Errorf("topics.yaml: %s: no settings for cleanup %q", t.Name, t.Cleanup)
		}
		s := maps.Clone(file.Settings["all"])
		maps.Copy(s, own)
		s["cleanup.policy"] = t.Cleanup
		s["retention.ms"] = "-1"
		if t.Retention > 0 {
			s["retention.ms"] = strconv.FormatInt(t.Retention.Milliseconds(), 10)
		}
		t.Settings = s
		topics[i] = t
	}
	return topics, nil
}

// EnsureTopics creates the contract's topics that are missing and checks those that exist: the partition count of each, so that co-partitioned
// topics agree, and the cleanup policy. It returns when every partition has a leader, and may be called by several processes at once.
//
// It never changes an existing topic: a new partition count would send known keys elsewhere, away from their state.
func EnsureTopics(ctx context.Context, cfg Config, partitions int32, replication int16) error {
	if partitions < 1 || replication < 1 {
		return fmt.Errorf("ensure topics: %d partitions and replication %d: both must be at least 1", partitions, replication)
	}
	topics, err := Topics()
	if err != nil {
		return err
	}
	adm, err := NewAdmin(cfg)
	if err != nil {
		return fmt.Errorf("ensure topics: %w", err)
	}
	defer adm.Close()

	have, err := adm.ListTopics(ctx, names(cfg, topics)...)
	if err != nil {
		return fmt.Errorf("list topics on %v: %w", cfg.Brokers, err)
	}
	for _, t := range topics {
		if have.Has(cfg.Topic(t.Name)) {
			continue
		}
		if err := create(ctx, adm, cfg.Topic(t.Name), t, partitions, replication); err != nil {
			return err
		}
	}
	if have, err = awaitLeaders(ctx, adm, names(cfg, topics)); err != nil {
		return err
	}
	return errors.Join(checkPartitions(cfg, topics, have, partitions), checkPolicies(ctx, adm, cfg, topics))
}

func names(cfg Config, topics []Topic) []string {
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = cfg.Topic(t.Name)
	}
	return out
}

func create(ctx context.Context, adm *kadm.Client, name string, t Topic, partitions int32, replication int16) error {
	settings := map[string]*string{}
	for k, v := range t.Settings {
		settings[k] = &v
	}
	// With acks=all this is how many replicas have a record before it is acknowledged; a majority, and one broker may be down with three.
	insync := strconv.Itoa(int(replication)/2 + 1)
	settings["min.insync.replicas"] = &insync
	_, err := adm.CreateTopic(ctx, partitions, replication, settings, name)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) { // another process may have been first
		return fmt.Errorf("create topic %s with %d partitions and replication %d: %w", name, partitions, replication, err)
	}
	return nil
}

// awaitLeaders waits until every topic is known with a leader for each partition: on a cluster, creation is acknowledged before that.
func awaitLeaders(ctx context.Context, adm *kadm.Client, topics []string) (kadm.TopicDetails, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		have, err := adm.ListTopics(ctx, topics...)
		waiting := ""
		if err == nil {
			if waiting = leaderless(have, topics); waiting == "" {
				return have, nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for leaders of topic %s: %w", waiting, errors.Join(ctx.Err(), err))
		}
	}
}

func leaderless(have kadm.TopicDetails, topics []string) string {
	for _, t := range topics {
		if !have.Has(t) || len(have[t].Partitions) == 0 {
			return t
		}
		for _, p := range have[t].Partitions {
			if p.Err != nil || p.Leader < 0 {
				return t
			}
		}
	}
	return ""
}

func checkPartitions(cfg Config, topics []Topic, have kadm.TopicDetails, want int32) error {
	var errs []error
	for _, t := range topics {
		if got := len(have[cfg.Topic(t.Name)].Partitions); got != int(want) {
			why := "set the partition count to it"
			if t.CoPartitioned {
				why = "topics read together must have equal counts; set the partition count to the one they share, or rebuild into new topics"
			}
			errs = append(errs, fmt.Errorf("topic %s has %d partitions but %d are configured: %s", cfg.Topic(t.Name), got, want, why))
		}
	}
	return errors.Join(errs...)
}

// checkPolicies refuses a topic that would lose what it must keep: a changelog that is deleted by age, or a ledger that is compacted.
func checkPolicies(ctx context.Context, adm *kadm.Client, cfg Config, topics []Topic) error {
	found, err := adm.DescribeTopicConfigs(ctx, names(cfg, topics)...)
	if err != nil {
		return fmt.Errorf("read topic settings: %w", err)
	}
	var errs []error
	for _, t := range topics {
		rc, err := found.On(cfg.Topic(t.Name), nil)
		if err = errors.Join(err, rc.Err); err != nil {
			errs = append(errs, fmt.Errorf("read settings of topic %s: %w", cfg.Topic(t.Name), err))
			continue
		}
		i := slices.IndexFunc(rc.Configs, func(c kadm.Config) bool { return c.Key == "cleanup.policy" })
		if i >= 0 && rc.Configs[i].MaybeValue() != t.Cleanup && (t.Former == "" || rc.Configs[i].MaybeValue() != t.Former) {
			errs = append(errs, fmt.Errorf("topic %s has cleanup.policy %q but %q is needed, or it loses data",
				rc.Name, rc.Configs[i].MaybeValue(), t.Cleanup))
		}
	}
	return errors.Join(errs...)
}

// TransactionVersion is the cluster's transaction.version feature. Below 2 (Kafka before 4.0, or a cluster not upgraded) a delayed commit or abort can hit a
// later transaction, so exactly-once is not certain: warn.
func TransactionVersion(ctx context.Context, cfg Config) (int16, error) {
	adm, err := NewAdmin(cfg)
	if err != nil {
		return 0, err
	}
	defer adm.Close()
	versions, err := adm.ApiVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask %v for its features: %w", cfg.Brokers, err)
	}
	for _, v := range versions {
		if v.Err != nil {
			continue
		}
		for _, f := range v.Raw().FinalizedFeatures {
			if f.Name == "transaction.version" {
				return f.MaxVersionLevel, nil
			}
		}
	}
	return 0, nil
}
