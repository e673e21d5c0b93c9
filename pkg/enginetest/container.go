package enginetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
)

// errNoContainer says that containers are not to be had here, and that this is no mistake.
var errNoContainer = errors.New("no container engine, or it has no image for this")

// The projects' own images. They are never pulled from here: a test run must not turn into a download that nobody asked for.
const (
	defaultKafkaImage      = "apache/kafka:4.3.1"
	defaultClickHouseImage = "clickhouse/clickhouse-server:26.7"
)

// containerPassword lets the container's user in from outside the container, which its image allows only with a password.
const containerPassword = "tributary-test"

// containerStart is how long a container may take to be ready.
const containerStart = 2 * time.Minute

// image returns the image to use, or errNoContainer; with TRIBUTARY_TEST_DOCKER=1 what is missing is an error instead.
func image(ctx context.Context, env, byDefault string) (name string, err error) {
	mode := os.Getenv("TRIBUTARY_TEST_DOCKER")
	if mode == "0" {
		return "", errNoContainer
	}
	defer func() {
		if p := recover(); p != nil { // testcontainers panics when it finds no engine at all
			err = fmt.Errorf("look for a container engine: %v", p)
		}
		if err != nil && mode != "1" {
			err = errNoContainer
		}
	}()
	if name = os.Getenv(env); name == "" {
		name = byDefault
	}
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return "", fmt.Errorf("reach the container engine: %w", err)
	}
	defer provider.Close()
	if err := provider.Health(ctx); err != nil {
		return "", fmt.Errorf("reach the container engine: %w", err)
	}
	if _, err := provider.Client().ImageInspect(ctx, name); err != nil {
		return "", fmt.Errorf("find image %s (docker pull it first): %w", name, err)
	}
	return name, nil
}

// containerKafka starts a broker in a container. A broker tells its clients where it is, so the host's port is chosen before the container starts.
func containerKafka(ctx context.Context) ([]string, func(context.Context) error, error) {
	name, err := image(ctx, "TRIBUTARY_TEST_KAFKA_IMAGE", defaultKafkaImage)
	if err != nil {
		return nil, nil, err
	}
	addr, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	c, err := testcontainers.Run(ctx, name,
		testcontainers.WithExposedPorts(addr+":9092"),
		testcontainers.WithEnv(kafkaEnv(addr)),
		testcontainers.WithWaitStrategyAndDeadline(containerStart, wait.ForListeningPort("9092/tcp")),
	)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start %s: %w", name, err), testcontainers.TerminateContainer(c))
	}
	return []string{addr}, terminate(c), nil
}

// kafkaEnv is the image's way to write server.properties; the values are those of scripts/kafka/server.properties.
func kafkaEnv(advertised string) map[string]string {
	return map[string]string{
		"KAFKA_NODE_ID":                                  "1",
		"KAFKA_PROCESS_ROLES":                            "broker,controller",
		"KAFKA_CONTROLLER_QUORUM_VOTERS":                 "1@localhost:9093",
		"KAFKA_LISTENERS":                                "BROKER://:9092,CONTROLLER://:9093",
		"KAFKA_ADVERTISED_LISTENERS":                     "BROKER://" + advertised,
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":           "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_INTER_BROKER_LISTENER_NAME":               "BROKER",
		"KAFKA_CONTROLLER_LISTENER_NAMES":                "CONTROLLER",
		"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":         "1",
		"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
		"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":            "1",
		"KAFKA_AUTO_CREATE_TOPICS_ENABLE":                "false",
		"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":         "0",
		"KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS":             "1000",
		"KAFKA_MESSAGE_MAX_BYTES":                        "8388608",
	}
}

func containerClickHouse(ctx context.Context) (clickhouse.Config, func(context.Context) error, error) {
	cfg := clickhouse.DefaultConfig()
	cfg.Database, cfg.Username, cfg.Password = "default", "default", containerPassword
	name, err := image(ctx, "TRIBUTARY_TEST_CLICKHOUSE_IMAGE", defaultClickHouseImage)
	if err != nil {
		return cfg, nil, err
	}
	c, err := testcontainers.Run(ctx, name,
		testcontainers.WithExposedPorts("9000/tcp", "8123/tcp"),
		testcontainers.WithEnv(map[string]string{
			"CLICKHOUSE_USER": cfg.Username, "CLICKHOUSE_PASSWORD": cfg.Password, "CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT": "1",
		}),
		testcontainers.WithWaitStrategyAndDeadline(containerStart, wait.ForHTTP("/ping").WithPort("8123/tcp")),
	)
	if err != nil {
		return cfg, nil, errors.Join(fmt.Errorf("start %s: %w", name, err), testcontainers.TerminateContainer(c))
	}
	addr, err := c.PortEndpoint(ctx, "9000/tcp", "")
	if err != nil {
		return cfg, nil, errors.Join(fmt.Errorf("find the port of %s: %w", name, err), testcontainers.TerminateContainer(c))
	}
	cfg.Addr = []string{addr}
	return cfg, terminate(c), nil
}

func terminate(c testcontainers.Container) func(context.Context) error {
	return func(ctx context.Context) error {
		return testcontainers.TerminateContainer(c, testcontainers.StopContext(ctx))
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
