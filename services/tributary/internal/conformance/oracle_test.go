package conformance

import (
	"math/big"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/config"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/money"
	suite "github.com/tributary-attribution/tributary/schemas/conformance"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

// world is what decoding and recomputing need, from the suite's configuration.
type world struct {
	workspace *event.Workspace
	rules     attributor.RuleSet
	parser    *event.Parser
	isolator  isolator
}

func newWorld(t *testing.T) *world {
	t.Helper()
	text, err := suite.FS.ReadFile(suite.Config)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(suite.Config, text, config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Attributor.StateDir = t.TempDir()
	a, err := host.AttributorConfig(cfg, kafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	workspaces, err := host.CollectorConfig(cfg, kafka.Config{}).EventWorkspaces()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{workspace: workspaces[cfg.Workspaces[0].Name], rules: a.Rules, parser: event.NewParser()}
	w.isolator = isolator{prefix: "k0-", freeMail: w.workspace.FreeMail}
	return w
}

// decode reads records as the collector does, received one microsecond after the other.
func (w *world) decode(t *testing.T, step Step, from []*tributaryv1.Event) []*tributaryv1.Event {
	t.Helper()
	const received = int64(1_770_000_000_000_000) // later than every case
	var rec event.Record
	for _, raw := range step.Events {
		raw, kind, err := w.isolator.record(raw)
		if err != nil {
			t.Fatal(err)
		}
		if kind == event.TypeSpend {
			continue
		}
		if err := w.parser.Parse(&rec, raw, event.TypeAny, nil); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		seq := received + int64(len(from))
		ev, err := rec.Event(&event.Delivery{Workspace: w.workspace, SourceName: "test", Trusted: true, ReceivedUS: seq})
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		for _, f := range ev.Flags {
			if strings.HasPrefix(f, event.FlagUnknownField) || f == event.FlagClockFuture {
				t.Errorf("%s: flagged %s", raw, f)
			}
		}
		ev.ReceiptSeq = seq
		from = append(from, ev)
	}
	return from
}

// lines are the oracle's credits of one journey.
func lines(truth *attributor.Truth, journey string) []Line {
	var out []Line
	for k, c := range truth.Credits {
		if k.Journey != journey {
			continue
		}
		l := Line{Model: k.Model, Measure: string(k.Measure), Currency: c.Currency, Channel: c.Channel}
		switch k.Measure {
		case attribution.MeasureConversions, attribution.MeasureOpportunities, attribution.MeasureCustomers:
			l.Amount, l.Currency = new(big.Rat).SetFrac64(c.Amount, attribution.NanoUnit).FloatString(9), ""
		default:
			l.Amount = money.FormatDecimal(c.Amount, c.Currency)
		}
		if k.Touchpoint != "" {
			t := truth.Touchpoints[attributor.ID{Workspace: k.Workspace, ID: k.Touchpoint}]
			l.Event, l.Source = t.Key.ID, t.Source
		}
		out = append(out, l)
	}
	return out
}

// TestSuite_oracle asks the batch oracle for every case, after every step.
func TestSuite_oracle(t *testing.T) {
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var events []*tributaryv1.Event
			for n, step := range c.Steps() {
				events = w.decode(t, step, events)
				truth, err := attributor.RecomputeEvents(each(events), &w.rules)
				if err != nil {
					t.Fatal(err)
				}
				for journey, want := range step.Expect.Credit {
					for _, d := range differences(w.isolator, journey, want, lines(truth, w.isolator.journey(journey))) {
						t.Errorf("step %d: %s", n+1, d)
					}
				}
			}
		})
	}
}

func each(events []*tributaryv1.Event) func(func(*tributaryv1.Event, error) bool) {
	return func(yield func(*tributaryv1.Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// TestSuite_amountsAreWhole holds each expectation against itself: under every model that is named for a measure the amounts add up to the same.
func TestSuite_amountsAreWhole(t *testing.T) {
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for n, step := range c.Steps() {
			for journey, models := range step.Expect.Credit {
				totals := make(map[string]string)
				for model, measures := range models {
					for measure, touches := range measures {
						sum := new(big.Rat)
						for _, text := range touches {
							number, _, _ := strings.Cut(text, " ")
							amount, ok := new(big.Rat).SetString(number)
							if !ok {
								t.Fatalf("%s: %q is no amount", c.Name, text)
							}
							sum.Add(sum, amount)
						}
						if had, ok := totals[measure]; ok && had != sum.RatString() {
							t.Errorf("%s, step %d: %s %s of %s sums to %s, under another model to %s", c.Name, n+1, measure, model, journey, sum.RatString(), had)
						}
						totals[measure] = sum.RatString()
						if isCount := measure == "conversions" || measure == "opportunities" || measure == "customers"; isCount && len(touches) > 0 && !sum.IsInt() {
							t.Errorf("%s, step %d: %s of %s under %s sums to %s", c.Name, n+1, measure, journey, model, sum.RatString())
						}
					}
				}
			}
		}
	}
}
