package runner_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/services/attributor/internal/operator"
	"github.com/tributary-attribution/tributary/services/attributor/internal/runner"
)

// childEnv makes the test binary an attributor with this configuration.
const childEnv = "TRIBUTARY_RUNNER_TEST_CHILD"

// What a child says on its standard output.
const (
	childCommitted = "committed"
	childEnded     = "ended"
)

func TestMain(m *testing.M) {
	if spec := os.Getenv(childEnv); spec != "" {
		if err := attributor(spec); err != nil {
			fmt.Fprintln(os.Stdout, childEnded, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// attributor is the child: it runs until SIGTERM or an error, and says when it has committed for the first time.
func attributor(spec string) error {
	var cfg runner.Config
	if err := json.Unmarshal([]byte(spec), &cfg); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	said := sync.OnceFunc(func() { fmt.Fprintln(os.Stdout, childCommitted) })
	r, err := runner.New(cfg, runner.Dependencies{NewOperator: func(s operator.Store) (runner.Operator, error) {
		return &speaking{newTally(s, &tallyStats{}), said}, nil
	}})
	if err != nil {
		return err
	}
	if err := r.Start(ctx); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-r.Done():
	}
	stop, cancelStop := context.WithTimeout(context.Background(), patience)
	defer cancelStop()
	if err := r.Stop(stop); err != nil {
		return err
	}
	return r.Err()
}

// speaking is a tally that says when it has committed.
type speaking struct {
	*tally
	said func()
}

func (s *speaking) Commit() {
	s.tally.Commit()
	s.said()
}

// child is one running attributor process.
type child struct {
	cmd       *exec.Cmd
	started   time.Time
	committed chan time.Duration // since its start, once
	ended     chan string        // what it said last, when it ends
}

func startChild(t *testing.T, cfg runner.Config) *child {
	t.Helper()
	spec, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it must not outlive a test that times out
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, started: time.Now(), committed: make(chan time.Duration, 1), ended: make(chan string, 1)}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go c.listen(out)
	return c
}

func (c *child) listen(out io.Reader) {
	last := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last = lines.Text(); last == childCommitted {
			c.committed <- time.Since(c.started)
		}
	}
	_ = c.cmd.Wait() // how it ended is in last, or is the kill
	c.ended <- last
}

// kills is how many times the harness kills: TRIBUTARY_KILLS, else 20.
func kills(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("TRIBUTARY_KILLS"))
	if err != nil {
		return 20
	}
	return n
}

// The attributor is killed at random moments while events come in: while it starts, restores, applies, produces, commits, writes its store.
// At the end everything committed, and its store, are what the events say, nothing lost and nothing twice.
func TestKill_nothingIsLostNothingIsTwice(t *testing.T) {
	w := newWorld(t, 4)
	cfg := w.config(t.TempDir())
	cfg.Sessions, cfg.CommitInterval = 2, 20*time.Millisecond
	seed := enginetest.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	stopFeed := w.feedContinuously(4 * time.Millisecond)
	var restarts []time.Duration
	for range kills(t) {
		c := startChild(t, cfg)
		// One in four dies while it starts, the others some time after their first commit.
		if rng.IntN(4) == 0 {
			wait(time.Duration(rng.Int64N(int64(150*time.Millisecond))), c.ended)
		} else {
			select {
			case d := <-c.committed:
				restarts = append(restarts, d)
			case last := <-c.ended:
				t.Fatalf("the child ended by itself: %s", last)
			case <-time.After(patience):
				t.Fatal("the child committed nothing")
			}
			wait(time.Duration(rng.Int64N(int64(120*time.Millisecond))), c.ended)
		}
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if last := <-c.ended; strings.HasPrefix(last, childEnded) {
			t.Fatalf("the child ended by itself: %s", last)
		}
	}
	stopFeed()
	c := startChild(t, cfg)
	w.settled()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if last := <-c.ended; strings.HasPrefix(last, childEnded) {
		t.Fatal(last)
	}
	w.checkStores(cfg.StateDir)
	if len(restarts) == 0 {
		t.Skip("no child lived to its first commit: too few kills to say anything")
	}
	slices.Sort(restarts)
	at := func(q float64) time.Duration { return restarts[int(q*float64(len(restarts)-1))] }
	t.Logf("%d kills, %d events: 0 lost, 0 twice, 0 of %d state keys wrong; restart to first commit p50 %s, p99 %s, max %s of %d",
		kills(t), w.sent, len(w.oracle.state), at(0.5), at(0.99), at(1), len(restarts))
}

// wait waits for the time given, or until the child has ended by itself, which it puts back.
func wait(d time.Duration, ended chan string) {
	select {
	case <-time.After(d):
	case last := <-ended:
		ended <- last
	}
}

// feedContinuously sends a few events per tick until it is stopped, as fast as they are acknowledged at most: a busy machine is not buried in them.
func (w *world) feedContinuously(every time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for ctx.Err() == nil {
			for range 16 {
				w.sendOne(fmt.Sprintf("k%d", w.sent%500), fmt.Sprintf("event %d", w.sent), true)
			}
			_ = w.producer.Flush(ctx) // ends with the feed; what was not acknowledged is waited for below
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	}()
	return func() {
		cancel()
		<-done
		if err := w.producer.Flush(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}
