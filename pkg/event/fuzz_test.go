package event_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/schemas/events"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// addExamples seeds a target with every example of the schemas.
func addExamples(f *testing.F, add func(typ string, raw []byte)) {
	f.Helper()
	err := fs.WalkDir(events.FS, "examples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := events.FS.ReadFile(name)
		add(strings.Split(name, "/")[1], raw)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// FuzzDecode holds the decoder to its promises for any bytes: no panic, only *event.Error, nothing that encoding/json calls malformed is taken, and what is
// taken has an id, a key and a time not after its receipt, and goes through protobuf unchanged.
func FuzzDecode(f *testing.F) {
	addExamples(f, func(typ string, raw []byte) { f.Add(typ, raw) })
	f.Add("track", []byte("{\"userId\":\"\\ud800\",\"event\":\"X\"}"))
	f.Add("page", []byte(`{"userId":1e999,"context":{"page":{"url":"://?%"}}}`))
	p := event.NewParser()
	f.Fuzz(func(t *testing.T, typ string, raw []byte) {
		e, err := decode(p, raw, event.Type(typ), nil)
		var refused *event.Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Code == "" || refused.Reason == "" {
				t.Fatalf("%v is no complete *event.Error", err)
			}
			return
		}
		if !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatal("malformed JSON was taken")
		}
		if e == nil {
			return // spend
		}
		if e.Id == "" || event.Key(e) == "" || e.OccurredUs > e.ReceivedUs || e.OccurredUs < 0 {
			t.Fatalf("taken without id or key, or out of time: %v", e)
		}
		b, err := e.MarshalVT()
		if err != nil {
			t.Fatalf("cannot be encoded: %v", err)
		}
		var back tributaryv1.Event
		if err := back.UnmarshalVT(b); err != nil || !proto.Equal(&back, e) {
			t.Fatalf("does not come back the same: %v", err)
		}
	})
}

// FuzzSplit: no panic, and every item is part of the body.
func FuzzSplit(f *testing.F) {
	addExamples(f, func(_ string, raw []byte) { f.Add(raw, true, false) })
	f.Add([]byte("{}\n{}\n"), false, true)
	f.Add([]byte("[[[[{}]]]]"), false, false)
	p := event.NewParser()
	f.Fuzz(func(t *testing.T, body []byte, batch, ndjson bool) {
		items, err := p.Split(body, batch, ndjson)
		var refused *event.Error
		if err != nil {
			if !errors.As(err, &refused) {
				t.Fatalf("%v is no *event.Error", err)
			}
			return
		}
		if len(items.Raw) == 0 || len(items.Raw) > event.MaxItems {
			t.Fatalf("%d items", len(items.Raw))
		}
		total := 0
		for _, raw := range items.Raw {
			total += len(raw)
			event.PeekWriteKey(raw)
		}
		if total > len(body) {
			t.Fatal("the items are more than the body")
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-07-15T21:00:00Z", "2026-07-15", "2026-07-15 21:00:00+02:00", "2026-07-15T21:00", "9999-12-31T23:59:59.999999999-23:59", "0000-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if us, ok := event.ParseTime(s); ok && (us < 0 || us > 253402300799999999) {
			t.Errorf("%q: %d is outside 1970 to 9999", s, us)
		}
	})
}
