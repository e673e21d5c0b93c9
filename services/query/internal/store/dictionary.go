package store

import (
	"context"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// View is what BI tools find: a view with the meaning of each of its columns.
type View struct {
	Name, About string
	Columns     []Column
}

// Column of a view.
type Column struct{ Name, Type, About string }

// dictionaryText reads the comments that the migrations have written: what the tools show as well.
const dictionaryText = `SELECT t.name, t.comment, c.name, c.type, c.comment
FROM system.columns AS c JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
WHERE t.database = {database:String} AND t.engine = 'View' ORDER BY t.name, c.position`

// Dictionary reads the views and what their columns mean.
func (s *Store) Dictionary(ctx context.Context) ([]View, error) {
	var views []View
	st := statement{name: "dictionary", text: dictionaryText, args: []any{ch.Named("database", s.db.Database)}}
	err := s.run(ctx, st, func(rows driver.Rows) error {
		var name, about string
		var c Column
		if err := rows.Scan(&name, &about, &c.Name, &c.Type, &c.About); err != nil {
			return err
		}
		if len(views) == 0 || views[len(views)-1].Name != name {
			views = append(views, View{Name: name, About: about})
		}
		last := &views[len(views)-1]
		last.Columns = append(last.Columns, c)
		return nil
	})
	return views, err
}
