package replay

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

const (
	progressTTY   = 200 * time.Millisecond
	progressPlain = 5 * time.Second
)

// Meter counts the bytes read of a run's files, for the share done and the time left.
type Meter struct {
	read atomic.Int64
	// Total is the size of all files, 0 when it is not known (standard input).
	Total int64
}

// Reader counts what is read through it.
func (m *Meter) Reader(r io.Reader) io.Reader { return &meterReader{r, m} }

type meterReader struct {
	io.Reader
	meter *Meter
}

func (r *meterReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.meter.read.Add(int64(n))
	return n, err
}

// Progress shows a run: one line kept up to date on a terminal, a line now and then elsewhere. stop ends it and returns when the
// terminal line is cleared.
func Progress(out *os.File, tally *Tally, meter *Meter) (stop func()) {
	info, err := out.Stat()
	tty := err == nil && info.Mode()&os.ModeCharDevice != 0
	every := progressPlain
	if tty {
		every = progressTTY
	}
	quit, done, start := make(chan struct{}), make(chan struct{}), time.Now()
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				line := progressLine(tally.Counts(), meter.read.Load(), meter.Total, time.Since(start))
				if tty {
					line = "\r\x1b[K" + line
				} else {
					line += "\n"
				}
				_, _ = io.WriteString(out, line) // Progress that cannot be shown is no reason to stop.
			case <-quit:
				if tty {
					_, _ = io.WriteString(out, "\r\x1b[K")
				}
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// progressLine words one moment of a run.
func progressLine(c Counts, read, total int64, elapsed time.Duration) string {
	answered := c.Accepted + c.Rejected
	line := fmt.Sprintf("%d sent, %.0f/s", answered, float64(answered)/max(elapsed.Seconds(), 1e-3))
	if c.Rejected > 0 {
		line += fmt.Sprintf(", %d rejected", c.Rejected)
	}
	if c.Retries > 0 {
		line += fmt.Sprintf(", %d retries (%.60s)", c.Retries, c.LastRetry)
	}
	if share := float64(read) / float64(max(total, 1)); total > 0 && share > 0 && share < 1 {
		left := time.Duration(float64(elapsed) * (1 - share) / share).Round(time.Second)
		line += fmt.Sprintf(", %.0f%%, %s left", share*100, left)
	}
	return line
}
