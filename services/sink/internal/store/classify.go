package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

const (
	// passesMax bounds how often rules may change while costs are classified by them; then the insert is tried again.
	passesMax = 8
	// placesChunk is how many kinds of costs one statement moves: its text stays below 200 KB.
	placesChunk = 150
)

// errRestless says that the rules changed again and again.
var errRestless = errors.New("channel rules change faster than costs can be classified by them")

// costKey names what decides a cost's place: everything that its record says about it.
const costKey = "hex(sipHash128(platform, given_source, given_medium, given_campaign, given_channel, given_rules))"

// everyDay is a span of all days there can be.
func everyDay() (from, to time.Time) {
	return time.Unix(0, 0).UTC(), time.Unix(65535*24*60*60, 0).UTC()
}

// ClassifySpend brings all costs to the channel rules in force.
func (s *Store) ClassifySpend(ctx context.Context) error {
	if s.book == nil {
		return nil
	}
	if err := s.readRules(ctx); err != nil {
		return err
	}
	if s.settled() {
		return nil
	}
	from, to := everyDay()
	return s.classify(ctx, from, to)
}

// classify brings the costs of some days to the channel rules in force. Whoever writes costs, and whoever writes rules, calls it afterwards: the one that is later finds
// what the other wrote. It ends with a look that was taken after the rules were read and found nothing to do, so one that worked by rules of before does not have the last word.
func (s *Store) classify(ctx context.Context, from, to time.Time) error {
	if s.book == nil {
		return nil
	}
	for range passesMax {
		if err := s.readRules(ctx); err != nil {
			return err
		}
		moves, err := s.misplaced(ctx, from, to)
		if err != nil {
			return err
		}
		if len(moves) == 0 {
			if a, b := everyDay(); from.Equal(a) && to.Equal(b) {
				if err := s.remember(ctx); err != nil {
					return err
				}
				s.settle()
			}
			return nil
		}
		for _, m := range moves {
			for chunk := range slices.Chunk(m.kinds, placesChunk) {
				if err := s.move(ctx, m.rules, chunk, from, to); err != nil {
					return err
				}
			}
		}
	}
	return errRestless
}

// standingsText reads the rules of each workspace as the task says that changed them last. In the end all tasks say the same.
const standingsText = `SELECT workspace, argMax(rules, (rules_seq, revision, version)), argMax(rules_cause_event_id, (rules_seq, revision, version)), max(rules_seq)
FROM %s FINAL GROUP BY workspace`

// readRules tells the book the rules in force.
func (s *Store) readRules(ctx context.Context) error {
	found, err := s.conn.Query(ctx, fmt.Sprintf(standingsText, s.cfg.Table("standings_rows")))
	if err != nil {
		return fmt.Errorf("read the channel rules in force: %w", err)
	}
	defer found.Close()
	var standings []rulebook.Standing
	for found.Next() {
		var r rulebook.Standing
		if err := found.Scan(&r.Workspace, &r.Own, &r.Cause, &r.Seq); err != nil {
			return fmt.Errorf("read the channel rules in force: %w", err)
		}
		standings = append(standings, r)
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("read the channel rules in force: %w", err)
	}
	if err := s.book.Set(standings); err != nil {
		s.onRefused(err)
	}
	s.mu.Lock()
	s.standings = standings
	s.mu.Unlock()
	return nil
}

// settled tells whether all costs were brought to the rules that were read last. Costs that came since were classified when they were written.
func (s *Store) settled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done != nil && slices.Equal(s.done, sorted(s.standings))
}

func (s *Store) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = sorted(s.standings)
}

func sorted(list []rulebook.Standing) []rulebook.Standing {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b rulebook.Standing) int { return strings.Compare(a.Workspace, b.Workspace) })
	if out == nil {
		out = []rulebook.Standing{}
	}
	return out
}

// placed is a kind of costs with the place where it belongs.
type placed struct {
	key   string
	place rulebook.Place
}

// moves are the kinds of costs of a workspace that stand elsewhere than its rules say.
type moves struct {
	rules *rulebook.Rules
	kinds []placed
	known map[string]bool
}

const kindsText = `SELECT DISTINCT workspace, ` + costKey + `, toString(platform), toString(given_source), toString(given_medium), toString(given_campaign),
    toString(given_channel), toString(given_rules), toString(source), toString(medium), toString(campaign), toString(channel), toString(rules_version)
FROM %s FINAL WHERE day BETWEEN {from:Date} AND {to:Date}`

