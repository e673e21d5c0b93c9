// Package intake turns a request's body into records for Kafka and a result for each item. It knows neither HTTP nor Kafka clients.
package intake

import (
	"errors"
	"net/netip"
	"sync"

	"github.com/tributary-attribution/tributary/pkg/event"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
	"github.com/tributary-attribution/tributary/services/collector/internal/receipt"
)

// Contract names of the topics that the collector writes.
const (
	TopicEvents   = "events-v1"
	TopicSpend    = "spend-v1"
	TopicRejected = "rejected-v1"
)

// Accepts says which types an endpoint takes.
type Accepts struct {
	// Type is what a record without "type" is; event.TypeAny makes "type" needed.
	Type event.Type
	// Also are further types that "type" may name. With event.TypeAny every type is taken.
	Also []event.Type
	// Batch endpoints take an object with a "batch" array.
	Batch bool
	// Import keeps the records' times even when the body has a sentAt.
	Import bool
	// Partial records tell what changed and no more, and may ask for erasure: translated deliveries of CRMs.
	Partial bool
}

// Request is one delivery whose sender is known.
type Request struct {
	Endpoint    string
	ContentType string
	Accepts     Accepts
	Principal   *auth.Principal
	Items       event.Items
	UserAgent   string
	// Address is the client's; OptOut that it sent Global Privacy Control. Both count for browsers only.
	Address  netip.Addr
	OptOut   bool
	Prefetch bool
	// KeyInBody: the principal was found by the key in the body, so every item's key must be that one.
	KeyInBody bool
	// Translated are the items in the sender's own form, in the order of Items: what is refused is kept in it. An item that could not be translated has its error here
	// and no bytes in Items. Nil: the items are the sender's own.
	Translated []Translated
}

// Translated is an item as its sender wrote it.
type Translated struct {
	Original []byte
	Err      *event.Error
	// Line is where the item begins in a file, from 1; 0 when it is from none.
	Line int
}

// Foreign is an item that was translated: its canonical record beside the sender's own form.
type Foreign struct {
	Translated

	// Record is nil when Err says why there is none.
	Record []byte
}

// Item is what became of one record.
type Item struct {
	Index int
	// Line is where it begins in a file, 0 when it is from none.
	Line int
	// ID is the event's id: given or derived. Empty when the record was refused before it was known, and for spend.
	ID string
	// Err is why it was refused; nil when it was taken.
	Err *event.Error
}

// Result is what became of a request.
type Result struct {
	Items    []Item
	Accepted int
	// Records are for Kafka: accepted and refused ones.
	Records []produce.Record
}

// CodeSecretNeeded refuses what public keys may not send, CodeKeyMismatch an item with another key than its request's.
const (
	CodeSecretNeeded = "secret_key_needed"
	CodeKeyMismatch  = "key_mismatch"
)

// Intake decodes requests. Any number of goroutines may use it.
type Intake struct {
	parser      *event.Parser
	stamps      *receipt.Stamper
	futureMaxUS int64
	metrics     *metrics
	// records keeps parsed records for their buffers.
	records sync.Pool
}

// Process decodes every item. Good items are taken whatever the others are; each refused one becomes a record on rejected-v1.
func (in *Intake) Process(req Request) Result {
	received, seq := in.stamps.Stamp(len(req.Items.Raw))
	res := Result{Items: make([]Item, len(req.Items.Raw)), Records: make([]produce.Record, 0, len(req.Items.Raw))}
	del := event.Delivery{
		Workspace: req.Principal.Workspace, SourceName: req.Principal.Name, Trusted: req.Principal.Secret, AllowValue: req.Principal.AllowValue,
		ReceivedUS: received, FutureMaxUS: in.futureMaxUS, Import: req.Accepts.Import, Prefetch: req.Prefetch,
		Partial: req.Accepts.Partial,
	}
	if !req.Principal.Secret {
		del.Address, del.OptOut = req.Address, req.OptOut
		del.UserAgent = req.UserAgent // of a server it names the library, which says nothing about the visitor
	}
	rec := in.records.Get().(*event.Record)
	defer in.records.Put(rec)
	for i, raw := range req.Items.Raw {
		del.ID = deliveryID(req, i)
		item := one{Request: req, raw: raw, original: raw, index: i, seq: seq + int64(i), delivery: &del}
		if i < len(req.Translated) {
			item.original = req.Translated[i].Original
		}
		records, id, err := in.item(item, rec)
		res.Items[i] = Item{Index: i, ID: id, Line: item.line()}
		if err != nil {
			res.Items[i].Err = asError(err)
			res.Records = append(res.Records, in.rejectedItem(item, res.Items[i].Err))
			continue
		}
		res.Accepted++
		res.Records = append(res.Records, records...)
	}
	return res
}

