package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// reject makes the record on rejected-v1 of a record that can never be applied. Its id is that of the record's place, so that a repeated
// transaction writes the same.
func reject(why *operator.PoisonError, topic string, rec *kgo.Record, rawMax int) (operator.Output, error) {
	place := fmt.Sprintf("%s/%d/%d", topic, rec.Partition, rec.Offset)
	id := sha256.Sum256([]byte(place))
	workspace, _, _, err := identity.ParseSubject(string(rec.Key))
	if err != nil {
		workspace = "" // the key may be what is wrong with it
	}
	raw := rec.Value
	r := &tributaryv1.Rejected{
		Id: hex.EncodeToString(id[:16]), Workspace: workspace, ReceivedUs: rec.Timestamp.UnixMicro(), Stage: "attributor",
		Endpoint: place, Field: why.Field, Code: why.Code, Reason: why.Reason, ContentType: "application/x-protobuf",
		Raw: raw[:min(len(raw), rawMax)],
	}
	if len(raw) > rawMax {
		r.RawLength = int64(len(raw))
	}
	value, err := r.MarshalVT()
	if err != nil {
		return operator.Output{}, fmt.Errorf("encode the rejection of %s: %w", place, err)
	}
	return operator.Output{Topic: TopicRejected, Key: []byte(fmt.Sprintf("%s/%d", topic, rec.Partition)), Value: value}, nil
}
