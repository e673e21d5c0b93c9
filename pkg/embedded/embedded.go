// Package embedded runs the engines that Tributary needs on one machine, for evaluation and tests: a Kafka broker (franz-go's kfake, with its
// data on disk) and ClickHouse (the library of the chdb project, loaded without cgo, or a clickhouse program on the PATH). Linux and macOS.
//
// Each engine is a child process, so that killing a service does not kill the engine, and an engine's crash or memory does not hurt the
// services. A child ends with its parent: it sees the end of its standard input, and on Linux gets a signal as well. The children speak the
// same protocols as the real engines to the same clients; nothing else in the project knows the difference.
//
// Engines listen on loopback only and ask nobody for a password, and a browser lets every page reach loopback. So each port is guarded: over HTTP, requests
// that a page of another site makes are refused, and so are those for a name that is not this machine's; the other ports refuse what does not speak
// their protocol (guard.go, kafka_guard.go; tributary_embedded_refused_total counts). The engine itself listens where a page cannot find it.
//
// Programs and test binaries that start an engine call RunChild first of all: a child is this same program, started again.
package embedded

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// childEnv marks a process as an engine's child and carries its childSpec.
const childEnv = "TRIBUTARY_EMBEDDED_CHILD"

// statusFD is where a child reports that it is ready or could not start. Standard output belongs to the engine.
const statusFD = 3

// exitRefused is a child's exit code when it reported why it could not start.
const exitRefused = 3

// stopLimit is how long a child that was told to stop may take before it ends itself hard.
const stopLimit = 15 * time.Second

// childSpec says what a child is to be.
type childSpec struct {
	Engine     string          `json:"engine"`
	Kafka      *kafkaSpec      `json:"kafka,omitempty"`
	ClickHouse *clickhouseSpec `json:"clickhouse,omitempty"`
}

// status is a child's report: how it can be reached or why not, once, and afterwards what it has refused so far.
type status struct {
	Addrs   []string          `json:"addrs,omitempty"`
	Error   string            `json:"error,omitempty"`
	Refused map[string]uint64 `json:"refused,omitempty"`
}

// RunChild turns this process into an engine when it was started as one, and never returns then. In any other process it does nothing. It is the
// first line of main and of TestMain, before flags, files or logs.
func RunChild() {
	raw, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	// What the engine may start must not take itself for an engine.
	_ = os.Unsetenv(childEnv)
	var spec childSpec
	parent := newReporter()
	err := json.Unmarshal([]byte(raw), &spec)
	if err == nil {
		switch {
		case spec.Engine == engineKafka && spec.Kafka != nil:
			err = runKafka(*spec.Kafka, parent)
		case spec.Engine == engineClickHouse && spec.ClickHouse != nil:
			err = runClickHouse(*spec.ClickHouse, parent)
		default:
			err = fmt.Errorf("unknown engine %q", spec.Engine)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		parent.report(status{Error: err.Error()})
		os.Exit(exitRefused)
	}
	os.Exit(0)
}

// reporter tells the parent. A parent that is gone does not listen, which is no error here.
type reporter struct {
	mu   sync.Mutex
	file *os.File
}

// newReporter is called once in a child: it has one status file.
func newReporter() *reporter { return &reporter{file: os.NewFile(statusFD, "status")} }

func (r *reporter) report(s status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = json.NewEncoder(r.file).Encode(s)
}

// tally counts what this child refuses, for its parent.
func (r *reporter) tally() *tally {
	return newTally(func(counts map[string]uint64) { r.report(status{Refused: counts}) })
}
