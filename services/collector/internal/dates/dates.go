// Package dates reads days and times as programs and people write them in files, in whichever order and zone. It is pure.
package dates

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Orders in which a date's day and month may stand.
const (
	// DayFirst is 31/12/2026, MonthFirst 12/31/2026.
	DayFirst   = "day first"
	MonthFirst = "month first"
)

var (
	numbered = regexp.MustCompile(`^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})\.?$`)                                                              //nolint:gochecknoglobals // a compiled pattern is a constant
	inText   = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}|[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4}`) //nolint:gochecknoglobals // a compiled pattern is a constant
)

// dateOf is a cell without its time of day.
func dateOf(text string) string {
	text = strings.TrimSpace(text)
	if m := numbered.FindString(strings.SplitN(text, " ", 2)[0]); m != "" {
		return strings.TrimSuffix(m, ".")
	}
	if len(text) > 10 && text[4] == '-' && (text[10] == 'T' || text[10] == ' ') {
		return text[:10]
	}
	return text
}

// Order is how a date's day and month can only stand; empty when the date does not tell.
func Order(text string) string {
	text = dateOf(text)
	m := numbered.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[2])
	switch {
	case strings.Contains(text, ".") || a > 12:
		return DayFirst
	case b > 12:
		return MonthFirst
	}
	return ""
}

// IsNumbered tells whether a date needs an order.
func IsNumbered(text string) bool { return numbered.MatchString(dateOf(text)) }

// ParseDay is a date in days since 1970.
func ParseDay(text, order string) (int, bool) {
	text = dateOf(text)
	if m := numbered.FindStringSubmatch(text); m != nil {
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[2])
		year, _ := strconv.Atoi(m[3])
		if year < 100 {
			year += 2000
		}
		month, day := a, b
		if order == DayFirst {
			month, day = b, a
		}
		t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if int(t.Month()) != month || t.Day() != day || year < 1990 {
			return 0, false
		}
		return days(t), true
	}
	for _, layout := range []string{
		time.DateOnly, "2006/01/02", "2006.01.02", "20060102", "Jan 2, 2006", "January 2, 2006", "Jan. 2, 2006", "2 Jan 2006", "2 January 2006", "02-Jan-2006", "Mon, Jan 2, 2006",
	} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1990 {
			return days(t), true
		}
	}
	return 0, false
}

func days(t time.Time) int { return int(t.Unix() / 86400) }

// ISO writes a day in days since 1970.
func ISO(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }

// InText are the dates in a line of words.
func InText(line string) []string { return inText.FindAllString(line, 4) }

// ParseTime is a time in microseconds since 1970: ISO 8601, a number of seconds or milliseconds, or a date in the given order with or without a time of day. What names no zone
// is in loc.
func ParseTime(text, order string, loc *time.Location) (us int64, ok bool) {
	text = strings.Join(strings.Fields(strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(text)), " ")
	if strings.Trim(text, "0123456789") == "" && (len(text) == 10 || len(text) == 13) {
		n, err := strconv.ParseInt((text + "000")[:13], 10, 64)
		return n * 1000, err == nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return within(t)
		}
	}
	var clock time.Time
	if m := timed.FindStringSubmatch(text); m != nil {
		text = strings.TrimSuffix(strings.TrimSpace(m[1]), ",")
		if clock, ok = clockOf(strings.ToUpper(strings.TrimSpace(m[2]))); !ok {
			return 0, false
		}
		if m[3] != "" {
			loc = time.UTC
		}
	}
	day, ok := ParseDay(text, order)
	if !ok || strings.TrimSuffix(text, ".") != dateOf(text) { // something stands behind the date that is no time of day
		return 0, false
	}
	base := time.Unix(int64(day)*86400, 0).UTC()
	return within(time.Date(base.Year(), base.Month(), base.Day(), clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), loc))
}

// timed is a date with a time of day behind it, and perhaps the zone of all zones.
var timed = regexp.MustCompile(`(?i)^(.+?)[ T,]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)? ?(?:AM|PM)?) ?(UTC|GMT|Z)?$`) //nolint:gochecknoglobals // a compiled pattern is a constant

func clockOf(text string) (time.Time, bool) {
	for _, layout := range []string{"15:04:05.999999999", "15:04", "3:04:05 PM", "3:04 PM", "3:04:05PM", "3:04PM"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// within refuses what cannot be a time of an event.
func within(t time.Time) (int64, bool) {
	return t.UnixMicro(), t.Year() >= 1990 && t.Year() <= 9999
}
