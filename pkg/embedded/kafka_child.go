package embedded

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"golang.org/x/sys/unix"
)

const (
	// openFile exists while a broker has its files open. One that is found at a start was left by a broker that did not close them.
	openFile = "open"
	// uncleanFile exists from such a start until everything derived has been rebuilt.
	uncleanFile = "unclean"
	// never is longer than any broker here lives, in minutes.
	never = 10 * 365 * 24 * 60
	// retainEvery is how often records past their topic's retention are dropped.
	retainEvery = time.Hour
	// syncEvery is how often what the broker has handed to the operating system is forced to the disk.
	syncEvery = time.Second
)

// runKafka is the broker's process, until its parent ends or asks it to.
func runKafka(spec kafkaSpec, parent *reporter) error {
	debug.SetMemoryLimit(spec.MemoryLimit)
	end := endOfParent()
	listener, err := net.Listen("tcp", spec.Addr) // before the files are touched: a taken port leaves them as they were
	if err != nil {
		return fmt.Errorf("open broker on %s: %w", spec.Addr, err)
	}
	if err := markOpen(spec.DataDir); err != nil {
		return errors.Join(err, listener.Close())
	}
	log := &brokerLog{Logger: kfake.BasicLogger(os.Stderr, kfake.LogLevelWarn)}
	c, err := kfake.NewCluster(clusterOpts(spec, log, kafkaListener{listener, parent.tally()})...)
	if err != nil {
		return errors.Join(fmt.Errorf("open broker on %s with data in %q: %w", spec.Addr, spec.DataDir, err), listener.Close())
	}
	parent.report(status{Addrs: c.ListenAddrs()})
	go func() {
		for range time.Tick(retainEvery) {
			c.ApplyRetention() // the broker does it together with compaction, which is off
		}
	}()
	if spec.DataDir != "" && !spec.SyncWrites {
		go syncFolder(filepath.Join(spec.DataDir, "data"))
	}
	<-end
	time.AfterFunc(stopLimit, func() { os.Exit(exitRefused) }) // a broker that cannot close in time is an unclean one
	c.Close()
	if spec.DataDir != "" && !log.failed.Load() {
		if err := os.Remove(filepath.Join(spec.DataDir, openFile)); err != nil {
			return fmt.Errorf("mark the broker's files as closed: %w", err)
		}
	}
	return nil
}

func clusterOpts(spec kafkaSpec, log kfake.Logger, listener net.Listener) []kfake.Opt {
	opts := []kfake.Opt{
		kfake.NumBrokers(1), // one process, one address; more would only be more listeners on the same data
		kfake.WithLogger(log),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return listener, nil }), // it takes a port only, and would advertise its own choice
		kfake.GroupMinSessionTimeout(time.Second),                                           // the default of 6 s is a long time on one machine, and in a test
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes":         strconv.Itoa(8 << 20), // as schemas/topics.yaml
			"offsets.retention.minutes": strconv.Itoa(never),   // a laptop may be off for longer than the default week; its offsets must not be forgotten
			// No compaction. This broker's would drop a committed value for one of an open transaction, which may abort, and moves the start of the log
			// past the offsets of a slow consumer. It also removes the files of a partition before it writes the new ones, so that a kill in the middle,
			// at a clean start or stop as well, would take events-v1 along: only compacting a copy and swapping folders would be safe. The log grows until "tributary rebuild" or a new folder: about 2 KiB of memory and 4 KiB of disk
			// for a transaction over ten partitions.
			"log.cleaner.backoff.ms":  strconv.Itoa(never * 60_000),
			"state.log.compact.bytes": strconv.Itoa(4 << 20), // groups.log and pids.log grow with every transaction and are read whole at a start
		}),
	}
	if spec.DataDir != "" {
		opts = append(opts, kfake.DataDir(filepath.Join(spec.DataDir, "data")))
	}
	if spec.SyncWrites {
		opts = append(opts, kfake.SyncWrites())
	}
	return opts
}

// markOpen records that the files are open, and whether the last broker left them so.
func markOpen(dir string) error {
	if dir == "" {
		return nil
	}
	open := filepath.Join(dir, openFile)
	if _, err := os.Stat(open); err == nil {
		if err := os.WriteFile(filepath.Join(dir, uncleanFile), nil, 0o644); err != nil {
			return fmt.Errorf("record the unclean end of the last broker: %w", err)
		}
	}
	if err := os.WriteFile(open, nil, 0o644); err != nil {
		return fmt.Errorf("mark the broker's files as open: %w", err)
	}
	return nil
}

// syncFolder has what the broker has written since the last time forced to the disk, once a second, so that a loss of power costs a second. The
// broker's own synced writes wait for the disk at every batch of every partition, about forty times for a transaction over ten partitions.
func syncFolder(dir string) {
	last := time.Time{}
	for now := range time.Tick(syncEvery) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && changedSince(d, last) { // an error is a segment that retention has just removed
				return syncFile(path)
			}
			return nil
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, "force the broker's files to the disk:", err)
		}
		last = now
	}
}

// changedSince allows for a second that file systems may round away.
func changedSince(d fs.DirEntry, last time.Time) bool {
	info, err := d.Info()
	return err == nil && info.ModTime().After(last.Add(-time.Second))
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// endOfParent is closed when this child should end: its standard input has ended (the parent stopped it, or is gone) or it got a signal.
// SIGINT is ignored: Ctrl-C is for the parent, which ends its children in order.
func endOfParent() <-chan struct{} {
	end := make(chan struct{})
	signal.Ignore(unix.SIGINT, unix.SIGHUP, unix.SIGPIPE)
	sigs := make(chan os.Signal, 1)
	signal.Notify(sigs, syscall.SIGTERM)
	eof := make(chan struct{})
	go func() {
		defer close(eof)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	go func() {
		defer close(end)
		select {
		case <-sigs:
		case <-eof:
		}
	}()
	return end
}

// brokerLog passes the broker's log lines on and remembers whether one was an error: the broker has no other way to say that it could not save its state.
type brokerLog struct {
	kfake.Logger

	failed atomic.Bool
}

// Logf implements kfake.Logger.
func (l *brokerLog) Logf(level kfake.LogLevel, msg string, args ...any) {
	if level == kfake.LogLevelError {
		l.failed.Store(true)
	}
	l.Logger.Logf(level, msg, args...)
}
