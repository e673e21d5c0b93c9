package schemas

import "embed"

// ClickHouse holds the migrations of the analytical store, in the folder clickhouse. They are templates: pkg/clickhouse renders them for
// a single server or a cluster and applies them in order.
//
//go:embed clickhouse/*.sql
var ClickHouse embed.FS
