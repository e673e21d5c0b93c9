package rows

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

func newTestBatch(t testing.TB, topic string) *Batch {
	t.Helper()
	b, err := NewBatch(topic, []string{"linear"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkShape requires columns of equal length that agree with Rows: a row function that forgot one would shift every later row.
func checkShape(t interface{ Fatalf(string, ...any) }, b *Batch) {
	for _, table := range b.Tables() {
		for _, c := range table.Columns() {
			if n := reflect.ValueOf(c.Values).Len(); n != table.Rows() || c.Name == "" {
				t.Fatalf("%s.%s has %d values for %d rows", table.Name, c.Name, n, table.Rows())
			}
		}
	}
}

// TestBatch_anyBytes feeds what no sender should send. A record becomes rows or a refusal, never a panic, and the columns keep their shape.
func TestBatch_anyBytes(t *testing.T) {
	for _, topic := range Topics() {
		b := newTestBatch(t, topic)
		rapid.Check(t, func(t *rapid.T) {
			r := Record{Topic: topic, Value: rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "value")}
			before := b.Rows()
			if !b.Add(r) && b.Rows() != before+1 {
				t.Fatalf("a refusal made %d rows", b.Rows()-before)
			}
			checkShape(t, b)
		})
	}
	if _, err := NewBatch("events-v1", nil); err == nil {
		t.Error("a topic without a table was taken")
	}
}

// TestPostingID_distinct changes one part at a time, and moves text between parts.
func TestPostingID_distinct(t *testing.T) {
	l := newLedger()
	seen := map[string]string{}
	for _, c := range []struct {
		what             string
		ws, journey      string
		model, touch     string
		version, measure int64
	}{
		{"base", "w", "j", "m", "t", 1, 1},
		{"workspace", "x", "j", "m", "t", 1, 1},
		{"journey", "w", "k", "m", "t", 1, 1},
		{"model", "w", "j", "n", "t", 1, 1},
		{"touch", "w", "j", "m", "", 1, 1},
		{"version", "w", "j", "m", "t", 2, 1},
		{"measure", "w", "j", "m", "t", 1, 2},
		{"moved text", "wj", "", "m", "t", 1, 1},
		{"moved text back", "w", "jm", "", "t", 1, 1},
	} {
		m := &pb.LedgerBatch{Workspace: c.ws, JourneyId: c.journey, Version: c.version}
		id := l.postingID(m, &pb.Posting{Model: c.model, TouchpointId: c.touch, Measure: pb.Measure(c.measure)})
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have one id", c.what, other)
		}
		if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("%s: id %q", c.what, id)
		}
		seen[id] = c.what
	}
}

// TestCredits_opportunityKey has no date in it: a corrected creation would otherwise leave the old rows behind.
func TestCredits_opportunityKey(t *testing.T) {
	noon := time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)
	for kind, want := range map[pb.JourneyKind]string{
		pb.JourneyKind_JOURNEY_KIND_CONVERSION: "2024-05-06", pb.JourneyKind_JOURNEY_KIND_OPPORTUNITY: "1970-01-01",
	} {
		if got := keyDate(&pb.CreditSet{Kind: kind, OpenedUs: noon.UnixMicro()}).Format(time.DateOnly); got != want {
			t.Errorf("%v: key date %s, want %s", kind, got, want)
		}
	}
}

func TestPositions(t *testing.T) {
	for bits, want := range map[uint32]string{
		0: "", 1: "first_touch", 2: "lead_creation", 4: "opportunity_creation", 8: "closed_won", 16: "middle", 15: "first_touch,lead_creation,opportunity_creation,closed_won",
		32: "stage_1", 33 | 64: "first_touch,stage_1,stage_2",
	} {
		if got := positions(bits); got != want {
			t.Errorf("%b: %q, want %q", bits, got, want)
		}
	}
}

// TestClamp keeps every time inside what a Date column holds.
func TestClamp(t *testing.T) {
	const last = (lastDay+1)*86_400_000 - 1
	for us, want := range map[int64]int64{-1: 0, 0: 0, 1_999: 1, 1 << 62: last, -1 << 62: 0} {
		if got := millis(us); got != want {
			t.Errorf("millis(%d) = %d, want %d", us, got, want)
		}
		if d := dateOf(us); d.Before(time.Unix(0, 0)) || d.Unix() > lastDay*86400 {
			t.Errorf("dateOf(%d) = %v", us, d)
		}
	}
	if d := date(1 << 30); d.Format(time.DateOnly) != "2149-06-06" {
		t.Errorf("a day far away is %v", d)
	}
	if version(-5) != 0 {
		t.Error("a negative version")
	}
}

// TestWords spells enums as the views promise, and does not lose what a newer producer says.
func TestWords(t *testing.T) {
	got := []string{
		reasons.of(int32(pb.Reason_REASON_LATE_TOUCH)), measures.of(int32(pb.Measure_MEASURE_CONVERSION_VALUE)), bases.of(2), touchKinds.of(1),
		evidences.of(3), journeyKinds.of(2), journeyKinds.of(0), journeyKinds.of(99), journeyKinds.of(-1),
	}
	want := []string{"late_touch", "conversion_value", "close", "visit", "click_id", "opportunity", "", "99", "-1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want, +got):\n%s", d)
	}
}

// TestModels go out once each, with those of the configuration for every workspace.
func TestModels(t *testing.T) {
	b := newTestBatch(t, TopicSpend)
	models := func() []string { return b.models.cols.Model }
	add := func(workspace string) {
		v, err := (&pb.Spend{Workspace: workspace}).MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if !b.Add(Record{Value: v}) {
			t.Fatal("refused")
		}
	}
	add("a")
	add("a")
	add("b")
	if d := cmp.Diff([]string{"linear", "linear"}, models()); d != "" {
		t.Error(d)
	}
	b.models.seen("a", "custom")
	b.models.seen("a", "custom")
	if d := cmp.Diff([]string{"linear", "linear", "custom"}, models()); d != "" {
		t.Error(d)
	}
	b.Reset()
	add("a")
	if len(models()) != 0 {
		t.Errorf("sent again: %v", models())
	}
}

// TestPoison_sameRow writes the same row for the same record, and another for another record at the same place.
func TestPoison_sameRow(t *testing.T) {
	r := newRejected()
	cause := errors.New("x")
	rec := Record{Topic: "a", Partition: 1, Offset: 2, Value: make([]byte, RawMax+1), Time: time.Unix(5, 0)}
	r.poison(rec, cause)
	r.poison(rec, cause)
	rec.Value = []byte("y")
	r.poison(rec, cause)
	ids := r.cols.RejectedID
	if ids[0] != ids[1] || ids[0] == ids[2] {
		t.Errorf("ids %v", ids)
	}
	if len(r.cols.Raw[0]) != RawMax || r.cols.RawLength[0] != RawMax+1 || r.cols.ReceivedAt[0] != 5000 || r.cols.Endpoint[0] != "a/1/2" {
		t.Errorf("row %d of %d bytes, %d, %s", len(r.cols.Raw[0]), r.cols.RawLength[0], r.cols.ReceivedAt[0], r.cols.Endpoint[0])
	}
}
