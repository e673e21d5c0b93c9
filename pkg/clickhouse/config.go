package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Config says how to reach a ClickHouse server or cluster. The same value serves every connection of a process.
type Config struct {
	// Addr are native-protocol addresses, host:port, tried in order. At least one.
	Addr []string `yaml:"addr"`
	// Database holds everything of Tributary. Letters, digits and underscores. Migrate creates it.
	Database string `yaml:"database"`
	// Username and Password; empty means the server's default user.
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	// Cluster is the name of a cluster in the server's remote_servers. Empty: one server. With it, tables are replicated and
	// sharded: the servers need the macros shard and replica.
	Cluster string `yaml:"cluster"`
	// TLS encrypts the connection with the system's roots. TLSServerName overrides the name to verify.
	TLS           bool   `yaml:"tls"`
	TLSServerName string `yaml:"tls_server_name"`
	// SecureViews lets Migrate have the views read as ViewsUser, which the server must know: then readers need no right to the tables.
	SecureViews bool `yaml:"secure_views"`
	// MaxConns bounds the pool. 0: 8.
	MaxConns int `yaml:"max_conns"`
	// DialTimeout bounds one connection attempt. 0: 5 s.
	DialTimeout time.Duration `yaml:"dial_timeout"`
	// ReadTimeout ends a statement that is silent for so long. 0: 5 minutes.
	ReadTimeout time.Duration `yaml:"read_timeout"`
}

// name is what database and cluster names are made of: they are put into DDL, where no parameter can stand.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// DefaultConfig reaches database tributary of a server on this machine's default port.
func DefaultConfig() Config {
	return Config{Addr: []string{"127.0.0.1:9000"}, Database: "tributary"}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if len(c.Addr) == 0 {
		errs = append(errs, errors.New("clickhouse.addr: at least one address is needed"))
	}
	for _, a := range c.Addr {
		if _, _, err := net.SplitHostPort(a); err != nil {
			errs = append(errs, fmt.Errorf("clickhouse.addr: %q is not host:port: %w", a, err))
		}
	}
	if !name.MatchString(c.Database) {
		errs = append(errs, fmt.Errorf("clickhouse.database: %q is not a name of letters, digits and underscores", c.Database))
	}
	if c.Cluster != "" && !name.MatchString(c.Cluster) {
		errs = append(errs, fmt.Errorf("clickhouse.cluster: %q is not a name of letters, digits and underscores", c.Cluster))
	}
	if c.MaxConns < 0 {
		errs = append(errs, errors.New("clickhouse.max_conns: must not be negative"))
	}
	return errors.Join(errs...)
}

// String hides the password, so that a printed configuration gives nothing away.
func (c Config) String() string {
	s := "clickhouse://" + c.Username + "@" + strings.Join(c.Addr, ",") + "/" + c.Database
	if c.Cluster != "" {
		s += "?cluster=" + c.Cluster
	}
	return s
}

// GoString hides the password in %#v too.
func (c Config) GoString() string { return c.String() }

// Table returns the table to read and write for a storage table: itself on one server, its distributed face on a cluster.
func (c Config) Table(local string) string {
	if c.Cluster == "" || replicatedEverywhere[local] {
		return local
	}
	return local + "_dist"
}

// ParseDSN reads clickhouse://user:password@host:port,host:port/database?cluster=NAME&secure=true. What the address leaves out
// comes from DefaultConfig.
func ParseDSN(dsn string) (Config, error) {
	u, hosts, err := splitDSN(dsn)
	if err != nil {
		// The parse error repeats its input, and with it the password.
		return Config{}, errors.New("clickhouse address is not a URL like clickhouse://user:password@host:9000/database")
	}
	if u.Scheme != "clickhouse" && u.Scheme != "tcp" {
		return Config{}, fmt.Errorf("clickhouse address: scheme %q is not clickhouse", u.Scheme)
	}
	c := DefaultConfig()
	if hosts != "" {
		c.Addr = strings.Split(hosts, ",")
		for i, a := range c.Addr {
			if _, _, err := net.SplitHostPort(a); err != nil {
				c.Addr[i] = net.JoinHostPort(strings.Trim(a, "[]"), "9000")
			}
		}
	}
	if db := strings.Trim(u.Path, "/"); db != "" {
		c.Database = db
	}
	c.Username = u.User.Username()
	c.Password, _ = u.User.Password()
	for key, values := range u.Query() {
		if err := c.setParam(key, values[len(values)-1]); err != nil {
			return Config{}, err
		}
	}
	return c, c.Validate()
}

// splitDSN takes the hosts out before the URL is parsed, since a URL has one host only.
func splitDSN(dsn string) (u *url.URL, hosts string, err error) {
	scheme, rest, _ := strings.Cut(dsn, "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	start := strings.LastIndexByte(rest[:end], '@') + 1
	u, err = url.Parse(scheme + "://" + rest[:start] + rest[end:])
	return u, rest[start:end], err
}

func (c *Config) setParam(key, value string) (err error) {
	switch key {
	case "cluster":
		c.Cluster = value
	case "secure":
		c.TLS, err = strconv.ParseBool(value)
	case "max_conns":
		c.MaxConns, err = strconv.Atoi(value)
	case "dial_timeout":
		c.DialTimeout, err = time.ParseDuration(value)
	case "read_timeout":
		c.ReadTimeout, err = time.ParseDuration(value)
	default:
		return fmt.Errorf("clickhouse address: unknown parameter %q", key)
	}
	if err != nil {
		return fmt.Errorf("clickhouse address: parameter %s: %w", key, err)
	}
	return nil
}
