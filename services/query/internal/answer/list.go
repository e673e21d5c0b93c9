package answer

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/export"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// JourneysRequest is a question for a list of journeys. Empty fields do not restrict.
type JourneysRequest struct {
	Workspace, Model, Kind, Pipeline, Stage, Account, Person, Channel, Campaign, Text string
	States, ConversionTypes                                                           []string
	From, To                                                                          string
	// AsOf is a moment in RFC 3339, or a day, which means its end. Empty: now.
	AsOf string
	// Sort is a column, with a leading "-" for descending.
	Sort   string
	Limit  int
	Cursor string
}

// states are the words of JourneysRequest.States.
var states = []string{"open", "won", "lost", "converted"}

func (r JourneysRequest) turned() JourneysRequest {
	r.Limit, r.Cursor = 0, ""
	return r
}

// journeysQuery checks the request.
func (a *Answerer) journeysQuery(ctx context.Context, r JourneysRequest) (store.JourneysQuery, error) {
	q := store.JourneysQuery{
		Workspace: r.Workspace, Kind: r.Kind, Pipeline: r.Pipeline, Stage: r.Stage, Account: r.Account, Person: r.Person, Channel: r.Channel,
		Campaign: r.Campaign, Text: r.Text, States: r.States, ConversionTypes: r.ConversionTypes, Limit: r.Limit,
		Period: performance.Period{From: performance.FirstDay, To: performance.LastDay},
	}
	for _, state := range r.States {
		if !slices.Contains(states, state) {
			return q, invalid("state", "must be of %s", strings.Join(states, ", "))
		}
	}
	if len(r.ConversionTypes) > MaxTypes {
		return q, invalid("conversion_type", "name at most %d", MaxTypes)
	}
	for param, bound := range map[string]struct {
		text string
		day  *performance.Day
	}{"from": {r.From, &q.Period.From}, "to": {r.To, &q.Period.To}} {
		if bound.text == "" {
			continue
		}
		day, err := performance.ParseDay(bound.text)
		if err != nil {
			return q, invalid(param, "%s", err)
		}
		*bound.day = day
	}
	if q.Period.Days() == 0 {
		return q, invalid("to", "the period ends before it begins: %s is before %s", q.Period.To, q.Period.From)
	}
	at, err := moment("as_of", r.AsOf)
	if err != nil {
		return q, err
	}
	q.AsOf = at
	q.Sort, q.Descending = strings.CutPrefix(r.Sort, "-")
	if r.Cursor != "" {
		q.After = &store.JourneyPlace{}
		if err := readCursor(r.Cursor, r.turned(), q.After); err != nil {
			return q, err
		}
	}
	f := frame{}
	if f.available, err = a.source.Models(ctx, r.Workspace); err != nil {
		return q, err
	}
	q.Model, err = f.model(r.Model, a.cfg.Model)
	return q, err
}

