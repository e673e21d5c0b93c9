package kafka_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func TestMain(m *testing.M) { enginetest.Main(m) }

// ready returns a broker with the contract's topics.
func ready(t *testing.T, partitions int32) kafka.Config {
	t.Helper()
	cfg := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), cfg, partitions, 1); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func client(t *testing.T, cl *kgo.Client, err error) *kgo.Client {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func produce(t *testing.T, cl *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// read polls until n records have come.
func read(t *testing.T, poll func(context.Context) kgo.Fetches, n int) []*kgo.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out []*kgo.Record
	for len(out) < n {
		fs := poll(ctx)
		if err := errors.Join(fs.Err0(), ctx.Err()); err != nil {
			t.Fatalf("%d of %d records: %v", len(out), n, err)
		}
		out = append(out, fs.Records()...)
	}
	return out
}

func TestPartition_isWhereTheProducerPutsIt(t *testing.T) {
	const partitions = 7
	cfg := ready(t, partitions)
	cl, err := kafka.NewProducer(cfg)
	p := client(t, cl, err)
	for i := range 300 {
		r := &kgo.Record{Topic: cfg.Topic("subjects-v1"), Key: []byte(strings.Repeat("é|", i%9) + fmt.Sprint("ws|v|", i*i) + strings.Repeat(fmt.Sprint("\x00e", i), i%3))}
		produce(t, p, r)
		if want := kafka.Partition(r.Key, partitions); r.Partition != want {
			t.Errorf("key %q is in partition %d, Partition says %d", r.Key, r.Partition, want)
		}
	}
}

func TestPartition_laws(t *testing.T) {
	theirs := kgo.StickyKeyPartitioner(nil).ForTopic("t")
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		if key == nil {
			key = []byte{}
		}
		n := rapid.Int32Range(1, 10_000).Draw(t, "n")
		got := kafka.Partition(key, n)
		if subject := kafka.Partition(append(key[:len(key):len(key)], "\x00more"...), n); subject != got {
			t.Fatalf("partition %d with more behind the subject, %d without", subject, got)
		}
		if i := bytes.IndexByte(key, 0); i >= 0 {
			key = key[:i]
		}
		if want := theirs.Partition(&kgo.Record{Key: key}, int(n)); got != int32(want) {
			t.Fatalf("partition %d, Kafka's own %d", got, want)
		}
	})
	if got := kafka.Partition([]byte("k"), 0); got != 0 {
		t.Errorf("no partitions: %d", got)
	}
}

func TestPartitioner_explicitOnlyWhereNamed(t *testing.T) {
	const partitions = 5
	cfg := ready(t, partitions)
	cl, err := kafka.NewProducer(cfg, kgo.RecordPartitioner(kafka.Partitioner(cfg.Topic("state-v1"))))
	p := client(t, cl, err)
	key := []byte("ws|v|1")
	hashed := kafka.Partition(key, partitions)
	other := (hashed + 1) % partitions
	state := &kgo.Record{Topic: cfg.Topic("state-v1"), Key: key, Partition: other}
	credits := &kgo.Record{Topic: cfg.Topic("credits-v1"), Key: key, Partition: other}
	produce(t, p, state, credits)
	if state.Partition != other {
		t.Errorf("state-v1 went to %d, not to the %d it carried", state.Partition, other)
	}
	if credits.Partition != hashed {
		t.Errorf("credits-v1 went to %d, not by its key to %d", credits.Partition, hashed)
	}
}

