package kafka_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

func TestConfig_Validate(t *testing.T) {
	if err := kafka.DefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for _, c := range []struct {
		want string
		cfg  kafka.Config
	}{
		{"at least one address", kafka.Config{}},
		{`"nowhere" is not host:port`, kafka.Config{Brokers: []string{"nowhere"}}},
		{"cert_file and key_file", kafka.Config{Brokers: []string{"b:1"}, TLS: kafka.TLS{CertFile: "x"}}},
		{`"MAGIC" is not one of`, kafka.Config{Brokers: []string{"b:1"}, SASL: kafka.SASL{Mechanism: "MAGIC"}}},
		{"username, and password", kafka.Config{Brokers: []string{"b:1"}, SASL: kafka.SASL{Mechanism: kafka.SASLPlain, Username: "u"}}},
	} {
		err := c.cfg.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v does not say %q", err, c.want)
		}
		if _, err := kafka.NewProducer(c.cfg); err == nil {
			t.Errorf("%s: a client was made", c.want)
		}
	}
}

func TestConfig_names(t *testing.T) {
	cfg := kafka.Config{TopicPrefix: "p-"}
	if got := cfg.Topic("events-v1"); got != "p-events-v1" || cfg.Contract(got) != "events-v1" {
		t.Errorf("topic %q, back %q", got, cfg.Contract(got))
	}
}

func TestConfig_hidesThePassword(t *testing.T) {
	cfg := kafka.Config{SASL: kafka.SASL{Mechanism: kafka.SASLPlain, Username: "u", Password: "s3cret"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(verb, cfg); strings.Contains(s, "s3cret") {
			t.Errorf("%s shows the password: %s", verb, s)
		}
	}
}

func TestConfig_authenticates(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("right\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mechanism := range []string{kafka.SASLPlain, kafka.SASLScramSHA256, kafka.SASLScramSHA512} {
		t.Run(mechanism, func(t *testing.T) {
			// A broker of its own: the shared one lets everybody in.
			c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(mechanism, "svc", "right"), kfake.SeedTopics(1, "events-v1"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			for password, ok := range map[string]bool{"": true, "wrong": false} {
				cfg := kafka.Config{Brokers: c.ListenAddrs(), SASL: kafka.SASL{Mechanism: mechanism, Username: "svc", Password: password, PasswordFile: secret}}
				cl, err := kafka.NewProducer(cfg, kgo.RecordRetries(1), kgo.RequestRetries(1))
				if err != nil {
					t.Fatal(err)
				}
				if err := cl.Ping(t.Context()); (err == nil) != ok {
					t.Errorf("password %q: %v", password, err)
				}
				cl.Close()
			}
		})
	}
}
