package embedded_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/embedded"
)

// parentEnv makes this test binary a parent that starts an engine, says so and waits to be killed.
const parentEnv = "TRIBUTARY_TEST_PARENT"

func TestMain(m *testing.M) {
	embedded.RunChild()
	if filepath.Base(os.Args[0]) == "clickhouse" {
		program()
	}
	if what := os.Getenv(parentEnv); what != "" {
		_ = os.Unsetenv(parentEnv)
		parent(what, os.Args[len(os.Args)-1])
	}
	os.Exit(m.Run())
}

// libraryEnv tells the stand-in for a clickhouse program where the library is.
const libraryEnv = "TRIBUTARY_TEST_LIBRARY"

// program makes this test binary a clickhouse program: the library's command line is the one of "clickhouse local".
func program() {
	if len(os.Args) < 2 || os.Args[1] != "local" {
		fmt.Fprintln(os.Stderr, "called as", os.Args)
		os.Exit(2)
	}
	spec, err := json.Marshal(map[string]any{"engine": "clickhouse", "clickhouse": map[string]any{
		"library": os.Getenv(libraryEnv), "args": append([]string{"clickhouse"}, os.Args[2:]...),
	}})
	if err != nil {
		os.Exit(2)
	}
	_ = os.Setenv("TRIBUTARY_EMBEDDED_CHILD", string(spec))
	embedded.RunChild()
}

func parent(engine, dir string) {
	ctx := context.Background()
	var pid int
	switch engine {
	case "kafka":
		k, err := embedded.StartKafka(ctx, embedded.KafkaOptions{DataDir: dir})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		pid = k.Pid()
	case "clickhouse":
		ch, err := embedded.StartClickHouse(ctx, embedded.ClickHouseOptions{DataDir: dir})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		pid = ch.Pid()
	}
	fmt.Println("pid", pid)
	select {}
}

// startParent runs a process that starts an engine on dir, and returns it with the engine's process id.
func startParent(t *testing.T, engine, dir string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$", dir)
	cmd.Env = append(os.Environ(), parentEnv+"="+engine)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(line), "pid "))
	if err != nil {
		t.Fatalf("parent says %q", line)
	}
	return cmd, pid
}

// patience is how long a condition may take: conditions end as soon as they hold, and machines are slow.
const patience = 2 * time.Minute

// eventually waits until ok is true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// alive says whether a process exists and is no zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true // no /proc here
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}

// kill9 kills a process without asking.
func kill9(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
