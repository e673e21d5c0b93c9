package kafka

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/identity"
)

// batchBytes is how much goes to one partition before records without key move to another.
const batchBytes = 64 << 10

// Partition is the partition of a key among n, as Kafka's own clients compute it (murmur2) for the key's subject: what follows a NUL does not count. A nil
// key counts as empty. n must be positive; otherwise the answer is 0.
func Partition(key []byte, n int32) int32 {
	if n <= 0 {
		return 0
	}
	return int32(kgo.KafkaHasher(murmur2)(identity.KeySubject(key), int(n)))
}

// bySubject hashes as Partition does.
func bySubject(key []byte, n int) int { return int(Partition(key, int32(n))) }

// Partitioner sends records of the named topics (names on the cluster, prefix included) to the partition they carry, and all others by the hash of
// the subject in
// their key. The attributor's changelog is explicit: state must lie in the partition of the input it came from, whatever its key.
func Partitioner(explicit ...string) kgo.Partitioner {
	p := &partitioner{byKey: kgo.UniformBytesPartitioner(batchBytes, true, true, bySubject), byField: kgo.ManualPartitioner()}
	if len(explicit) == 0 {
		return p.byKey
	}
	p.explicit = make(map[string]struct{}, len(explicit))
	for _, t := range explicit {
		p.explicit[t] = struct{}{}
	}
	return p
}

type partitioner struct {
	explicit       map[string]struct{}
	byKey, byField kgo.Partitioner
}

// ForTopic implements kgo.Partitioner.
func (p *partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	if _, ok := p.explicit[topic]; ok {
		return p.byField.ForTopic(topic)
	}
	return p.byKey.ForTopic(topic)
}

// murmur2 is Kafka's hash of record keys: MurmurHash2, 32 bits, with Kafka's seed. The client has it too, but not for use outside a produce.
func murmur2(b []byte) uint32 {
	const (
		seed uint32 = 0x9747b28c
		m    uint32 = 0x5bd1e995
		r           = 24
	)
	h := seed ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
		k *= m
		k ^= k >> r
		k *= m
		h = h*m ^ k
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(b[0])) * m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}
