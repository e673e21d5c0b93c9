package performance

import "time"

// Interval is the length of a step of time.
type Interval string

// The intervals. Weeks begin on Monday, as ISO weeks do.
const (
	IntervalDay   Interval = "day"
	IntervalWeek  Interval = "week"
	IntervalMonth Interval = "month"
)

// daysPerWeek and mondayOffset: the Unix epoch was a Thursday, three days after a Monday.
const (
	daysPerWeek  = 7
	mondayOffset = 3
)

// Start is the first day of the step that d falls in.
func (i Interval) Start(d Day) Day {
	switch i {
	case IntervalWeek:
		return max(FirstDay, d-(d+mondayOffset)%daysPerWeek)
	case IntervalMonth:
		t := d.Time()
		return DayOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	case IntervalDay:
	}
	return d
}

// Next is the first day of the step after the one that begins on start.
func (i Interval) Next(start Day) Day {
	switch i {
	case IntervalWeek:
		return start - (start+mondayOffset)%daysPerWeek + daysPerWeek
	case IntervalMonth:
		t := start.Time()
		return DayOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC))
	case IntervalDay:
	}
	return start + 1
}

// Steps are the first days of all steps that a period touches.
func (i Interval) Steps(p Period) []Day {
	steps := []Day{}
	for d := i.Start(p.From); d <= p.To; d = i.Next(d) {
		steps = append(steps, d)
	}
	return steps
}

// IsWhole says that the period holds the whole step that begins on start.
func (i Interval) IsWhole(start Day, p Period) bool {
	return start >= p.From && i.Next(start)-1 <= p.To
}