// misplaced looks for costs that stand elsewhere than the rules say.
func (s *Store) misplaced(ctx context.Context, from, to time.Time) (map[string]*moves, error) {
	ctx = clickhouse.Context(ctx, clickhouse.WithParameters(days(from, to)))
	found, err := s.conn.Query(ctx, fmt.Sprintf(kindsText, s.cfg.Table("spend_rows")))
	if err != nil {
		return nil, fmt.Errorf("look for costs to classify anew: %w", err)
	}
	defer found.Close()
	out := map[string]*moves{}
	for found.Next() {
		var workspace, key string
		var c rulebook.Cost
		var is rulebook.Place
		if err := found.Scan(&workspace, &key, &c.Platform, &c.Source, &c.Medium, &c.Campaign, &c.Channel, &c.Rules, &is.Source, &is.Medium, &is.Campaign, &is.Channel, &is.Rules); err != nil {
			return nil, fmt.Errorf("look for costs to classify anew: %w", err)
		}
		r := s.book.Of(workspace)
		place := r.Place(c)
		if r == nil || place == is {
			continue
		}
		m := out[workspace]
		if m == nil {
			m = &moves{rules: r, known: map[string]bool{}}
			out[workspace] = m
		}
		// Costs of one kind that stand at several places are one move.
		if !m.known[key] {
			m.known[key] = true
			m.kinds = append(m.kinds, placed{key, place})
		}
	}
	return out, found.Err()
}

func days(from, to time.Time) clickhouse.Parameters {
	return clickhouse.Parameters{"from": from.Format(time.DateOnly), "to": to.Format(time.DateOnly)}
}

// shown are the columns that a place is made of.
var shown = []struct {
	name string
	of   func(rulebook.Place) string
}{
	{"source", func(p rulebook.Place) string { return p.Source }},
	{"medium", func(p rulebook.Place) string { return p.Medium }},
	{"campaign", func(p rulebook.Place) string { return p.Campaign }},
	{"channel", func(p rulebook.Place) string { return p.Channel }},
	{"rules_version", func(p rulebook.Place) string { return p.Rules }},
}

// list is a literal with one text of each kind.
func list(kinds []placed, of func(placed) string) string {
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = quote(of(k))
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// move puts kinds of costs where they belong: first in the history, so that after a crash between the two they still stand at the wrong place and both are done again.
//
// Current rows are changed in place, by a mutation: a row of a higher version would win over a later record or withdrawal of its cost that has not been read yet. It
// changes all versions, which is right, since a place follows from the rules and what the row was given with.
func (s *Store) move(ctx context.Context, r *rulebook.Rules, kinds []placed, from, to time.Time) error {
	where := " WHERE workspace = " + quote(r.Workspace) + " AND day BETWEEN " + quote(from.Format(time.DateOnly)) + " AND " + quote(to.Format(time.DateOnly)) +
		" AND " + costKey + " IN " + list(kinds, func(k placed) string { return k.key })
	var names, values, sets []string
	for _, c := range shown {
		value := "transform(" + costKey + ", " + list(kinds, func(k placed) string { return k.key }) + ", " +
			list(kinds, func(k placed) string { return c.of(k.place) }) + ", toString(" + c.name + "))"
		names, values, sets = append(names, c.name), append(values, value), append(sets, c.name+" = "+value)
	}
	settings := insertSettings("")
	delete(settings, "insert_deduplication_token") // what is to be moved depends on the moment
	settings["insert_deduplicate"], settings["max_query_size"] = 0, 4<<20
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(settings))
	history := "INSERT INTO " + s.cfg.Table("spend_versions_rows") +
		" (workspace, day, spend_key, version, classified, received_at, cause_event_id, currency, exponent, spend_minor, impressions, clicks, " + strings.Join(names, ", ") + ")\n" +
		fmt.Sprintf("SELECT workspace, day, spend_key, version, %d, greatest(received_at, fromUnixTimestamp64Milli(%d, 'UTC')), %s, currency, exponent, spend_minor, impressions, clicks, ",
			r.Classified(), r.Seq/1000, quote(r.Cause)) +
		strings.Join(values, ", ") + " FROM " + s.cfg.Table("spend_rows") + " FINAL" + where
	if err := s.conn.Exec(ctx, history); err != nil {
		return fmt.Errorf("keep what costs were before they are classified anew: %w", err)
	}
	cluster := ""
	if s.cfg.Cluster != "" {
		cluster = " ON CLUSTER " + quote(s.cfg.Cluster)
	}
	if err := s.conn.Exec(ctx, "ALTER TABLE spend_rows"+cluster+" UPDATE "+strings.Join(sets, ", ")+where+" SETTINGS mutations_sync = 2"); err != nil {
		return fmt.Errorf("classify costs anew: %w", err)
	}
	return nil
}
