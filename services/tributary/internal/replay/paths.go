package replay

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/money"
)

const (
	// pathsCurrency is ISO 4217's code for testing: the file names no currency and has values down to a thousandth.
	pathsCurrency = "XTS"
	// pathsDays spreads the journeys' starts over a year, so that reports by day have something to show.
	pathsDays = 365
)

// pathsEpoch is where the journeys start; the file has no times.
func pathsEpoch() time.Time { return time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC) }

// paths expands aggregated channel paths into single journeys: as many with a conversion as the row counts, sharing its value
// exactly, and as many without. Each journey is one visitor whose touches come an hour apart, the conversion an hour after the last.
type paths struct {
	table *table
	// The row being expanded.
	line        int
	channels    []string
	conversions int
	nulls       int
	value       int64
	// Next thing to yield: touch of the journey's touches, or its conversion when all are out.
	journey int
	touch   int
}

func newPaths(t *table) Source { return &paths{table: t} }

// Next implements Source.
func (p *paths) Next() (Item, error) {
	for {
		if p.journey >= p.conversions+p.nulls {
			if err := p.readRow(); err != nil {
				return Item{}, err
			}
			continue
		}
		if p.touch < len(p.channels) {
			p.touch++
			return encode(p.touchRecord(p.journey, p.touch-1))
		}
		journey := p.journey
		p.journey, p.touch = p.journey+1, 0
		if journey < p.conversions {
			return encode(p.conversion(journey))
		}
	}
}

func (p *paths) readRow() error {
	r, err := p.table.next()
	if err != nil {
		return err
	}
	// Rounded to the currency's unit: R wrote floating-point noise into the last digits (1.5230000000000001).
	value, _, err := money.ParseDecimal(r.get("total_conversion_value"), pathsCurrency)
	if err != nil || value < 0 {
		return r.bad("total_conversion_value", "an amount")
	}
	conversions, err := strconv.Atoi(r.get("total_conversions"))
	if err != nil || conversions < 0 {
		return r.bad("total_conversions", "a count")
	}
	nulls, err := strconv.Atoi(r.get("total_null"))
	if err != nil || nulls < 0 {
		return r.bad("total_null", "a count")
	}
	p.line, p.value, p.conversions, p.nulls, p.journey, p.touch = r.line, value, conversions, nulls, 0, 0
	p.channels = p.channels[:0]
	for name := range strings.SplitSeq(r.get("path"), ">") {
		// The table's fields are reused by its next row; journeys outlive that only within this row, but names are kept apart to be safe.
		p.channels = append(p.channels, strings.Clone(strings.TrimSpace(name)))
	}
	return nil
}

// visitor names a journey by its place in the file: the line, then its number in the line.
func (p *paths) visitor(journey int) string { return fmt.Sprintf("path-%d-%d", p.line, journey) }

func (p *paths) at(journey, step int) string {
	days := (p.line*31 + journey) % pathsDays
	return pathsEpoch().AddDate(0, 0, days).Add(time.Duration(step) * time.Hour).Format(time.RFC3339)
}

func (p *paths) touchRecord(journey, i int) touchRecord {
	visitor := p.visitor(journey)
	return touchRecord{
		Type: "touch", ID: visitor + "-" + strconv.Itoa(i), OccurredAt: p.at(journey, i), AnonymousID: visitor, Channel: p.channels[i],
	}
}

// trackCall is a Segment track call.
type trackCall struct {
	Type        string         `json:"type"`
	MessageID   string         `json:"messageId"`
	Timestamp   string         `json:"timestamp"`
	AnonymousID string         `json:"anonymousId"`
	Event       string         `json:"event"`
	Properties  map[string]any `json:"properties"`
}

func (p *paths) conversion(journey int) trackCall {
	visitor := p.visitor(journey)
	share := splitEvenly(p.value, p.conversions, journey)
	return trackCall{
		Type: "track", MessageID: visitor + "-order", Timestamp: p.at(journey, len(p.channels)), AnonymousID: visitor, Event: "Order Completed",
		// A JSON number with all its decimals: never through a float.
		Properties: map[string]any{"revenue": json.Number(money.FormatDecimal(share, pathsCurrency)), "currency": pathsCurrency},
	}
}

// splitEvenly is share i of n of an amount by largest remainder: the first ones take the units that do not divide.
func splitEvenly(amount int64, n, i int) int64 {
	share := amount / int64(n)
	if int64(i) < amount%int64(n) {
		share++
	}
	return share
}
