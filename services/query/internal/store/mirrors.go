package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
)

const (
	// mirrorReads is how many rows of new parts, those of others included, a question waits for. When more came, ClickHouse answers and the slice is read anew beside it.
	mirrorReads = 500_000
	// mirrorRest is how long a slice that answered is kept though others want its room, and how long one without room waits: taking turns would
	// cost more than it saves.
	mirrorRest = 10 * time.Minute
	// mirrorTime bounds the reading of a whole slice.
	mirrorTime = time.Minute
)

// sliceKey names rows of a roll-up that are kept together: the cells of a basis and model, the counts of touches, which are of no model, or spend.
type sliceKey struct {
	workspace, basis, model string
	spend                   bool
}

// slice is a sliceKey's rows. The mutex is held while it is brought up to date and summed, so that of several questions one reads.
type slice struct {
	mu   sync.Mutex
	seen mirror.Seen
	rows *mirror.Rows
	// The mirrors' mutex guards what follows.
	used  time.Time
	bytes int64
}

// mirrors keep slices of the roll-up in memory, so that a question reads no more than what came since the one before.
type mirrors struct {
	store *Store
	limit int64

	mu     sync.Mutex
	slices map[sliceKey]*slice
	// fetching are slices that are read in the background, refused those that found no room, with when.
	fetching map[sliceKey]bool
	refused  map[sliceKey]time.Time
	bytes    int64

	// one lets one whole slice be read at a time.
	one   sync.Mutex
	tasks sync.WaitGroup
	ctx   context.Context //nolint:containedctx // what is read in the background ends with the store
	stop  context.CancelFunc
}

func newMirrors(s *Store, limit int64) *mirrors {
	m := &mirrors{store: s, limit: limit, slices: map[sliceKey]*slice{}, fetching: map[sliceKey]bool{}, refused: map[sliceKey]time.Time{}}
	m.ctx, m.stop = context.WithCancel(context.Background())
	return m
}

// close ends what is read in the background. Nothing may be asked any more.
func (m *mirrors) close() {
	m.mu.Lock() // so that no task begins after the wait
	m.stop()
	m.mu.Unlock()
	m.tasks.Wait()
}

// with calls use with the rows of the slices, in their order and current as of the version. False: they are not at hand; what is missing is read meanwhile, for
// the next question.
func (m *mirrors) with(ctx context.Context, v Version, keys []sliceKey, use func([]*mirror.Rows)) (bool, error) {
	if m.limit == 0 || v.parts == nil {
		return false, nil
	}
	held := m.find(keys)
	if held == nil {
		return false, nil
	}
	waited, trace := time.Now(), traceOf(ctx)
	for _, s := range held { // whoever holds several asks for them in the order of slicesOf
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	trace.note("wait for rows", waited, Span{})
	if ok, err := m.catchUp(ctx, v, keys, held); !ok || err != nil {
		return false, err
	}
	rows := make([]*mirror.Rows, len(held))
	for i, s := range held {
		rows[i] = s.rows
	}
	summed := time.Now()
	use(rows)
	trace.note("sum", summed, Span{})
	return true, nil
}

// find returns the slices, or nil when one is missing, and has that one fetched.
func (m *mirrors) find(keys []sliceKey) []*slice {
	m.mu.Lock()
	defer m.mu.Unlock()
	now, found := time.Now(), make([]*slice, 0, len(keys))
	for _, key := range keys {
		if s, ok := m.slices[key]; ok {
			found = append(found, s)
		} else if !m.fetching[key] && now.Sub(m.refused[key]) > mirrorRest && m.ctx.Err() == nil {
			m.fetching[key] = true
			m.tasks.Go(func() { m.fetch(key) })
		}
	}
	if len(found) < len(keys) {
		return nil
	}
	for _, s := range found {
		s.used = now
	}
	return found
}

// fetch reads a whole slice. What goes wrong is counted as every statement is; the next question has it fetched again.
func (m *mirrors) fetch(key sliceKey) {
	defer func() {
		m.mu.Lock()
		delete(m.fetching, key)
		m.mu.Unlock()
	}()
	m.one.Lock()
	defer m.one.Unlock()
	ctx, cancel := context.WithTimeout(m.ctx, mirrorTime)
	defer cancel()
	s := &slice{rows: key.empty()}
	rows, err := m.store.countRows(ctx, key)
	if err != nil {
		return
	}
	if s.rows.BytesOf(rows) > m.limit {
		m.refuse(key)
		return
	}
	v, err := m.store.Version(ctx)
	if err != nil || v.parts == nil {
		return
	}
	if err := m.read(ctx, v, []sliceKey{key}, []*slice{s}); err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.used = time.Now()
	m.slices[key] = s
	m.account(key, s)
}

var errMutated = errors.New("rows that are kept were changed by a mutation")

func (m *mirrors) refuse(key sliceKey) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refused[key] = time.Now()
}

