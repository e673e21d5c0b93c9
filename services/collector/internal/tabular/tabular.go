// Package tabular reads files of rows as people export them: CSV with commas, semicolons, bars or tabs, in UTF-8, UTF-16 or a single-byte encoding, with lines above the header, packed
// in a zip or not. It says what it found, keeps every row's line number, and reports what cannot be read row by row. It is pure.
package tabular

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/event"
)

// Codes of refusals, besides those of package event.
const (
	// CodeMalformedRow: quotes are open or in the wrong place.
	CodeMalformedRow = "malformed_csv"
	// CodeNoTable: the file is none that can be read as rows.
	CodeNoTable = "unknown_file"
)

// Limits bound one file.
type Limits struct {
	Rows, Columns int
	// CellBytes is the longest cell, in bytes of UTF-8.
	CellBytes int
	// Bytes is the largest file once unpacked and decoded.
	Bytes int
}

// DefaultLimits suit a year of an account's ads by day.
func DefaultLimits() Limits {
	return Limits{Rows: 100_000, Columns: 300, CellBytes: 8 << 10, Bytes: 64 << 20}
}

// Row is one row.
type Row struct {
	// Line counts from 1; a row may go over several lines, this is its first.
	Line int
	// Cells are trimmed of space at both ends.
	Cells []string
	// Raw is the row as it came, in UTF-8.
	Raw []byte
	// Err is why it cannot be read; Cells is then empty.
	Err *event.Error
}

// IsBlank tells whether a row has no text at all.
func (r Row) IsBlank() bool {
	for _, c := range r.Cells {
		if c != "" {
			return false
		}
	}
	return r.Err == nil
}

// Sheet is a file as rows.
type Sheet struct {
	Rows []Row
	// Encoding is the name of what the file was written in: utf-8, utf-16le, utf-16be or windows-1252.
	Encoding string
	// Guessed tells that nothing in the file says so: it is only not UTF-8.
	Guessed bool
	// Comma separates the cells.
	Comma rune
}

// Looks tells whether a body is a file of rows and no JSON: by its declared media type, else by how it begins.
func Looks(contentType string, body []byte) bool {
	contentType = strings.ToLower(contentType)
	for _, declared := range []string{"text/csv", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel", "application/zip", "application/x-zip"} {
		if strings.HasPrefix(contentType, declared) {
			return true
		}
	}
	if strings.Contains(contentType, "json") {
		return false
	}
	if isZip(body) || bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) || bytes.IndexByte(body[:min(len(body), 256)], 0) >= 0 {
		return true
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	return len(body) > 0 && body[0] != '{' && body[0] != '['
}

// Read reads a file. charset is what the sender declared, empty when nothing. The error is an *event.Error about the file as a whole.
func Read(body []byte, charset string, l Limits) (*Sheet, error) {
	body, err := unzip(body, l)
	if err != nil {
		return nil, err
	}
	s := &Sheet{}
	text, err := s.decode(body, charset, l)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, refuse(event.CodeEmpty, "the file is empty")
	}
	// Excel's own way of saying it.
	skip := 0
	if first, rest, _ := strings.Cut(text, "\n"); len(strings.TrimSpace(first)) == len("sep=;") && strings.HasPrefix(strings.ToLower(first), "sep=") {
		s.Comma, text, skip = rune(first[4]), rest, 1
	} else {
		s.Comma = sniff(text)
	}
	if err := s.read(text, skip, l); err != nil {
		return nil, err
	}
	return s, nil
}

func refuse(code, reason string) *event.Error { return &event.Error{Code: code, Reason: reason} }

// sniffed is how much of a file decides the separator.
const sniffed = 64 << 10

// sniff is the separator by which most rows have the same number of cells, and of those the one with the most cells: titles above a header have one cell whatever it is, and decimal
// commas are not in the header.
func sniff(text string) rune {
	best, most, width := ',', 0, 0
	for _, comma := range []rune{',', '\t', ';', '|'} {
		r := reader(text[:min(len(text), sniffed)], comma)
		rows := map[int]int{}
		for range 60 {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil && len(cells) > 1 {
				rows[len(cells)]++
			}
		}
		for w, n := range rows {
			if n > most || n == most && w > width {
				best, most, width = comma, n, w
			}
		}
	}
	return best
}

func reader(text string, comma rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = comma, -1
	return r
}

// wrongRowsMax is how many rows with wrong quotes a file may have. Each may cost a look at all that follows it.
const wrongRowsMax = 20

// read takes the text apart. What looks like an open quote may seem to hold all rows after it, so reading goes on at the line after the row that is wrong.
func (s *Sheet) read(text string, skipped int, l Limits) error {
	// line is the number of the text's first line.
	line, wrong := 1+skipped, 0
	for strings.TrimSpace(text) != "" {
		at, done, err := s.rows(text, line, l)
		if err != nil || done {
			if err == nil {
				err = s.end()
			}
			return err
		}
		if wrong++; wrong > wrongRowsMax {
			return refuse(CodeMalformedRow, "many rows have quotes that are open or in the wrong place")
		}
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], "\n"))
		line += strings.Count(text[:at], "\n")
		row, rest, _ := strings.Cut(text[at:], "\n")
		s.Rows = append(s.Rows, Row{Line: line, Raw: []byte(row), Err: refuse(CodeMalformedRow, "the quotes of this row are open or in the wrong place")})
		text, line = rest, line+1
	}
	return s.end()
}

// rows adds rows until the text's end (done), or one that is wrong, which begins at a byte.
func (s *Sheet) rows(text string, line int, l Limits) (at int, done bool, err error) {
	r := reader(text, s.Comma)
	for {
		at = int(r.InputOffset())
		cells, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return at, true, nil
		case err != nil:
			return at, false, nil //nolint:nilerr // the row that is wrong is the answer
		case len(s.Rows) == l.Rows:
			return at, false, refuse(event.CodeTooMany, "the file has too many rows")
		}
		n, _ := r.FieldPos(0)
		s.add(cells, line+n-1, text[at:int(r.InputOffset())], l)
	}
}

func (s *Sheet) end() error {
	if len(s.Rows) == 0 {
		return refuse(event.CodeEmpty, "the file has no rows")
	}
	return nil
}

func (s *Sheet) add(cells []string, line int, raw string, l Limits) {
	row := Row{Line: line, Cells: cells, Raw: []byte(strings.Trim(raw, "\r\n"))}
	if len(cells) > l.Columns {
		row.Cells, row.Err = nil, refuse(event.CodeTooMany, "the row has too many columns")
	}
	for i, c := range row.Cells {
		if row.Cells[i] = strings.TrimFunc(c, isSpace); len(c) > l.CellBytes {
			row.Cells, row.Err = nil, &event.Error{Field: "column " + itoa(i+1), Code: event.CodeTooLong, Reason: "the cell is too long"}
			break
		}
	}
	s.Rows = append(s.Rows, row)
}
