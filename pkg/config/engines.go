package config

import "time"

// Engines are Kafka and ClickHouse. One without address is embedded by "tributary up".
type Engines struct {
	// DataDir holds the embedded engines' data, the attributor's state, the collector's spool and the development keys.
	DataDir string `yaml:"data_dir"`
	// CacheDir holds the embedded ClickHouse once fetched. Empty: the user's cache folder.
	CacheDir   string     `yaml:"cache_dir,omitempty"`
	Kafka      Kafka      `yaml:"kafka"`
	ClickHouse ClickHouse `yaml:"clickhouse"`
}

// Kafka says how to reach a cluster, or where the embedded one listens.
type Kafka struct {
	// Brokers are bootstrap addresses. Empty: embedded.
	Brokers []string `yaml:"brokers,omitempty"`
	// Addr is where the embedded broker listens.
	Addr string `yaml:"addr"`
	// TopicPrefix is put before every topic and group, to share a cluster.
	TopicPrefix string `yaml:"topic_prefix,omitempty"`
	// Partitions of the topics that are created; the attributor's parallelism is bounded by them, and they cannot be changed later. Zero: 2 on
	// the embedded broker, 8 on others. See PartitionCount.
	Partitions int32 `yaml:"partitions,omitempty"`
	// Replication of the topics that are created. The embedded broker is one.
	Replication int16     `yaml:"replication"`
	TLS         KafkaTLS  `yaml:"tls"`
	SASL        KafkaSASL `yaml:"sasl"`
}

// Partitions of topics when the configuration does not say. The embedded broker writes each partition to the disk by itself, so that every
// transaction costs a wait per partition: with 8, freshness was five times worse than with 2 on the same machine.
const (
	embeddedPartitions = 2
	clusterPartitions  = 8
)

// PartitionCount is Partitions, or what is usual for the kind of broker.
func (k Kafka) PartitionCount() int32 {
	switch {
	case k.Partitions > 0:
		return k.Partitions
	case len(k.Brokers) == 0:
		return embeddedPartitions
	default:
		return clusterPartitions
	}
}

// KafkaTLS encrypts the connection to the brokers.
type KafkaTLS struct {
	Enabled bool `yaml:"enabled"`
	// CAFile is a PEM file of trusted roots. Empty: the system's.
	CAFile     string `yaml:"ca_file,omitempty"`
	CertFile   string `yaml:"cert_file,omitempty"`
	KeyFile    string `yaml:"key_file,omitempty"`
	ServerName string `yaml:"server_name,omitempty"`
}

// KafkaSASL authenticates to the brokers.
type KafkaSASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. Empty: none.
	Mechanism string `yaml:"mechanism,omitempty"`
	Username  string `yaml:"username,omitempty"`
	// One of Password, PasswordFile and PasswordEnv.
	Password     Secret `yaml:"password,omitempty"`
	PasswordFile string `yaml:"password_file,omitempty"`
	PasswordEnv  string `yaml:"password_env,omitempty"`
}

// ClickHouse says how to reach a server, or where the embedded one listens.
type ClickHouse struct {
	// One of DSN, DSNFile and DSNEnv: clickhouse://user:password@host:9000/tributary. None: embedded.
	DSN     Secret `yaml:"dsn,omitempty"`
	DSNFile string `yaml:"dsn_file,omitempty"`
	DSNEnv  string `yaml:"dsn_env,omitempty"`
	// Cluster is the name that the migrations create replicated tables on. Empty: a single server.
	Cluster string `yaml:"cluster,omitempty"`
	// SecureViews has the views read as user tributary_views, for a server whose users are those of "tributary clickhouse-users". The embedded server
	// always does.
	SecureViews bool `yaml:"secure_views,omitempty"`
	// HTTPAddr and TCPAddr are where the embedded server listens.
	HTTPAddr string `yaml:"http_addr"`
	TCPAddr  string `yaml:"tcp_addr"`
}

// Collector is the collector's section.
type Collector struct {
	Addr string `yaml:"addr"`
	// RatePerKey bounds events per second of one key. Zero: the collector's default.
	RatePerKey float64 `yaml:"rate_per_key,omitempty"`
	// SpoolDir keeps what was accepted while Kafka was away; each collector needs a folder of its own. Empty: spool in engines.data_dir.
	SpoolDir string `yaml:"spool_dir,omitempty"`
	// SpoolBytes bounds it. Zero: the collector's default. Negative: no spool, requests are answered 503 while Kafka is away.
	SpoolBytes int64 `yaml:"spool_bytes,omitempty"`
	// TrustedProxies are networks whose X-Forwarded-For is believed.
	TrustedProxies []string `yaml:"trusted_proxies,omitempty"`
	// TLSCertFile and TLSKeyFile serve TLS, both or none.
	TLSCertFile string `yaml:"tls_cert_file,omitempty"`
	TLSKeyFile  string `yaml:"tls_key_file,omitempty"`
}

