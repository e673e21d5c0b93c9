package runner

import (
	"fmt"

	"github.com/tributary-attribution/tributary/services/attributor/internal/state"
)

// taskState is where a task is in its life.
//
//	               folder open            high watermark
//	┌─────────┐              ┌───────────┐              ┌─────────┐
//	│ created ├─────────────>│ restoring ├─────────────>│ running │
//	└────┬────┘              └─┬──┬────^─┘              └─┬──┬──┬─┘
//	     │             revoked │  │    │ assigned again   │  │  │ store found corrupted
//	     │                     │  │  ┌─┴─────────┐        │  │  └───────────────────┐
//	     │                     └──┼─>│ suspended │<───────┘  │                      │
//	     │                        │  └─┬─────────┘  revoked  │              ┌───────v───┐
//	     │                        │    │                     │   restoring <┤ corrupted │ (wiped)
//	     │                        │    │ gone to another     │              └───────┬───┘
//	┌────v────┐                   │    │                     │                      │
//	│ closed  │<──────────────────┴────┴─────────────────────┴──────────────────────┘
//	└─────────┘  lost, not assigned again, or the process stops
//
// A rebalance revokes everything from everybody and hands it out again, mostly to those who had it. A suspended task keeps its store open and
// locked in between, so that this costs no reopening; it goes through restoring all the same, which finds nothing to read when nobody else
// had the partition meanwhile.
type taskState uint8

const (
	taskCreated taskState = iota
	taskRestoring
	taskRunning
	taskSuspended
	taskCorrupted
	taskClosed
)

var taskStateNames = [...]string{"created", "restoring", "running", "suspended", "corrupted", "closed"}

func (s taskState) String() string { return taskStateNames[s] }

// taskMoves are the legal transitions.
var taskMoves = map[taskState][]taskState{
	taskCreated:   {taskRestoring, taskClosed},
	taskRestoring: {taskRunning, taskSuspended, taskClosed},
	taskRunning:   {taskSuspended, taskCorrupted, taskClosed},
	taskSuspended: {taskRestoring, taskClosed},
	taskCorrupted: {taskRestoring, taskClosed},
}

// task is one partition's state and store. The session's goroutine owns it, but for the time it is restoring: then the store belongs to the restore.
type task struct {
	partition int32
	state     taskState
	dir       string
	store     *state.Store
	// changelog is the topic id that the store's offsets count in.
	changelog [16]byte
}

// transition moves a task, or says that the move is not in the picture above: a defect, on which the session ends.
func (t *task) transition(to taskState) error {
	for _, legal := range taskMoves[t.state] {
		if legal == to {
			t.state = to
			return nil
		}
	}
	return fmt.Errorf("task %d cannot go from %s to %s", t.partition, t.state, to)
}
