package spool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// broker stands where the producer stands: it can be away, and it keeps what it took in order. What the producer itself does is tested with Kafka.
type broker struct {
	mu   sync.Mutex
	away bool
	// back is closed when it comes back.
	back chan struct{}
	took []string
}

func (b *broker) set(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away = away; !away && b.back != nil {
		close(b.back)
		b.back = nil
	}
}

// await waits until it is there, as the producer does; the error says that ctx ended before.
func (b *broker) await(ctx context.Context) error {
	for {
		b.mu.Lock()
		if b.away && b.back == nil {
			b.back = make(chan struct{})
		}
		away, back := b.away, b.back
		b.mu.Unlock()
		if !away {
			return nil
		}
		select {
		case <-ctx.Done():
			return produce.ErrTimeout
		case <-back:
		}
	}
}

func (b *broker) Send(ctx context.Context, records []produce.Record) error {
	if err := b.await(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range records {
		b.took = append(b.took, r.Topic+"/"+string(r.Key)+"/"+string(r.Value))
	}
	return nil
}

func (b *broker) Deliver(ctx context.Context, records []produce.Record) error {
	return b.Send(ctx, records)
}

func (b *broker) Reachable() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errors.New("away")
	}
	return nil
}

func (b *broker) Ready() error { return b.Reachable() }

func (b *broker) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.took)
}

func open(t *testing.T, b *broker, cfg Config) *Spool {
	t.Helper()
	s, err := New(cfg, b, nil, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func config(t *testing.T) Config {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Dir, cfg.SegmentBytes, cfg.After = t.TempDir(), 4<<10, 10*time.Millisecond
	return cfg
}

func record(key, value string) []produce.Record {
	return []produce.Record{{Topic: "events-v1", Key: []byte(key), Value: []byte(value)}}
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick, limit := time.NewTicker(2*time.Millisecond), time.After(2*time.Minute)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// TestSpool_keepsTheOrderOfEachKey sends from several senders while Kafka goes and comes back: each sender's records arrive in the order in which they were acknowledged,
// none is missing, and afterwards the folder is empty.
func TestSpool_keepsTheOrderOfEachKey(t *testing.T) {
	b, cfg := &broker{}, config(t)
	s := open(t, b, cfg)
	const senders, each = 8, 300
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				if sender == 0 && i%60 == 30 {
					b.set(i%120 == 30)
				}
				if err := s.Send(t.Context(), record(fmt.Sprint(sender), fmt.Sprint(i))); err != nil {
					t.Errorf("%d/%d: %v", sender, i, err)
				}
			}
		})
	}
	wg.Wait()
	b.set(false)
	await(t, "everything is delivered", func() bool { return !s.journal.holds() })
	if testutil.ToFloat64(s.metrics.in) == 0 {
		t.Fatal("nothing went through the spool: the test shows nothing")
	}
	next := make([]int, senders)
	for _, r := range b.all() {
		var sender, i int
		if _, err := fmt.Sscanf(r, "events-v1/%d/%d", &sender, &i); err != nil {
			t.Fatal(err)
		}
		if i > next[sender] {
			t.Fatalf("sender %d: %d came before %d", sender, i, next[sender])
		}
		next[sender] = max(next[sender], i+1)
	}
	for sender, n := range next {
		if n != each {
			t.Errorf("sender %d: %d of %d arrived", sender, n, each)
		}
	}
	if left, err := segments(cfg.Dir); err != nil || len(left) > 0 {
		t.Errorf("segments %v are left (%v)", left, err)
	}
}

// TestSpool_takesUpWhatAnEarlierProcessLeft copies the folder while it is in use, as a killed process leaves it, and starts from the copy.
func TestSpool_takesUpWhatAnEarlierProcessLeft(t *testing.T) {
	b, cfg := &broker{away: true}, config(t)
	s := open(t, b, cfg)
	for i := range 100 {
		if err := s.Send(t.Context(), record("k", fmt.Sprintf("%d-%s", i, strings.Repeat("x", 200)))); err != nil {
			t.Fatal(err)
		}
	}
	killed := config(t)
	if err := os.CopyFS(killed.Dir, os.DirFS(cfg.Dir)); err != nil {
		t.Fatal(err)
	}
	back := &broker{}
	again := open(t, back, killed)
	if got := testutil.ToFloat64(again.metrics.found); got != 100 {
		t.Fatalf("found %v records of 100", got)
	}
	await(t, "delivered", func() bool { return !again.journal.holds() })
	got := back.all()
	if len(got) != 100 || !strings.HasPrefix(got[0], "events-v1/k/0-") || !strings.HasPrefix(got[99], "events-v1/k/99-") {
		t.Errorf("delivered %d records", len(got))
	}
	if err := again.Send(t.Context(), record("k", "direct")); err != nil {
		t.Fatal(err)
	}
	if got := back.all(); got[len(got)-1] != "events-v1/k/direct" {
		t.Errorf("last is %s", got[len(got)-1])
	}
}

