package rows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// RawMax is how many bytes of a refused record are kept.
const RawMax = 256 << 10

// CodePoison is the code of records that the sink itself could not read.
const CodePoison = "malformed_record"

type rejectedColumns struct {
	Workspace   []string `ch:"workspace"`
	RejectedID  []string `ch:"rejected_id"`
	ReceivedAt  []int64  `ch:"received_at"`
	Stage       []string `ch:"stage"`
	Endpoint    []string `ch:"endpoint"`
	Field       []string `ch:"field"`
	Code        []string `ch:"code"`
	Reason      []string `ch:"reason"`
	ContentType []string `ch:"content_type"`
	Raw         []string `ch:"raw"`
	RawLength   []int64  `ch:"raw_length"`
}

type rejected struct {
	table Table
	cols  rejectedColumns
	msg   pb.Rejected
}

func newRejected() *rejected {
	r := &rejected{}
	r.table = Table{Name: "rejected_rows", columns: &r.cols}
	return r
}

func (r *rejected) tables() []*Table { return []*Table{&r.table} }

func (r *rejected) add(rec Record) error {
	m := &r.msg
	m.Reset()
	if err := m.UnmarshalVT(rec.Value); err != nil {
		return malformed(err)
	}
	r.row(m)
	return nil
}

// poison keeps a record that could not be read. Its id and time are the record's own, so that a replay writes the same row.
func (r *rejected) poison(rec Record, cause error) {
	place := fmt.Sprintf("%s/%d/%d", rec.Topic, rec.Partition, rec.Offset)
	sum := sha256.Sum256(append([]byte(place+"\x00"), rec.Value...))
	us := int64(0)
	if !rec.Time.IsZero() {
		us = rec.Time.UnixMicro()
	}
	r.row(&pb.Rejected{
		Id: hex.EncodeToString(sum[:16]), ReceivedUs: us, Stage: "sink", Endpoint: place, Code: CodePoison, Reason: cause.Error(),
		ContentType: "application/protobuf", Raw: rec.Value[:min(len(rec.Value), RawMax)], RawLength: int64(len(rec.Value)),
	})
}

func (r *rejected) row(m *pb.Rejected) {
	t := &r.cols
	push(&t.Workspace, m.Workspace)
	push(&t.RejectedID, m.Id)
	push(&t.ReceivedAt, millis(m.ReceivedUs))
	push(&t.Stage, m.Stage)
	push(&t.Endpoint, m.Endpoint)
	push(&t.Field, m.Field)
	push(&t.Code, m.Code)
	push(&t.Reason, m.Reason)
	push(&t.ContentType, m.ContentType)
	push(&t.Raw, string(m.Raw))
	push(&t.RawLength, max(m.RawLength, int64(len(m.Raw))))
	r.table.added(m.ReceivedUs)
}
