// Package verify compares what is in ClickHouse with a batch recomputation from the events.
//
// The recomputation shares no code with the streaming path but the rules of credit themselves (pkg/attribution). Everything that a report
// can show is compared: the credits with their shares and positions, the sums of the ledger, the cells, the facts; and, from
// ClickHouse's own facts alone, that each journey's credit adds up to its amount under every model and measure.
package verify

import (
	"context"
	"fmt"
	"io"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/attributor"
)

// shownMax is how many differences of one kind are told in words.
const shownMax = 20

// Result is what was compared and what differs.
type Result struct {
	Parts []Part
	// Truncated is the touches that fell to the limit on touches of one owner: they earn nothing, by configuration.
	Truncated int
}

// Part is one kind of thing.
type Part struct {
	Name string
	// Compared is how many there are.
	Compared int
	// Differences is how many differ, and Shown the first of them in words.
	Differences int
	Shown       []string
}

func (p *Part) differ(format string, args ...any) {
	p.Differences++
	if len(p.Shown) < shownMax {
		p.Shown = append(p.Shown, fmt.Sprintf(format, args...))
	}
}

// Differences is the number of all differences.
func (r *Result) Differences() int {
	n := 0
	for _, p := range r.Parts {
		n += p.Differences
	}
	return n
}

// Print writes what was compared and what differs.
func (r *Result) Print(w io.Writer) {
	for _, p := range r.Parts {
		fmt.Fprintf(w, "%-16s %9d compared, %d different\n", p.Name, p.Compared, p.Differences)
	}
	for _, p := range r.Parts {
		for _, s := range p.Shown {
			fmt.Fprintf(w, "%s: %s\n", p.Name, s)
		}
		if more := p.Differences - len(p.Shown); more > 0 {
			fmt.Fprintf(w, "%s: and %d more\n", p.Name, more)
		}
	}
	if r.Truncated > 0 {
		fmt.Fprintf(w, "note: %d touches are beyond the limit on touches of one owner and earn nothing\n", r.Truncated)
	}
}

// comparison is a run.
type comparison struct {
	db    *database
	truth *attributor.Truth
	// sums are the credit of each journey, model and measure, for conservation.
	sums map[sumKey]int64
	// expected are the amounts of each journey, from ClickHouse's own facts.
	expected map[journeyKey][]attribution.MeasureAmount
	models   []string
}

type journeyKey struct{ workspace, journey string }

type sumKey struct {
	journeyKey
	model   string
	measure attribution.Measure
}

// Compare compares the truth with a ClickHouse. models are those that run. An error means that nothing can be said.
func Compare(ctx context.Context, truth *attributor.Truth, cfg clickhouse.Config, models []string) (result *Result, err error) {
	db, err := open(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.close() }()
	c := &comparison{
		db: db, truth: truth, models: models,
		sums: map[sumKey]int64{}, expected: map[journeyKey][]attribution.MeasureAmount{},
	}
	result = &Result{Truncated: truth.Truncated}
	for _, step := range []struct {
		name string
		run  func(context.Context, *Part) error
	}{
		{"touchpoints", c.touchpoints},
		{"conversions", c.conversions},
		{"opportunities", c.opportunities},
		{"stages", c.stages},
		{"credits", c.credits},
		{"ledger sums", c.ledger},
		{"cells", c.cells},
		{"conservation", c.conservation},
	} {
		part := Part{Name: step.name}
		if err := step.run(ctx, &part); err != nil {
			return nil, fmt.Errorf("compare %s: %w", step.name, err)
		}
		result.Parts = append(result.Parts, part)
	}
	return result, nil
}

// conservation checks that every journey's credit, the unattributed line included, adds up to its amount under every model and measure, and
// that nothing else has credit.
func (c *comparison) conservation(_ context.Context, p *Part) error {
	for journey, amounts := range c.expected {
		for _, model := range c.models {
			for _, a := range amounts {
				p.Compared++
				key := sumKey{journey, model, a.Measure}
				if got := c.sums[key]; got != a.Amount {
					p.differ("%s/%s: %s under %s adds up to %d, not %d", journey.workspace, journey.journey, a.Measure, model, got, a.Amount)
				}
				delete(c.sums, key)
			}
		}
	}
	for key, sum := range c.sums {
		if sum != 0 {
			p.differ("%s/%s: %s under %s adds up to %d, though the journey has none", key.workspace, key.journey, key.measure, key.model, sum)
		}
	}
	return nil
}
