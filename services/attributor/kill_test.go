package attributor_test

import (
	"bufio"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
)

// child is one running attributor process.
type child struct {
	cmd       *exec.Cmd
	started   time.Time
	committed chan time.Duration // since its start, once
	ended     chan string        // what it said last, when it ends
}

func startChild(t *testing.T, spec childSpec) *child {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, started: time.Now(), committed: make(chan time.Duration, 1), ended: make(chan string, 1)}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // has ended already, unless the test failed
	go c.listen(out)
	return c
}

func (c *child) listen(out io.Reader) {
	last := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last = lines.Text(); last == "committed" {
			c.committed <- time.Since(c.started)
		}
	}
	_ = c.cmd.Wait() // how it ended is in last, or is the kill
	c.ended <- last
}

// kill waits the time given, kills, and reports a child that had ended by itself before.
func (c *child) kill(t *testing.T, after time.Duration) {
	t.Helper()
	select {
	case <-time.After(after):
	case last := <-c.ended:
		t.Fatalf("the attributor ended by itself: %s", last)
	}
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if last := <-c.ended; strings.HasPrefix(last, "ended") {
		t.Fatalf("the attributor ended by itself: %s", last)
	}
}

// kills is how many times the attributor is killed: TRIBUTARY_KILLS, else 20.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("TRIBUTARY_KILLS")); err == nil {
		return n
	}
	return 20
}

// The attributor is killed at random moments while events come in: while it starts, restores, applies, produces, commits, writes its stores. At the
// end every credit, row, cell and ledger sum is what a batch over the events says. TRIBUTARY_KILLS sets how often; it prints the time from
// a restart to its first commit.
func TestKill_outputsAreWhatTheEventsSay(t *testing.T) {
	seed := enginetest.Seed(t)
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, newTraffic(seed, 300+20*kills()))
	spec := childSpec{Kafka: w.kafka, StateDir: t.TempDir(), Sessions: 2}
	var restarts []time.Duration
	for range kills() {
		c := startChild(t, spec)
		w.send(20 + rng.IntN(60))
		// One in four dies while it starts, the others some time after their first commit.
		if rng.IntN(4) == 0 {
			c.kill(t, time.Duration(rng.Int64N(int64(150*time.Millisecond))))
			continue
		}
		select {
		case d := <-c.committed:
			restarts = append(restarts, d)
		case last := <-c.ended:
			t.Fatalf("the attributor ended by itself: %s", last)
		case <-time.After(patience):
			t.Fatal("the attributor committed nothing")
		}
		w.send(20 + rng.IntN(60))
		c.kill(t, time.Duration(rng.Int64N(int64(100*time.Millisecond))))
	}
	c := startChild(t, spec)
	w.settled(config(spec.Kafka, spec.StateDir))
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if last := <-c.ended; strings.HasPrefix(last, "ended") {
		t.Fatal(last)
	}
	if diff := w.differences(config(spec.Kafka, spec.StateDir)); len(diff) > 0 {
		t.Errorf("after the stop:\n%s", strings.Join(diff, "\n"))
	}
	if len(restarts) == 0 {
		t.Skip("no child lived to its first commit: too few kills to say anything")
	}
	slices.Sort(restarts)
	at := func(q float64) time.Duration { return restarts[int(q*float64(len(restarts)-1))] }
	t.Logf("%d kills, %d events, no difference; restart to first commit p50 %s, p99 %s, max %s of %d",
		kills(), w.sent, at(0.5), at(0.99), at(1), len(restarts))
}
