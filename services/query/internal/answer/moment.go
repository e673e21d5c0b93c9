package answer

import (
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Ways to count what changed in a month after its close.
const (
	booksOpen   = "open"
	booksClosed = "closed"
)

// moment reads a moment in RFC 3339, or a day, which means its end. Empty: zero.
func moment(param, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if day, err := performance.ParseDay(text); err == nil {
		return (day + 1).Time().Add(-time.Millisecond), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 || at.Year() > 2149 {
		return time.Time{}, invalid(param, "must be a moment written as 2026-03-01T12:00:00Z, or a day, which means its end")
	}
	return at.UTC(), nil
}

func (q *question) checkMoment() error {
	at, err := moment("as_of", q.AsOf)
	if err != nil {
		return err
	}
	if q.Books != "" && q.Books != booksOpen && q.Books != booksClosed {
		return invalid("books", "must be open (every figure on its own day) or closed (as the books say: closed months do not move)")
	}
	q.moment = store.Moment{AsOf: at, Books: q.Books == booksClosed}
	if !q.moment.IsNow() && q.groupBy.HasDetail() {
		return invalid("group_by", "as_of and books=closed know channels and campaigns; the ledger names no %s", q.groupBy)
	}
	return nil
}

// bookless refuses what only the roll-up answers: months of the books are known of the figures of channels and campaigns.
func (q *question) bookless() error {
	if q.moment.Books {
		return invalid("books", "closed months are known of /channels, /compare, /trend and /ledger/bridge; leave it out, or take as_of")
	}
	return nil
}

// asOf is the moment as answers say it; nil means the present.
func (f *frame) asOf() *time.Time {
	if f.moment.AsOf.IsZero() {
		return nil
	}
	return &f.moment.AsOf
}

func (f *frame) books() string {
	if f.moment.Books {
		return booksClosed
	}
	return booksOpen
}
