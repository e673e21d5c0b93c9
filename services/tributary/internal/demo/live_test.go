package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// recorder keeps what it is sent, and ends the run when it has enough.
type recorder struct {
	mu     sync.Mutex
	items  []replay.Item
	enough int
	cancel context.CancelFunc
	err    error
}

func (r *recorder) Send(_ context.Context, sources ...replay.Source) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range sources {
		for {
			item, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			r.items = append(r.items, item)
		}
	}
	if len(r.items) >= r.enough {
		r.cancel()
	}
	return r.err
}

// stamps is the times that a record names, and its id.
type stamps struct {
	Type, ID, MessageID, Timestamp, Event string
	OccurredAt                            string `json:"occurred_at"`
	LeadCreatedAt                         string `json:"lead_created_at"`
}

func TestLive_datesEverythingNowAndLeavesSpendOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		now := time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)
		r := &recorder{enough: 300, cancel: cancel}
		if err := Live(ctx, r, 1, 1000, func() time.Time { return now }); err != nil {
			t.Fatal(err)
		}
		if len(r.items) < r.enough {
			t.Fatalf("%d events, want %d", len(r.items), r.enough)
		}
		for _, item := range r.items {
			var s stamps
			if err := json.Unmarshal(item.Body, &s); err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{s.Timestamp, s.OccurredAt, s.LeadCreatedAt} {
				if at != "" && at != stamp(now) {
					t.Fatalf("%s is dated %s, not now", s.Type, at)
				}
			}
			if s.Type == "spend" {
				t.Fatal("spend in live traffic")
			}
		}
	})
}

// The story is a small part of what is sent, or an hour of it would swell the last day of every trend.
func TestLive_readsOnBetweenTheEventsOfTheStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		now := time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)
		r := &recorder{enough: 400, cancel: cancel}
		if err := Live(ctx, r, 1, 2000, func() time.Time { return now }); err != nil {
			t.Fatal(err)
		}
		story, ids := 0, map[string]bool{}
		for _, item := range r.items {
			var s stamps
			if err := json.Unmarshal(item.Body, &s); err != nil {
				t.Fatal(err)
			}
			if ids[s.ID+s.MessageID] {
				t.Fatalf("id %s twice", s.ID+s.MessageID)
			}
			ids[s.ID+s.MessageID] = true
			if !strings.Contains(s.MessageID, "-read-") {
				story++
			} else if bytes.Contains(item.Body, []byte("utm_")) || bytes.Contains(item.Body, []byte(`"campaign"`)) {
				t.Fatalf("a page that is read on names a source: %s", item.Body)
			}
		}
		if story == 0 || story > len(r.items)/10 {
			t.Errorf("%d of %d events are of the story", story, len(r.items))
		}
	})
}

func TestLoad_keepsItsRateAndReportsOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // a second of its clock, however busy the machine is
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := &recorder{enough: 1 << 30, cancel: cancel}
		var mu sync.Mutex
		orders := map[string]bool{}
		load := Load{Rate: 2000, Seed: 1, Prefix: "l", OnOrder: func(id string, _ time.Time) {
			mu.Lock()
			defer mu.Unlock()
			orders[id] = true
		}}
		sent, err := load.Run(ctx, r, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if sent < 1900 || sent > 2000 || len(r.items) != sent {
			t.Errorf("%d sent and %d received in a second, want about 2000", sent, len(r.items))
		}
		ids, want := map[string]bool{}, 0
		for _, item := range r.items {
			var s stamps
			if err := json.Unmarshal(item.Body, &s); err != nil {
				t.Fatal(err)
			}
			if ids[s.ID+s.MessageID] {
				t.Fatalf("id %s twice", s.ID+s.MessageID)
			}
			ids[s.ID+s.MessageID] = true
			if s.Event == "Order Completed" {
				want++
				if !orders[s.MessageID] {
					t.Errorf("order %s was not reported", s.MessageID)
				}
			}
		}
		if want == 0 || len(orders) != want {
			t.Errorf("%d orders reported, %d sent", len(orders), want)
		}
	})
}

func TestLoad_endsWithTheSendersError(t *testing.T) {
	broken := errors.New("broken")
	r := &recorder{enough: 1 << 30, err: broken}
	load := Load{Rate: 1000, Prefix: "l"}
	if _, err := load.Run(t.Context(), r, time.Now); !errors.Is(err, broken) {
		t.Fatalf("got %v, want the sender's error", err)
	}
}
