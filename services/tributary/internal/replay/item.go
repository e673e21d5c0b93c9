// Package replay reads marketing and CRM facts from files and sends them to a collector over HTTP.
//
// A Source turns a file of a known shape into Items, one per record, with ids that depend on the file's content alone: a file that is
// sent twice changes nothing. The Sender packs items into requests, keeps a bounded number of them in flight, retries what a collector
// may refuse for a while, and counts what was accepted and what was not, by reason.
package replay

import "fmt"

// Endpoint is the collector's path that takes an item.
type Endpoint string

// The endpoints items are sent to. EndpointBatch takes Segment calls, the others canonical records.
const (
	EndpointBatch   Endpoint = "/v1/batch"
	EndpointTouches Endpoint = "/v1/touches"
	EndpointStages  Endpoint = "/v1/stages"
	EndpointSpend   Endpoint = "/v1/spend"
)

// Item is one record on its way to a collector.
type Item struct {
	Endpoint Endpoint
	// Body is one JSON object.
	Body []byte
}

// Source yields a file's items in order and io.EOF at the end. An error of type *LineError concerns one line: the caller counts it and goes on.
// Any other error ends the source.
type Source interface {
	Next() (Item, error)
}

// LineError is a line that is no record.
type LineError struct {
	// Line counts from 1.
	Line int
	// Code is machine-readable, in the words of rejected-v1.
	Code   string
	Reason string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s: %s", e.Line, e.Code, e.Reason) }

// endpointOf says where a record of a type belongs. The types are Segment's calls and the canonical records'.
func endpointOf(recordType string) (Endpoint, bool) {
	switch recordType {
	case "track", "page", "screen", "identify", "group", "alias":
		return EndpointBatch, true
	case "touch":
		return EndpointTouches, true
	case "stage", "contact", "lead":
		return EndpointStages, true
	case "spend":
		return EndpointSpend, true
	default:
		return "", false
	}
}
