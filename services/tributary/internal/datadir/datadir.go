// Package datadir is the folder of a Tributary that runs on one machine: its lock, its development keys, and the note by which other
// commands find the running one.
package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	lockFile    = "tributary.lock"
	keysFile    = "keys.json"
	runningFile = "running.json"
	// private files hold keys.
	private    = 0o600
	privateDir = 0o700
)

// Dir is a data folder.
type Dir string

// Path joins names to the folder.
func (d Dir) Path(names ...string) string {
	return filepath.Join(append([]string{string(d)}, names...)...)
}

// ErrFolder says that a data folder cannot be made or written to.
var ErrFolder = errors.New("the data folder cannot be used")

// Create makes the folder, open to its owner only.
func (d Dir) Create() error {
	if err := os.MkdirAll(string(d), privateDir); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return nil
}

// Running is how a running "tributary up" is reached.
type Running struct {
	PID int `json:"pid"`
	// Engines are the process ids of the embedded engines by name.
	Engines        map[string]int `json:"engines,omitempty"`
	Collector      string         `json:"collector"`
	Query          string         `json:"query"`
	ClickHouseHTTP string         `json:"clickhouse_http,omitempty"`
	ClickHouseDSN  string         `json:"clickhouse_dsn"`
	Brokers        []string       `json:"brokers"`
	Partitions     int32          `json:"partitions"`
	WriteKey       string         `json:"write_key"`
	SecretKey      string         `json:"secret_key"`
	QueryToken     string         `json:"query_token,omitempty"`
	// Config is the configuration file it was started with, as an absolute path; empty for the defaults.
	Config string `json:"config,omitempty"`
}

// ErrNotRunning says that no Tributary runs on a data folder.
var ErrNotRunning = errors.New("no tributary is running on this data folder")

// WriteRunning leaves the note. It is for the owner's eyes: it holds keys.
func (d Dir) WriteRunning(r Running) error { return d.write(runningFile, r) }

// RemoveRunning takes the note away.
func (d Dir) RemoveRunning() error {
	if err := os.Remove(d.Path(runningFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ReadRunning reads the note of a Tributary that holds the lock. A note left by one that was killed is ErrNotRunning.
func (d Dir) ReadRunning() (Running, error) {
	held, err := d.locked()
	if err != nil {
		return Running{}, err
	}
	var r Running
	err = d.read(runningFile, &r)
	if !held || errors.Is(err, fs.ErrNotExist) {
		return Running{}, fmt.Errorf("%w: %s", ErrNotRunning, d)
	}
	return r, err
}

// write replaces a file whole, so that a reader never sees half of it.
func (d Dir) write(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	tmp := d.Path(name + ".tmp")
	if err := os.WriteFile(tmp, append(text, '\n'), private); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := os.Rename(tmp, d.Path(name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (d Dir) read(name string, v any) error {
	text, err := os.ReadFile(d.Path(name))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read %s: %w", d.Path(name), err)
	}
	return nil
}
