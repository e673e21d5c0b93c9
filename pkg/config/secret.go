package config

import (
	"errors"
	"fmt"
	"strings"
)

// redacted is what a secret prints as.
const redacted = "[redacted]"

// Secret is a value that is never printed: not by fmt, not as YAML or JSON, not by a logger.
type Secret string

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return s.String() }

// MarshalYAML hides the value.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// MarshalText hides the value in JSON and in loggers that use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the value as it stands.
func (s *Secret) UnmarshalText(text []byte) error { *s = Secret(text); return nil }

// Sources is where secrets outside the file come from; os.ReadFile and os.LookupEnv outside tests.
type Sources struct {
	ReadFile  func(name string) ([]byte, error)
	LookupEnv func(name string) (string, bool)
}

// secretRef is a secret with its three ways to be given.
type secretRef struct {
	// key is its place in the file, for errors.
	key       string
	value     *Secret
	file, env string
}

// secrets lists every secret of the configuration.
func (c *Config) secrets() []secretRef {
	refs := []secretRef{
		{"engines.kafka.sasl.password", &c.Engines.Kafka.SASL.Password, c.Engines.Kafka.SASL.PasswordFile, c.Engines.Kafka.SASL.PasswordEnv},
		{"attributor.erasure_secret", &c.Attributor.ErasureSecret, c.Attributor.ErasureSecretFile, c.Attributor.ErasureSecretEnv},
		{"engines.clickhouse.dsn", &c.Engines.ClickHouse.DSN, c.Engines.ClickHouse.DSNFile, c.Engines.ClickHouse.DSNEnv},
	}
	for i := range c.Query.Tokens {
		t := &c.Query.Tokens[i]
		refs = append(refs, secretRef{fmt.Sprintf("query.tokens[%d].token", i), &t.Token, t.TokenFile, t.TokenEnv})
	}
	for i := range c.Query.BIUsers {
		u := &c.Query.BIUsers[i]
		refs = append(refs, secretRef{fmt.Sprintf("query.bi_users[%d].password", i), &u.Password, u.PasswordFile, u.PasswordEnv})
	}
	for i := range c.Query.Readers {
		r := &c.Query.Readers[i]
		refs = append(refs, secretRef{fmt.Sprintf("query.readers[%d].password", i), &r.Password, r.PasswordFile, r.PasswordEnv})
	}
	for i := range c.Keys {
		k := &c.Keys[i]
		refs = append(refs, secretRef{fmt.Sprintf("keys[%d].key", i), &k.Key, k.KeyFile, k.KeyEnv})
	}
	for i := range c.Webhooks {
		w := &c.Webhooks[i]
		refs = append(refs, secretRef{fmt.Sprintf("webhooks[%d].secret", i), &w.Secret, w.SecretFile, w.SecretEnv},
			secretRef{fmt.Sprintf("webhooks[%d].previous_secret", i), &w.PreviousSecret, w.PreviousSecretFile, w.PreviousSecretEnv})
	}
	return refs
}

// SecretFiles are the files that secrets of the configuration stand in.
func (c *Config) SecretFiles() []string {
	var files []string
	for _, ref := range c.secrets() {
		if ref.file != "" {
			files = append(files, ref.file)
		}
	}
	return files
}

// resolve fills in the secrets that stand elsewhere.
func (c *Config) resolve(from Sources) error {
	var errs []error
	for _, ref := range c.secrets() {
		if err := ref.resolve(from); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", ref.key, err))
		}
	}
	return errors.Join(errs...)
}

func (r secretRef) resolve(from Sources) error {
	given := 0
	for _, way := range []string{string(*r.value), r.file, r.env} {
		if way != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return errors.New("is given more than once: in the file, by _file or by _env")
	case r.file != "":
		text, err := from.ReadFile(r.file)
		if err != nil {
			return err
		}
		*r.value = Secret(strings.TrimSpace(string(text)))
	case r.env != "":
		text, ok := from.LookupEnv(r.env)
		if !ok {
			return fmt.Errorf("the environment has no %s", r.env)
		}
		*r.value = Secret(strings.TrimSpace(text))
	default:
		return nil
	}
	if *r.value == "" {
		return errors.New("is empty where it is kept")
	}
	return nil
}
