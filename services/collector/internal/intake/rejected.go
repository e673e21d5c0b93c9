package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// RawMax is how many bytes of refused input are kept.
const RawMax = 64 << 10

// stageCollector stands in Rejected.stage for everything that is refused here.
const stageCollector = "collector"

// Refusal is a whole request that was refused.
type Refusal struct {
	Endpoint, ContentType string
	// Workspace and Source are the sender's, empty when it is not known.
	Workspace, Source string
	Err               *event.Error
	// Raw is the body, nil when it was not read. Length is its full length as far as known.
	Raw    []byte
	Length int64
}

// Rejected is the record of a whole request on rejected-v1.
func (in *Intake) Rejected(r Refusal) produce.Record {
	received, seq := in.stamps.Stamp(1)
	in.metrics.rejected.WithLabelValues(r.Endpoint, r.Err.Code).Inc()
	return rejected(&tributaryv1.Rejected{
		Id: rejectedID(seq, 0, r.Raw), Workspace: r.Workspace, ReceivedUs: received, Endpoint: r.Endpoint,
		Field: r.Err.Field, Code: r.Err.Code, Reason: r.Err.Reason, ContentType: r.ContentType, Raw: r.Raw, RawLength: r.Length,
	}, r.Source)
}

func (in *Intake) rejectedItem(it one, err *event.Error) produce.Record {
	in.metrics.rejected.WithLabelValues(it.Endpoint, err.Code).Inc()
	return rejected(&tributaryv1.Rejected{
		Id: rejectedID(it.seq, it.index, it.original), Workspace: it.Principal.Workspace.Name, ReceivedUs: it.delivery.ReceivedUS, Endpoint: it.Endpoint,
		Field: err.Field, Code: err.Code, Reason: err.Reason, ContentType: it.ContentType, Raw: it.original, RawLength: int64(len(it.original)),
	}, it.Principal.Name)
}

func rejected(r *tributaryv1.Rejected, source string) produce.Record {
	r.Stage = stageCollector
	r.RawLength = max(r.RawLength, int64(len(r.Raw)))
	r.Raw = redact(r.Raw)
	// Reasons may quote what was sent, and field names may be anything.
	r.Field, _ = identity.HashAddresses(r.Field)
	r.Reason, _ = identity.HashAddresses(r.Reason)
	r.Endpoint, _ = identity.HashAddresses(r.Endpoint)
	r.ContentType, _ = identity.HashAddresses(r.ContentType)
	r.ContentType = r.ContentType[:min(len(r.ContentType), 100)]
	if source == "" {
		source = stageCollector
	}
	// Marshalling fails only on invalid UTF-8, and none of these texts is the sender's but the content type.
	value, err := r.MarshalVT()
	if err != nil {
		r.ContentType = ""
		value, _ = r.MarshalVT()
	}
	return produce.Record{Topic: TopicRejected, Key: []byte(source), Value: value}
}

// rejectedID is unique among collectors as well: two may share a sequence, hardly the bytes.
func rejectedID(seq int64, index int, raw []byte) string {
	sum := sha256.Sum256(raw)
	return "r-" + strconv.FormatInt(seq, 36) + "-" + itoa(index) + "-" + hex.EncodeToString(sum[:4])
}

func itoa(n int) string { return strconv.Itoa(n) }
