package export

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

func p[T any](v T) *T { return &v }

var sample = Table{
	Name: "sample",
	Columns: []Column{
		{"name", Text}, {"n", Integer}, {"amount", Exact}, {"ratio", Number}, {"yes", Flag}, {"day", Day}, {"at", Moment}, {"a first by name", Text},
	},
	Each: Rows([][]any{
		{"=1+1", 3, "-12.50", p(0.25), true, "2026-02-28", time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC), "x"},
		{"a,\"b\"\nc", int64(-7), (*string)(nil), (*float64)(nil), false, "", (*time.Time)(nil), p("y")},
		{"", (*int)(nil), "0.333333333", 1e21, false, "1969-12-31", time.Time{}, (*string)(nil)},
	}),
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, CSV, sample); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"name", "n", "amount", "ratio", "yes", "day", "at", "a first by name"},
		{"'=1+1", "3", "-12.50", "0.25", "true", "2026-02-28", "2026-03-01T12:00:00.005Z", "x"},
		{"a,\"b\"\nc", "-7", "", "", "false", "", "", "y"},
		{"", "", "0.333333333", "1000000000000000000000", "false", "1969-12-31", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want, +got)\n%s", diff)
	}
}

func TestParquet(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Parquet, sample); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Schema().Fields() {
		names = append(names, c.Name())
	}
	if got := strings.Join(names, "|"); got != "name|n|amount|ratio|yes|day|at|a first by name" {
		t.Errorf("columns in their own order: %s", got)
	}
	rows := make([]parquet.Row, 4)
	reader := f.RowGroups()[0].Rows()
	defer reader.Close()
	if n, _ := reader.ReadRows(rows); n != 3 {
		t.Fatalf("%d rows", n)
	}
	if name, amount, day := rows[0][0].String(), decimalOf(rows[0][2]), rows[1][5]; name != "=1+1" || amount != "-12.500000000" || !day.IsNull() {
		t.Errorf("%s %s %v: Parquet has types, and no formulas to disarm", name, amount, day)
	}
	if rows[0][5].Int32() != 20512 || rows[2][5].Int32() != -1 || rows[0][6].Int64() != 1772366400005 {
		t.Errorf("days and moments: %v %v %v", rows[0][5], rows[2][5], rows[0][6])
	}
	if f.NumRows() != 3 {
		t.Errorf("%d rows", f.NumRows())
	}
}

func decimalOf(v parquet.Value) string {
	n := new(big.Int).SetBytes(v.ByteArray())
	if n.Bit(127) == 1 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return new(big.Rat).SetFrac(n, big.NewInt(1_000_000_000)).FloatString(9)
}

func TestDecimalsStayExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor, digits := rapid.Int64().Draw(t, "minor"), rapid.IntRange(0, 9).Draw(t, "digits")
		exact := new(big.Rat).SetFrac(big.NewInt(minor), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		v, err := decimalValue(exact.FloatString(digits))
		if err != nil {
			t.Fatal(err)
		}
		if got := decimalOf(v); got != exact.FloatString(9) {
			t.Fatalf("%s became %s", exact.FloatString(digits), got)
		}
	})
}

func TestWrite_refuses(t *testing.T) {
	for name, c := range map[string]struct {
		column Column
		cell   any
	}{
		"a word for money":       {Column{"x", Exact}, "ten"},
		"a tenth digit":          {Column{"x", Exact}, "0.0000000001"},
		"more than 38 digits":    {Column{"x", Exact}, strings.Repeat("9", 40)},
		"a float for a count":    {Column{"x", Integer}, 1.5},
		"a day that is none":     {Column{"x", Day}, "2026-02-30"},
		"a type nobody knows of": {Column{"x", Text}, struct{}{}},
	} {
		if err := Write(&bytes.Buffer{}, Parquet, Table{Name: "t", Columns: []Column{c.column}, Each: Rows([][]any{{c.cell}})}); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	stopped := errors.New("stopped")
	for _, f := range []Format{CSV, Parquet, "xml"} {
		failing := Table{Name: "t", Columns: []Column{{"x", Text}}, Each: func(func([]any) error) error { return stopped }}
		if err := Write(&bytes.Buffer{}, f, failing); err == nil || (f != "xml" && !errors.Is(err, stopped)) {
			t.Errorf("%s: %v", f, err)
		}
		if err := Write(&bytes.Buffer{}, f, Table{Name: "t", Columns: []Column{{"x", Text}}, Each: Rows([][]any{{"a", "b"}})}); err == nil {
			t.Errorf("%s: a row wider than the table was written", f)
		}
	}
}
