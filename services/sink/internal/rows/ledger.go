package rows

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

type ledgerColumns struct {
	Workspace    []string  `ch:"workspace"`
	PostingID    []string  `ch:"posting_id"`
	JourneyID    []string  `ch:"journey_id"`
	JourneyKind  []string  `ch:"journey_kind"`
	Model        []string  `ch:"model"`
	ModelVersion []string  `ch:"model_version"`
	Measure      []string  `ch:"measure"`
	TouchpointID []string  `ch:"touchpoint_id"`
	Channel      []string  `ch:"channel"`
	Campaign     []string  `ch:"campaign"`
	DeltaWeight  []float64 `ch:"delta_weight"`
	Delta        []int64   `ch:"delta_minor"`
	Exponent     []uint8   `ch:"exponent"`
	Currency     []string  `ch:"currency"`
	Reason       []string  `ch:"reason"`
	CauseEventID []string  `ch:"cause_event_id"`
	EffectiveAt  []int64   `ch:"effective_at"`
	RecordedAt   []int64   `ch:"recorded_at"`
	Version      []uint64  `ch:"version"`

	ConversionType []string    `ch:"conversion_type"`
	CloseDate      []time.Time `ch:"close_date"`
	TouchDate      []time.Time `ch:"touch_date"`
	IsDeparture    []uint8     `ch:"is_departure"`
}

type ledger struct {
	table Table
	cols  ledgerColumns
	msg   pb.LedgerBatch
	hash  []byte
}

func newLedger() *ledger {
	l := &ledger{}
	l.table = Table{Name: "ledger_rows", columns: &l.cols}
	return l
}

func (l *ledger) tables() []*Table { return []*Table{&l.table} }

func (l *ledger) add(r Record) error {
	m := &l.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.JourneyId == "" {
		return missing("journey_id")
	}
	digits := exponent(m.Currency)
	for _, p := range m.Postings {
		l.row(m, p, digits)
	}
	return nil
}

func (l *ledger) row(m *pb.LedgerBatch, p *pb.Posting, digits uint8) {
	t := &l.cols
	push(&t.Workspace, m.Workspace)
	push(&t.PostingID, l.postingID(m, p))
	push(&t.JourneyID, m.JourneyId)
	push(&t.JourneyKind, journeyKinds.of(int32(m.Kind)))
	push(&t.Model, p.Model)
	push(&t.ModelVersion, p.ModelVersion)
	push(&t.Measure, measures.of(int32(p.Measure)))
	push(&t.TouchpointID, p.TouchpointId)
	push(&t.Channel, p.Channel)
	push(&t.Campaign, p.Campaign)
	push(&t.DeltaWeight, p.DeltaWeight)
	push(&t.Delta, p.Delta)
	push(&t.Exponent, measureExponent(p.Measure, digits))
	push(&t.Currency, m.Currency)
	push(&t.Reason, reasons.of(int32(m.Reason)))
	push(&t.CauseEventID, m.CauseEventId)
	push(&t.EffectiveAt, millis(m.EffectiveUs))
	push(&t.RecordedAt, millis(m.RecordedUs))
	push(&t.Version, version(m.Version))
	push(&t.ConversionType, m.ConversionType)
	push(&t.CloseDate, date(p.CloseDay))
	push(&t.TouchDate, date(p.TouchDay))
	push(&t.IsDeparture, flag(p.IsDeparture))
	l.table.added(m.RecordedUs)
}

// postingID names a posting by what makes it that posting: a journey posts at most once per version, model, measure and touchpoint, and once
// more when credit leaves one place for another. Each part goes in with its length, so that no two lists of parts run together.
func (l *ledger) postingID(m *pb.LedgerBatch, p *pb.Posting) string {
	b := l.hash[:0]
	for _, part := range [...]string{m.Workspace, m.JourneyId, p.Model, p.TouchpointId} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(m.Version))
	b = binary.BigEndian.AppendUint32(b, uint32(p.Measure))
	if p.IsDeparture {
		b = append(b, 1)
	}
	l.hash = b
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// countExponent is that of nano-units, in which counts are shared out.
const countExponent = 9

// measureExponent is the power of ten between an amount of a measure and its smallest unit; digits are those of the currency.
func measureExponent(measure pb.Measure, digits uint8) uint8 {
	switch measure {
	case pb.Measure_MEASURE_CONVERSIONS, pb.Measure_MEASURE_OPPORTUNITIES, pb.Measure_MEASURE_CUSTOMERS:
		return countExponent
	default:
		return digits
	}
}
