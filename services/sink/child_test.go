package sink_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/sink"
)

// childEnv tells a copy of the test program to be a sink.
const childEnv = "TRIBUTARY_SINK_TEST_CHILD"

// childSpec is what a child sink needs to know.
type childSpec struct {
	Brokers        []string
	Prefix         string
	ClickHouse     clickhouse.Config
	CommitInterval time.Duration
}

// runChildSink runs a sink until this process is killed. It says "ready" once it consumes.
func runChildSink(raw string) int {
	var spec childSpec
	if err := json.Unmarshal([]byte(raw), &spec); err != nil {
		return 2
	}
	cfg := sink.DefaultConfig()
	cfg.Kafka.Brokers, cfg.Kafka.TopicPrefix, cfg.ClickHouse = spec.Brokers, spec.Prefix, spec.ClickHouse
	cfg.CommitInterval, cfg.FlushInterval, cfg.InstanceID = spec.CommitInterval, 5*time.Millisecond, "child"
	cfg.BatchRows = 50
	svc, err := sink.New(cfg, sink.Dependencies{Logger: zap.NewNop(), Registry: prometheus.NewRegistry()})
	if err != nil {
		return 3
	}
	if err := svc.Start(context.Background()); err != nil {
		return 4
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if svc.Ready() == nil {
			fmt.Fprintln(os.Stdout, "ready")
			break
		}
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent is gone
	return 0
}

// child is a sink in a process of its own.
type child struct {
	t   testing.TB
	cmd *exec.Cmd
}

// startChild returns once the child consumes.
func (s *stack) startChild(commit time.Duration) *child {
	s.t.Helper()
	spec, err := json.Marshal(childSpec{s.cfg.Kafka.Brokers, s.cfg.Kafka.TopicPrefix, s.cfg.ClickHouse, commit})
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(spec))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	c := &child{s.t, cmd}
	s.t.Cleanup(c.kill)
	timeout := time.AfterFunc(patience, c.kill)
	defer timeout.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "ready" {
		s.t.Fatalf("child sink said %q, %v", line, err)
	}
	return c
}

// kill is kill -9.
func (c *child) kill() {
	if c.cmd.ProcessState != nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait() // its error is the kill
}
