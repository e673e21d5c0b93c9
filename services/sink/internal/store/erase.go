package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Person is whose traces are removed.
type Person struct {
	Workspace string
	// Subjects are all ids that mean the person, as kind|id: v a browser, u a user, c a contact, e the digest of an address.
	Subjects []string
	// Until is the last moment that is erased: what the same ids did later is theirs.
	Until time.Time
}

// Erased says what Erase did.
type Erased struct {
	// Removed are rows by storage table.
	Removed map[string]int64
	// Left are current rows of the time before Until that still name the person: the attributor, or the sink, has not replaced them yet.
	Left int64
	// Rows are those that are left.
	Rows []LeftRow
}

// LeftRow is a current row that still names an erased person.
type LeftRow struct {
	Table string
	// Key are its keys within the workspace, in the table's order.
	Key     []string
	Version uint64
}

// RemoveRows removes rows that the topics do not have any more, and whose removal the sink never saw. Their older versions are what Erase removes; a newer one that has come
// since stays.
func (s *Store) RemoveRows(ctx context.Context, workspace string, list []LeftRow) (map[string]int64, error) {
	out := make(map[string]int64)
	for _, t := range namedTables() {
		var tuples []string
		for _, r := range list {
			if r.Table == t.table {
				tuples = append(tuples, tupleOf(r.Key, r.Version))
			}
		}
		n, err := s.remove(ctx, t.table, workspace, "("+strings.Join(t.keys, ", ")+", version)", tuples)
		if n > 0 {
			out[t.table] = n
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// deleteChunk is how many rows one statement names: its text has to fit into a node of the coordination service on a cluster.
const deleteChunk = 2000

// named is a storage table whose rows name people.
type named struct {
	table string
	// keys tell rows apart within a workspace; all versions of a row share them.
	keys []string
	// ids are the columns that may hold a subject or the id of one.
	ids []string
	// before is true of rows that are about the time up to {until}.
	before string
}

func namedTables() []named {
	credit := []string{"journey_id", "model", "touchpoint_id"}
	// The line without a touch names the journey's person, on the day of the journey.
	creditBefore := "if(touchpoint_id != '', touched_at <= {until}, opened_date < toDate({until}))"
	return []named{
		{"touchpoints_rows", []string{"touchpoint_id"}, []string{"person_id", "visitor_id"}, "occurred_at <= {until}"},
		{"conversions_rows", []string{"conversion_id"}, []string{"person_id", "visitor_id"}, "occurred_at <= {until}"},
		{"credits_rows", credit, []string{"person_id"}, creditBefore},
		{"shadow_credits_rows", credit, []string{"person_id"}, creditBefore},
	}
}

// Erase removes what old versions of rows say about a person, and refused input with an id or address of theirs. Current rows stay: they are replaced through
// the topics, and Left counts those that have yet to be. It returns when the servers have rewritten their parts. Doing it again finds nothing.
func (s *Store) Erase(ctx context.Context, p Person) (Erased, error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_query_size": 16 << 20, "max_ast_elements": 1_000_000}))
	out := Erased{Removed: make(map[string]int64)}
	if len(p.Subjects) == 0 {
		return out, nil
	}
	for _, t := range namedTables() {
		old, tombstones, left, err := s.versions(ctx, t, p)
		if err != nil {
			return out, fmt.Errorf("find rows of a person in %s: %w", t.table, err)
		}
		out.Left += int64(len(left))
		out.Rows = append(out.Rows, left...)
		// Old versions first: without the row that says that it is gone, an older one would be seen for a moment.
		for _, rows := range [][]string{old, tombstones} {
			n, err := s.remove(ctx, t.table, p.Workspace, "("+strings.Join(t.keys, ", ")+", version)", rows)
			out.Removed[t.table] += n
			if err != nil {
				return out, err
			}
		}
	}
	refused, err := s.refused(ctx, p)
	if err != nil {
		return out, fmt.Errorf("find refused input of a person: %w", err)
	}
	out.Removed["rejected_rows"], err = s.remove(ctx, "rejected_rows", "", "(workspace, rejected_id)", refused)
	return out, err
}

// versions returns, as tuples of keys and version, what is to go of the rows that name the person in any version: all but the current one, and the current
// one when it says that the row is gone and names them.
func (s *Store) versions(ctx context.Context, t named, p Person) (old, tombstones []string, left []LeftRow, err error) {
	is := match(t.ids, p.Subjects)
	keys := strings.Join(t.keys, ", ")
	before := strings.ReplaceAll(t.before, "{until}", fmt.Sprintf("fromUnixTimestamp64Milli(%d)", p.Until.UnixMilli()))
	tuple := make([]string, 0, len(t.keys))
	for _, k := range t.keys {
		tuple = append(tuple, "toString("+k+")")
	}
	table := s.cfg.Table(t.table)
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT [%[1]s] AS k, groupUniqArray(version) AS versions, max(version) AS newest,
			argMax(is_deleted, version) AS gone, argMax(%[2]s, version) AS names, argMax(%[3]s, version) AS is_before
		FROM %[4]s WHERE workspace = %[5]s AND (%[6]s) GLOBAL IN (SELECT DISTINCT %[6]s FROM %[4]s WHERE workspace = %[5]s AND %[2]s)
		GROUP BY %[6]s`, strings.Join(tuple, ", "), is, before, table, quote(p.Workspace), keys))
	if err != nil {
		return nil, nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key []string
		var all []uint64
		var newest uint64
		var gone, names, isBefore uint8
		if err := rows.Scan(&key, &all, &newest, &gone, &names, &isBefore); err != nil {
			return nil, nil, nil, err
		}
		for _, v := range all {
			if v != newest {
				old = append(old, tupleOf(key, v))
			}
		}
		switch {
		case names == 0:
		case gone != 0:
			tombstones = append(tombstones, tupleOf(key, newest))
		case isBefore != 0:
			left = append(left, LeftRow{t.table, key, newest})
		}
	}
	return old, tombstones, left, rows.Err()
}

// remove deletes the rows that tuples name and returns how many there were. A mutation, not a lightweight delete: that one only hides rows.
func (s *Store) remove(ctx context.Context, table, workspace, columns string, tuples []string) (int64, error) {
	total := int64(0)
	for len(tuples) > 0 {
		n := min(len(tuples), deleteChunk)
		where := columns + " IN (" + strings.Join(tuples[:n], ", ") + ")"
		if workspace != "" {
			where = "workspace = " + quote(workspace) + " AND " + where
		}
		tuples = tuples[n:]
		var found uint64
		if err := s.conn.QueryRow(ctx, "SELECT count() FROM "+s.cfg.Table(table)+" WHERE "+where).Scan(&found); err != nil {
			return total, fmt.Errorf("count what goes from %s: %w", table, err)
		}
		cluster := ""
		if s.cfg.Cluster != "" {
			cluster = " ON CLUSTER " + quote(s.cfg.Cluster)
		}
		// 2: every replica has done it.
		if err := s.conn.Exec(ctx, "ALTER TABLE "+table+cluster+" DELETE WHERE "+where+" SETTINGS mutations_sync = 2"); err != nil {
			return total, fmt.Errorf("remove rows of a person from %s: %w", table, err)
		}
		total += int64(found)
	}
	return total, nil
}

// shortID is the length up to which an id is looked for as a word of its own: it would be found inside others.
const shortID = 16

// refused finds refused input that holds an id of the person, the digest of an address, or the address itself. Input whose workspace nobody could tell is
// searched as well.
func (s *Store) refused(ctx context.Context, p Person) ([]string, error) {
	var conditions, digests []string
	for _, subject := range p.Subjects {
		kind, id, ok := strings.Cut(subject, "|")
		switch {
		case !ok || id == "":
			continue
		case kind == "e":
			digests = append(digests, quote(id))
		}
		if len(id) > shortID {
			conditions = append(conditions, "position(said, "+quote(id)+") > 0")
		} else {
			conditions = append(conditions, "arrayExists(w -> w = "+quote(id)+", splitByRegexp('[\\\\s\\\\x00-\\\\x20\"\\',;:=&<>{}()\\\\[\\\\]]+', said))")
		}
	}
	if len(digests) > 0 {
		conditions = append(conditions, "arrayExists(a -> lower(hex(SHA256(lowerUTF8(a)))) IN ("+strings.Join(digests, ", ")+
			"), extractAll(replaceAll(said, '%40', '@'), '[^\\\\s\"\\',;:=&<>@\\\\[\\\\]{}()]+@[^\\\\s\"\\',;:=&<>@\\\\[\\\\]{}()]+'))")
	}
	if len(conditions) == 0 {
		return nil, nil
	}
	rows, err := s.conn.Query(ctx, "WITH concat(raw, ' ', reason) AS said SELECT DISTINCT workspace, rejected_id FROM "+s.cfg.Table("rejected_rows")+
		" WHERE workspace IN ('', "+quote(p.Workspace)+") AND ("+strings.Join(conditions, " OR ")+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var workspace, id string
		if err := rows.Scan(&workspace, &id); err != nil {
			return nil, err
		}
		out = append(out, "("+quote(workspace)+", "+quote(id)+")")
	}
	return out, rows.Err()
}

// match is a condition that a column holds one of the subjects: a person as kind|id, a browser as its bare id.
func match(columns, subjects []string) string {
	var people, browsers []string
	for _, s := range subjects {
		people = append(people, quote(s))
		if id, ok := strings.CutPrefix(s, "v|"); ok {
			browsers = append(browsers, quote(id))
		}
	}
	var any []string
	for _, c := range columns {
		switch {
		case c != "visitor_id":
			any = append(any, c+" IN ("+strings.Join(people, ", ")+")")
		case len(browsers) > 0:
			any = append(any, c+" IN ("+strings.Join(browsers, ", ")+")")
		}
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

func tupleOf(keys []string, version uint64) string {
	quoted := make([]string, len(keys))
	for i, k := range keys {
		quoted[i] = quote(k)
	}
	return fmt.Sprintf("(%s, %d)", strings.Join(quoted, ", "), version)
}

// quote makes a literal of a string. Parameters of the protocol do not reach statements that run on a cluster.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`, "\n", `\n`).Replace(s) + "'"
}
