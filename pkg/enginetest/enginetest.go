// Package enginetest gives tests real engines: Kafka and ClickHouse, shared by all tests of a test binary and started when the first one
// asks. Each test gets names of its own on them (a topic prefix, a database), so tests run in parallel and leave nothing behind.
//
// Where the engines come from, in this order:
//
//   - TRIBUTARY_TEST_BROKERS (host:port, comma separated) and TRIBUTARY_TEST_CLICKHOUSE (a DSN): servers that run already. CI does this.
//   - Containers, when a Docker engine answers and has the image already: TRIBUTARY_TEST_KAFKA_IMAGE (default apache/kafka:4.3.1),
//     TRIBUTARY_TEST_CLICKHOUSE_IMAGE (default clickhouse/clickhouse-server:26.7). Nothing is pulled; TRIBUTARY_TEST_DOCKER=0 skips this step, =1 makes a missing image or engine an error.
//   - Otherwise embedded ones (pkg/embedded).
//
// A test is skipped when an engine cannot be had, and fails instead when REQUIRE_SERVICES=1, so that CI cannot pass by running nothing.
package enginetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/embedded"
	"github.com/tributary-attribution/tributary/pkg/kafka"
)

const (
	// startLimit is how long an engine may take; the first start ever fetches ClickHouse.
	startLimit = 10 * time.Minute
	// stopLimit is how long an engine may take to end after the last test.
	stopLimit = 2 * time.Minute
	// cleanLimit is how long dropping one test's names may take.
	cleanLimit = 3 * time.Minute
)

// engines are this test binary's. A process has one set, as it has one TestMain.
var engines shared

type shared struct {
	main       bool // Main is running the tests and will stop what they start
	kafka      lazy[kafka.Config]
	clickhouse lazy[clickhouse.Config]
}

// lazy starts an engine once and remembers how it went.
type lazy[C any] struct {
	once sync.Once
	cfg  C
	err  error
	stop func(context.Context) error
}

func (l *lazy[C]) get(start func(context.Context) (C, func(context.Context) error, error)) (C, error) {
	l.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		l.cfg, l.stop, l.err = start(ctx)
	})
	return l.cfg, l.err
}

