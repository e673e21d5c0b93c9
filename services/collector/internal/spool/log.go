package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
)

// segment is one file. Frames from its beginning to end are on the disk; what may follow them was never acknowledged.
type segment struct {
	number uint64
	end    int64
}

// journal is what is on the disk: frames in the order in which they came. Appends that wait at the same time share one sync.
type journal struct {
	cfg     Config
	metrics *metrics

	mu sync.Mutex
	// segments, oldest first. The last one is written to when active is open.
	segments []segment
	active   *os.File
	last     uint64
	next     place // of the first frame not delivered
	bytes    int64 // of all segments
	waiting  []*appending
	queued   int64 // bytes of waiting
	writing  bool
	held     bool // whether something is in the journal, or on its way there
	closed   bool

	wake chan struct{} // something waits to be written
	more chan struct{} // something can be delivered
}

// appending is one request that waits for its frame to be on the disk.
type appending struct {
	frame   []byte
	records int
	done    chan error
}

// openJournal takes up what an earlier process left. dir exists and is locked.
func openJournal(cfg Config, m *metrics) (*journal, error) {
	j := &journal{cfg: cfg, metrics: m, wake: make(chan struct{}, 1), more: make(chan struct{}, 1)}
	numbers, err := segments(cfg.Dir)
	if err != nil {
		return nil, err
	}
	j.next = readPlace(cfg.Dir)
	for _, n := range numbers {
		j.last = n
		if n < j.next.segment {
			if err := os.Remove(segmentPath(cfg.Dir, n)); err != nil {
				return nil, fmt.Errorf("remove a delivered segment: %w", err)
			}
			continue
		}
		if err := j.takeUp(n); err != nil {
			return nil, err
		}
	}
	j.last = max(j.last, j.next.segment)
	j.held = len(j.segments) > 0
	m.bytes.Set(float64(j.bytes))
	m.active.Set(bit(j.held))
	signal(j.more)
	return j, nil
}

// takeUp adds a segment of an earlier process. The place of an earlier process may lie beyond the frames that are whole, after the power failed.
func (j *journal) takeUp(n uint64) error {
	path, from := segmentPath(j.cfg.Dir, n), int64(0)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("open a segment: %w", err)
	}
	if n == j.next.segment && j.next.offset <= info.Size() {
		from = j.next.offset
	}
	end, records, err := whole(path, from)
	if err != nil {
		return err
	}
	if len(j.segments) == 0 {
		j.next = place{n, from}
	}
	if torn := info.Size() - end; torn > 0 {
		j.metrics.torn.Add(float64(torn))
	}
	j.metrics.found.Add(float64(records))
	j.segments = append(j.segments, segment{n, end})
	j.bytes += end
	return nil
}

// append returns when the frame of records is on the disk, or will never be.
func (j *journal) append(records []produce.Record) error {
	frame, err := appendFrame(nil, records)
	if err != nil {
		return err
	}
	a := &appending{frame: frame, records: len(records), done: make(chan error, 1)}
	j.mu.Lock()
	switch {
	case j.closed:
		err = ErrClosed
	case j.bytes+j.queued+int64(len(frame)) > j.cfg.MaxBytes:
		err = ErrFull
	default:
		j.waiting, j.queued, j.held = append(j.waiting, a), j.queued+int64(len(frame)), true
		j.metrics.active.Set(1)
	}
	j.mu.Unlock()
	if err != nil {
		j.metrics.refused.Inc()
		return err
	}
	signal(j.wake)
	return <-a.done
}

// write puts everything that waits on the disk, with one sync. It is called by one goroutine.
func (j *journal) write() {
	j.mu.Lock()
	batch := j.waiting
	j.waiting, j.queued, j.writing = nil, 0, len(batch) > 0
	j.mu.Unlock()
	if len(batch) == 0 {
		return
	}
	written, err := j.writeFrames(batch)
	j.mu.Lock()
	j.writing = false
	if err == nil {
		j.segments[len(j.segments)-1].end += written
		j.bytes += written
		j.metrics.bytes.Set(float64(j.bytes))
	} else {
		j.abandon()
	}
	j.mu.Unlock()
	for _, a := range batch {
		if err == nil {
			j.metrics.in.Add(float64(a.records))
		}
		a.done <- err
	}
	if err != nil {
		j.metrics.errors.Inc()
	}
	signal(j.more)
}

func (j *journal) writeFrames(batch []*appending) (int64, error) {
	if err := j.roll(); err != nil {
		return 0, err
	}
	var written int64
	for _, a := range batch {
		n, err := j.active.Write(a.frame)
		written += int64(n)
		if err != nil {
			return 0, fmt.Errorf("write to the spool: %w", err)
		}
	}
	if err := j.active.Sync(); err != nil {
		return 0, fmt.Errorf("sync the spool: %w", err)
	}
	return written, nil
}

