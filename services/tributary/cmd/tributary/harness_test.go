package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
)

const (
	// startLimit is generous: a first start fetches the embedded ClickHouse.
	startLimit = 10 * time.Minute
	// patience is how long a condition may take: conditions end as soon as they hold, and machines are slow.
	patience = 5 * time.Minute
	// stopLimit is what is promised.
	stopLimit = 10 * time.Second
	secretKey = "sk_test_0123456789"
)

// binary is the program under test, built once per run.
var binary string

func TestMain(m *testing.M) {
	embedded.RunChild()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "tributary-binary-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "tributary")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// needEngine skips without the embedded ClickHouse's library where the network may not have it, unless engines are required.
func needEngine(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the embedded engines: not in short mode")
	}
}

// program is a running "tributary up".
type program struct {
	cmd    *exec.Cmd
	values map[string]string
	stderr *output
	done   chan struct{}
	err    error
}

// output keeps what a process says, for failures.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// up starts the program on a data folder, every port free, and waits for its line "ready".
func up(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	args = append([]string{
		"up", "--data-dir", dir, "--collector-addr", "127.0.0.1:0", "--query-addr", "127.0.0.1:0", "--kafka-addr", "127.0.0.1:0",
		"--clickhouse-http-addr", "127.0.0.1:0", "--clickhouse-tcp-addr", "127.0.0.1:0",
	}, args...)
	p := &program{cmd: exec.Command(binary, args...), stderr: &output{}, done: make(chan struct{})}
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "ready ") {
				ready <- lines.Text()
			}
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		// Gone already after stop. In order, so that its engines are gone as well before the folder is removed.
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(stopLimit):
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	})
	select {
	case line := <-ready:
		p.values = map[string]string{}
		for _, word := range strings.Fields(line)[1:] {
			key, value, _ := strings.Cut(word, "=")
			p.values[key] = value
		}
	case <-p.done:
		t.Fatalf("ended before it was ready: %v\n%s", p.err, p.stderr)
	case <-time.After(startLimit):
		t.Fatalf("not ready after %s:\n%s", startLimit, p.stderr)
	}
	return p
}

// stop sends SIGTERM and checks the promise.
func (p *program) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		t.Fatalf("still running %s after SIGTERM:\n%s", stopLimit, p.stderr)
	}
	if p.err != nil {
		t.Fatalf("stopped with %v:\n%s", p.err, p.stderr)
	}
	t.Logf("stopped in %s", time.Since(began).Round(time.Millisecond))
}

// command runs another command of the program and returns what it printed and its exit code.
func command(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// post sends a body with the secret key and wants 200.
func (p *program) post(t *testing.T, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.values["collector"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(p.values["secret_key"], "")
	text, status := do(t, req)
	if status != http.StatusOK {
		t.Fatalf("POST %s: %d %s", path, status, text)
	}
}

// sql asks the embedded ClickHouse over HTTP, as a BI tool would.
func (p *program) sql(t *testing.T, query string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.values["clickhouse_http"]+"/?database=tributary", strings.NewReader(query))
	if err != nil {
		t.Fatal(err)
	}
	text, status := do(t, req)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", query, status, text)
	}
	return strings.TrimSpace(text)
}

// channels asks the API for the channel table.
func (p *program) channels(t *testing.T, parameters string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.values["query"]+"/api/v1/channels?"+parameters, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, status := do(t, req)
	if status != http.StatusOK {
		t.Fatalf("GET channels: %d %s", status, text)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func do(t *testing.T, req *http.Request) (string, int) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), resp.StatusCode
}

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not after %s: %s", patience, what)
		}
	}
}