// Main is the TestMain of every package whose tests use engines: it serves as an engine's child, or runs the tests and stops the engines they
// started. It does not return.
func Main(m *testing.M) {
	embedded.RunChild()
	engines.main = true
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	for _, stop := range []func(context.Context) error{engines.kafka.stop, engines.clickhouse.stop} {
		if stop == nil {
			continue
		}
		if err := stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "stop engine:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// Kafka returns a broker with a topic prefix that no other test has. The topics under it are deleted after the test. The caller creates them, usually
// with kafka.EnsureTopics.
func Kafka(tb testing.TB) kafka.Config {
	tb.Helper()
	cfg, err := engines.kafka.get(startKafka)
	usable(tb, "Kafka", err)
	cfg.TopicPrefix = unique("t") + "-"
	tb.Cleanup(func() { deleteTopics(tb, cfg) })
	return cfg
}

// ClickHouse returns a server with an empty database that no other test has. It is dropped after the test.
func ClickHouse(tb testing.TB) clickhouse.Config {
	tb.Helper()
	server, err := engines.clickhouse.get(startClickHouse)
	usable(tb, "ClickHouse", err)
	cfg := server
	cfg.Database = unique("test")
	exec(tb, server, "CREATE DATABASE "+cfg.Database)
	tb.Cleanup(func() { exec(tb, server, "DROP DATABASE IF EXISTS "+cfg.Database+" SYNC") })
	return cfg
}

func usable(tb testing.TB, what string, err error) {
	tb.Helper()
	switch {
	case !engines.main:
		tb.Fatal("the package's TestMain must be enginetest.Main: engines are children of this program, and are stopped by it")
	case err == nil:
	case os.Getenv("REQUIRE_SERVICES") == "1":
		tb.Fatalf("%s is required (REQUIRE_SERVICES=1): %v", what, err)
	default:
		tb.Skipf("%s cannot be had here: %v", what, err)
	}
}

func startKafka(ctx context.Context) (kafka.Config, func(context.Context) error, error) {
	cfg := kafka.DefaultConfig()
	cfg.ClientID = "test"
	if given := os.Getenv("TRIBUTARY_TEST_BROKERS"); given != "" {
		cfg.Brokers = strings.Split(given, ",")
		return cfg, nil, pingKafka(ctx, cfg)
	}
	brokers, stop, err := containerKafka(ctx)
	if err == nil {
		cfg.Brokers = brokers
		return cfg, stop, nil
	}
	if !errors.Is(err, errNoContainer) {
		return cfg, nil, err
	}
	k, err := embedded.StartKafka(ctx, embedded.KafkaOptions{})
	if err != nil {
		return cfg, nil, err
	}
	cfg.Brokers = k.Brokers()
	return cfg, k.Stop, nil
}

func pingKafka(ctx context.Context, cfg kafka.Config) error {
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		return err
	}
	defer adm.Close()
	ctx, cancel := context.WithTimeout(ctx, cleanLimit)
	defer cancel()
	if _, err := adm.ListBrokers(ctx); err != nil {
		return fmt.Errorf("reach TRIBUTARY_TEST_BROKERS %v: %w", cfg.Brokers, err)
	}
	return nil
}

func startClickHouse(ctx context.Context) (clickhouse.Config, func(context.Context) error, error) {
	if dsn := os.Getenv("TRIBUTARY_TEST_CLICKHOUSE"); dsn != "" {
		cfg, err := clickhouse.ParseDSN(dsn)
		cfg.Database = "default"
		return cfg, nil, err
	}
	cfg, stop, err := containerClickHouse(ctx)
	if !errors.Is(err, errNoContainer) {
		return cfg, stop, err
	}
	memory, err := clickHouseMemory()
	if err != nil {
		return cfg, nil, err
	}
	dir, err := os.MkdirTemp("", "tributary-clickhouse-")
	if err != nil {
		return cfg, nil, err
	}
	ch, err := embedded.StartClickHouse(ctx, embedded.ClickHouseOptions{DataDir: dir, MemoryLimit: memory})
	if err != nil {
		return cfg, nil, errors.Join(err, os.RemoveAll(dir))
	}
	cfg = ch.Config()
	cfg.Database = "default"
	return cfg, func(ctx context.Context) error { return errors.Join(ch.Stop(ctx), os.RemoveAll(dir)) }, nil
}

// clickHouseMemory is what the embedded engine may use, in bytes, for measurements over large worlds: TRIBUTARY_TEST_CLICKHOUSE_MEMORY in MiB. 0: what it usually does.
func clickHouseMemory() (int64, error) {
	text := os.Getenv("TRIBUTARY_TEST_CLICKHOUSE_MEMORY")
	if text == "" {
		return 0, nil
	}
	mib, err := strconv.ParseInt(text, 10, 32)
	if err != nil || mib <= 0 {
		return 0, fmt.Errorf("TRIBUTARY_TEST_CLICKHOUSE_MEMORY=%q is no number of MiB", text)
	}
	return mib << 20, nil
}

func deleteTopics(tb testing.TB, cfg kafka.Config) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	adm, err := kafka.NewAdmin(cfg)
	if err != nil {
		tb.Errorf("clean up topics: %v", err)
		return
	}
	defer adm.Close()
	all, err := adm.ListTopics(ctx)
	if err != nil {
		tb.Errorf("clean up topics: %v", err)
		return
	}
	var own []string
	for _, t := range all.Names() {
		if strings.HasPrefix(t, cfg.TopicPrefix) {
			own = append(own, t)
		}
	}
	if len(own) == 0 {
		return
	}
	if _, err := adm.DeleteTopics(ctx, own...); err != nil {
		tb.Errorf("clean up topics: %v", err)
	}
}

func exec(tb testing.TB, cfg clickhouse.Config, sql string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), cleanLimit)
	defer cancel()
	conn, err := clickhouse.Open(cfg)
	if err == nil {
		err = errors.Join(conn.Exec(ctx, sql), conn.Close())
	}
	if err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// unique returns a name that no other test has, on this machine or another: several runs may share a server.
func unique(prefix string) string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return fmt.Sprintf("%s%x", prefix, b)
}
