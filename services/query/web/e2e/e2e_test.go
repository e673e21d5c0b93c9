// Package e2e_test opens the dashboard in a real Chromium over the whole system: embedded engines, collector, attributor, sink, query, with the
// demo world sent to it. What the browser saw is asserted here.
package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// need finds a program, or ends the test: skipped here, failed where everything has to be there.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s is required (REQUIRE_SERVICES=1) and not installed", names[0])
	}
	t.Skipf("%s is not installed: the dashboard is not tried in a browser", names[0])
	return ""
}

func root(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOWORK").Output()
	if err != nil || strings.TrimSpace(string(out)) == "" {
		t.Skipf("outside the workspace there is no command to build: %v", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out)))
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// build builds the dashboard, checks its types, and builds the command that embeds it.
func build(t *testing.T) string {
	t.Helper()
	dir := root(t)
	run(t, dir, "scripts/web.sh")
	if _, err := os.Stat(filepath.Join(dir, "services/query/web/dist/index.html")); err != nil {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal(err)
		}
		t.Skip("the dashboard cannot be built here")
	}
	run(t, filepath.Join(dir, "services/query/web"), "node_modules/.bin/tsc", "--noEmit")
	binary := filepath.Join(t.TempDir(), "tributary")
	run(t, dir, "go", "build", "-o", binary, "./services/tributary/cmd/tributary")
	return binary
}

// stack is a running "tributary up".
type stack struct{ query, collector, key string }

// up starts everything with engines of its own and waits for the line "ready".
func up(t *testing.T, binary string) stack {
	t.Helper()
	args := []string{"up", "--data-dir", t.TempDir()}
	for _, flag := range []string{"collector", "query", "clickhouse-http", "clickhouse-tcp", "kafka"} {
		args = append(args, "--"+flag+"-addr", "127.0.0.1:0")
	}
	cmd := exec.Command(binary, args...) //nolint:noctx // ends by SIGTERM below, not by a kill
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("tributary up: %v\n%s", err, stderr.Bytes())
		}
	})
	ready := make(chan stack, 1)
	go func() {
		defer close(ready)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if fields, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				values := map[string]string{}
				for _, field := range strings.Fields(fields) {
					name, value, _ := strings.Cut(field, "=")
					values[name] = value
				}
				ready <- stack{values["query"], values["collector"], values["secret_key"]}
			}
		}
	}()
	select {
	case s, ok := <-ready:
		if !ok {
			t.Fatalf("tributary up ended before it was ready\n%s", stderr.Bytes())
		}
		return s
	case <-time.After(5 * time.Minute):
		t.Fatalf("tributary up was not ready in time\n%s", stderr.Bytes())
	}
	return stack{}
}

// seen is what run.mjs prints.
type seen struct {
	Complaints, Serious, Overflows, Elsewhere, Slow []string
	// Dead are figures that open nothing.
	Dead []string

	Lines        []string
	Paint        float64
	FiguresAfter float64
	Bytes        int
	StartedAt    string
	Roles        map[string]struct {
		Place, Channel string
		Heads          []string
	}
	Period   struct{ First, Last string }
	Figures  map[string][]figure
	Explain  []string
	Postings int
	Cause    string
	Skip     string
	Presses  int
	CameBack bool

	SavedView   string
	ViewDeleted bool
	Sent        int
	Live        struct {
		Before, After string
		Kept          bool
	}
	Fresh string
	// Shifts is the layout shift of each view, as the browser scores it.
	Shifts map[string]float64
	// Lengthened is how many long names were on the pages that were made to have them.
	Lengthened int
	// Facts are figures that are no channel's, per place; Opened says what the drawer of one of each kind showed.
	Facts  map[string][]struct{ Fact, Text string }
	Opened []struct{ Name, Shown, Amount string }
	Models []struct{ Measure, Channel, Model, Title string }
	Bridge []string

	Findings     int
	Unlinked     []string
	FindingOpens string
	// State is a view before, with a drawer, reloaded, and after going back.
	State   []string
	Trouble map[string]struct {
		Said string
		Back bool
	}
	Cut, Mended bool
	// Care is what a careful reader would stumble over; Cared counts what was looked at.
	Care  []string
	Cared struct{ Checks, Stops int }
	// Paper is how pages print: what should not be on paper, its colour, the sentence.
	Paper []struct {
		Address, Paper, Said string
		Left                 []string
	}
	Colours map[string]struct {
		Paper    string
		Channels []string
		Marks    []string
	}
}

type figure struct{ Measure, Channel, Campaign, Title string }

func drive(t *testing.T, chromium string, s stack, part string) seen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, need(t, "node"), "run.mjs")
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "QUERY="+s.query, "COLLECTOR="+s.collector, "SECRET_KEY="+s.key, "PART="+part)
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("run.mjs: %v\n%s", err, stderr.Bytes())
	}
	var out seen
	if err := json.Unmarshal(stdout, &out); err != nil {
		t.Fatalf("run.mjs printed %q: %v", stdout, err)
	}
	return out
}

// answer asks the API.
func answer(t *testing.T, address string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// awaitWorld waits until what was sent has been attributed: the figures are there and stand still.
func awaitWorld(t *testing.T, s stack) {
	t.Helper()
	before, still := "", 0
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); {
		var a struct {
			Totals struct {
				Value, Pipeline string
				Touchpoints     int
			}
		}
		answer(t, s.query+"/api/v1/channels", &a)
		now := fmt.Sprint(a.Totals)
		if now == before && a.Totals.Value != "0.00" {
			if still++; still == 4 {
				return
			}
		} else {
			before, still = now, 0
		}
		<-time.After(700 * time.Millisecond)
	}
	t.Fatal("the demo world was not attributed in time")
}
