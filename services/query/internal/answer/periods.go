package answer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/plans"
)

// periodBody is a month of the books as it is kept. The view booking_rules reads at_ms and action.
type periodBody struct {
	Month   string        `json:"month"`
	History []periodEntry `json:"history"`
}

type periodEntry struct {
	Action string    `json:"action"`
	AtMS   int64     `json:"at_ms"`
	DoneAt time.Time `json:"done_at"`
	By     string    `json:"by"`
	Note   string    `json:"note"`
}

// The changes of a month.
const (
	actionClose  = "close"
	actionReopen = "reopen"
)

func (b periodBody) isClosed() bool {
	return len(b.History) > 0 && b.History[len(b.History)-1].Action == actionClose
}

func periodOf(r plans.Record) (Period, bool) {
	var body periodBody
	if json.Unmarshal([]byte(r.Body), &body) != nil {
		return Period{}, false
	}
	p := Period{Month: r.ID, IsClosed: body.isClosed(), History: []PeriodChange{}, Version: r.Version}
	for _, e := range body.History {
		p.History = append(p.History, PeriodChange{Action: e.Action, At: time.UnixMilli(e.AtMS).UTC(), DoneAt: e.DoneAt.UTC(), By: e.By, Note: e.Note})
	}
	if p.IsClosed {
		last := p.History[len(p.History)-1]
		p.ClosedAt, p.ClosedBy = &last.At, last.By
	}
	return p, true
}

// Periods answers which months of the books are closed.
func (a *Answerer) Periods(ctx context.Context, workspace string) (*Periods, error) {
	records, err := a.cfg.Book.List(ctx, workspace, kindPeriod)
	if err != nil {
		return nil, err
	}
	out := &Periods{Workspace: workspace, Rows: []Period{}}
	latest := ""
	for _, r := range records {
		if p, ok := periodOf(r); ok {
			out.Rows = append(out.Rows, p)
			if p.IsClosed {
				latest = max(latest, p.Month)
			}
		}
	}
	slices.SortFunc(out.Rows, func(x, y Period) int { return strings.Compare(y.Month, x.Month) })
	out.OpenMonth, out.Headline = a.cfg.Now().UTC().Format("2006-01"), "No month is closed: every change counts on its own day."
	if latest != "" {
		at, err := time.Parse("2006-01", latest)
		if err != nil {
			return nil, fmt.Errorf("read month %q: %w", latest, err)
		}
		out.OpenMonth = at.AddDate(0, 1, 0).Format("2006-01")
		out.Headline = fmt.Sprintf("The books are closed up to %s; %s takes what changes later.", monthWord(latest), monthWord(out.OpenMonth))
	}
	return out, nil
}

// closedMonths are the months of a period that are closed, in order.
func (a *Answerer) closedMonths(ctx context.Context, workspace string, p performance.Period) ([]string, error) {
	periods, err := a.Periods(ctx, workspace)
	if err != nil {
		return nil, err
	}
	closed := []string{}
	for _, m := range periods.Rows {
		if m.IsClosed && m.Month >= p.From.String()[:len("2026-01")] && m.Month <= p.To.String()[:len("2026-01")] {
			closed = append(closed, m.Month)
		}
	}
	slices.Reverse(closed)
	return closed, nil
}

// ClosePeriod closes a month: what is recorded later of its business is booked in the first open month.
func (a *Answerer) ClosePeriod(ctx context.Context, by Actor, month string, r PeriodRequest) (*Period, error) {
	first, err := parseMonth("month", month)
	if err != nil || month == "" {
		return nil, invalid("month", "must be a month written as 2026-10")
	}
	asOf, err := moment("as_of", r.AsOf)
	if err != nil {
		return nil, err
	}
	end := first.Time().AddDate(0, 1, 0)
	return a.changePeriod(ctx, by, month, actionClose, r.Note, func(now time.Time) (time.Time, error) {
		at := now
		if !asOf.IsZero() {
			at = asOf
		}
		switch {
		case at.After(now):
			return at, invalid("as_of", "is in the future: nobody knows yet what the books will say")
		case at.Before(end.Add(-time.Millisecond)):
			return at, &ConflictError{Reason: fmt.Sprintf("%s has not ended by %s: a month is closed when it is over", month, at.Format(time.RFC3339))}
		}
		return at, nil
	})
}

// ReopenPeriod opens a month again: what is recorded from now on of its business is booked in it. Adjustments made meanwhile stay where they are.
func (a *Answerer) ReopenPeriod(ctx context.Context, by Actor, month string, r PeriodRequest) (*Period, error) {
	if _, err := parseMonth("month", month); err != nil || month == "" {
		return nil, invalid("month", "must be a month written as 2026-10")
	}
	if r.AsOf != "" {
		return nil, invalid("as_of", "a month is reopened from now on; what was booked meanwhile stays where it is")
	}
	return a.changePeriod(ctx, by, month, actionReopen, r.Note, func(now time.Time) (time.Time, error) { return now, nil })
}

// changePeriod appends to a month's history. when settles the moment from which on the change holds.
func (a *Answerer) changePeriod(ctx context.Context, by Actor, month, action, note string, when func(now time.Time) (time.Time, error)) (*Period, error) {
	var changed Period
	err := a.change(ctx, by, kindPeriod, action, func(saved map[string]plans.Record, now time.Time) ([]plans.Record, error) {
		body := periodBody{Month: month}
		if r, exists := saved[month]; exists && !r.IsDeleted {
			if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
				return nil, fmt.Errorf("read what is kept of month %s: %w", month, err)
			}
		}
		if body.isClosed() == (action == actionClose) {
			return nil, &ConflictError{Reason: fmt.Sprintf("%s is %s already", month, map[bool]string{true: "closed", false: "open"}[body.isClosed()])}
		}
		at, err := when(now)
		if err != nil {
			return nil, err
		}
		ms := at.UnixMilli()
		if n := len(body.History); n > 0 && ms <= body.History[n-1].AtMS {
			if action == actionClose && at.Before(now) {
				return nil, invalid("as_of", "is before the last change of the month (%s)", time.UnixMilli(body.History[n-1].AtMS).UTC().Format(time.RFC3339Nano))
			}
			ms = body.History[n-1].AtMS + 1 // one moment, one state
		}
		body.History = append(body.History, periodEntry{Action: action, AtMS: ms, DoneAt: now, By: by.Name, Note: note})
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write month %s: %w", month, err)
		}
		record := plans.Record{Kind: kindPeriod, ID: month, Body: string(text)}
		changed, _ = periodOf(record)
		return []plans.Record{record}, nil
	})
	if err != nil {
		return nil, err
	}
	if periods, err := a.Periods(ctx, by.Workspace); err == nil { // for its version; it is kept, whatever reading says
		for _, p := range periods.Rows {
			if p.Month == month {
				return &p, nil
			}
		}
	}
	return &changed, nil
}
