package attribution

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// WeightedPath is a path of channels with how often it was taken: what the data-driven models learn from.
type WeightedPath struct {
	// Channels in order, repeats included.
	Channels []string
	// Conversions counts the journeys along it that converted, Nulls those that did not. Neither may be negative.
	Conversions, Nulls float64
}

// ChannelWeight is a channel's part of all conversions.
type ChannelWeight struct {
	Channel string
	// Effect is what the model measured: the removal effect of Markov, the conversions won in coalitions of Shapley.
	Effect float64
	// Parts are the channel's share of the sum of all effects in nano-units, for Split; they sum to NanoUnit.
	Parts uint64
}

// Errors of the data-driven models.
var (
	ErrPathCount  = errors.New("path with a negative or infinite count")
	ErrTooComplex = errors.New("too many states")
)

// checkPaths refuses counts that are no counts, and drops paths without channels: they belong to nobody.
func checkPaths(paths []WeightedPath) ([]WeightedPath, error) {
	kept := make([]WeightedPath, 0, len(paths))
	for _, p := range paths {
		for _, n := range []float64{p.Conversions, p.Nulls} {
			if math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
				return nil, fmt.Errorf("%w: %v", ErrPathCount, p.Channels)
			}
		}
		if len(p.Channels) > 0 {
			kept = append(kept, p)
		}
	}
	// Float addition is not associative: one order of the paths gives one result, whatever order they came in.
	slices.SortFunc(kept, func(a, b WeightedPath) int {
		return cmp.Or(slices.Compare(a.Channels, b.Channels), cmp.Compare(a.Conversions, b.Conversions), cmp.Compare(a.Nulls, b.Nulls))
	})
	return kept, nil
}

// channelWeights turns effects into parts, channels in alphabetical order; nil when no channel has any effect.
func channelWeights(effects map[string]float64) []ChannelWeight {
	weights := make([]ChannelWeight, 0, len(effects))
	largest := 0.0
	for _, c := range slices.Sorted(maps.Keys(effects)) {
		// A removal effect below zero is rounding: removing a channel cannot win conversions.
		effect := max(0, effects[c])
		largest = max(largest, effect)
		weights = append(weights, ChannelWeight{Channel: c, Effect: effect})
	}
	if largest == 0 {
		return nil
	}
	parts := make([]uint64, len(weights))
	for i, w := range weights {
		parts[i] = uint64(math.Round(w.Effect / largest * (1 << 52)))
	}
	for i, nano := range Split(NanoUnit, parts) {
		weights[i].Parts = uint64(nano)
	}
	return weights
}

// Shapley returns each channel's Shapley value in the game whose coalitions are sets of channels, and whose worth is the conversions of
// the journeys that met no channel outside the coalition.
//
// That game is the sum of one simple game per distinct set of channels, in which the set wins its conversions together and any part of it
// nothing; the value is additive over games and divides a simple one equally. So the sum over paths of conversions / distinct channels
// is the exact value over all 2^n coalitions, for any number of channels. A test compares it with the definition.
func Shapley(paths []WeightedPath) ([]ChannelWeight, error) {
	paths, err := checkPaths(paths)
	if err != nil {
		return nil, fmt.Errorf("shapley: %w", err)
	}
	effects := make(map[string]float64)
	for _, p := range paths {
		distinct := slices.Compact(slices.Sorted(slices.Values(p.Channels)))
		for _, c := range distinct {
			effects[c] += p.Conversions / float64(len(distinct))
		}
	}
	return channelWeights(effects), nil
}

// Effects are weights as a markov model's configuration has them: percentages that sum to 100, rounded by largest remainder. Nil for none.
func Effects(weights []ChannelWeight) map[string]Percent {
	if len(weights) == 0 {
		return nil
	}
	parts := make([]uint64, len(weights))
	for i, w := range weights {
		parts[i] = w.Parts
	}
	effects := make(map[string]Percent, len(weights))
	for i, share := range Split(int64(PercentWhole), parts) {
		effects[weights[i].Channel] = Percent(share)
	}
	return effects
}

// effectsMax bounds the channels of a markov model.
const effectsMax = 1000

func (c *ModelConfig) checkEffects() error {
	if c.Effects == nil {
		return nil
	}
	if len(c.Effects) == 0 {
		return errors.New("effects: empty; leave them out until they are learned")
	}
	if c.Rule != RuleMarkov {
		return errors.New("effects: only for markov")
	}
	if len(c.Effects) > effectsMax {
		return fmt.Errorf("effects: want at most %d channels", effectsMax)
	}
	total := uint64(0)
	for channel, effect := range c.Effects {
		if channel == "" {
			return errors.New("effects: a channel without a name")
		}
		total += uint64(effect)
	}
	if total != uint64(PercentWhole) {
		return errors.New("effects: want a sum of exactly 100")
	}
	return nil
}

// effects weighs each channel of a path, a unit each, by its learned effect. A channel that nothing was learned of has the average one; where none of the channels has any
// effect, they are equal.
func (w *weights) effects(p *path, learned map[string]Percent) {
	total := uint64(0)
	for e := range p.touches {
		effect, ok := learned[p.at(e).Channel]
		if !ok {
			effect = max(1, PercentWhole/Percent(len(learned)))
		}
		w.parts[p.unit(e)] = uint64(effect)
		total += uint64(effect)
	}
	if total > 0 {
		return
	}
	for u := range w.parts {
		w.parts[u] = 1
	}
}
