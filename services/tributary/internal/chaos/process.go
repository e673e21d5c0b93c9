package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is this program, started again as one of its commands.
type process struct {
	name string
	cmd  *exec.Cmd
	// stdout ends when the process does.
	stdout io.ReadCloser
	done   chan struct{}
	err    error
	born   time.Time
}

// start starts this program with the arguments. Its log goes to a file that grows over restarts.
func start(name, logPath string, args ...string) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	logFile, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", name, err)
	}
	defer logFile.Close() // The child has its own.
	p := &process{name: name, cmd: exec.Command(exe, args...), done: make(chan struct{}), born: time.Now()}
	p.cmd.Stderr = logFile
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

// watch waits for the end. It is called once, when nobody reads stdout any more.
func (p *process) watch() {
	_, _ = io.Copy(io.Discard, p.stdout)
	p.err = p.cmd.Wait()
	close(p.done)
}

// kill ends it at whatever it is doing.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // Gone already is fine.
	<-p.done
}

// stop asks it to end and waits.
func (p *process) stop(ctx context.Context) error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("%s did not stop: %w", p.name, ctx.Err())
	}
}

// descendants are the processes that a process has started, and theirs, from the kernel's table.
func descendants(pid int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]int{}
	for _, e := range entries {
		id, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, err := parentOf(id); err == nil {
			children[parent] = append(children[parent], id)
		}
	}
	var all []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		all = append(all, children[queue[0]]...)
		queue = append(queue, children[queue[0]]...)
	}
	return all, nil
}

var errNoParent = errors.New("no parent in the process's status")

// parentOf reads the fourth field of /proc/pid/stat; the second, the program's name, may hold anything, so it starts after the last ')'.
func parentOf(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return 0, errNoParent
	}
	return strconv.Atoi(fields[1])
}

// killTree ends a process and all that it started, children first: a child that outlived its parent would be told to end in order.
func killTree(p *process) error {
	all, err := descendants(p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	p.kill()
	return nil
}
