package answer

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// PostingsRequest is a question for postings.
type PostingsRequest struct {
	LedgerRequest
	Measure, Reason, Campaign, Journey string
	// Month and BookedMonth are written as 2026-10.
	Month, BookedMonth string
	Limit              int
	Cursor             string
}

// monthForm is how a month is written. The day of a parsed month is its first.
var monthForm = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)

func parseMonth(param, text string) (performance.Day, error) {
	if text == "" {
		return 0, nil
	}
	if !monthForm.MatchString(text) {
		return 0, invalid(param, "must be a month written as 2026-10")
	}
	day, err := performance.ParseDay(text + "-01")
	if err != nil {
		return 0, invalid(param, "%s", err)
	}
	return day, nil
}

func (r PostingsRequest) postings() (q store.PostingsQuery, err error) {
	if q.LedgerQuery, err = r.query(); err != nil {
		return q, err
	}
	if r.Measure != "" && !slices.Contains(measures, r.Measure) {
		return q, invalid("measure", "must be one of %s", strings.Join(measures, ", "))
	}
	q.LedgerQuery.Measure, q.Reason, q.Campaign, q.Journey = r.Measure, r.Reason, r.Campaign, r.Journey
	if q.Month, err = parseMonth("month", r.Month); err != nil {
		return q, err
	}
	if q.BookedMonth, err = parseMonth("booked_month", r.BookedMonth); err != nil {
		return q, err
	}
	if q.Limit = r.Limit; q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	if q.Limit < 0 || q.Limit > MaxLimit {
		return q, invalid("limit", "take 1 to %d rows, and the next ones with cursor", MaxLimit)
	}
	if r.Cursor != "" {
		err = readCursor(r.Cursor, r.turned(), &q.Before)
	}
	return q, err
}

// turned is the question without what differs from page to page.
func (r PostingsRequest) turned() PostingsRequest {
	r.Limit, r.Cursor = 0, ""
	return r
}

// LedgerPostings answers with the postings behind a figure.
func (a *Answerer) LedgerPostings(ctx context.Context, r PostingsRequest) (*Postings, error) {
	q, err := r.postings()
	if err != nil {
		return nil, err
	}
	var rows []store.LedgerPosting
	var sums []store.PostingSum
	var recordedAt time.Time
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		page := q
		page.Limit++ // one more tells whether there is a next page
		rows, err = a.source.LedgerPostings(groupCtx, page)
		return err
	})
	group.Go(func() (err error) { sums, err = a.source.PostingSums(groupCtx, q); return err })
	group.Go(func() (err error) { recordedAt, err = a.source.RecordedAt(groupCtx, q.Workspace); return err })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	out := &Postings{Workspace: q.Workspace, Rows: []PostingRow{}, Sums: []PostingSum{}, Freshness: freshness(recordedAt, a.cfg.Now())}
	out.Page.Limit = q.Limit
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1]
		out.Page.NextCursor = cursorOf(r.turned(), store.PostingPlace{RecordedMS: last.RecordedAt.UnixMilli(), PostingID: last.ID})
	}
	for _, p := range rows {
		out.Rows = append(out.Rows, postingRow(p))
	}
	for _, s := range sums {
		amount, currency := exact(s.Measure, s.Minor, s.Currency)
		out.Sums = append(out.Sums, PostingSum{Model: s.Model, Measure: s.Measure, Amount: amount, Currency: currency, Postings: int64(s.Postings)})
		out.Page.Total += int(s.Postings)
	}
	out.Headline = out.headline()
	return out, nil
}

func postingRow(p store.LedgerPosting) PostingRow {
	return PostingRow{
		JourneyPosting: postingOf(p.Posting), JourneyID: p.JourneyID, JourneyKind: p.JourneyKind, ConversionType: p.ConversionType,
		TouchDate: p.TouchDate.Format(time.DateOnly), CloseDate: p.CloseDate.Format(time.DateOnly), BookedMonth: p.BookedMonth.Format("2006-01"),
		IsAdjustment: p.IsAdjustment,
	}
}

func (p *Postings) headline() string {
	switch len(p.Sums) {
	case 0:
		return "No posting fits."
	case 1:
		s := p.Sums[0]
		if s.Currency == "" {
			return fmt.Sprintf("%s add up to %s of %s.", countOf(s.Postings, "posting"), s.Amount, measureWords[s.Measure])
		}
		return fmt.Sprintf("%s add up to %s of %s.", countOf(s.Postings, "posting"), readable.Money(s.Amount, 2, s.Currency), measureWords[s.Measure])
	}
	return countOf(int64(p.Page.Total), "posting") + " of several measures or models."
}
