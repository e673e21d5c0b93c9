package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// A frame is the records of one request: length (4 bytes) and CRC-32C (4 bytes) of the payload, both little-endian, then the payload: the number of
// records, then topic, key and value of each, all lengths as varints. A request is in the spool whole or not at all.
const (
	frameHeader = 8
	// maxFrame is far above what a request may bring, so that a length read from a damaged file cannot take all memory.
	maxFrame = 64 << 20
)

// errTorn says that a file ends, or goes on with something that is no frame, where a frame should begin.
var errTorn = errors.New("no whole frame")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends the frame of records to dst.
func appendFrame(dst []byte, records []produce.Record) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	dst = binary.AppendUvarint(dst, uint64(len(records)))
	for _, r := range records {
		dst = appendBytes(dst, []byte(r.Topic))
		dst = appendBytes(dst, r.Key)
		dst = appendBytes(dst, r.Value)
	}
	payload := dst[start+frameHeader:]
	if len(payload) > maxFrame {
		return dst[:start], fmt.Errorf("%d bytes of records are more than one request may have (%d)", len(payload), maxFrame)
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(dst[start+4:], crc32.Checksum(payload, castagnoli))
	return dst, nil
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// readFrame reads one frame and returns its records and its length in the file. io.EOF: the file ends where a frame would begin. errTorn: what follows is no
// whole frame, as a process leaves it that dies while it writes.
func readFrame(r io.Reader) ([]produce.Record, int64, error) {
	var header [frameHeader]byte
	switch _, err := io.ReadFull(r, header[:]); {
	case errors.Is(err, io.EOF):
		return nil, 0, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, 0, errTorn
	case err != nil:
		return nil, 0, fmt.Errorf("read a frame: %w", err)
	}
	size := binary.LittleEndian.Uint32(header[:])
	if size > maxFrame {
		return nil, 0, errTorn
	}
	payload := make([]byte, size)
	switch _, err := io.ReadFull(r, payload); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, 0, errTorn
	case err != nil:
		return nil, 0, fmt.Errorf("read a frame: %w", err)
	}
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(header[4:]) {
		return nil, 0, errTorn
	}
	records, err := decode(payload)
	return records, frameHeader + int64(size), err
}

// decode reads a payload whose checksum was right.
func decode(payload []byte) ([]produce.Record, error) {
	n, rest, err := uvarint(payload)
	if err != nil || n > uint64(len(payload)) {
		return nil, errTorn
	}
	records := make([]produce.Record, 0, n)
	for range n {
		var parts [3][]byte
		for i := range parts {
			var size uint64
			if size, rest, err = uvarint(rest); err != nil || size > uint64(len(rest)) {
				return nil, errTorn
			}
			parts[i], rest = rest[:size:size], rest[size:]
		}
		records = append(records, produce.Record{Topic: string(parts[0]), Key: parts[1], Value: parts[2]})
	}
	if len(rest) > 0 {
		return nil, errTorn
	}
	return records, nil
}

func uvarint(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errTorn
	}
	return v, b[n:], nil
}
