package collector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector"
)

func TestMain(m *testing.M) {
	runLoadedCollector()
	runBareHandler()
	enginetest.Main(m)
}

// patience is how long a condition may take: conditions end as soon as they hold, and machines are slow.
const patience = 3 * time.Minute

const (
	publicKey   = "pk_test"
	secretKey   = "sk_test"
	valueKey    = "pk_value"
	otherKey    = "sk_other"
	hookSecret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	hookSecret2 = "whsec_dHJpYnV0YXJ5LXRlc3Qtc2VjcmV0LXR3bw=="
	partitions  = 3
)

// rig is a running collector on topics of its own.
type rig struct {
	t     testing.TB
	kafka kafka.Config
	svc   *collector.Service
	reg   *prometheus.Registry
	url   string
	// isBrokerAway says that it will not be back: stopping cannot wait for it.
	isBrokerAway bool
}

func testConfig(k kafka.Config) collector.Config {
	cfg := collector.DefaultConfig()
	cfg.HTTP.Addr = "127.0.0.1:0"
	cfg.Kafka = k
	cfg.Workspaces = []collector.Workspace{{Name: "acme", Currency: "EUR"}, {Name: "other", Currency: "JPY"}}
	cfg.Keys = []collector.Key{
		{Name: "site", Workspace: "acme", Value: publicKey},
		{Name: "server", Workspace: "acme", Secret: true, Value: secretKey},
		{Name: "shop", Workspace: "acme", AllowValue: true, Value: valueKey},
		{Name: "elsewhere", Workspace: "other", Secret: true, Value: otherKey},
	}
	cfg.Webhooks = []collector.Webhook{{Name: "crm", Workspace: "acme", Secrets: []string{hookSecret, hookSecret2}}}
	return cfg
}

// topics is a broker with the contract's topics under a prefix of the test's own.
func topics(t testing.TB) kafka.Config {
	t.Helper()
	k := enginetest.Kafka(t)
	if err := kafka.EnsureTopics(t.Context(), k, partitions, 1); err != nil {
		t.Fatal(err)
	}
	return k
}

func start(t testing.TB, change ...func(*collector.Config)) *rig {
	t.Helper()
	cfg := testConfig(topics(t))
	for _, c := range change {
		c(&cfg)
	}
	return startWith(t, cfg, collector.Dependencies{})
}

func startWith(t testing.TB, cfg collector.Config, dep collector.Dependencies) *rig {
	t.Helper()
	reg := prometheus.NewRegistry()
	dep.Registry, dep.Gatherer = reg, reg
	svc, err := collector.New(cfg, dep)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, kafka: cfg.Kafka, svc: svc, reg: reg, url: "http://" + svc.Addr()}
	t.Cleanup(func() {
		limit := patience
		if r.isBrokerAway {
			limit = time.Second
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := svc.Stop(ctx); err != nil && !r.isBrokerAway {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// reply is an answer as the tests look at it.
type reply struct {
	Status   int
	Header   http.Header
	Raw      []byte
	Success  bool
	Accepted int
	Rejected int
	Code     string
	Field    string
	Reason   string
	Results  []struct {
		Index               int
		ID                  string
		Status              int
		Field, Code, Reason string
	}
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// post sends a body with a key as Basic user name (none when empty).
func (r *rig) post(path, key, body string, h ...http.Header) reply {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	if key != "" {
		req.SetBasicAuth(key, "")
	}
	for _, more := range h {
		for k, v := range more {
			req.Header[k] = v
		}
	}
	return r.do(req)
}

func (r *rig) do(req *http.Request) reply {
	r.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	out := reply{}
	if len(raw) > 0 && raw[0] == '{' {
		if err := json.Unmarshal(raw, &out); err != nil {
			r.t.Fatalf("answer %q: %v", raw, err)
		}
	}
	out.Status, out.Header, out.Raw = resp.StatusCode, resp.Header, raw
	return out
}

// ok posts and insists on full success.
func (r *rig) ok(path, key, body string, want int) {
	r.t.Helper()
	if got := r.post(path, key, body); got.Status != 200 || !got.Success || got.Accepted != want {
		r.t.Fatalf("%s: %d %s, want 200 and %d accepted", path, got.Status, got.Raw, want)
	}
}

// records reads a topic from its start to its end as of now, in offset order by partition.
func (r *rig) records(topic string) []*kgo.Record { return readTopic(r.t, r.kafka, topic) }

func readTopic(t testing.TB, k kafka.Config, topic string) []*kgo.Record {
	t.Helper()
	adm, err := kafka.NewAdmin(k)
	if err != nil {
		t.Fatal(err)
	}
	defer adm.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	name := k.Topic(topic)
	ends, err := adm.ListEndOffsets(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	left, at := map[int32]int64{}, map[int32]kgo.Offset{}
	for p, o := range ends[name] {
		if at[p] = kgo.NewOffset().AtStart(); o.Offset > 0 {
			left[p] = o.Offset
		}
	}
	if len(left) == 0 {
		return nil
	}
	cl, err := kafka.NewReader(k, "test", kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: at}))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var out []*kgo.Record
	for len(left) > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(rec *kgo.Record) {
			out = append(out, rec)
			if rec.Offset+1 >= left[rec.Partition] {
				delete(left, rec.Partition)
			}
		})
	}
	return out
}

type keyed[T any] struct {
	Key string
	Msg T
}

func (r *rig) events() []keyed[*tributaryv1.Event] {
	r.t.Helper()
	return decode(r.t, r.records("events-v1"), func() *tributaryv1.Event { return &tributaryv1.Event{} })
}

func (r *rig) spend() []keyed[*tributaryv1.Spend] {
	r.t.Helper()
	return decode(r.t, r.records("spend-v1"), func() *tributaryv1.Spend { return &tributaryv1.Spend{} })
}

func (r *rig) rejected() []keyed[*tributaryv1.Rejected] {
	r.t.Helper()
	return decode(r.t, r.records("rejected-v1"), func() *tributaryv1.Rejected { return &tributaryv1.Rejected{} })
}

func decode[T interface{ UnmarshalVT([]byte) error }](t testing.TB, recs []*kgo.Record, make func() T) []keyed[T] {
	t.Helper()
	out := []keyed[T]{}
	for _, rec := range recs {
		m := make()
		if err := m.UnmarshalVT(rec.Value); err != nil {
			t.Fatalf("record %d/%d: %v", rec.Partition, rec.Offset, err)
		}
		out = append(out, keyed[T]{Key: string(identity.KeySubject(rec.Key)), Msg: m})
	}
	return out
}

// byID is the event with an id; the test fails when there is none.
func (r *rig) byID(id string) keyed[*tributaryv1.Event] {
	r.t.Helper()
	for _, e := range r.events() {
		if e.Msg.Id == id {
			return e
		}
	}
	r.t.Fatalf("no event %q on events-v1", id)
	return keyed[*tributaryv1.Event]{}
}

// metric is the sum of a metric's series that have the labels, given as name, value pairs.
func (r *rig) metric(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	sum, found := 0.0, false
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		found = true
		for _, m := range f.GetMetric() {
			have := map[string]string{}
			for _, l := range m.GetLabel() {
				have[l.GetName()] = l.GetValue()
			}
			match := true
			for i := 0; i < len(labels); i += 2 {
				match = match && have[labels[i]] == labels[i+1]
			}
			if match {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	if !found && testutil.CollectAndCount(r.reg) == 0 {
		r.t.Fatalf("no metrics at all")
	}
	return sum
}
