package attributor_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// ids are all that says who Bea is. Segments are searched for them.
var beaIDs = []string{"visitor-of-bea", "user-of-bea", "contact-of-bea", "hash-of-bea", "landing-of-bea", "click-of-bea", "network-of-bea"}

// TestService_erasesFromDisk erases a person on a real Kafka and reads the broker's files: when it has compacted, nothing of the person is in any of them,
// but on subjects-v1, which ends by age.
func TestService_erasesFromDisk(t *testing.T) {
	data := os.Getenv("TRIBUTARY_TEST_KAFKA_DATA")
	if data == "" {
		t.Skip("needs a real Kafka and its folder: make test-kafka")
	}
	w := newWorld(t, newTraffic(8, 40))
	d := &disk{t: t, w: w, data: data}
	d.open()
	// As readable on disk as it gets: without it the search would find nothing at any time.
	d.configure(map[string]string{"compression.type": "uncompressed"}, "")
	cfg := config(w.kafka, t.TempDir())
	cfg.ErasureSecret = []byte("a secret of a test deployment")
	w.start(cfg)
	w.send(300)
	now := time.Now().UnixMicro()
	write := func(id string, ev *pb.Event) {
		ev.Id, ev.Workspace, ev.ReceiptSeq, ev.ReceivedUs, ev.ClientNetwork = id, "w", now, now, "network-of-bea"
		if ev.OccurredUs == 0 {
			ev.OccurredUs = now - 3600*1_000_000
		}
		value, err := ev.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		w.events.Write(identity.RecordKey(recordKey(ev), ev.Id, ev.ReceiptSeq), value)
		if err := w.events.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		now++
	}
	origin := &pb.Origin{
		Source: "google", Channel: "Paid Search", Evidence: pb.Evidence_EVIDENCE_UTM, LandingPage: "landing-of-bea", ClickId: "click-of-bea", ClickIdType: "gclid",
	}
	write("b1", &pb.Event{VisitorId: "visitor-of-bea", Body: &pb.Event_Page{Page: &pb.Page{Origin: origin}}})
	write("b2", &pb.Event{VisitorId: "visitor-of-bea", UserId: "user-of-bea", EmailSha256: "hash-of-bea", Body: &pb.Event_Identify{Identify: &pb.Identify{}}})
	write("b3", &pb.Event{ContactId: "contact-of-bea", EmailSha256: "hash-of-bea", AccountId: "a-bea", Body: &pb.Event_Contact{Contact: &pb.Contact{}}})
	write("b4", &pb.Event{ContactId: "contact-of-bea", Body: &pb.Event_Touch{Touch: &pb.OfflineTouch{Origin: origin}}})
	write("b5", &pb.Event{VisitorId: "visitor-of-bea", UserId: "user-of-bea", Body: &pb.Event_Track{Track: &pb.Track{
		Name: "Order Completed", HasValue: true, ValueMinor: 999, Currency: "USD",
	}}})
	w.settled(cfg)
	before := d.found()
	for _, topic := range []string{"events-v1", "state-v1", "touchpoints-v1", "conversions-v1", "credits-v1", "subjects-v1"} {
		if len(before[topic]) == 0 {
			t.Fatalf("nothing of her is on %s before the erasure, only on %v: to look for it would prove nothing", topic, before)
		}
	}
	write("erase-bea", &pb.Event{EmailSha256: "hash-of-bea", OccurredUs: now, Body: &pb.Event_Erase{Erase: &pb.Erase{}}})
	d.erased()
	w.settled(cfg)
	d.configure(map[string]string{
		"segment.ms": "500", "segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.001", "delete.retention.ms": "0", "max.compaction.lag.ms": "500",
		"file.delete.delay.ms": "0",
	}, "compact")
	d.configure(map[string]string{"segment.ms": "500", "retention.ms": "604800000"}, "delete")
	deadline := time.Now().Add(10 * time.Minute)
	for {
		d.roll()
		left := d.found()
		delete(left, "subjects-v1")
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still on disk after compaction: %v", left)
		}
		select {
		case <-t.Context().Done():
			return
		case <-time.After(2 * time.Second):
		}
	}
}

// disk looks into a broker's files.
type disk struct {
	t    *testing.T
	w    *world
	data string
	cl   *kgo.Client
	adm  *kadm.Client
	// topics are the test's by policy.
	topics map[string][]string
	parts  map[string]int
}