func TestTransactSession_onlyCommittedIsSeen(t *testing.T) {
	cfg := ready(t, 3)
	cl, err := kafka.NewProducer(cfg)
	produce(t, client(t, cl, err), &kgo.Record{Topic: cfg.Topic("events-v1"), Key: []byte("a")}, &kgo.Record{Topic: cfg.Topic("events-v1"), Key: []byte("b")})

	s, err := kafka.NewTransactSession(cfg, kafka.SessionOptions{
		Group: "attributor", TransactionalID: "attr-0", InstanceID: "attr-0", Topics: []string{"events-v1"}, ExplicitPartition: []string{"state-v1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if _, _, err := s.Client().ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := read(t, s.PollFetches, 2)
	end := func(how kgo.TransactionEndTry, value string) {
		t.Helper()
		if err := s.Begin(); err != nil {
			t.Fatal(err)
		}
		produce(t, s.Client(), &kgo.Record{Topic: cfg.Topic("credits-v1"), Key: in[0].Key, Value: []byte(value)})
		if committed, err := s.End(t.Context(), how); err != nil || committed != bool(how) {
			t.Fatalf("end: committed %t, %v", committed, err)
		}
	}
	end(kgo.TryAbort, "aborted")
	read(t, s.PollFetches, 2) // an abort rewinds
	end(kgo.TryCommit, "committed")

	cl, err = kafka.NewConsumer(cfg, "sink", []string{"credits-v1"})
	got := read(t, client(t, cl, err).PollFetches, 1)
	if string(got[0].Value) != "committed" {
		t.Errorf("an aborted record was read: %q", got[0].Value)
	}
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer adm.Close()
	lag, err := adm.Lag(t.Context(), cfg.TopicPrefix+"attributor")
	if err = errors.Join(err, lag.Error()); err != nil {
		t.Fatal(err)
	}
	for _, l := range lag.Sorted() {
		if n := l.Lag.Total(); n != 0 {
			t.Errorf("the transaction's offsets are behind by %d", n)
		}
	}
}

func TestConsumer_commitsOnlyWhatItIsTold(t *testing.T) {
	cfg := ready(t, 1)
	cl, err := kafka.NewProducer(cfg)
	produce(t, client(t, cl, err), &kgo.Record{Topic: cfg.Topic("ledger-v1"), Value: []byte("1")}, &kgo.Record{Topic: cfg.Topic("ledger-v1"), Value: []byte("2")})
	consume := func(commit int) []*kgo.Record {
		cl, err := kafka.NewConsumer(cfg, "sink", []string{"ledger-v1"})
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		got := read(t, cl.PollFetches, 1)
		if commit > 0 {
			if err := cl.CommitRecords(t.Context(), got[:commit]...); err != nil {
				t.Fatal(err)
			}
		}
		return got
	}
	if got := consume(0); string(got[0].Value) != "1" {
		t.Errorf("a new group starts at %q, not at the start", got[0].Value)
	}
	if got := consume(1); string(got[0].Value) != "1" {
		t.Errorf("closed without commit, but the next reads from %q", got[0].Value)
	}
	if got := consume(0); string(got[0].Value) != "2" {
		t.Errorf("after a commit of 1 the next reads from %q", got[0].Value)
	}
}

func TestConsumer_lostOffsetIsAnError(t *testing.T) {
	cfg := ready(t, 1)
	topic := cfg.Topic("ledger-v1")
	cl, err := kafka.NewProducer(cfg)
	p := client(t, cl, err)
	for range 3 {
		produce(t, p, &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte("x")})
	}
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer adm.Close()
	committed := kadm.Offsets{}
	committed.Add(kadm.Offset{Topic: topic, Partition: 0, At: 1, LeaderEpoch: -1})
	if err := adm.CommitAllOffsets(t.Context(), cfg.TopicPrefix+"g", committed); err != nil {
		t.Fatal(err)
	}
	gone := kadm.Offsets{}
	gone.Add(kadm.Offset{Topic: topic, Partition: 0, At: 2})
	if _, err := adm.DeleteRecords(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	cl, err = kafka.NewConsumer(cfg, "g", []string{"ledger-v1"})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	fs := client(t, cl, err).PollFetches(ctx)
	if fs.NumRecords() != 0 || len(fs.Errors()) == 0 || !strings.Contains(fs.Errors()[0].Err.Error(), "OFFSET_OUT_OF_RANGE") {
		t.Errorf("records that are gone must be an error, not a silent jump: %d records, errors %v", fs.NumRecords(), fs.Errors())
	}
}

func TestMetrics_ofEveryClientOnOneRegistry(t *testing.T) {
	cfg := ready(t, 1)
	reg := prometheus.NewRegistry()
	cfg.Registry, cfg.ClientID = reg, "svc"
	first, err := kafka.NewProducer(cfg)
	produce(t, client(t, first, err), &kgo.Record{Topic: cfg.Topic("events-v1"), Key: []byte("k"), Value: []byte("x")})
	second, err := kafka.NewProducer(cfg) // the same id again must not panic
	produce(t, client(t, second, err), &kgo.Record{Topic: cfg.Topic("events-v1"), Key: []byte("k"), Value: []byte("x")})
	const name = "tributary_kafka_produce_records_total"
	want := "# HELP " + name + " Total number of records produced\n# TYPE " + name + " counter\n" +
		name + `{client_id="svc-producer",topic="` + cfg.Topic("events-v1") + "\"} 1\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), name); err != nil {
		t.Error(err)
	}
	second.Close()
	first.Close()
	if n, err := testutil.GatherAndCount(reg); err != nil || n != 0 {
		t.Errorf("%d series of clients that are closed, %v", n, err)
	}
}