// one is an item with all that is known around it.
type one struct {
	Request

	raw, original []byte

	index    int
	seq      int64
	delivery *event.Delivery
}

func (it *one) line() int {
	if it.index < len(it.Translated) {
		return it.Translated[it.index].Line
	}
	return 0
}

// item is an item's records: usually one, a cost's days, or none when nothing of it may be kept.
func (in *Intake) item(it one, rec *event.Record) (records []produce.Record, id string, err error) {
	if it.index < len(it.Translated) && it.Translated[it.index].Err != nil {
		return nil, "", it.Translated[it.index].Err
	}
	if err = in.parse(it, rec); err != nil {
		return nil, rec.ID(), err
	}
	if rec.Type == event.TypeSpend {
		records, err = spendRecords(rec, it)
		in.metrics.taken(rec.Type, nil, err)
		return records, "", err
	}
	e, err := rec.Event(it.delivery)
	if errors.Is(err, event.ErrWithheld) {
		in.metrics.withheld.WithLabelValues(string(rec.Type)).Inc()
		return nil, rec.ID(), nil
	}
	if err != nil {
		return nil, rec.ID(), err
	}
	e.ReceiptSeq = it.seq
	records, err = eventRecord(nil, e)
	if member := event.AccountMember(e); member != nil && err == nil {
		records, err = eventRecord(records, member)
	}
	if err != nil {
		return nil, e.Id, err
	}
	in.metrics.taken(rec.Type, e.Flags, nil)
	return records, e.Id, nil
}

func eventRecord(to []produce.Record, e *tributaryv1.Event) ([]produce.Record, error) {
	value, err := e.MarshalVT()
	return append(to, produce.Record{Topic: TopicEvents, Key: event.RecordKey(e), Value: value}), err
}

func (in *Intake) parse(it one, rec *event.Record) error {
	t := it.Accepts.Type
	if len(it.Accepts.Also) > 0 && len(it.raw) <= event.MaxItemBytes {
		named, err := event.PeekType(it.raw)
		if err != nil {
			return err
		}
		for _, also := range it.Accepts.Also {
			if named == also {
				t = also
			}
		}
	}
	if err := in.parser.Parse(rec, it.raw, t, it.Items.Envelope); err != nil {
		return err
	}
	if rec.Type == event.TypeErase && !it.Accepts.Partial && it.Accepts.Type != event.TypeErase {
		return &event.Error{Field: "type", Code: event.CodeUnknownType, Reason: "not a type this endpoint takes"}
	}
	if !rec.Type.IsCall() && !it.Principal.Secret {
		return &event.Error{Field: "type", Code: CodeSecretNeeded, Reason: "records of this type need a secret key"}
	}
	if key := rec.WriteKey(); it.KeyInBody && key != "" && !it.Principal.IsKey(key) {
		return &event.Error{Field: "writeKey", Code: CodeKeyMismatch, Reason: "is not the key of the request"}
	}
	return nil
}

// spendRecords are the record's days. They share a receipt sequence: each has a key of its own.
func spendRecords(rec *event.Record, it one) ([]produce.Record, error) {
	days, err := rec.Spend(it.delivery)
	if err != nil {
		return nil, err
	}
	records := make([]produce.Record, len(days))
	for i, s := range days {
		s.ReceiptSeq = it.seq
		value, err := s.MarshalVT()
		if err != nil {
			return nil, err
		}
		records[i] = produce.Record{Topic: TopicSpend, Key: []byte(event.SpendKey(s)), Value: value}
	}
	return records, nil
}

// deliveryID is the id that a webhook's delivery gives to records without one: a repeated delivery has the same.
func deliveryID(req Request, i int) string {
	id := req.Principal.DeliveryID
	if id == "" || !req.Items.Many {
		return id
	}
	return id + "/" + itoa(i)
}

func asError(err error) *event.Error {
	var e *event.Error
	if errors.As(err, &e) {
		return e
	}
	return &event.Error{Code: "internal", Reason: "could not be encoded"}
}
