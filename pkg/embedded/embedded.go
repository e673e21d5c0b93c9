// Package embedded runs the engines that Tributary needs on one machine, for evaluation and tests: a Kafka broker (franz-go's kfake, with its
// data on disk) and ClickHouse (the library of the chdb project, loaded without cgo, or a clickhouse program on the PATH). Linux and macOS.
//
// Each engine is a child process, so that killing a service does not kill the engine, and an engine's crash or memory does not hurt the
// services. A child ends with its parent: it sees the end of its standard input, and on Linux gets a signal as well. The children speak the
// same protocols as the real engines to the same clients; nothing else in the project knows the difference.
//
// Programs and test binaries that start an engine call RunChild first of all: a child is this same program, started again.
package embedded

import (
	"encoding/json"
	"fmt"
	"os"
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

// status is a child's one report: how it can be reached, or why not.
type status struct {
	Addrs []string `json:"addrs,omitempty"`
	Error string   `json:"error,omitempty"`
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
	err := json.Unmarshal([]byte(raw), &spec)
	if err == nil {
		switch {
		case spec.Engine == engineKafka && spec.Kafka != nil:
			err = runKafka(*spec.Kafka)
		case spec.Engine == engineClickHouse && spec.ClickHouse != nil:
			err = runClickHouse(*spec.ClickHouse)
		default:
			err = fmt.Errorf("unknown engine %q", spec.Engine)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		report(status{Error: err.Error()})
		os.Exit(exitRefused)
	}
	os.Exit(0)
}

// report tells the parent how the start went. Once; a parent that is gone does not listen, which is no error here.
func report(s status) {
	f := os.NewFile(statusFD, "status")
	_ = json.NewEncoder(f).Encode(s)
	_ = f.Close()
}