// roll opens a new segment when there is none or the last is long enough.
func (j *journal) roll() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.active != nil && j.segments[len(j.segments)-1].end < j.cfg.SegmentBytes {
		return nil
	}
	number := j.last + 1
	f, err := os.OpenFile(segmentPath(j.cfg.Dir, number), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("begin a segment: %w", err)
	}
	if err := syncDir(j.cfg.Dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	j.closeActive()
	j.active, j.last = f, number
	j.segments = append(j.segments, segment{number: number})
	if len(j.segments) == 1 {
		j.next = place{segment: number}
	}
	return nil
}

// abandon writes to the segment no more: after a failed write or sync nobody knows what it holds beyond its end.
func (j *journal) abandon() {
	if j.active == nil {
		return
	}
	// Best effort: what stays is read again after a restart at most, with ids that their sender repeats.
	_ = j.active.Truncate(j.segments[len(j.segments)-1].end)
	j.closeActive()
}

func (j *journal) closeActive() {
	if j.active != nil {
		_ = j.active.Close() // everything that counts is synced
		j.active = nil
	}
}

// read returns the next frames, about limit bytes of them, and the place after them; nothing when all is delivered.
func (j *journal) read(limit int64) ([]produce.Record, place, error) {
	j.mu.Lock()
	at, end := j.next, int64(0)
	for len(j.segments) > 0 {
		head := j.segments[0]
		if at.offset < head.end {
			end = head.end
			break
		}
		if len(j.segments) == 1 {
			break
		}
		j.drop()
		at = j.next
	}
	j.mu.Unlock()
	if end == 0 {
		return nil, at, nil
	}
	return readFrames(segmentPath(j.cfg.Dir, at.segment), at, end, limit)
}

func readFrames(path string, at place, end, limit int64) ([]produce.Record, place, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, at, fmt.Errorf("read the spool: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(io.NewSectionReader(f, at.offset, end-at.offset), 1<<20)
	var records []produce.Record
	for start := at.offset; at.offset < end && at.offset-start < limit; {
		frame, n, err := readFrame(r)
		if err != nil {
			return records, at, fmt.Errorf("read the spool at %d of %s: %w", at.offset, path, err)
		}
		at.offset += n
		records = append(records, frame...)
	}
	return records, at, nil
}

// delivered notes that Kafka has everything before p.
func (j *journal) delivered(p place) error {
	j.mu.Lock()
	j.next = p
	j.mu.Unlock()
	return writePlace(j.cfg.Dir, p)
}

// skip gives up what is left of a segment that cannot be read, and keeps the file beside the others.
func (j *journal) skip(p place) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	path := segmentPath(j.cfg.Dir, p.segment)
	if err := os.Rename(path, path+".damaged"); err != nil {
		return fmt.Errorf("put a damaged segment aside: %w", err)
	}
	if len(j.segments) == 1 {
		j.closeActive()
	}
	j.bytes -= j.segments[0].end
	j.segments = j.segments[1:]
	j.next = place{segment: p.segment + 1}
	if len(j.segments) > 0 {
		j.next = place{segment: j.segments[0].number}
	}
	return nil
}

// drop removes the oldest segment, which is delivered. The caller holds mu.
func (j *journal) drop() {
	head := j.segments[0]
	_ = os.Remove(segmentPath(j.cfg.Dir, head.number)) // a file that stays is removed at the next start
	j.bytes -= head.end
	j.metrics.bytes.Set(float64(j.bytes))
	j.segments = j.segments[1:]
	j.next = place{segment: head.number + 1}
	if len(j.segments) > 0 {
		j.next = place{segment: j.segments[0].number}
	}
}

// release ends spooling when everything is delivered and nothing is on its way. It says whether it did.
func (j *journal) release() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.waiting) > 0 || j.writing || (len(j.segments) > 0 && (len(j.segments) > 1 || j.next.offset < j.segments[0].end)) {
		return false
	}
	j.closeActive()
	if len(j.segments) == 1 {
		j.drop()
	}
	j.held = false
	j.metrics.active.Set(0)
	return true
}

// holds says whether records are in the journal that Kafka does not have: later ones have to queue behind them.
func (j *journal) holds() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.held
}

// room says whether there is any.
func (j *journal) room() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes+j.queued < j.cfg.MaxBytes
}

// close takes nothing more. What is in the journal stays for the next process.
func (j *journal) close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.write() // whoever waits is answered
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closeActive()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
