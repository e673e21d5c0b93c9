package clickhouse

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
	"text/template"
)

// DedupWindow is how many recent insert tokens each table remembers. A sink that repeats an insert does so within seconds, tens of
// inserts later; rows are idempotent in any case, this only saves the work.
const DedupWindow = 1000

// replicatedEverywhere are the small tables of which every server of a cluster has a full copy.
var replicatedEverywhere = map[string]bool{"models_rows": true, "currency_rates": true}

// distributed are the sharded tables and what spreads their rows. All versions of a row must meet on one shard, or FINAL could not choose
// among them: so the columns are of the table's key, and do not include any that could change.
var distributed = []distributedTable{
	{"touchpoints_rows", "workspace, touchpoint_id"},
	{"conversions_rows", "workspace, conversion_id"},
	{"opportunities_rows", "workspace, opportunity_id"},
	{"opportunity_stages_rows", "workspace, opportunity_id"},
	{"credits_rows", "workspace, journey_id"},
	{"ledger_rows", "workspace, journey_id"},
	{"cells_rows", "workspace, channel, campaign"},
	{"spend_rows", "workspace, spend_key"},
	{"plans_rows", "workspace, plan_id"},
	{"rejected_rows", "workspace, rejected_id"},
}

type distributedTable struct{ Name, ShardBy string }

// scope is what the migration templates can say.
type scope struct{ cfg Config }

// OnCluster is the clause that runs a statement on every server.
func (s scope) OnCluster() string {
	if s.cfg.Cluster == "" {
		return ""
	}
	return "ON CLUSTER " + s.ClusterLiteral()
}

// ClusterLiteral is the cluster's name, quoted.
func (s scope) ClusterLiteral() string { return "'" + s.cfg.Cluster + "'" }

// Replacing is the engine of a storage table; args are its version columns.
func (s scope) Replacing(args string) string {
	if s.cfg.Cluster == "" {
		return "ReplacingMergeTree(" + args + ")"
	}
	// Without a path the server's default applies: one replication group per shard, named by the table's own id.
	return "ReplicatedReplacingMergeTree(" + args + ")"
}

// ReplicatingEverywhere is the engine of a table of which every server has a full copy.
func (s scope) ReplacingEverywhere(table string, version ...string) string {
	if s.cfg.Cluster == "" {
		return "ReplacingMergeTree(" + strings.Join(version, ", ") + ")"
	}
	args := append([]string{everywherePath(s.cfg, table)}, version...)
	return "ReplicatedReplacingMergeTree(" + strings.Join(args, ", ") + ")"
}

// everywherePath is one replication group across all shards.
func everywherePath(cfg Config, table string) string {
	return fmt.Sprintf("'/clickhouse/tables/%s/%s', '{shard}-{replica}'", cfg.Database, table)
}

// Dedup are the table settings that make insert tokens work.
func (s scope) Dedup() string {
	if s.cfg.Cluster == "" {
		return fmt.Sprintf("non_replicated_deduplication_window = %d", DedupWindow)
	}
	return fmt.Sprintf("replicated_deduplication_window = %d, replicated_deduplication_window_seconds = 604800", DedupWindow)
}

// Read is the table a view reads.
func (s scope) Read(table string) string { return s.cfg.Table(table) }

// Distributed are the sharded tables, none on a single server.
func (s scope) Distributed() []distributedTable {
	if s.cfg.Cluster == "" {
		return nil
	}
	return distributed
}

// render fills the migrations in for one configuration.
func render(src fs.FS, dir string, cfg Config) (fs.FS, error) {
	files, err := fs.Glob(src, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	out := fstest.MapFS{}
	for _, f := range files {
		t, err := template.New(path.Base(f)).Option("missingkey=error").ParseFS(src, f)
		if err != nil {
			return nil, fmt.Errorf("parse migration %s: %w", f, err)
		}
		var b strings.Builder
		if err := t.Execute(&b, scope{cfg}); err != nil {
			return nil, fmt.Errorf("render migration %s: %w", f, err)
		}
		out[path.Base(f)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return out, nil
}
