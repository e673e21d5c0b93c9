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
	"maps"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/services/attributor"
)

const (
	// shownMax is how many differences of one kind are printed.
	shownMax = 20
	// wordsMax is how many are kept, to be compared with those of another comparison.
	wordsMax = 10_000
)

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
	// Differences is how many differ.
	Differences int
	// words says of each thing that differs what is wrong with it, up to wordsMax of them.
	words map[string]string
}

func (p *Part) differ(key any, format string, args ...any) {
	p.Differences++
	if len(p.words) < wordsMax {
		if p.words == nil {
			p.words = map[string]string{}
		}
		name := fmt.Sprintf("%+v", key)
		p.words[name] = name + fmt.Sprintf(format, args...)
	}
}

// Narrow leaves only the differences that an earlier comparison has too. While events stream in, a comparison sees ClickHouse a moment
// later than the recomputation saw the events: what differs for that reason alone does not differ again the next time.
func (r *Result) Narrow(earlier *Result) {
	for i := range r.Parts {
		p, e := &r.Parts[i], &earlier.Parts[i]
		if p.Differences > len(p.words) || e.Differences > len(e.words) {
			continue // Far too many to have come in meanwhile.
		}
		maps.DeleteFunc(p.words, func(name, _ string) bool { _, before := e.words[name]; return !before })
		p.Differences = len(p.words)
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
		shown := slices.Sorted(maps.Values(p.words))
		shown = shown[:min(len(shown), shownMax)]
		for _, s := range shown {
			fmt.Fprintf(w, "%s: %s\n", p.Name, s)
		}
		if more := p.Differences - len(shown); more > 0 {
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
}

type journeyKey struct{ workspace, journey string }

type sumKey struct {
	journeyKey
	model   string
	measure attribution.Measure
}

// String words the key.
func (k sumKey) String() string {
	return fmt.Sprintf("%s/%s: %s under %s", k.workspace, k.journey, k.measure, k.model)
}

// Compare compares the truth with a ClickHouse. An error means that nothing can be said.
func Compare(ctx context.Context, truth *attributor.Truth, cfg clickhouse.Config) (result *Result, err error) {
	db, err := open(cfg)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.close() }()
	c := &comparison{
		db: db, truth: truth,
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
		for _, model := range c.truth.Models[journey.workspace] {
			for _, a := range amounts {
				p.Compared++
				key := sumKey{journey, model, a.Measure}
				if got := c.sums[key]; got != a.Amount {
					p.differ(key, " adds up to %d, and should to %d", got, a.Amount)
				}
				delete(c.sums, key)
			}
		}
	}
	for key, sum := range c.sums {
		if sum != 0 {
			p.differ(key, " adds up to %d, though the journey has none", sum)
		}
	}
	return nil
}