// Journeys answers a page of journeys.
func (a *Answerer) Journeys(ctx context.Context, r JourneysRequest) (*JourneyList, error) {
	q, err := a.journeysQuery(ctx, r)
	if err != nil {
		return nil, err
	}
	var counts map[string]uint64
	var recorded time.Time
	var gaps []Warning
	rows := []store.ListedJourney{}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		counts, err = a.source.CountJourneys(groupCtx, q)
		return err
	})
	group.Go(func() (err error) {
		recorded, err = a.source.RecordedAt(groupCtx, r.Workspace)
		return err
	})
	group.Go(func() (err error) {
		gaps, err = a.dealGaps(groupCtx, r.Workspace, q.AsOf)
		return err
	})
	group.Go(func() error {
		more := q
		more.Limit++
		return a.source.Journeys(groupCtx, more, func(j store.ListedJourney) error {
			rows = append(rows, j)
			return nil
		})
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	list := &JourneyList{
		Workspace: r.Workspace, Model: q.Model, From: r.From, To: r.To, AsOf: timeOrNil(q.AsOf), Rows: []JourneyRow{}, Page: CursorPage{Limit: r.Limit},
		Freshness: (&frame{recordedAt: recorded}).freshness(a.cfg.Now()), Warnings: append([]Warning{}, gaps...), Headline: journeysHeadline(counts),
	}
	for _, n := range counts {
		list.Page.Total += int(n)
	}
	if len(rows) > r.Limit {
		rows = rows[:r.Limit]
		last := rows[r.Limit-1]
		list.Page.NextCursor = cursorOf(r.turned(), store.JourneyPlace{Rank: last.Rank, ID: last.ID})
	}
	for _, j := range rows {
		list.Rows = append(list.Rows, a.journeyRow(j, q))
	}
	return list, nil
}

// JourneysTable is all journeys as a table, read while it is written.
func (a *Answerer) JourneysTable(ctx context.Context, r JourneysRequest) (export.Table, error) {
	if r.Limit == 0 {
		r.Limit = MaxExportRows
	}
	q, err := a.journeysQuery(ctx, r)
	t := export.Table{Name: "journeys", Columns: journeyColumns()}
	t.Each = func(emit func([]any) error) error {
		return a.source.Journeys(ctx, q, func(j store.ListedJourney) error {
			row := a.journeyRow(j, q)
			return emit([]any{
				row.JourneyID, row.Kind, row.ConversionType, row.State, row.OpenedOn, row.ClosedOn, row.AccountID, row.PersonID, row.Pipeline, row.Stage,
				row.Amount, row.Currency, row.Touches, strings.Join(row.Channels, " > "), row.FirstTouchOn, row.Days, row.RecordedAt, q.Model,
			})
		})
	}
	return t, err
}

func journeyColumns() []export.Column {
	columns := []export.Column{}
	for _, c := range []struct {
		names string
		kind  export.Kind
	}{
		{"journey_id kind conversion_type state", export.Text},
		{"opened_on closed_on", export.Day},
		{"account_id person_id pipeline stage", export.Text},
		{"amount", export.Exact},
		{"currency", export.Text},
		{"touches", export.Integer},
		{"channels", export.Text},
		{"first_touch_on", export.Day},
		{"days", export.Integer},
		{"recorded_at", export.Moment},
		{"model", export.Text},
	} {
		for name := range strings.FieldsSeq(c.names) {
			columns = append(columns, export.Column{Name: name, Kind: c.kind})
		}
	}
	return columns
}

func journeysHeadline(counts map[string]uint64) string {
	words := []string{}
	for _, s := range []struct{ state, one, many string }{
		{"converted", "conversion", "conversions"}, {"won", "opportunity won", "opportunities won"}, {"lost", "lost", "lost"}, {"open", "open", "open"},
	} {
		switch n := counts[s.state]; n {
		case 0:
		case 1:
			words = append(words, "1 "+s.one)
		default:
			words = append(words, readable.Integer(int64(n))+" "+s.many)
		}
	}
	if len(words) == 0 {
		return "No journey answers to this."
	}
	return strings.Join(words, ", ") + "."
}

func (a *Answerer) journeyRow(j store.ListedJourney, q store.JourneysQuery) JourneyRow {
	row := JourneyRow{
		JourneyID: j.ID, Kind: j.Kind, ConversionType: j.ConversionType, State: j.State, OpenedOn: j.OpenedOn.Format(time.DateOnly), AccountID: j.AccountID,
		PersonID: j.PersonID, Pipeline: j.Pipeline, Stage: j.Stage, Touches: int(j.Touches), Channels: append([]string{}, j.Channels...),
		RecordedAt: j.RecordedAt.UTC(), Explain: journeyAddress(j.ID, q.Workspace, q.Model),
	}
	end := a.cfg.Now()
	if !q.AsOf.IsZero() {
		end = q.AsOf
		row.Explain += "&as_of=" + url.QueryEscape(q.AsOf.Format(time.RFC3339Nano))
	}
	if j.ClosedOn.Unix() > 0 {
		row.ClosedOn, end = j.ClosedOn.Format(time.DateOnly), j.ClosedOn
	}
	if j.HasAmount {
		amount := money.FormatDecimal(j.AmountMinor, j.Currency)
		row.Amount, row.Currency = &amount, j.Currency
	}
	if j.HasProbability {
		row.Probability = &j.Probability
		if j.HasAmount {
			weighted := money.FormatDecimal(j.WeightedMinor, j.Currency)
			row.WeightedAmount = &weighted
		}
	}
	if j.Touches > 0 {
		days := max(0, int(performance.DayOf(end)-performance.DayOf(j.FirstTouch)))
		row.FirstTouchOn, row.Days = j.FirstTouch.UTC().Format(time.DateOnly), &days
	}
	return row
}

func stagesOf(visits []store.StageVisit) []JourneyStage {
	stages := []JourneyStage{}
	for _, v := range visits {
		s := JourneyStage{
			Stage: v.Stage, SourceStage: v.SourceStage, EnteredAt: v.EnteredAt.UTC(), Amount: money.FormatDecimal(v.AmountMinor, v.Currency), Currency: v.Currency,
		}
		if v.HasProbability {
			s.Probability = &v.Probability
		}
		if v.LeftAt.Unix() > 0 {
			left := v.LeftAt.UTC()
			s.LeftAt = &left
		}
		stages = append(stages, s)
	}
	return stages
}

// milestonesOf are the positions that current credit stands on, each once however many measures it carries.
func milestonesOf(credits []store.Credit, touches []store.Touch) []JourneyMilestone {
	at := map[string]time.Time{}
	for _, t := range touches {
		at[t.ID] = t.OccurredAt.UTC()
	}
	milestones, seen := []JourneyMilestone{}, map[string]bool{}
	for _, c := range credits {
		for _, position := range positions(c.Positions) {
			key := fmt.Sprintf("%q%q%q", c.Model, position, c.TouchpointID)
			if seen[key] {
				continue
			}
			seen[key] = true
			m := JourneyMilestone{Model: c.Model, Position: position, TouchpointID: c.TouchpointID, Channel: c.Channel, Weight: c.Weight}
			if moment, ok := at[c.TouchpointID]; ok {
				m.OccurredAt = &moment
			}
			milestones = append(milestones, m)
		}
	}
	return milestones
}