func (d *disk) open() {
	d.t.Helper()
	var err error
	if d.cl, err = kafka.NewProducer(d.w.kafka, kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.cl.Close)
	d.adm = kadm.NewClient(d.cl)
	listed, err := d.adm.ListTopics(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	d.topics, d.parts = map[string][]string{}, map[string]int{}
	var names []string
	for name, info := range listed {
		if strings.HasPrefix(name, d.w.kafka.TopicPrefix) {
			names, d.parts[name] = append(names, name), len(info.Partitions)
		}
	}
	configs, err := d.adm.DescribeTopicConfigs(d.t.Context(), names...)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range configs {
		for _, v := range c.Configs {
			if v.Key == "cleanup.policy" {
				d.topics[v.MaybeValue()] = append(d.topics[v.MaybeValue()], c.Name)
			}
		}
	}
}

// configure sets what topics of a policy do; of all with an empty one.
func (d *disk) configure(settings map[string]string, policy string) {
	d.t.Helper()
	var alter []kadm.AlterConfig
	for k, v := range settings {
		alter = append(alter, kadm.AlterConfig{Op: kadm.SetConfig, Name: k, Value: &v})
	}
	for p, names := range d.topics {
		if policy != "" && p != policy {
			continue
		}
		answers, err := d.adm.AlterTopicConfigs(d.t.Context(), alter, names...)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, a := range answers {
			if a.Err != nil {
				d.t.Fatal(a.Name, a.Err)
			}
		}
	}
}

// roll begins new segments everywhere, by records that say nothing.
func (d *disk) roll() {
	d.t.Helper()
	var records []*kgo.Record
	for topic, n := range d.parts {
		for p := range n {
			records = append(records, &kgo.Record{Topic: topic, Partition: int32(p), Key: []byte("roll")})
		}
	}
	if err := d.cl.ProduceSync(d.t.Context(), records...).FirstErr(); err != nil {
		d.t.Fatal(err)
	}
}

// found are the ids that are in the log files of each topic, by the topic's name in the contract.
func (d *disk) found() map[string][]string {
	d.t.Helper()
	sets := map[string]map[string]bool{}
	err := filepath.WalkDir(d.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(path, d.w.kafka.TopicPrefix) {
			return nil //nolint:nilerr // the broker deletes files meanwhile
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil //nolint:nilerr // deleted since the folder was listed
		}
		dir := filepath.Base(filepath.Dir(path))
		topic := strings.TrimPrefix(dir[:max(0, strings.LastIndex(dir, "-"))], d.w.kafka.TopicPrefix)
		for _, id := range beaIDs {
			if bytes.Contains(raw, []byte(id)) {
				if sets[topic] == nil {
					sets[topic] = map[string]bool{}
				}
				sets[topic][id] = true
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	out := map[string][]string{}
	for topic, ids := range sets {
		out[topic] = slices.Sorted(maps.Keys(ids))
	}
	return out
}

// erased waits for the order that the eraser gives the sink: everything that is current is replaced then. The sink is not there, so the test reports for it.
func (d *disk) erased() {
	d.t.Helper()
	topic := d.w.kafka.Topic("erasures-v1")
	cl, err := kafka.NewReader(d.w.kafka, "disk", kgo.ConsumeTopics(topic))
	if err != nil {
		d.t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(d.t.Context(), patience)
	defer cancel()
	for {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			d.t.Fatal(fmt.Errorf("wait for the erasure: %w", err))
		}
		for _, r := range fetches.Records() {
			e := &pb.Erasure{}
			if r.Attrs.IsControl() || len(r.Value) == 0 || e.UnmarshalVT(r.Value) != nil || e.State != pb.ErasureState_ERASURE_STATE_APPLIED {
				continue
			}
			e.State, e.Subjects = pb.ErasureState_ERASURE_STATE_DONE, nil
			value, err := e.MarshalVT()
			if err != nil {
				d.t.Fatal(err)
			}
			if err := d.cl.ProduceSync(d.t.Context(), &kgo.Record{Topic: topic, Partition: r.Partition, Key: r.Key, Value: value}).FirstErr(); err != nil {
				d.t.Fatal(err)
			}
			return
		}
	}
}
