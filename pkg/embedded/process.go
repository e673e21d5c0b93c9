package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// logLimit is the size at which a child's log is begun anew at its next start.
const logLimit = 16 << 20

// killGrace is how long a killed child may take to disappear.
const killGrace = 5 * time.Second

// process is an engine's child as its parent sees it.
type process struct {
	name    string
	logPath string
	cmd     *exec.Cmd
	stdin   io.Closer
	status  chan status
	done    chan struct{}

	mu       sync.Mutex
	err      error
	stopping bool
	counts   map[string]uint64 // of what was refused, by reason
}

// command is what to start: args[0] is the program.
type command struct {
	name    string // of the engine, for errors
	dataDir string // its lock and log lie here
	args    []string
	env     []string
	lock    *os.File // held by the child for as long as it lives
}

// startProcess starts a child. It says nothing about readiness.
func startProcess(c command) (*process, error) {
	logPath := filepath.Join(c.dataDir, c.name+".log")
	logFile, err := openLog(logPath)
	if err != nil {
		return nil, err
	}
	defer logFile.Close() // the child has its own
	statusR, statusW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make status pipe: %w", err)
	}
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env = c.env
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.ExtraFiles = []*os.File{statusW, c.lock}
	cmd.SysProcAttr = childAttr()
	stdin, err := cmd.StdinPipe() // its end tells the child that its parent is gone
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make stdin pipe: %w", err), statusR.Close(), statusW.Close())
	}
	p := &process{name: c.name, logPath: logPath, cmd: cmd, stdin: stdin, status: make(chan status, 1), done: make(chan struct{})}
	started := make(chan error)
	go p.own(started)
	err = <-started
	_ = statusW.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", c.name, err), statusR.Close())
	}
	go p.readStatus(statusR)
	return p, nil
}

// own starts the child and waits for its end, on one thread kept for it: on Linux the "parent" whose death signals the child is the
// thread that started it, and Go ends idle threads.
func (p *process) own(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	err = p.cmd.Wait()
	p.mu.Lock()
	switch {
	case p.stopping && (err == nil || wasSignalled(err)):
		p.err = nil
	case err == nil:
		p.err = fmt.Errorf("%s ended by itself; last words:\n%s", p.name, tail(p.logPath))
	default:
		p.err = fmt.Errorf("%s ended: %w; last words:\n%s", p.name, err, tail(p.logPath))
	}
	p.mu.Unlock()
	close(p.done)
}

func wasSignalled(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	ws, ok := exit.Sys().(syscall.WaitStatus)
	return ok && ws.Signaled()
}

func (p *process) readStatus(r *os.File) {
	defer r.Close()
	defer close(p.status)
	words := json.NewDecoder(r)
	for told := false; ; {
		var s status
		if words.Decode(&s) != nil {
			return // the child is gone
		}
		if s.Refused != nil {
			p.setRefused(s.Refused)
		} else if !told {
			told = true
			p.status <- s
		}
	}
}

// setRefused takes the totals of what was refused so far.
func (p *process) setRefused(counts map[string]uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts = counts
}

// refused is how much was refused for a reason.
func (p *process) refused(reason string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[reason]
}

// awaitStatus waits for the child's report. On an error the child is gone.
func (p *process) awaitStatus(ctx context.Context) (status, error) {
	select {
	case s, ok := <-p.status:
		if ok && s.Error == "" {
			return s, nil
		}
		p.kill()
		if s.Error != "" {
			return s, fmt.Errorf("start %s: %s", p.name, s.Error)
		}
		return s, p.Err()
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), killGrace)
		defer cancel()
		return status{}, fmt.Errorf("wait for %s to start: %w; last words:\n%s", p.name, errors.Join(ctx.Err(), p.Stop(stop)), tail(p.logPath)) // in order: a broker that is killed leaves an unclean folder
	}
}

// Pid is the child's process id.
func (p *process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended, by Stop or by itself; Err then says why.
func (p *process) Done() <-chan struct{} { return p.done }

// Err is why the child ended by itself, with its last log lines. Nil while it runs and after Stop.
func (p *process) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Stop lets the child finish its work and waits for its end; at ctx's end it is killed, which is an error, though nothing acknowledged is lost.
func (p *process) Stop(ctx context.Context) error {
	p.mu.Lock()
	p.stopping = true
	p.mu.Unlock()
	_ = p.stdin.Close() // closed twice when stopped twice
	select {
	case <-p.done:
		return p.Err()
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("stop %s: killed: %w", p.name, ctx.Err())
	}
}

// kill ends the child without asking, and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	select {
	case <-p.done:
	case <-time.After(killGrace): // stuck in the kernel; nothing more can be done from here
	}
}

func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if fi, err := os.Stat(path); err == nil && fi.Size() > logLimit {
		flags |= os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open engine log: %w", err)
	}
	return f, nil
}

// frame is a line of an engine's stack, which says nothing to who reads an error; the log has it.
var frame = regexp.MustCompile(`(?m)^(\d+\. .*@ 0x[0-9a-f]+.*|Stack trace.*|[0-9a-f]{1,16})\n?`)

// tail returns the last lines of a log, for an error message.
func tail(path string) string {
	const limit = 4096
	f, err := os.Open(path)
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	defer f.Close()
	if fi, err := f.Stat(); err == nil && fi.Size() > limit {
		_, _ = f.Seek(-limit, io.SeekEnd)
	}
	b, _ := io.ReadAll(f)
	if len(b) == 0 {
		return "(none; see " + path + ")"
	}
	return strings.TrimSpace(frame.ReplaceAllString(string(b), ""))
}
