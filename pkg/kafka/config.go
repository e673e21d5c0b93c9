package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	"go.uber.org/zap"
)

// SASL mechanisms that Config accepts.
const (
	SASLPlain       = "PLAIN"
	SASLScramSHA256 = "SCRAM-SHA-256"
	SASLScramSHA512 = "SCRAM-SHA-512"
)

// Config says how to reach a Kafka cluster. The same value serves every client of a process.
type Config struct {
	// Brokers are the bootstrap addresses, host:port. At least one.
	Brokers []string `yaml:"brokers"`
	// TopicPrefix is put before every topic, group and transactional id. Empty in production; tests use a random one to share a broker.
	TopicPrefix string `yaml:"topic_prefix"`
	// ClientID names this program to the brokers (quotas, logs) and in metrics. Each client adds its role to it.
	ClientID string `yaml:"client_id"`
	// TLS encrypts the connection. Off by default.
	TLS TLS `yaml:"tls"`
	// SASL authenticates to the brokers. Off while its mechanism is empty.
	SASL SASL `yaml:"sasl"`

	// Logger takes the clients' own log lines at their levels. Nil: silent.
	Logger *zap.Logger `yaml:"-" json:"-"`
	// Registry takes the clients' metrics (tributary_kafka_*). Nil: none.
	Registry prometheus.Registerer `yaml:"-" json:"-"`
}

// TLS says how the connection to the brokers is encrypted and who is trusted.
type TLS struct {
	// Enabled turns TLS on. The other fields have no meaning without it.
	Enabled bool `yaml:"enabled"`
	// CAFile is a PEM file of trusted roots. Empty: the system's.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are the client's own certificate, both or none.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// ServerName overrides the name the brokers' certificates are checked against. Empty: the broker's host.
	ServerName string `yaml:"server_name"`
}

// SASL is the identity shown to the brokers.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. Empty: no authentication.
	Mechanism string `yaml:"mechanism"`
	Username  string `yaml:"username"`
	Password  string `yaml:"password"`
	// PasswordFile is read when Password is empty, so that the secret can stay out of the configuration.
	PasswordFile string `yaml:"password_file"`
}

// String hides the password, so that a printed configuration gives nothing away.
func (s SASL) String() string {
	if s.Mechanism == "" {
		return "none"
	}
	return s.Mechanism + " as " + s.Username
}

// GoString hides the password in %#v too.
func (s SASL) GoString() string { return "kafka.SASL{" + s.String() + "}" }

// DefaultConfig reaches one broker on this machine's default port.
func DefaultConfig() Config {
	return Config{Brokers: []string{"127.0.0.1:9092"}, ClientID: "tributary"}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New("kafka.brokers: at least one address is needed"))
	}
	for _, b := range c.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			errs = append(errs, fmt.Errorf("kafka.brokers: %q is not host:port: %w", b, err))
		}
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		errs = append(errs, errors.New("kafka.tls: cert_file and key_file are given together or not at all"))
	}
	return errors.Join(append(errs, c.SASL.validate())...)
}

func (s SASL) validate() error {
	switch s.Mechanism {
	case "":
		return nil
	case SASLPlain, SASLScramSHA256, SASLScramSHA512:
	default:
		return fmt.Errorf("kafka.sasl.mechanism: %q is not one of %s, %s, %s", s.Mechanism, SASLPlain, SASLScramSHA256, SASLScramSHA512)
	}
	if s.Username == "" || (s.Password == "" && s.PasswordFile == "") {
		return errors.New("kafka.sasl: username, and password or password_file, are needed with a mechanism")
	}
	return nil
}

// Topic is the name on this cluster of a topic of the contract ("events-v1").
func (c Config) Topic(contractName string) string { return c.TopicPrefix + contractName }

// Topics is Topic for several names.
func (c Config) Topics(contractNames ...string) []string {
	out := make([]string, len(contractNames))
	for i, n := range contractNames {
		out[i] = c.Topic(n)
	}
	return out
}

// Contract is the inverse of Topic: the contract's name of a topic seen on this cluster.
func (c Config) Contract(topic string) string { return strings.TrimPrefix(topic, c.TopicPrefix) }

func (t TLS) config() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read kafka.tls.ca_file: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("kafka.tls.ca_file: no certificate in %s", t.CAFile)
		}
	}
	if t.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("load kafka.tls.cert_file: %w", err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	return cfg, nil
}

func (s SASL) mechanism() (sasl.Mechanism, error) {
	pass := s.Password
	if pass == "" && s.PasswordFile != "" {
		b, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read kafka.sasl.password_file: %w", err)
		}
		pass = strings.TrimRight(string(b), "\r\n")
	}
	switch s.Mechanism {
	case SASLScramSHA256:
		return scram.Auth{User: s.Username, Pass: pass}.AsSha256Mechanism(), nil
	case SASLScramSHA512:
		return scram.Auth{User: s.Username, Pass: pass}.AsSha512Mechanism(), nil
	default:
		return plain.Auth{User: s.Username, Pass: pass}.AsMechanism(), nil
	}
}
