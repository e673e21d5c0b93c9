package clickhouse

import (
	"context"
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/database/dialect"
	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/schemas"
)

// versionTable records which migrations have been applied.
const versionTable = "schema_migrations"

// Migrate creates the database if need be and applies the migrations that it lacks, in order. It may run any number of times, and from
// several processes at once: every statement is one that can be repeated.
func Migrate(ctx context.Context, cfg Config, log *zap.Logger) (err error) {
	if err := createDatabase(ctx, cfg); err != nil {
		return err
	}
	o, err := options(cfg)
	if err != nil {
		return err
	}
	o.Settings = ddlSettings(cfg)
	db := clickhouse.OpenDB(o)
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := render(schemas.ClickHouse, "clickhouse", cfg)
	if err != nil {
		return err
	}
	store, err := database.NewStoreFromQuerier(versionTable, querier{cfg})
	if err != nil {
		return fmt.Errorf("open the table of applied migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	applied, err := provider.Up(ctx)
	for _, m := range applied {
		log.Info("applied ClickHouse migration", zap.String("migration", m.Source.Path), zap.Duration("took", m.Duration))
	}
	if err != nil {
		return fmt.Errorf("migrate ClickHouse database %s: %w", cfg.Database, err)
	}
	if cfg.SecureViews {
		return SecureViews(ctx, cfg)
	}
	return nil
}

// createDatabase connects to the server's default database, since the configured one may not be there yet.
func createDatabase(ctx context.Context, cfg Config) (err error) {
	boot := cfg
	boot.Database = "default"
	conn, err := Open(boot)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// The name has passed Validate, so that quoting it is enough.
	stmt := "CREATE DATABASE IF NOT EXISTS `" + cfg.Database + "` " + scope{cfg}.OnCluster()
	if err := cfg.Validate(); err != nil {
		return err
	}
	if err := conn.Exec(ctx, stmt); err != nil {
		return fmt.Errorf("create ClickHouse database %s: %w", cfg.Database, err)
	}
	return nil
}

func ddlSettings(cfg Config) clickhouse.Settings {
	if cfg.Cluster == "" {
		return nil
	}
	return clickhouse.Settings{
		"distributed_ddl_task_timeout":  300,     // a migration waits for every server, or fails
		"distributed_ddl_output_mode":   "throw", // and says so
		"insert_quorum":                 "auto",  // "applied" is on record only when most servers know it
		"select_sequential_consistency": 1,       // and is read back by whoever migrates next
	}
}

// querier keeps goose's record of applied migrations. Goose's own dialect knows one server only.
type querier struct{ cfg Config }

var _ dialect.Querier = querier{}

// CreateTable implements dialect.Querier.
func (q querier) CreateTable(table string) string {
	engine := "MergeTree()"
	if q.cfg.Cluster != "" {
		engine = "ReplicatedMergeTree(" + everywherePath(q.cfg, table) + ")"
	}
	return fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s %s (
		version_id Int64 COMMENT 'Number of the migration',
		is_applied UInt8 COMMENT '1 when it has been applied',
		tstamp DateTime DEFAULT now() COMMENT 'When'
	) ENGINE = %s ORDER BY version_id COMMENT 'Migrations that have been applied'`, table, scope(q).OnCluster(), engine)
}

// InsertVersion implements dialect.Querier.
func (q querier) InsertVersion(table string) string {
	return fmt.Sprintf("INSERT INTO %s (version_id, is_applied) VALUES ($1, $2)", table)
}

// DeleteVersion implements dialect.Querier. Migrations go forward only; goose never calls it.
func (q querier) DeleteVersion(table string) string {
	return fmt.Sprintf("ALTER TABLE %s DELETE WHERE version_id = $1 SETTINGS mutations_sync = 2", table)
}

// GetMigrationByVersion implements dialect.Querier.
func (q querier) GetMigrationByVersion(table string) string {
	return fmt.Sprintf("SELECT tstamp, is_applied FROM %s WHERE version_id = $1 ORDER BY tstamp DESC LIMIT 1", table)
}

// ListMigrations implements dialect.Querier.
func (q querier) ListMigrations(table string) string {
	return fmt.Sprintf("SELECT version_id, is_applied FROM %s ORDER BY version_id DESC", table)
}

// GetLatestVersion implements dialect.Querier.
func (q querier) GetLatestVersion(table string) string {
	return fmt.Sprintf("SELECT max(version_id) FROM %s", table)
}
