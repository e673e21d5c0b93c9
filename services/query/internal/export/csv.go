package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

func writeCSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cells[i] = c.Name
	}
	if err := out.Write(cells); err != nil {
		return err
	}
	err := t.Each(func(row []any) error {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("a row of %d cells in a table of %d columns", len(row), len(t.Columns))
		}
		for i, cell := range row {
			cells[i] = cellText(t.Columns[i].Kind, plain(cell))
		}
		return out.Write(cells)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// cellText writes a cell; absent values are empty.
func cellText(kind Kind, cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		if kind == Text {
			return Disarm(v)
		}
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000Z")
	}
	return Disarm(fmt.Sprint(cell))
}

// Disarm keeps a spreadsheet from running a name as a formula: names come from addresses that anybody can make up. The apostrophe is what
// spreadsheets themselves use to say "text".
func Disarm(text string) string {
	if text == "" {
		return text
	}
	switch text[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + text
	}
	return text
}
