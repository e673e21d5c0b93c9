package operator

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// elementMessage is a message that can be written into room made for it.
type elementMessage interface {
	message
	MarshalToSizedBufferVT([]byte) (int, error)
}

// elements are the repeated fields of a long record, encoded as they come: a posting of a hundred thousand touches under ten models would otherwise be
// millions of messages in memory that are there to be encoded once. The order of fields in a message means nothing, so the other fields come after them,
// and the bytes are the record's value without another copy.
type elements struct {
	// n counts the elements.
	n   int
	buf []byte
}

// wireBytes is protobuf's wire type of strings and messages.
const wireBytes = 2

func (e *elements) head(field, size int) {
	e.n++
	e.buf = binary.AppendUvarint(e.buf, uint64(field<<3|wireBytes))
	e.buf = binary.AppendUvarint(e.buf, uint64(size))
}

// add encodes a message as one more element of a field. The message is the caller's again afterwards.
func (e *elements) add(field int, m elementMessage, size int) error {
	e.head(field, size)
	return e.write(m, size)
}

// write encodes a message's fields.
func (e *elements) write(m elementMessage, size int) error {
	from := len(e.buf)
	e.buf = slices.Grow(e.buf, size)[:from+size]
	_, err := m.MarshalToSizedBufferVT(e.buf[from:])
	return err
}

func (e *elements) addString(field int, s string) {
	e.head(field, len(s))
	e.buf = append(e.buf, s...)
}

// emitLong produces a record of a message's own fields and further elements, whose bytes are the record's from then on.
func (f *flush) emitLong(topic, key string, m elementMessage, e *elements) {
	if err := e.write(m, m.SizeVT()); err != nil {
		f.err = cmp.Or(f.err, err)
		return
	}
	value := e.buf
	if e.n, e.buf = 0, nil; len(value) < cap(value)*3/4 || f.isShort(value) {
		value = bytes.Clone(value)
	}
	f.bytes += len(value)
	f.result.Outputs = append(f.result.Outputs, Output{Topic: topic, Key: []byte(key), Value: value})
}

// shortRecord is how long a record may be that is encoded in memory which the next one uses as well.
const shortRecord = 8 << 10

// sectionMargin is room for what a section of a long record says beside its elements.
const sectionMargin = 1 << 10

// room gives elements memory: a section's of a long record, else what short records share. Of those, one is built at a time.
func (f *flush) room(e *elements, long bool) {
	if long {
		e.buf = make([]byte, 0, f.op.cfg.sectionBytes()+sectionMargin)
		return
	}
	if f.op.scratch.record == nil {
		f.op.scratch.record = make([]byte, 0, shortRecord)
	}
	e.buf = f.op.scratch.record
}

func (f *flush) isShort(b []byte) bool {
	shared := f.op.scratch.record
	return shared != nil && cap(b) > 0 && &b[:1][0] == &shared[:1][0]
}