// TestSpool_isFull refuses what has no room, and takes again when there is.
func TestSpool_isFull(t *testing.T) {
	b, cfg := &broker{away: true}, config(t)
	cfg.MaxBytes = 8 << 10
	s := open(t, b, cfg)
	value := strings.Repeat("x", 1000)
	taken := 0
	for ; taken < 20; taken++ {
		if err := s.Send(t.Context(), record("k", value)); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if taken != 8 || testutil.ToFloat64(s.metrics.refused) != 1 {
		t.Errorf("%d taken, %v refused: want 8 and 1", taken, testutil.ToFloat64(s.metrics.refused))
	}
	if s.Ready() != nil {
		t.Error("not ready although a smaller request has room")
	}
	b.set(false)
	await(t, "room again", func() bool { return !s.journal.holds() })
	if len(b.all()) != taken {
		t.Errorf("%d of %d delivered", len(b.all()), taken)
	}
}

// TestSpool_aFolderOfItsOwn refuses a second process.
func TestSpool_aFolderOfItsOwn(t *testing.T) {
	cfg := config(t)
	s := open(t, &broker{}, cfg)
	second, err := New(cfg, &broker{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Fatalf("%v, want a refusal", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), record("k", "v")); err != nil && !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestSpool_aWriteThatFails answers with the error and goes on with a new segment when the disk takes writes again.
func TestSpool_aWriteThatFails(t *testing.T) {
	b, cfg := &broker{away: true}, config(t)
	s := open(t, b, cfg)
	if err := s.Send(t.Context(), record("k", "one")); err != nil {
		t.Fatal(err)
	}
	s.journal.mu.Lock()
	_ = s.journal.active.Close() // every write fails from now on, as on a disk that is gone
	s.journal.mu.Unlock()
	if err := s.Send(t.Context(), record("k", "lost")); err == nil {
		t.Fatal("a failed write was acknowledged")
	}
	if err := s.Send(t.Context(), record("k", "two")); err != nil {
		t.Fatal(err)
	}
	b.set(false)
	await(t, "delivered", func() bool { return !s.journal.holds() })
	if got := strings.Join(b.all(), " "); got != "events-v1/k/one events-v1/k/two" {
		t.Errorf("delivered %s", got)
	}
}

// TestSpool_aDamagedSegment is put aside, what comes after it is delivered.
func TestSpool_aDamagedSegment(t *testing.T) {
	b, cfg := &broker{away: true}, config(t)
	s := open(t, b, cfg)
	for i := range 20 {
		if err := s.Send(t.Context(), record("k", fmt.Sprintf("%d-%s", i, strings.Repeat("x", 900)))); err != nil {
			t.Fatal(err)
		}
	}
	first := segmentPath(cfg.Dir, s.journal.segments[0].number)
	raw, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	raw[1500] ^= 1
	if err := os.WriteFile(first, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	b.set(false)
	await(t, "delivered", func() bool { return !s.journal.holds() })
	if got := b.all(); len(got) < 15 || !strings.HasPrefix(got[len(got)-1], "events-v1/k/19-") {
		t.Errorf("delivered %d", len(got))
	}
	if _, err := os.Stat(first + ".damaged"); err != nil {
		t.Error(err)
	}
}

// TestFrame_torn cuts a segment at every byte: what is whole before the cut is found, and nothing else.
func TestFrame_torn(t *testing.T) {
	var file []byte
	ends := []int{0}
	for i := range 5 {
		var err error
		if file, err = appendFrame(file, record(fmt.Sprint("key", i), strings.Repeat("v", i*7))); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, len(file))
	}
	path := filepath.Join(t.TempDir(), "segment")
	for cut := range len(file) + 1 {
		if err := os.WriteFile(path, file[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		end, n, err := whole(path, 0)
		want := 0
		for want+1 < len(ends) && ends[want+1] <= cut {
			want++
		}
		if err != nil || n != int64(want) || end != int64(ends[want]) {
			t.Fatalf("cut at %d: %d frames up to %d (%v), want %d up to %d", cut, n, end, err, want, ends[want])
		}
	}
}

func TestFrame_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 0, 50)
		var want []produce.Record
		for range rapid.IntRange(0, 5).Draw(t, "records") {
			want = append(want, produce.Record{Topic: rapid.StringN(0, 9, 9).Draw(t, "topic"), Key: text.Draw(t, "key"), Value: text.Draw(t, "value")})
		}
		frame, err := appendFrame(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		got, n, err := readFrame(bytes.NewReader(frame))
		if err != nil || n != int64(len(frame)) || len(got) != len(want) {
			t.Fatalf("%d records, %d bytes, %v", len(got), n, err)
		}
		for i := range want {
			if got[i].Topic != want[i].Topic || !bytes.Equal(got[i].Key, want[i].Key) || !bytes.Equal(got[i].Value, want[i].Value) {
				t.Fatalf("%v, want %v", got[i], want[i])
			}
		}
	})
}

// FuzzFrame reads whatever a damaged disk holds.
func FuzzFrame(f *testing.F) {
	frame, err := appendFrame(nil, record("k", "v"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame)
	f.Add(frame[:5])
	f.Add([]byte{255, 255, 255, 255, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		records, n, err := readFrame(bytes.NewReader(raw))
		if err != nil {
			if !errors.Is(err, errTorn) && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return
		}
		again, err := appendFrame(nil, records)
		if err != nil || n > int64(len(raw)) || len(again) > int(n) {
			t.Fatalf("%d records of %d bytes become %d bytes (%v)", len(records), n, len(again), err)
		}
	})
}
