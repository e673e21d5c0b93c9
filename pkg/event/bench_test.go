package event_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/bytedance/sonic"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// pageCall is what a browser's SDK sends: 760 bytes, most of which nobody reads.
const pageCall = `{"type":"page","anonymousId":"6f1f9a52-0d0b-4e1a-9d3e-2b7f3f0f6a11","messageId":"ajs-next-1784149385000-6f1f9a52-0d0b-4e1a-9d3e-2b7f3f0f6a11",` +
	`"timestamp":"2026-07-15T21:03:04.900Z","sentAt":"2026-07-15T21:03:05.000Z","name":"Pricing","context":{"page":{"path":"/pricing","referrer":` +
	`"https://www.google.com/","search":"?utm_source=google&utm_medium=cpc&utm_campaign=brand","title":"Pricing - Acme","url":` +
	`"https://www.acme.example/pricing?utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid=Cj0KCQjw"},"userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) ` +
	`AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36","locale":"en-GB","timezone":"Europe/Berlin","library":{"name":"analytics.js","version":` +
	`"next-1.84.3"},"campaign":{"source":"google","medium":"cpc","name":"brand"}},"properties":{"path":"/pricing","title":"Pricing - Acme"},"integrations":{}}`

// callStruct is what a library that fills structs would fill.
type callStruct struct {
	Type, MessageID, WriteKey, AnonymousID, UserID, Timestamp, SentAt, Event, Name string
	Context                                                                        struct {
		Campaign  struct{ Source, Medium, Name, ID, Term, Content string }
		Page      struct{ URL, Referrer string }
		UserAgent string
		Traits    struct{ Email string }
	}
	Properties struct {
		URL, Referrer, Email, Currency string
		Revenue                        json.Number
	}
	Traits struct{ Email string }
}

// BenchmarkJSON compares the readers that were considered; DESIGN.md of the collector has the choice.
func BenchmarkJSON(b *testing.B) {
	raw := []byte(pageCall)
	b.Run("record", func(b *testing.B) {
		p := event.NewParser()
		var r event.Record
		b.ReportAllocs()
		for b.Loop() {
			if err := p.Parse(&r, raw, event.TypePage, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jsontext-skip", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := jsontext.NewDecoder(bytes.NewBuffer(raw)).ReadValue(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var c callStruct
			if err := json.Unmarshal(raw, &c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sonic", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var c callStruct
			if err := sonic.Unmarshal(raw, &c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecode is the whole way from JSON to the bytes for Kafka.
func BenchmarkDecode(b *testing.B) {
	raw := []byte(pageCall)
	p, d := event.NewParser(), delivery()
	var r event.Record
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Parse(&r, raw, event.TypePage, nil); err != nil {
			b.Fatal(err)
		}
		e, err := r.Event(d)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.MarshalVT(); err != nil {
			b.Fatal(err)
		}
		_ = event.Key(e)
	}
}
