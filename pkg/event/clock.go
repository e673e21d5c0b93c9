package event

import (
	"strings"
	"time"
)

const (
	minuteUS = int64(time.Minute / time.Microsecond)
	// lastUS is the end of the year 9999: nothing later can be written as a date.
	lastUS = int64(253402300799999999)
)

// ParseTime reads an ISO 8601 time or date: with offset, without (then UTC), with T or a space between date and time, or a date alone (its midnight
// UTC). The result is microseconds since 1970; it reports false for anything else and for what is outside 1970 to 9999.
func ParseTime(s string) (us int64, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) < len("2006-01-02") || len(s) > 40 {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		if t, err = parseLoose(s); err != nil {
			return 0, false
		}
	}
	// Year bounds first: UnixMicro overflows outside them.
	if y := t.Year(); y < 1969 || y > 10000 {
		return 0, false
	}
	us = t.UnixMicro()
	return us, us >= 0 && us <= lastUS
}

func parseLoose(s string) (time.Time, error) {
	b := []byte(s)
	if len(b) > 10 && (b[10] == ' ' || b[10] == 't') {
		b[10] = 'T'
	}
	if b[len(b)-1] == 'z' {
		b[len(b)-1] = 'Z'
	}
	var t time.Time
	var err error
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	} {
		if t, err = time.Parse(layout, string(b)); err == nil {
			return t, nil
		}
	}
	return t, err
}

// timeOf reads a time field; 0 when the record has none.
func (b *builder) timeOf(s slot, name string) int64 {
	if !b.rec.set[s] {
		return 0
	}
	us, ok := ParseTime(b.rec.vals[s])
	if !ok {
		b.fail(refuse(name, CodeInvalid, "is not an ISO 8601 time between the years 1970 and 9999"))
	}
	return us
}

// occurred decides when a record happened.
//
//	timestamp and sentAt       received - (sentAt - timestamp): the sender's clock may be wrong, but it is wrong the same way twice
//	timestamp alone, imports   timestamp
//	originalTimestamp as well  timestamp: somebody before us has corrected it
//	none                       received, flagged
//
// A future time becomes the receipt's, flagged; one beyond FutureMaxUS is a mistake (a wrong unit, a typing error), and is refused.
func (b *builder) occurred(name string) int64 {
	d := b.del
	at, original, sent := b.timeOf(sTimestamp, name), b.timeOf(sOriginalTimestamp, "originalTimestamp"), b.timeOf(sSentAt, "sentAt")
	corrected := b.rec.set[sTimestamp] && b.rec.set[sOriginalTimestamp]
	if !b.rec.set[sTimestamp] {
		at = original
	}
	if !b.rec.set[sTimestamp] && !b.rec.set[sOriginalTimestamp] {
		b.flag(FlagClockMissing)
		return d.ReceivedUS
	}
	if b.rec.set[sSentAt] && !corrected && !d.Import {
		skew := d.ReceivedUS - sent
		if skew >= minuteUS || skew <= -minuteUS {
			b.flag(FlagClockSkew)
		}
		at = max(at+skew, 0)
	}
	return b.notFuture(at, name)
}

func (b *builder) notFuture(at int64, name string) int64 {
	if at <= b.del.ReceivedUS {
		return at
	}
	if at-b.del.ReceivedUS > b.del.FutureMaxUS {
		b.fail(refuse(name, CodeClockFuture, "is more than %s after the time of receipt", time.Duration(b.del.FutureMaxUS)*time.Microsecond))
	}
	b.flag(FlagClockFuture)
	return b.del.ReceivedUS
}
