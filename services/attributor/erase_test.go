package attributor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor"
)

// TestService_erasesAPerson sends a person's events between others', asks for the erasure, and finds the same totals and no trace in the events that count.
func TestService_erasesAPerson(t *testing.T) {
	w := newWorld(t, newTraffic(7, 40))
	cfg := config(w.kafka, t.TempDir())
	cfg.ErasureSecret = []byte("a secret of a test deployment")
	w.start(cfg)
	w.send(400)
	now := time.Now().UnixMicro()
	write := func(id string, ev *tributaryv1.Event) {
		ev.Id, ev.Workspace, ev.ReceiptSeq, ev.ReceivedUs = id, "w", now, now
		if ev.OccurredUs == 0 {
			ev.OccurredUs = now - 3600*1_000_000
		}
		value, err := ev.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		w.events.Write(identity.RecordKey(recordKey(ev), ev.Id, ev.ReceiptSeq), value)
		now++
	}
	origin := &tributaryv1.Origin{Source: "google", Channel: "Paid Search", Evidence: tributaryv1.Evidence_EVIDENCE_UTM}
	write("p1", &tributaryv1.Event{VisitorId: "visitor-of-ann", Body: &tributaryv1.Event_Page{Page: &tributaryv1.Page{Origin: origin}}})
	write("p2", &tributaryv1.Event{VisitorId: "visitor-of-ann", UserId: "user-ann", EmailSha256: "hash-of-ann", Body: &tributaryv1.Event_Identify{Identify: &tributaryv1.Identify{}}})
	write("p3", &tributaryv1.Event{VisitorId: "visitor-of-ann", UserId: "user-ann", Body: &tributaryv1.Event_Track{Track: &tributaryv1.Track{
		Name: "Order Completed", HasValue: true, ValueMinor: 12345, Currency: "USD",
	}}})
	if err := w.events.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settled(cfg)
	write("erase-1", &tributaryv1.Event{EmailSha256: "hash-of-ann", OccurredUs: now, Body: &tributaryv1.Event_Erase{Erase: &tributaryv1.Erase{}}})
	if err := w.events.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(patience)
	for {
		truth, err := attributor.Recompute(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := truth.Conversions[attributor.ID{Workspace: "w", ID: "p3"}]
		if strings.HasPrefix(c.Visitor, "erased-") {
			if c.ValueMinor != 12345 {
				t.Fatalf("the conversion is worth %d now", c.ValueMinor)
			}
			break
		}
		select {
		case <-deadline:
			t.Fatalf("not erased: %+v", c)
		case <-time.After(200 * time.Millisecond):
		}
	}
	w.settled(cfg)
	for id, touch := range func() map[attributor.ID]attributor.Touchpoint {
		truth, err := attributor.Recompute(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return truth.Touchpoints
	}() {
		if touch.Visitor == "visitor-of-ann" || touch.PersonID == "u|user-ann" {
			t.Errorf("touch %v is still hers", id)
		}
	}
}
