// Package export writes tables for other programs: CSV for spreadsheets, Parquet for data tools. Money and shared counts stay exact in both.
package export

import (
	"fmt"
	"io"
	"time"
)

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV     Format = "csv"
	Parquet Format = "parquet"
)

// ContentType is the format's media type.
func (f Format) ContentType() string {
	if f == Parquet {
		return "application/vnd.apache.parquet"
	}
	return "text/csv; charset=utf-8"
}

// Kind is what a column holds.
type Kind int

// The kinds, each with the types that cells may have; a nil pointer is an absent value in all of them.
const (
	// Text is string or *string.
	Text Kind = iota
	// Integer is int, int64, *int or *int64.
	Integer
	// Exact is a decimal as string or *string: money, and counts that credit has shared out.
	Exact
	// Number is float64 or *float64: ratios, and what is only read.
	Number
	// Flag is bool.
	Flag
	// Day is a day as string, 2026-01-31; the empty string is an absent value.
	Day
	// Moment is time.Time or *time.Time; the zero time is an absent value.
	Moment
)

// Column is a column of a table.
type Column struct {
	Name string
	Kind Kind
}

// Table is what is written. Each hands every row to emit, in order, with a cell per column; it ends at the first error, its own or emit's.
type Table struct {
	// Name is the file's name without its ending.
	Name    string
	Columns []Column
	Each    func(emit func(row []any) error) error
}

// Rows is Each for rows in memory.
func Rows(rows [][]any) func(func([]any) error) error {
	return func(emit func([]any) error) error {
		for _, row := range rows {
			if err := emit(row); err != nil {
				return err
			}
		}
		return nil
	}
}

// Write writes a table. It holds a bounded number of rows in memory.
func Write(w io.Writer, f Format, t Table) error {
	var err error
	switch f {
	case CSV:
		err = writeCSV(w, t)
	case Parquet:
		err = writeParquet(w, t)
	default:
		return fmt.Errorf("there is no format %q", f)
	}
	if err != nil {
		return fmt.Errorf("write %s as %s: %w", t.Name, f, err)
	}
	return nil
}

// plain dereferences pointers and turns absent values into nil, so that writers know few types only.
func plain(cell any) any {
	switch v := cell.(type) {
	case *string:
		return deref(v)
	case *int:
		return plain(deref(v))
	case *int64:
		return deref(v)
	case *float64:
		return deref(v)
	case *time.Time:
		return plain(deref(v))
	case int:
		return int64(v)
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC()
	}
	return cell
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
