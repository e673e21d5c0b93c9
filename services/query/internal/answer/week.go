package answer

import (
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
)

// daysOfWeek is how long a week is.
const daysOfWeek = 7

// weekOf reads an ISO week, 2026-W46.
func weekOf(text string) (performance.Period, error) {
	var year, week int
	if n, err := fmt.Sscanf(text, "%4d-W%2d", &year, &week); n != 2 || err != nil || fmt.Sprintf("%04d-W%02d", year, week) != text {
		return performance.Period{}, invalid("week", "must be an ISO week written as 2026-W46")
	}
	// The fourth of January is always in the first week.
	first := performance.IntervalWeek.Start(performance.DayOf(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)))
	from := first + performance.Day((week-1)*daysOfWeek)
	if year < 1971 || year > 2148 || week < 1 || weekName(from) != text {
		return performance.Period{}, invalid("week", "there is no week %s: years have the weeks 01 to 52, some 53", text)
	}
	return performance.Period{From: from, To: from + daysOfWeek - 1}, nil
}

// weekName writes the ISO week that a day is in.
func weekName(d performance.Day) string {
	year, week := d.Time().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// latestWeek is the latest complete week that has any figure: the one before today's, or before the end of a history that lies in the past.
func latestWeek(now, last performance.Day) performance.Period {
	from := performance.IntervalWeek.Start(min(now, last+daysOfWeek)) - daysOfWeek
	return performance.Period{From: from, To: from + daysOfWeek - 1}
}
