// Package cleaner finishes erasures: when the attributor has replaced everything that is current, it removes from ClickHouse what older versions of rows
// still say about the person, and then the order that names them.
package cleaner

import (
	"context"
	"maps"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/protobuf/proto"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/consumer"
	"github.com/tributary-attribution/tributary/services/sink/internal/metrics"
	"github.com/tributary-attribution/tributary/services/sink/internal/store"
)

// every is the pause between two looks at open orders.
const every = 500 * time.Millisecond

// compareAfter is how long rows may be left before they are compared with the topics, which are read whole for it, and the pause between two such looks. An
// account in its pause takes two minutes at most; whoever waits longer waits for what does not come.
const compareAfter = 2 * time.Minute

// Cleaner works on orders in the background. New is inert; Start opens; Stop ends what is under way, to be begun again by the next start.
type Cleaner struct {
	cfg     consumer.Config
	store   *store.Store
	metrics *metrics.Metrics
	log     *zap.Logger

	compareAfter time.Duration

	cancel context.CancelFunc
	wg     sync.WaitGroup
	orders *consumer.Orders
	work   map[string]*progress
}

// progress is how far an order has come in this process.
type progress struct {
	// ends are what the sink must have stored before rows are removed: an older version that it writes later would stay.
	ends    *consumer.Ends
	removed map[string]int64
	// left is since when rows are left that nothing replaces.
	left time.Time
}

// New returns a cleaner; cfg is that of the sink's consumer. patience is how long rows may be left before they are compared with the topics; 0: two minutes.
func New(cfg consumer.Config, s *store.Store, patience time.Duration, m *metrics.Metrics, log *zap.Logger) *Cleaner {
	if patience <= 0 {
		patience = compareAfter
	}
	return &Cleaner{compareAfter: patience, cfg: cfg, store: s, metrics: m, log: log, work: make(map[string]*progress)}
}

// Start joins the group of those who clean. A second call does nothing.
func (c *Cleaner) Start(ctx context.Context) error {
	if c.orders != nil {
		return nil
	}
	orders, err := consumer.OpenOrders(c.cfg)
	if err != nil {
		return err
	}
	c.orders = orders
	ctx, c.cancel = context.WithCancel(ctx)
	c.wg.Go(func() { c.run(ctx) })
	return nil
}

// Stop ends the work. The context bounds leaving the group.
func (c *Cleaner) Stop(ctx context.Context) {
	if c.cancel == nil {
		return
	}
	c.cancel()
	c.wg.Wait()
	c.orders.Close(ctx)
}

func (c *Cleaner) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, every)
		open, err := c.orders.Poll(wait)
		<-wait.Done() // orders come rarely, and each look costs questions to the engines; one that fails at once would be repeated without a pause
		cancel()
		c.metrics.ErasuresOpen(len(open))
		for _, o := range open {
			if err == nil {
				err = c.order(ctx, o)
			}
		}
		if err != nil && ctx.Err() == nil {
			c.metrics.ErasureRetry()
			c.log.Warn("cleaning up after an erasure is tried again", zap.Error(err))
		}
	}
}

// order takes an order one step on: waiting for the sink, removing, reporting.
func (c *Cleaner) order(ctx context.Context, o *pb.Erasure) error {
	id := o.Workspace + "|" + o.ErasureId
	p := c.work[id]
	if p == nil {
		p = &progress{removed: make(map[string]int64)}
		c.work[id] = p
	}
	var err error
	if p.ends == nil {
		if p.ends, err = c.orders.Ends(ctx); err != nil {
			return err
		}
	}
	stored, err := c.orders.IsStored(ctx, p.ends)
	if err != nil || !stored {
		return err
	}
	got, err := c.store.Erase(ctx, store.Person{Workspace: o.Workspace, Subjects: o.Subjects, Until: time.UnixMicro(o.UntilUs)})
	found := int64(0)
	for table, n := range got.Removed {
		found += n
		p.removed[table] += n
		c.metrics.Erased(table, n)
	}
	if err != nil {
		return err
	}
	c.metrics.ErasureLeft(got.Left)
	if got.Left > 0 {
		// A change is still on its way through the attributor: look again when the sink has stored what there is by then.
		p.ends = nil
		return c.compare(ctx, o, p, got.Rows)
	}
	p.left = time.Time{}
	if found > 0 {
		return nil // Done is what a look finds that finds nothing.
	}
	if err := c.orders.Done(ctx, done(o, p.removed)); err != nil {
		return err
	}
	delete(c.work, id)
	return nil
}

// compare removes rows that have been left for long and that the topics do not have any more.
func (c *Cleaner) compare(ctx context.Context, o *pb.Erasure, p *progress, left []store.LeftRow) error {
	if p.left.IsZero() {
		p.left = time.Now()
	}
	if time.Since(p.left) < c.compareAfter {
		return nil
	}
	p.left = time.Now()
	stale, err := c.stale(ctx, o.Workspace, left)
	if err != nil {
		return err
	}
	removed, err := c.store.RemoveRows(ctx, o.Workspace, stale)
	for table, n := range removed {
		p.removed[table] += n
		c.metrics.Erased(table, n)
	}
	return err
}

// done is the report in place of the order: numbers, and nobody's name.
func done(o *pb.Erasure, removed map[string]int64) *pb.Erasure {
	out := proto.CloneOf(o)
	out.State, out.Subjects, out.UpdatedUs = pb.ErasureState_ERASURE_STATE_DONE, nil, time.Now().UnixMicro()
	out.RemovedByTable, out.RemovedRows = maps.Clone(removed), 0
	for _, n := range removed {
		out.RemovedRows += n
	}
	return out
}
