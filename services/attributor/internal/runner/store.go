package runner

import (
	"fmt"

	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
)

// taskStore is the committed state of a session's tasks, as its operator reads it.
type taskStore session

var _ operator.Store = (*taskStore)(nil)

// taskError says which task's store an error is from.
type taskError struct {
	partition int32
	err       error
}

func (e *taskError) Error() string { return fmt.Sprintf("task %d: %v", e.partition, e.err) }

func (e *taskError) Unwrap() error { return e.err }

// Get implements operator.Store.
func (s *taskStore) Get(partition int32, key []byte) ([]byte, error) {
	t, err := s.running(partition)
	if err != nil {
		return nil, err
	}
	value, err := t.store.Get(key)
	if err != nil {
		return nil, &taskError{partition, err}
	}
	return value, nil
}

// Scan implements operator.Store.
func (s *taskStore) Scan(partition int32, prefix []byte, fn func(key, value []byte) error) error {
	t, err := s.running(partition)
	if err != nil {
		return err
	}
	if err := t.store.Scan(prefix, fn); err != nil {
		return &taskError{partition, err}
	}
	return nil
}

func (s *taskStore) running(partition int32) (*task, error) {
	t := s.tasks[partition]
	if t == nil || t.state != taskRunning {
		return nil, fmt.Errorf("the operator reads task %d, which is not running here", partition)
	}
	return t, nil
}
