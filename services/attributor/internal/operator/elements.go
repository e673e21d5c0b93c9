package operator

import (
	"cmp"
	"encoding/binary"
)

// elementMessage is a message that can be written into room made for it.
type elementMessage interface {
	message
	MarshalToSizedBufferVT([]byte) (int, error)
}

// elements are the repeated fields of a long record, encoded as they come: a posting of a hundred thousand touches under ten models would otherwise be
// millions of messages in memory that are there to be encoded once. The order of fields in a message means nothing, so the other fields come before them.
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
	from := len(e.buf)
	e.buf = append(e.buf, make([]byte, size)...)
	_, err := m.MarshalToSizedBufferVT(e.buf[from:])
	return err
}

func (e *elements) addString(field int, s string) {
	e.head(field, len(s))
	e.buf = append(e.buf, s...)
}

func (e *elements) reset() { e.n, e.buf = 0, e.buf[:0] }

// emitLong produces a record of a message and further elements. Neither is kept.
func (f *flush) emitLong(topic, key string, m elementMessage, e *elements) {
	size := m.SizeVT()
	value := make([]byte, size, size+len(e.buf))
	if _, err := m.MarshalToSizedBufferVT(value); err != nil {
		f.err = cmp.Or(f.err, err)
		return
	}
	value = append(value, e.buf...)
	f.bytes += len(value)
	f.result.Outputs = append(f.result.Outputs, Output{Topic: topic, Key: []byte(key), Value: value})
}
