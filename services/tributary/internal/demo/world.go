// Package demo makes a synthetic B2B world: companies whose people see ads, visit a site, fill in forms, become leads and buy, or do
// not. It is seeded: the same options give the same world to the byte.
//
// The world knows why people buy. Each touch moves its company's intent by a hidden amount that depends on the channel, and deals come
// from intent; what a touch truly moved is the World's Truth, written beside the events, so that attribution models can be held
// against it. The channels are made so that the obvious reading is wrong: Display has the cheapest leads and little to do with who buys,
// brand search is everybody's last touch and moves nobody, and the dear LinkedIn campaign finds the companies that sign.
package demo

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// Options decide a world.
type Options struct {
	// Seed selects the world.
	Seed uint64
	// Days is the length of its history.
	Days int
	// End is where the history ends: nothing happens at or after it.
	End time.Time
	// Accounts is the number of companies; visitors that stay unknown come on top.
	Accounts int
	// Prefix starts every id, so that several worlds can be sent to one workspace.
	Prefix string
}

// DefaultOptions is the story that "up --demo" tells, up to end: more than a year, so that every period has one before it to compare with.
func DefaultOptions(end time.Time) Options {
	return Options{Seed: 1, Days: 400, End: end, Accounts: 850, Prefix: "demo"}
}

// Validate names every option that cannot be used.
func (o Options) Validate() error {
	var errs []error
	if o.Days < 14 || o.Days > 3650 {
		errs = append(errs, fmt.Errorf("days %d: want 14 to 3650", o.Days))
	}
	if o.Accounts < 1 || o.Accounts > 1_000_000 {
		errs = append(errs, fmt.Errorf("accounts %d: want 1 to 1,000,000", o.Accounts))
	}
	if o.End.IsZero() {
		errs = append(errs, errors.New("end is missing"))
	}
	return errors.Join(errs...)
}

// Event is one thing that happens in the world, ready to be sent.
type Event struct {
	At   time.Time
	Item replay.Item
}

// World is everything that happened, in time order, and why.
type World struct {
	Events []Event
	// Truth has one entry per opportunity, in the order of their creation.
	Truth []Truth
}

// Truth is why an opportunity came about.
type Truth struct {
	OpportunityID string    `json:"opportunity_id"`
	AccountID     string    `json:"account_id"`
	CreatedAt     time.Time `json:"created_at"`
	// Outcome is won, lost or open.
	Outcome string `json:"outcome"`
	// Amount is in whole units of Currency.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// Influences are the touches before the close that moved the company's intent, with their shares, which sum to 1.
	Influences []Influence `json:"influences"`
}

// Influence is what one touch contributed.
type Influence struct {
	// EventID is the id of the event that began the touch.
	EventID  string    `json:"event_id"`
	At       time.Time `json:"at"`
	Channel  string    `json:"channel"`
	Campaign string    `json:"campaign"`
	Share    float64   `json:"share"`
}

// Generate makes the world.
func Generate(o Options) (*World, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	g := &generator{opts: o, start: o.End.AddDate(0, 0, -o.Days), sources: sources(), clicks: map[clickKey]int{}}
	for i := range o.Accounts {
		// A stream of its own for each company: more companies do not change those before them.
		newAccount(g, rand.New(rand.NewPCG(o.Seed, uint64(i)+1)), i).live()
	}
	g.strangers(rand.New(rand.NewPCG(o.Seed, 0)))
	g.spend(rand.New(rand.NewPCG(o.Seed, 1<<63)))
	if g.err != nil {
		return nil, g.err
	}
	slices.SortStableFunc(g.world.Events, func(a, b Event) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(g.world.Truth, func(a, b Truth) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.OpportunityID, b.OpportunityID))
	})
	return &g.world, nil
}

// generator collects what happens.
type generator struct {
	opts    Options
	start   time.Time
	sources []source
	world   World
	clicks  map[clickKey]int
	err     error
}

// share is how much of the history has passed at a moment.
func (g *generator) share(at time.Time) float64 {
	return float64(at.Sub(g.start)) / float64(g.opts.End.Sub(g.start))
}

// emit adds an event unless it lies outside the history; it tells whether it happened.
func (g *generator) emit(at time.Time, endpoint replay.Endpoint, record map[string]any) bool {
	if at.Before(g.start) || !at.Before(g.opts.End) {
		return false
	}
	body, err := marshal(record)
	if err != nil {
		g.err = errors.Join(g.err, err)
		return false
	}
	g.world.Events = append(g.world.Events, Event{At: at, Item: replay.Item{Endpoint: endpoint, Body: body}})
	return true
}
