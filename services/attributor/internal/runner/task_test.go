package runner

import (
	"slices"
	"testing"
)

// The picture above taskState, once more, as what must be refused.
func TestTask_refusesEveryIllegalMove(t *testing.T) {
	legal := map[taskState][]taskState{
		taskCreated:   {taskRestoring, taskClosed},
		taskRestoring: {taskRunning, taskSuspended, taskClosed},
		taskRunning:   {taskSuspended, taskCorrupted, taskClosed},
		taskSuspended: {taskRestoring, taskClosed},
		taskCorrupted: {taskRestoring, taskClosed},
		taskClosed:    nil,
	}
	for from := taskCreated; from <= taskClosed; from++ {
		for to := taskCreated; to <= taskClosed; to++ {
			task := &task{state: from}
			err := task.transition(to)
			if want := slices.Contains(legal[from], to); (err == nil) != want {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			if err != nil && task.state != from {
				t.Errorf("%s to %s was refused and still changed the state", from, to)
			}
		}
	}
}
