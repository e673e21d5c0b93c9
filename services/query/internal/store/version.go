package store

import (
	"context"
	"fmt"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// versionText hashes how many inserts each partition of each storage table has seen. Block numbers only grow, and merges keep the largest, so
// the hash changes with every insert and with nothing else (of a part that no mutation made, the data version is its smallest block, which a merge
// lowers, so only those beyond its largest count); the table's own id tells a table that was made anew. %s is where parts are listed.
const versionText = `SELECT hex(sipHash128(arraySort(groupArray((table, partition, block, mutation))), (
    SELECT arraySort(groupArray((name, uuid))) FROM system.tables WHERE database = {database:String} AND engine LIKE '%%MergeTree')))
FROM (
    SELECT table, partition, max(max_block_number) AS block, maxIf(data_version, data_version > max_block_number) AS mutation FROM %s
    WHERE database = {database:String} AND active GROUP BY hostName(), table, partition
)`

func versionStatement(database, parts string) statement {
	return statement{name: "version", text: fmt.Sprintf(versionText, parts), args: []any{ch.Named("database", database)}}
}

// Version is a word that changes whenever anything lands in the tables, and hardly ever otherwise. It costs a look at the list of parts,
// whatever the tables hold.
func (s *Store) Version(ctx context.Context) (string, error) {
	parts := "system.parts"
	if s.db.Cluster != "" {
		parts = "clusterAllReplicas('" + s.db.Cluster + "', system.parts)" // a name that has passed Validate
	}
	var version string
	err := s.run(ctx, versionStatement(s.db.Database, parts), func(rows driver.Rows) error { return rows.Scan(&version) })
	return version, err
}
