package operator_test

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// memStore is committed state in memory.
type memStore []*memPartition

// memPartition keeps the keys of each subject apart, because a subject is what is scanned.
type memPartition struct {
	subjects map[string]*memSubject
}

type memSubject struct {
	values map[string][]byte
	// keys are sorted; nil when they have to be sorted again.
	keys []string
}

func newMemPartition() *memPartition { return &memPartition{subjects: make(map[string]*memSubject)} }

// alarms begin the keys of alarms, which are scanned together.
const alarms = "a/"

// subject returns the part of the store that a key belongs to: of items, up to the NUL that ends the subject.
func (p *memPartition) subject(key string) *memSubject {
	if strings.HasPrefix(key, alarms) {
		key = alarms
	} else if i := strings.IndexByte(key, 0); i >= 0 {
		key = key[:i]
	}
	s := p.subjects[key]
	if s == nil {
		s = &memSubject{values: make(map[string][]byte)}
		p.subjects[key] = s
	}
	return s
}

func (m memStore) Get(partition int32, key []byte) ([]byte, error) {
	return bytes.Clone(m[partition].subject(string(key)).values[string(key)]), nil
}

func (m memStore) Scan(partition int32, prefix []byte, fn func(key, value []byte) error) error {
	p := m[partition].subject(string(prefix))
	if p.keys == nil {
		for k := range p.values {
			p.keys = append(p.keys, k)
		}
		slices.Sort(p.keys)
	}
	for _, k := range p.keys {
		if !strings.HasPrefix(k, string(prefix)) {
			continue
		}
		if err := fn([]byte(k), p.values[k]); err != nil {
			return err
		}
	}
	return nil
}

// ScanFrom is for headers, each of which is a subject of its own here.
func (m memStore) ScanFrom(partition int32, prefix, from []byte, fn func(key, value []byte) error) error {
	var keys []string
	for key, s := range m[partition].subjects {
		if strings.HasPrefix(key, string(prefix)) && key >= string(from) && len(s.values) > 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := fn([]byte(key), m[partition].subjects[key].values[key]); err != nil {
			return err
		}
	}
	return nil
}

func (m memStore) apply(changes []operator.Change) {
	for _, c := range changes {
		p := m[c.Partition].subject(string(c.Key))
		_, had := p.values[string(c.Key)]
		if c.Value == nil {
			delete(p.values, string(c.Key))
		} else {
			p.values[string(c.Key)] = c.Value
		}
		if had == (c.Value == nil) {
			p.keys = nil
		}
	}
}
