package export

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Exact decimals are DECIMAL(38, 9): nine digits after the point hold the minor unit of every currency and the billionths that counts are
// shared in, and 38 digits any sum of 64-bit minor units.
const (
	decimalScale     = 9
	decimalPrecision = 38
	decimalBytes     = 16
)

// rowGroupRows bounds what is held in memory before it is written.
const rowGroupRows = 20_000

// ordered is a group whose columns keep their order; a plain one sorts them by name.
type ordered struct {
	parquet.Group
	names []string
}

// Fields implements parquet.Node.
func (o ordered) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range o.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(o.names))
	for i, name := range o.names {
		fields[i] = byName[name]
	}
	return fields
}

func schemaOf(t Table) *parquet.Schema {
	o := ordered{Group: parquet.Group{}}
	for _, c := range t.Columns {
		o.names = append(o.names, c.Name)
		o.Group[c.Name] = parquet.Compressed(parquet.Optional(nodeOf(c.Kind)), &parquet.Zstd)
	}
	return parquet.NewSchema(t.Name, o)
}

func nodeOf(k Kind) parquet.Node {
	switch k {
	case Integer:
		return parquet.Int(64)
	case Exact:
		return parquet.Decimal(decimalScale, decimalPrecision, parquet.FixedLenByteArrayType(decimalBytes))
	case Number:
		return parquet.Leaf(parquet.DoubleType)
	case Flag:
		return parquet.Leaf(parquet.BooleanType)
	case Day:
		return parquet.Date()
	case Moment:
		return parquet.Timestamp(parquet.Millisecond)
	case Text:
	}
	return parquet.String()
}

func writeParquet(w io.Writer, t Table) (err error) {
	out := parquet.NewWriter(w, schemaOf(t), parquet.MaxRowsPerRowGroup(rowGroupRows), parquet.CreatedBy("tributary", "1", ""))
	row := make(parquet.Row, len(t.Columns))
	err = t.Each(func(cells []any) error {
		if len(cells) != len(t.Columns) {
			return fmt.Errorf("a row of %d cells in a table of %d columns", len(cells), len(t.Columns))
		}
		for i, cell := range cells {
			v, err := valueOf(t.Columns[i].Kind, plain(cell))
			if err != nil {
				return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
			}
			defined := 1
			if v.IsNull() {
				defined = 0
			}
			row[i] = v.Level(0, defined, i)
		}
		_, err := out.WriteRows([]parquet.Row{row})
		return err
	})
	if err != nil {
		return err
	}
	return out.Close()
}

var errKind = errors.New("the cell is not of the column's kind")

func valueOf(kind Kind, cell any) (parquet.Value, error) {
	switch v := cell.(type) {
	case nil:
		return parquet.NullValue(), nil
	case string:
		return textValue(kind, v)
	case int64:
		if kind == Integer {
			return parquet.Int64Value(v), nil
		}
	case float64:
		if kind == Number {
			return parquet.DoubleValue(v), nil
		}
	case bool:
		if kind == Flag {
			return parquet.BooleanValue(v), nil
		}
	case time.Time:
		if kind == Moment {
			return parquet.Int64Value(v.UnixMilli()), nil
		}
	}
	return parquet.Value{}, fmt.Errorf("%T: %w", cell, errKind)
}

func textValue(kind Kind, text string) (parquet.Value, error) {
	switch kind {
	case Text:
		return parquet.ByteArrayValue([]byte(text)), nil
	case Exact:
		return decimalValue(text)
	case Day:
		if text == "" {
			return parquet.NullValue(), nil
		}
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return parquet.Value{}, fmt.Errorf("%q is no day: %w", text, err)
		}
		return parquet.Int32Value(int32(day.Unix() / (24 * 60 * 60))), nil
	case Integer, Number, Flag, Moment:
	}
	return parquet.Value{}, fmt.Errorf("%q: %w", text, errKind)
}

// decimalValue is an exact decimal as a two's complement of 16 bytes, the largest first.
func decimalValue(text string) (parquet.Value, error) {
	if text == "" {
		return parquet.NullValue(), nil
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return parquet.Value{}, fmt.Errorf("%q is no decimal", text)
	}
	scaled := exact.Mul(exact, new(big.Rat).SetInt64(1_000_000_000))
	if !scaled.IsInt() || scaled.Num().BitLen() > 8*decimalBytes-1 {
		return parquet.Value{}, fmt.Errorf("%q has more digits than an exact column", text)
	}
	n := scaled.Num()
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), 8*decimalBytes))
	}
	return parquet.FixedLenByteArrayValue(n.FillBytes(make([]byte, decimalBytes))), nil
}
