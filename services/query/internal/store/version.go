package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/tributary-attribution/tributary/services/query/internal/mirror"
)

// Version says of which data a question is asked.
type Version struct {
	// Word changes whenever anything lands in the tables, and hardly ever otherwise.
	Word string
	// Tables has a word of each table. Empty on a cluster: nothing is known but Word.
	Tables map[string]string
	// parts are what the tables consisted of; nil on a cluster.
	parts *mirror.Listing
}

// Of is a word that changes whenever anything lands in one of the tables.
func (v Version) Of(tables ...string) string {
	if v.Tables == nil || len(tables) == 0 {
		return v.Word
	}
	words := make([]string, len(tables))
	for i, table := range tables {
		words[i] = v.Tables[table]
	}
	return strings.Join(words, " ")
}

type versionKey struct{}

// WithVersion says which version of the data a question is asked of, as Version gave it before the question began. What was read at or after
// that moment may stand for it.
func WithVersion(ctx context.Context, v Version) context.Context {
	return context.WithValue(ctx, versionKey{}, v)
}

// VersionOf is what WithVersion said; false if it said nothing.
func VersionOf(ctx context.Context) (Version, bool) {
	v, ok := ctx.Value(versionKey{}).(Version)
	return v, ok && v.Word != ""
}

// partsText lists tables by their ids, and their active parts.
const partsText = `SELECT name AS of_table, toString(uuid) AS part, toDateTime(0) AS changed, toUInt64(0) AS part_rows, true AS is_table, engine NOT LIKE 'Replicated%' AND engine NOT LIKE 'Shared%' AS one_row
FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree'
UNION ALL
SELECT table, name, modification_time, rows, false, false FROM system.parts WHERE database = {database:String} AND active`

// Version reads which version of the data there is. It costs a look at the list of parts, whatever the tables hold.
func (s *Store) Version(ctx context.Context) (Version, error) {
	if s.db.Cluster != "" {
		return s.clusterVersion(ctx)
	}
	listing := &mirror.Listing{At: s.listings.Add(1), Tables: map[string]mirror.Table{}}
	strange := false
	err := s.run(ctx, statement{name: "version", text: partsText, args: []any{ch.Named("database", s.db.Database)}}, func(rows driver.Rows) error {
		var table, name string
		var p mirror.Listed
		var isTable, oneRow bool
		if err := rows.Scan(&table, &name, &p.Changed, &p.Rows, &isTable, &oneRow); err != nil {
			return err
		}
		t := listing.Tables[table]
		if isTable {
			t.ID, t.OneRow = name, oneRow
		} else {
			part, ok := mirror.ParsePart(name)
			strange = strange || !ok
			p.Part = part
			t.Parts = append(t.Parts, p)
		}
		listing.Tables[table] = t
		return nil
	})
	if err != nil {
		return Version{}, err
	}
	v := Version{Tables: map[string]string{}, parts: listing}
	if strange {
		v.parts = nil // parts of names that are not understood say nothing about what they hold
	}
	all := sha256.New()
	for _, table := range slices.Sorted(maps.Keys(listing.Tables)) {
		v.Tables[table] = tableWord(listing.Tables[table])
		fmt.Fprintln(all, table, v.Tables[table])
	}
	v.Word = hex.EncodeToString(all.Sum(nil)[:16])
	return v, nil
}

// tableWord hashes how many inserts each partition of a table has seen, and its last mutation. Block numbers only grow, and merges keep the largest, so the
// word changes with every insert and not with merges; the table's own id tells a table that was made anew.
func tableWord(t mirror.Table) string {
	type state struct{ block, mutation int64 }
	partitions := map[string]state{}
	for _, p := range t.Parts {
		of := partitions[p.Partition]
		of.block = max(of.block, p.Last)
		if p.Mutation > p.Last {
			of.mutation = max(of.mutation, p.Mutation)
		}
		partitions[p.Partition] = of
	}
	hash := sha256.New()
	fmt.Fprintln(hash, t.ID)
	for _, name := range slices.Sorted(maps.Keys(partitions)) {
		fmt.Fprintln(hash, name, partitions[name])
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// clusterVersionText is the word alone, of the parts of all servers. %s is the cluster.
const clusterVersionText = `SELECT hex(sipHash128(arraySort(groupArray((table, partition, block, mutation))), (
    SELECT arraySort(groupArray((name, uuid))) FROM system.tables WHERE database = {database:String} AND engine LIKE '%%MergeTree')))
FROM (
    SELECT table, partition, max(max_block_number) AS block, maxIf(data_version, data_version > max_block_number) AS mutation FROM clusterAllReplicas('%s', system.parts)
    WHERE database = {database:String} AND active GROUP BY hostName(), table, partition
)`

func (s *Store) clusterVersion(ctx context.Context) (Version, error) {
	st := statement{name: "version", args: []any{ch.Named("database", s.db.Database)}}
	st.text = fmt.Sprintf(clusterVersionText, s.db.Cluster) // a name that has passed Validate
	var v Version
	err := s.run(ctx, st, func(rows driver.Rows) error { return rows.Scan(&v.Word) })
	return v, err
}
