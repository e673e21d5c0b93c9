package operator

import (
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// cellKey is pb.CellKey as a map key.
type cellKey struct {
	workspace                          string
	basis                              pb.Basis
	day                                int32
	model, channel, campaign, currency string
}

// subject is the cell's id. The channel's length keeps ("a|b","c") and ("a","b|c") apart; the parts before it hold no '|'.
func (k cellKey) subject() string {
	var b strings.Builder
	b.Grow(len(k.model) + len(k.channel) + len(k.campaign) + len(k.currency) + 24)
	b.WriteString(strconv.Itoa(int(k.basis)))
	b.WriteByte('|')
	b.WriteString(strconv.Itoa(int(k.day)))
	b.WriteByte('|')
	b.WriteString(k.model)
	b.WriteByte('|')
	b.WriteString(k.currency)
	b.WriteByte('|')
	b.WriteString(strconv.Itoa(len(k.channel)))
	b.WriteByte('|')
	b.WriteString(k.channel)
	b.WriteByte('|')
	b.WriteString(k.campaign)
	return identity.SubjectID(k.workspace, identity.KindCell, b.String())
}

// write puts the key into a message.
func (k *cellKey) write(m *pb.CellKey) {
	m.Workspace, m.Basis, m.Day, m.Model, m.Channel, m.Campaign, m.Currency = k.workspace, k.basis, k.day, k.model, k.channel, k.campaign, k.currency
}

// countDelta is a touchpoint that came into being or ceased to be.
type countDelta struct {
	touch *pb.Touch
	sign  int64
}

// count notes an own touch for its cell; the home counts, so that identity changes move no counts.
func (s *subject) count(t *pb.Touch, sign int64) {
	if t != nil && !s.loading && !t.GetOrigin().GetIsBot() {
		s.tx.counts = append(s.tx.counts, countDelta{t, sign})
	}
}

// cellSum is what a transaction adds to one cell.
type cellSum struct {
	key    cellKey
	values pb.CellValues
	cause  *pb.Cause
	// from and partition are those of its first contributor.
	from      string
	partition int32
}

// cellFor returns the transaction's sum of a cell.
func (f *flush) cellFor(s *subject, k cellKey) *cellSum {
	c := f.cells[k]
	if c == nil {
		c = f.newCell()
		c.key, c.from, c.partition = k, s.id, s.partition
		f.cells[k] = c
		f.cellOrder = append(f.cellOrder, c)
	}
	if s.tx.cause != nil && (c.cause == nil || s.tx.cause.ReceiptSeq > c.cause.ReceiptSeq) {
		c.cause = s.tx.cause
	}
	return c
}

// cellSlab is how many sums are allocated at once when there are many: a long journey counts in ten thousand cells.
const cellSlab = 64

func (f *flush) newCell() *cellSum {
	if len(f.cellOrder) < cellSlab {
		return &cellSum{}
	}
	if len(f.cellSlab) == 0 {
		f.cellSlab = make([]cellSum, cellSlab)
	}
	c := &f.cellSlab[0]
	f.cellSlab = f.cellSlab[1:]
	return c
}

func (f *flush) countTouches(s *subject) {
	for _, d := range s.tx.counts {
		f.cellFor(s, cellKey{
			workspace: s.workspace, basis: pb.Basis_BASIS_TOUCH, day: attribution.DayOf(d.touch.OccurredUs),
			channel: d.touch.GetOrigin().GetChannel(), campaign: d.touch.GetOrigin().GetCampaign(),
		}).values.Touchpoints += d.sign
	}
}

// sendCells sends what the transaction adds to each cell; sums of nothing are left out.
func (f *flush) sendCells() {
	// One message serves all: it is encoded at once.
	key := &pb.CellKey{}
	delta := &pb.CellDelta{Key: key}
	m := &pb.SubjectMessage{Body: &pb.SubjectMessage_Cell{Cell: delta}}
	for _, c := range f.cellOrder {
		if isZero(&c.values) {
			continue
		}
		to := c.key.subject()
		c.key.write(key)
		m.To, m.From, m.Cause, delta.Values = to, c.from, c.cause, &c.values
		m.WatermarkUs, m.Partition = 0, 0
		f.tell(m, expiryKey{c.partition, c.key.workspace})
		f.emit(topicSubjects, to, m)
	}
}

func isZero(v *pb.CellValues) bool {
	return v.Touchpoints == 0 && v.Conversions == 0 && v.ConversionValue == 0 && v.Opportunities == 0 && v.Pipeline == 0 &&
		v.Customers == 0 && v.Revenue == 0
}

// addDelta applies a delta to a cell.
func (s *subject) addDelta(d *pb.CellDelta) {
	c := s.cell
	if c.Key == nil {
		c.Key, c.Values = d.Key, &pb.CellValues{}
		s.size += int64(d.Key.SizeVT()) + itemOverhead
	}
	v := d.GetValues()
	if v == nil {
		return
	}
	c.Values.Touchpoints += v.Touchpoints
	c.Values.Conversions += v.Conversions
	c.Values.ConversionValue += v.ConversionValue
	c.Values.Opportunities += v.Opportunities
	c.Values.Pipeline += v.Pipeline
	c.Values.Customers += v.Customers
	c.Values.Revenue += v.Revenue
}

// flushCell writes a cell's totals: the row and the state are the same bytes.
func (f *flush) flushCell(s *subject) error {
	s.cell.Version++
	if s.tx.cause != nil {
		s.cell.RecordedUs = max(s.cell.RecordedUs, s.tx.cause.ReceiptSeq)
	}
	value, err := encode(s.cell)
	if err != nil {
		return err
	}
	f.result.Outputs = append(f.result.Outputs, Output{Topic: topicCells, Key: []byte(s.id), Value: value})
	f.result.Changes = append(f.result.Changes, Change{Partition: s.partition, Key: headerKey(s.id), Value: value})
	return nil
}

// add puts an amount of a measure into the cell's values.
func (c *cellSum) add(m pb.Measure, amount int64) {
	switch m {
	case pb.Measure_MEASURE_CONVERSIONS:
		c.values.Conversions += amount
	case pb.Measure_MEASURE_CONVERSION_VALUE:
		c.values.ConversionValue += amount
	case pb.Measure_MEASURE_OPPORTUNITIES:
		c.values.Opportunities += amount
	case pb.Measure_MEASURE_PIPELINE:
		c.values.Pipeline += amount
	case pb.Measure_MEASURE_CUSTOMERS:
		c.values.Customers += amount
	case pb.Measure_MEASURE_REVENUE:
		c.values.Revenue += amount
	case pb.Measure_MEASURE_UNSPECIFIED:
	}
}
