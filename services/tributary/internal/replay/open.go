package replay

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// headBytes is how much of a file decides its shape: enough for any header line of the known shapes.
const headBytes = 64 << 10

// Open finds out what a file holds from its first bytes. name stands in errors only.
func Open(name string, r io.Reader) (Source, error) {
	buffered := bufio.NewReaderSize(r, headBytes)
	head, err := buffered.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if bom := []byte("\xef\xbb\xbf"); bytes.HasPrefix(head, bom) {
		head = head[len(bom):]
		_, _ = buffered.Discard(len(bom)) // Already buffered: cannot fail.
	}
	text := bytes.TrimSpace(head)
	if len(text) == 0 || text[0] == '{' {
		return newNDJSON(buffered), nil
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	return openCSV(name, strings.TrimSpace(string(first)), buffered)
}

// shape is a known CSV file: the columns that tell it, and the reader of its rows.
type shape struct {
	about   string
	comma   rune
	columns []string
	open    func(t *table) Source
}

func shapes() []shape {
	return []shape{
		{"Olist qualified leads", ',', []string{"mql_id", "first_contact_date", "landing_page_id", "origin"}, newOlistLeads},
		{"Olist closed deals", ',', []string{"mql_id", "seller_id", "won_date", "declared_monthly_revenue"}, newOlistDeals},
		{"channel paths", ';', []string{"path", "total_conversions", "total_conversion_value", "total_null"}, newPaths},
		{"spend", ',', []string{"day", "platform", "campaign", "spend"}, newSpend},
	}
}

func openCSV(name, header string, r io.Reader) (Source, error) {
	all := shapes()
	for _, s := range all {
		if t, ok := newTable(r, header, s); ok {
			return s.open(t), nil
		}
	}
	known := make([]string, 0, len(all))
	for _, s := range all {
		known = append(known, s.about+" ("+strings.Join(s.columns, string(s.comma))+")")
	}
	return nil, fmt.Errorf("%w: %s: neither NDJSON nor a CSV file of a known shape; its first line is %.80q; known by their columns: %s",
		ErrUnknownShape, name, header, strings.Join(known, ", "))
}

// table reads CSV rows by column name.
type table struct {
	rows   *csv.Reader
	column map[string]int
	header bool
	line   int
}

// newTable tells whether the header has all columns of the shape, and if so a table over the rows; r is untouched otherwise.
func newTable(r io.Reader, header string, s shape) (*table, bool) {
	parse := csv.NewReader(strings.NewReader(header))
	parse.Comma = s.comma
	names, err := parse.Read()
	if err != nil {
		return nil, false
	}
	t := &table{rows: csv.NewReader(r), column: make(map[string]int, len(names))}
	t.rows.Comma = s.comma
	t.rows.ReuseRecord = true
	t.rows.FieldsPerRecord = len(names)
	for i, n := range names {
		t.column[strings.ToLower(strings.TrimSpace(n))] = i
	}
	for _, c := range s.columns {
		if _, ok := t.column[c]; !ok {
			return nil, false
		}
	}
	return t, true
}

// next returns the next row after the header; a malformed row is a *LineError.
func (t *table) next() (row, error) {
	if !t.header {
		t.header = true
		if _, err := t.rows.Read(); err != nil {
			return row{}, fmt.Errorf("read the header: %w", err)
		}
	}
	fields, err := t.rows.Read()
	if errors.Is(err, io.EOF) {
		return row{}, io.EOF
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return row{}, &LineError{Line: bad.Line, Code: "malformed_csv", Reason: bad.Err.Error()}
	}
	if err != nil {
		return row{}, fmt.Errorf("read a row: %w", err)
	}
	t.line, _ = t.rows.FieldPos(0)
	return row{fields: fields, column: t.column, line: t.line}, nil
}

// row is valid until the table's next call.
type row struct {
	fields []string
	column map[string]int
	line   int
}

// get returns a trimmed field, empty when the file has no such column.
func (r row) get(column string) string {
	i, ok := r.column[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

// bad is the *LineError of a field that cannot be used.
func (r row) bad(column, want string) error {
	return &LineError{Line: r.line, Code: "wrong_type", Reason: fmt.Sprintf("%s %q is not %s", column, r.get(column), want)}
}