// Attributor is the attributor's section.
type Attributor struct {
	// Addr serves health and metrics when the attributor runs on its own.
	Addr string `yaml:"addr"`
	// StateDir holds the state of its tasks. Empty: attributor in engines.data_dir.
	StateDir string `yaml:"state_dir,omitempty"`
	// Ordinal tells the attributors of a cluster apart: 0, 1, 2 ... Two with the same fence each other.
	Ordinal int `yaml:"ordinal,omitempty"`
	// Sessions is how many sessions run in parallel in this process, each with a share of the partitions. Zero: the attributor's default.
	Sessions int `yaml:"sessions,omitempty"`
	// CommitInterval bounds how long a transaction collects: it is the larger part of freshness. Zero: the attributor's default.
	CommitInterval time.Duration `yaml:"commit_interval,omitempty"`
	// CacheBytes bounds the memory of hot subjects, of all sessions together. Zero: the attributor's default.
	CacheBytes int64 `yaml:"cache_bytes,omitempty"`
	// PauseMax bounds how long an account of many touches waits before its journeys are computed again without a new milestone: 1 ms per touch, but no
	// longer than this. Zero: the attributor's default.
	PauseMax time.Duration `yaml:"pause_max,omitempty"`
	// ErasureSecret keys what is kept of erased ids, so that events which arrive late are erased as well; at least 16 bytes, the same for ever. Without one
	// requests to erase wait. "tributary up" makes one and keeps it in its data folder. One of ErasureSecret, ErasureSecretFile and ErasureSecretEnv.
	ErasureSecret     Secret `yaml:"erasure_secret,omitempty"`
	ErasureSecretFile string `yaml:"erasure_secret_file,omitempty"`
	ErasureSecretEnv  string `yaml:"erasure_secret_env,omitempty"`
}

// Sink is the sink's section.
type Sink struct {
	// Addr serves health and metrics when the sink runs on its own.
	Addr string `yaml:"addr"`
	// InstanceID names one sink of a cluster for good, so that a restart gets its partitions back at once; two running ones must not share it.
	// Empty: none, and after a crash the group waits for the session to time out. "tributary up" sets one.
	InstanceID string `yaml:"instance_id,omitempty"`
	// FlushInterval is the longest that rows wait for their batch to fill. Zero: the sink's default.
	FlushInterval time.Duration `yaml:"flush_interval,omitempty"`
	// BatchRows closes a batch before the interval. Zero: the sink's default.
	BatchRows int `yaml:"batch_rows,omitempty"`
}

// Query is the query service's section.
type Query struct {
	Addr string `yaml:"addr"`
	// Tokens let readers in. None: everybody who can connect may read, on loopback addresses only.
	Tokens []Token `yaml:"tokens,omitempty"`
	// BIUsers are users of ClickHouse for BI tools, who see the stable views of their workspaces. The embedded server gets them; for another,
	// "tributary clickhouse-users" writes its users file.
	BIUsers []BIUser `yaml:"bi_users,omitempty"`
	// Readers are users of a ClickHouse that is not embedded, who see one workspace each; what is asked of a workspace is asked as its reader. All
	// workspaces or none. The embedded server has its own.
	Readers []Reader `yaml:"readers,omitempty"`
	// Open allows other addresses without tokens, when something in front of the service guards it.
	Open bool `yaml:"open,omitempty"`
	// Model is shown when a question names none. Empty: the service's default.
	Model string `yaml:"model,omitempty"`
	// TLSCertFile and TLSKeyFile serve TLS, both or none.
	TLSCertFile string `yaml:"tls_cert_file,omitempty"`
	TLSKeyFile  string `yaml:"tls_key_file,omitempty"`
}

// Token lets its bearer read, and change what its role allows.
type Token struct {
	// Name stands in the records of what the bearer changed. Empty: its place in the list.
	Name string `yaml:"name,omitempty"`
	// Role is viewer (look), editor (save views), approver (close months) or admin (everything). Empty: viewer.
	Role string `yaml:"role,omitempty"`
	// One of Token, TokenFile and TokenEnv; at least 16 characters.
	Token     Secret `yaml:"token,omitempty"`
	TokenFile string `yaml:"token_file,omitempty"`
	TokenEnv  string `yaml:"token_env,omitempty"`
	// Workspaces the bearer may read. Empty: all.
	Workspaces []string `yaml:"workspaces,omitempty"`
}

// BIUser is a user of ClickHouse for a BI tool.
type BIUser struct {
	// Name is in lower case: letters, digits and underscores.
	Name string `yaml:"name"`
	// Tool is grafana, metabase, superset, tableau or looker.
	Tool string `yaml:"tool"`
	// Workspaces that are seen. Empty: all.
	Workspaces []string `yaml:"workspaces,omitempty"`
	// One of Password, PasswordFile and PasswordEnv. None: "tributary up" makes one for its embedded server and prints it.
	Password     Secret `yaml:"password,omitempty"`
	PasswordFile string `yaml:"password_file,omitempty"`
	PasswordEnv  string `yaml:"password_env,omitempty"`
}

// Reader is a user of ClickHouse who sees one workspace.
type Reader struct {
	Workspace string `yaml:"workspace"`
	Username  string `yaml:"username"`
	// One of Password, PasswordFile and PasswordEnv.
	Password     Secret `yaml:"password,omitempty"`
	PasswordFile string `yaml:"password_file,omitempty"`
	PasswordEnv  string `yaml:"password_env,omitempty"`
}
