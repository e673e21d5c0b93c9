package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestUp_stoppedWhileStarting stops the program at random moments of its start, as Ctrl-C does: it ends soon, that is no error, and the folder stays
// clean, so that the next start has nothing to recover.
func TestUp_stoppedWhileStarting(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	up(t, dir).stop(t) // tables, so that later starts get far
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	for range 6 {
		after := time.Duration(random.IntN(2500)) * time.Millisecond
		cmd := exec.Command(binary, "up", "--data-dir", dir, "--collector-addr", "127.0.0.1:0", "--query-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0",
			"--clickhouse-http-addr", "127.0.0.1:0", "--clickhouse-tcp-addr", "127.0.0.1:0")
		said := &output{}
		cmd.Stderr = said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Until the folder is held, the signal may meet a process that does not listen to it yet.
		eventually(t, "the folder is held", func() bool {
			note, _ := os.ReadFile(filepath.Join(dir, "tributary.lock"))
			return strings.HasSuffix(strings.TrimSpace(string(note)), " "+strconv.Itoa(cmd.Process.Pid))
		})
		<-time.After(after)
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("stopped after %s: %v\n%s", after, err, said)
			}
		case <-time.After(2 * stopLimit):
			_ = cmd.Process.Kill()
			t.Fatalf("stopped after %s: it goes on\n%s", after, said)
		}
		for _, name := range []string{"open", "unclean"} {
			if _, err := os.Stat(filepath.Join(dir, "kafka", name)); err == nil {
				t.Errorf("stopped after %s: the broker's folder is not clean (%s)\n%s", after, name, said)
			}
		}
	}
}

// TestUp_takenPort refuses a port that another program has before anything is started, and leaves the folder clean.
func TestUp_takenPort(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "data")
	p := up(t, filepath.Join(t.TempDir(), "other"))
	for flag, taken := range map[string]string{
		"--collector-addr": p.values["collector"], "--query-addr": p.values["query"], "--kafka-addr": p.values["kafka"],
		"--clickhouse-http-addr": p.values["clickhouse_http"], "--clickhouse-tcp-addr": p.values["clickhouse_tcp"],
	} {
		taken = strings.TrimPrefix(taken, "http://")
		args := []string{"up", "--data-dir", dir}
		for _, f := range []string{"--collector-addr", "--query-addr", "--kafka-addr", "--clickhouse-http-addr", "--clickhouse-tcp-addr"} {
			value := "127.0.0.1:0"
			if f == flag {
				value = taken
			}
			args = append(args, f, value)
		}
		said, err := exec.Command(binary, args...).CombinedOutput()
		if err == nil || !strings.Contains(string(said), "another program has "+taken) {
			t.Errorf("%s: %v\n%s", flag, err, said)
		}
		if _, err := os.Stat(filepath.Join(dir, "kafka", "open")); err == nil {
			t.Errorf("%s: the broker's folder is not clean\n%s", flag, said)
		}
	}
}
