package attribution

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Span is a length of time in configuration: a whole number of weeks or days ("2w", "90d") or anything time.ParseDuration reads
// ("36h"). A day is 24 hours.
type Span time.Duration

// Microseconds returns the length.
func (s Span) Microseconds() int64 { return time.Duration(s).Microseconds() }

// spanDaysMax keeps a span far from the limits of time.Duration (about 106,751 days).
const spanDaysMax = 100 * 366

// UnmarshalText reads a span; negative ones are errors.
func (s *Span) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	days := int64(0)
	if n := len(word); n > 1 {
		days = map[byte]int64{'d': 1, 'w': 7}[word[n-1]]
	}
	if days == 0 {
		d, err := time.ParseDuration(word)
		if err != nil || d < 0 {
			return fmt.Errorf("span %q: want a number of weeks, days, hours, minutes or seconds, such as 90d", word)
		}
		*s = Span(d)
		return nil
	}
	n, err := strconv.ParseInt(word[:len(word)-1], 10, 64)
	if err != nil || n < 0 || n > spanDaysMax/days {
		return fmt.Errorf("span %q: want a whole number of days or weeks, at most 100 years", word)
	}
	*s = Span(time.Duration(n*days) * 24 * time.Hour)
	return nil
}

// MarshalText writes whole days as days, everything else as time.Duration does.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Span) String() string {
	const day = Span(24 * time.Hour)
	if s != 0 && s%day == 0 {
		return strconv.FormatInt(int64(s/day), 10) + "d"
	}
	return time.Duration(s).String()
}
