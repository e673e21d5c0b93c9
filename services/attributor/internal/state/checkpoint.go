package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// SchemaVersion is the version of what the attributor's values mean. A store of another version is wiped and restored: raise it when a
// changed encoding cannot read the old one (the changelog then needs a rebuild as well).
const SchemaVersion = 1

// Checkpoint says what a store covers.
type Checkpoint struct {
	// Changelog is the topic id of the changelog that Offset counts in. A rebuild makes a new topic of the same name, whose offsets start again:
	// without the id, an old store would pass for a recent one.
	Changelog [16]byte
	// Offset is the next offset of the changelog partition to read: everything before it is in the store.
	Offset int64
	// At is the wall clock when that was known to be true. A store not confirmed for too long may lack tombstones that the
	// changelog has dropped since, and would bring deleted keys back to life.
	At time.Time
}

// checkpointBytes: version, changelog, offset, microseconds, CRC-32C of all before.
const checkpointBytes = 4 + 16 + 8 + 8 + 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (c Checkpoint) encode() []byte {
	b := make([]byte, 0, checkpointBytes)
	b = binary.BigEndian.AppendUint32(b, SchemaVersion)
	b = append(b, c.Changelog[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.Offset))
	b = binary.BigEndian.AppendUint64(b, uint64(c.At.UnixMicro()))
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeCheckpoint(b []byte) (Checkpoint, error) {
	if len(b) != checkpointBytes {
		return Checkpoint{}, fmt.Errorf("checkpoint of %d bytes, not %d", len(b), checkpointBytes)
	}
	body, sum := b[:checkpointBytes-4], binary.BigEndian.Uint32(b[checkpointBytes-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return Checkpoint{}, errors.New("checksum of the checkpoint does not match")
	}
	if v := binary.BigEndian.Uint32(body); v != SchemaVersion {
		return Checkpoint{}, fmt.Errorf("schema version %d, this program has %d", v, SchemaVersion)
	}
	return Checkpoint{
		Changelog: [16]byte(body[4:20]),
		Offset:    int64(binary.BigEndian.Uint64(body[20:])),
		At:        time.UnixMicro(int64(binary.BigEndian.Uint64(body[28:]))).UTC(),
	}, nil
}

// loadCheckpoint reads what the store covers. Without a checkpoint only an empty store can be trusted.
func (s *Store) loadCheckpoint() error {
	corrupted := func(why error) error { return &CorruptedError{Dir: s.cfg.Dir, Err: why} }
	value, closer, err := s.db.Get(checkpointKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return s.requireEmpty()
	}
	if err != nil {
		return classify(s.cfg.Dir, fmt.Errorf("read the checkpoint of %s: %w", s.cfg.Dir, err), false)
	}
	cp, err := decodeCheckpoint(value)
	if err := errors.Join(err, closer.Close()); err != nil {
		return corrupted(err)
	}
	// A clock far ahead of ours says as little about the tombstones as one far behind.
	if age := s.cfg.Now().Sub(cp.At); age > s.cfg.MaxAge || age < -s.cfg.MaxAge {
		return corrupted(fmt.Errorf("%w: last confirmed at %s", ErrStale, cp.At.Format(time.RFC3339)))
	}
	s.checkpoint = cp
	return nil
}

func (s *Store) requireEmpty() error {
	found := errors.New("values without a checkpoint")
	err := s.Scan(nil, func(_, _ []byte) error { return found })
	if errors.Is(err, found) {
		return &CorruptedError{Dir: s.cfg.Dir, Err: found}
	}
	return err
}