// account notes what a slice takes and makes room: first those go that nobody used for long, then the slice itself. m.mu is held.
func (m *mirrors) account(key sliceKey, s *slice) {
	if m.slices[key] != s {
		return
	}
	bytes := s.rows.Bytes()
	m.bytes += bytes - s.bytes
	s.bytes = bytes
	for m.bytes > m.limit {
		var oldest sliceKey
		var victim *slice
		for k, other := range m.slices {
			if other != s && time.Since(other.used) > mirrorRest && (victim == nil || other.used.Before(victim.used)) {
				oldest, victim = k, other
			}
		}
		if victim == nil {
			oldest, victim = key, s
			m.refused[key] = time.Now()
		}
		m.drop(oldest, victim)
	}
	m.store.metrics.mirrorBytes.Set(float64(m.bytes))
}

// drop forgets a slice; who holds it may use it to the end. m.mu is held.
func (m *mirrors) drop(key sliceKey, s *slice) {
	if m.slices[key] == s {
		delete(m.slices, key)
		m.bytes -= s.bytes
	}
}

// catchUp reads what the slices lack. False: one of them has to be read anew, which the next question sees to.
func (m *mirrors) catchUp(ctx context.Context, v Version, keys []sliceKey, held []*slice) (bool, error) {
	behind := map[sliceKey][]int{}
	for i, s := range held {
		t, key := v.parts.Tables[keys[i].table()], keys[i]
		state := s.seen.Compare(t, v.parts.At)
		if state == mirror.Lost || (state == mirror.Behind && s.seen.Missing(t) > mirrorReads) {
			m.again(key, s)
			return false, nil
		}
		if state == mirror.Behind {
			together := sliceKey{workspace: key.workspace, basis: key.basis, spend: key.spend}
			behind[together] = append(behind[together], i)
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, which := range behind {
		of, lagging := make([]sliceKey, len(which)), make([]*slice, len(which))
		for n, i := range which {
			of[n], lagging[n] = keys[i], held[i]
		}
		group.Go(func() error { return m.read(groupCtx, v, of, lagging) })
	}
	err := group.Wait()
	if errors.Is(err, errMutated) {
		return false, nil
	}
	return true, err
}

// again has a slice read anew.
func (m *mirrors) again(key sliceKey, s *slice) {
	m.mu.Lock()
	m.drop(key, s)
	m.mu.Unlock()
	m.find([]sliceKey{key})
}

// read brings slices of one table, workspace and basis up to date by one statement; the caller holds them.
func (m *mirrors) read(ctx context.Context, v Version, keys []sliceKey, held []*slice) error {
	known := held[0].seen.Known()
	for _, s := range held[1:] {
		known = known.Both(s.seen.Known())
	}
	batches, err := m.store.readRows(ctx, keys, known)
	if err != nil {
		return err
	}
	now, put, trace := m.store.listings.Add(1), time.Now(), traceOf(ctx)
	for i, s := range held {
		if !s.seen.Read(v.parts.Tables[keys[i].table()], v.parts.At, batches[i].parts, now) {
			m.again(keys[i], s)
			return errMutated
		}
		n := batches[i].putInto(s.rows)
		m.store.metrics.mirrorRows.Add(float64(n))
		if trace != nil {
			trace.note("put", put, Span{Rows: uint64(n), Detail: partNames(batches[i].parts)})
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, s := range held {
		m.account(keys[i], s)
	}
	return nil
}
