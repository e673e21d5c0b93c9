package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

const engineKafka = "kafka"

// KafkaOptions say where an embedded broker keeps its data and listens.
type KafkaOptions struct {
	// DataDir is the broker's folder; one process at a time. Empty: nothing survives the process, which suits tests.
	DataDir string
	// Addr is a loopback host:port; port 0 takes a free one. Empty: 127.0.0.1:0.
	Addr string
	// SyncWrites forces every batch to the disk before it is acknowledged. Without it an acknowledged batch is with the operating system: it
	// survives a kill of any process, but not a loss of power in the second after.
	SyncWrites bool
	// MemoryLimit is what the broker's garbage collector aims to stay under, in bytes. 0: 512 MiB.
	MemoryLimit int64
	// Registry takes the broker's metrics. Nil: none.
	Registry prometheus.Registerer
}

// kafkaSpec is what the child is told.
type kafkaSpec struct {
	DataDir     string `json:"data_dir"`
	Addr        string `json:"addr"`
	SyncWrites  bool   `json:"sync_writes"`
	MemoryLimit int64  `json:"memory_limit"`
}

// Kafka is a running embedded broker.
type Kafka struct {
	*process

	brokers []string
	dataDir string
	temp    string // a folder that goes with the broker
}

// StartKafka starts a broker and returns when it answers. A folder still held by a broker that is just ending is waited for, within ctx.
func StartKafka(ctx context.Context, o KafkaOptions) (*Kafka, error) {
	spec := kafkaSpec{DataDir: o.DataDir, SyncWrites: o.SyncWrites, MemoryLimit: o.MemoryLimit}
	if spec.MemoryLimit == 0 {
		spec.MemoryLimit = 512 << 20
	}
	var err error
	if spec.Addr, err = loopbackAddr(o.Addr); err != nil {
		return nil, fmt.Errorf("embedded kafka: %w", err)
	}
	home := o.DataDir
	if home == "" {
		if home, err = os.MkdirTemp("", "tributary-kafka-"); err != nil {
			return nil, fmt.Errorf("make a folder for the broker's log: %w", err)
		}
	}
	p, err := startChild(ctx, engineKafka, home, childSpec{Engine: engineKafka, Kafka: &spec})
	var s status
	if err == nil {
		s, err = p.awaitStatus(ctx)
	}
	if err == nil {
		if err = registerMetrics(o.Registry, p); err != nil {
			p.kill()
		}
	}
	if err != nil {
		if o.DataDir == "" {
			err = errors.Join(err, os.RemoveAll(home))
		}
		return nil, err
	}
	k := &Kafka{process: p, brokers: s.Addrs, dataDir: o.DataDir}
	if o.DataDir == "" {
		k.temp = home
	}
	return k, nil
}

// Stop lets the broker close its files and waits for its end; at ctx's end it is killed, which is an error, and makes the next start unclean.
func (k *Kafka) Stop(ctx context.Context) error {
	err := k.process.Stop(ctx)
	if k.temp != "" {
		err = errors.Join(err, os.RemoveAll(k.temp))
	}
	return err
}

// Brokers are the broker's addresses, as it tells its clients.
func (k *Kafka) Brokers() []string { return k.brokers }

// UncleanStart says that the broker once ended without closing its files, and that Recovered has not been called since. Acknowledged plain writes are all
// there, but its transactions and group offsets may contradict each other: everything derived from events-v1 must be rebuilt.
func (k *Kafka) UncleanStart() bool {
	_, err := os.Stat(filepath.Join(k.dataDir, uncleanFile))
	return k.dataDir != "" && err == nil
}

// Recovered records that everything derived has been rebuilt. Until then every start is unclean, also after a crash in the middle of the rebuild.
func (k *Kafka) Recovered() error {
	err := os.Remove(filepath.Join(k.dataDir, uncleanFile))
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("forget the unclean end of the broker: %w", err)
	}
	return nil
}

// loopbackAddr completes an address and refuses one that other machines could reach: the embedded engines ask nobody who they are.
func loopbackAddr(addr string) (string, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("address %q is not host:port: %w", addr, err)
	}
	if host == "" || strings.EqualFold(host, "localhost") {
		host = "127.0.0.1" // one family, so that what is advertised is what is listened on
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("address %q is not on loopback: an embedded engine is open to whoever reaches it", addr)
	}
	return net.JoinHostPort(host, port), nil
}

// startChild starts this program again as an engine, with its folder locked.
func startChild(ctx context.Context, name, home string, spec childSpec) (*process, error) {
	args, env, err := selfCommand(spec)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(ctx, filepath.Join(home, name+".lock"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer lock.Close() // the child holds it from here on
	return startProcess(command{name: name, dataDir: home, args: args, env: env, lock: lock})
}

// selfCommand is how this program is started again as an engine.
func selfCommand(spec childSpec) (args, env []string, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program to start it as %s: %w", spec.Engine, err)
	}
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil, nil, fmt.Errorf("describe the child %s: %w", spec.Engine, err)
	}
	return []string{exe}, append(os.Environ(), childEnv+"="+string(raw)), nil
}
