package runner

import (
	"fmt"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// taskStore is the committed state of a session's tasks, as its operator reads it.
type taskStore session

var _ operator.Store = (*taskStore)(nil)

// Get implements operator.Store.
func (s *taskStore) Get(partition int32, key []byte) ([]byte, error) {
	t, err := s.running(partition)
	if err != nil {
		return nil, err
	}
	return t.store.Get(key)
}

// Scan implements operator.Store.
func (s *taskStore) Scan(partition int32, prefix []byte, fn func(key, value []byte) error) error {
	t, err := s.running(partition)
	if err != nil {
		return err
	}
	return t.store.Scan(prefix, fn)
}

// ScanFrom implements operator.Store.
func (s *taskStore) ScanFrom(partition int32, prefix, from []byte, fn func(key, value []byte) error) error {
	t, err := s.running(partition)
	if err != nil {
		return err
	}
	return t.store.ScanFrom(prefix, from, fn)
}

func (s *taskStore) running(partition int32) (*task, error) {
	t := s.tasks[partition]
	if t == nil || t.state != taskRunning {
		return nil, fmt.Errorf("the operator reads task %d, which is not running here", partition)
	}
	return t, nil
}
