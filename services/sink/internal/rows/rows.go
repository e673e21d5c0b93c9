// Package rows turns the messages of the attributor's topics into rows of the storage tables, column by column. It is pure: bytes in, columns
// out, no I/O and no clock.
//
// Whatever a message says, its rows are ones that ClickHouse takes: times and dates are clamped to what a Date can hold, versions are
// never negative, enums that this build does not know become their number. A message that cannot be read at all is an error, and
// its bytes become a row of rejected_rows.
package rows

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/money"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Record is one record of a topic.
type Record struct {
	// Topic is the contract's name.
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte
	// Time is when the broker or producer stamped it.
	Time time.Time
}

// ErrMalformed is the error of a record that is not a message of its topic, or lacks what its row is keyed by.
var ErrMalformed = errors.New("malformed record")

// Column is one column of a Table: a slice of the Go type that the ClickHouse type takes.
type Column struct {
	Name   string
	Values any
}

// Table is a batch of rows of one storage table. Its columns all have the same length.
type Table struct {
	// Name is the storage table's name on one server.
	Name string
	// columns is a pointer to a struct of slices, each tagged with its column's name.
	columns any
	rows    int
	// newestUS is the latest recorded or received time in the batch, microseconds: what freshness is measured from.
	newestUS int64
	// from and to are the first and last day of rows whose days may be stated anew; zero without such rows.
	from, to time.Time
}

// Tables after which the store has more to do: of costs, of days that were stated anew, and of channel rules.
const (
	TableStandings = "standings_rows"
	TableSpend     = "spend_rows"
	TableSpendDays = "spend_days_rows"
)

// Span is the first and last day of the table's costs, or of its days that were stated anew. After writing either, the store withdraws the costs of these days that were
// received before their day was stated anew: whichever of the two is written later finds the other, so their order does not matter.
func (t *Table) Span() (from, to time.Time, ok bool) { return t.from, t.to, !t.from.IsZero() }

func (t *Table) spans(day time.Time) {
	if t.from.IsZero() || day.Before(t.from) {
		t.from = day
	}
	if day.After(t.to) {
		t.to = day
	}
}

// Rows is the number of rows.
func (t *Table) Rows() int { return t.rows }

// Newest is the latest moment at which something in the batch became known; zero when no row says.
func (t *Table) Newest() time.Time {
	if t.newestUS == 0 {
		return time.Time{}
	}
	return time.UnixMicro(t.newestUS)
}

// Columns are the columns in the order of the struct. They are valid until Reset.
func (t *Table) Columns() []Column {
	v := reflect.ValueOf(t.columns).Elem()
	out := make([]Column, v.NumField())
	for i := range out {
		out[i] = Column{Name: v.Type().Field(i).Tag.Get("ch"), Values: v.Field(i).Interface()}
	}
	return out
}

// reset empties the columns and keeps their memory. Strings are cleared first, or they would stay alive until overwritten.
func (t *Table) reset() {
	v := reflect.ValueOf(t.columns).Elem()
	for i := range v.NumField() {
		v.Field(i).Clear()
		v.Field(i).SetLen(0)
	}
	t.rows, t.newestUS, t.from, t.to = 0, 0, time.Time{}, time.Time{}
}

func (t *Table) added(knownUS int64) {
	t.rows++
	t.newestUS = max(t.newestUS, knownUS)
}

// push appends to a column; it keeps the row functions to one line per column.
func push[T any](column *[]T, v T) { *column = append(*column, v) }

// lastDay is the last day that ClickHouse's Date holds, 2149-06-06.
const lastDay = 65535

const usPerDay = int64(24 * time.Hour / time.Microsecond)

// millis converts microseconds to what a DateTime64(3) column takes, within the days that a Date holds: keys and partitions use dates.
func millis(us int64) int64 {
	return min(max(us, 0), (lastDay+1)*usPerDay-1) / 1000
}

// dateOf is the day of a time, UTC.
func dateOf(us int64) time.Time { return date(int32(min(max(us/usPerDay, 0), lastDay))) }

// date is a day since the epoch as a Date column takes it.
func date(day int32) time.Time {
	return time.Unix(int64(min(max(day, 0), lastDay))*86400, 0).UTC()
}

// version is a row version: negative ones do not exist, and would be huge as an unsigned number.
func version(v int64) uint64 { return uint64(max(v, 0)) }

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// defaultExponent is what nearly all currencies have; it also stands for codes that are not known, and for rows without money.
const defaultExponent = 2

func exponent(currency string) uint8 {
	if e, ok := money.Exponent(currency); ok {
		return uint8(e)
	}
	return defaultExponent
}

// words are the lower-case names of an enum's values, as the views spell them.
type words []string

func enumWords(names map[int32]string, prefix string) words {
	last := int32(0)
	for value := range names {
		last = max(last, value)
	}
	w := make(words, last+1)
	for value := range w {
		w[value] = strconv.Itoa(value)
	}
	for value, n := range names {
		if value >= 0 {
			w[value] = strings.ToLower(strings.TrimPrefix(n, prefix))
		}
	}
	w[0] = ""
	return w
}

// of names a value; 0 is empty. A value that this build does not know shows as its number rather than being lost.
func (w words) of(value int32) string {
	if value >= 0 && int(value) < len(w) {
		return w[value]
	}
	return strconv.Itoa(int(value))
}

var (
	journeyKinds = enumWords(pb.JourneyKind_name, "JOURNEY_KIND_")
	measures     = enumWords(pb.Measure_name, "MEASURE_")
	reasons      = enumWords(pb.Reason_name, "REASON_")
	touchKinds   = enumWords(pb.TouchKind_name, "TOUCH_KIND_")
	evidences    = enumWords(pb.Evidence_name, "EVIDENCE_")
	bases        = enumWords(pb.Basis_name, "BASIS_")
)

func malformed(err error) error { return fmt.Errorf("%w: %w", ErrMalformed, err) }

func missing(field string) error { return fmt.Errorf("%w: %s is empty", ErrMalformed, field) }
