package runner

import (
	"context"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

type rebalanceKind uint8

const (
	rebalanceAssigned rebalanceKind = iota
	rebalanceRevoked
	rebalanceLost
)

// rebalance is something the group did, for the session's goroutine to act upon.
type rebalance struct {
	kind       rebalanceKind
	partitions []int32
	epoch      int
}

// inbox takes what other goroutines tell the session: rebalances from the client's, the end of a restore from the restore's.
//
// The client calls back on a goroutine of its own while holding the lock that End needs. A callback that waited for the session to be done with
// its transaction would wait for ever: the session is in End, waiting for that lock. So callbacks only leave a note here, and pause what is newly
// assigned in the same breath: no record of a partition is polled before the session has restored it and resumed it.
type inbox struct {
	cfg kafka.Config

	mu         sync.Mutex
	rebalances []rebalance
	restored   []restored
	// epoch counts assignments. A restore that ends in a later epoch than it began in must not resume anything.
	epoch int
	wake  context.CancelFunc
}

func (b *inbox) opts() []kgo.Opt {
	return []kgo.Opt{
		// Without it a rebalance aborts whatever transaction is under way; with it, rebalances wait for at most one commit interval.
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(func(_ context.Context, cl *kgo.Client, topics map[string][]int32) {
			b.mu.Lock()
			defer b.mu.Unlock()
			cl.PauseFetchPartitions(topics)
			b.epoch++
			b.add(rebalanceAssigned, topics)
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.epoch++
			b.add(rebalanceRevoked, topics)
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.epoch++
			b.add(rebalanceLost, topics)
		}),
	}
}

// add appends a note; the lock is held. A task is a partition number of both topics. The range balancer gives a member the same numbers of
// both, so the numbers of events-v1 are the tasks.
func (b *inbox) add(kind rebalanceKind, topics map[string][]int32) {
	partitions := slices.Clone(topics[b.cfg.Topic(TopicEvents)])
	slices.Sort(partitions)
	b.rebalances = append(b.rebalances, rebalance{kind: kind, partitions: partitions, epoch: b.epoch})
	b.wakeUp()
}

func (b *inbox) addRestored(r restored) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.restored = append(b.restored, r)
	b.wakeUp()
}

func (b *inbox) wakeUp() {
	if b.wake != nil {
		b.wake()
	}
}

// take empties the inbox.
func (b *inbox) take() ([]rebalance, []restored) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rebalances, done := b.rebalances, b.restored
	b.rebalances, b.restored = nil, nil
	return rebalances, done
}

// pending says that there is something to attend to, once the transaction is over.
func (b *inbox) pending() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.rebalances)+len(b.restored) > 0
}

// waking returns a context for one poll, which ends when there is something in the inbox.
func (b *inbox) waking(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake = cancel
	if len(b.rebalances)+len(b.restored) > 0 {
		cancel()
	}
	return ctx, cancel
}

// resume lets the partitions be polled, if no rebalance has happened since the epoch.
func (b *inbox) resume(cl *kgo.Client, partitions []int32, epoch int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.epoch != epoch {
		return false
	}
	cl.ResumeFetchPartitions(map[string][]int32{b.cfg.Topic(TopicEvents): partitions, b.cfg.Topic(TopicSubjects): partitions})
	return true
}
