package attribution

import (
	"errors"
	"fmt"
)

// Model is a compiled rule. Its zero value weighs nothing; see Compile.
type Model struct {
	config ModelConfig
	// spots are the places that hold a share, with stages last.
	spots []spot
	// middle is the middle's share.
	middle uint64
}

// spot is a milestone with its share, in units of Percent.
type spot struct {
	name  string
	bit   Position
	share uint64
}

// nameLengthMax bounds the names of models, milestones and channels in configuration.
const nameLengthMax = 64

// stagesMax is how many further stages have a bit in Position.
const stagesMax = 32 - 5

// orderMax bounds the memory of markov: states grow with the power of it.
const orderMax = 4

// Compile checks a configuration and returns the model. The error names every mistake.
func Compile(config ModelConfig) (Model, error) {
	c := config.withDefaults()
	m := Model{config: c}
	errs := append(c.check(), m.compileShares(), c.checkEffects())
	if err := errors.Join(errs...); err != nil {
		return Model{}, fmt.Errorf("model %q: %w", c.Name, err)
	}
	return m, nil
}

// Name identifies the model.
func (m *Model) Name() string { return m.config.Name }

// Version names its definition.
func (m *Model) Version() string { return m.config.Version }

// Config returns the configuration with its defaults filled in. The caller must not change its maps and slices.
func (m *Model) Config() ModelConfig { return m.config }

// IsUnlearned tells that the model has yet to learn its weights, so that Weigh returns nothing.
func (m *Model) IsUnlearned() bool { return m.config.Rule == RuleMarkov && len(m.config.Effects) == 0 }

// LookbackUS returns the look-back in microseconds; the empty conversion type is that of opportunities.
func (m *Model) LookbackUS(conversionType string) int64 {
	if s, ok := m.config.LookbackByConversion[conversionType]; ok && conversionType != "" {
		return s.Microseconds()
	}
	return m.config.Lookback.Microseconds()
}

// PositionNames returns the names of the positions in p, in the order of their bits.
func (m *Model) PositionNames(p Position) []string {
	var names []string
	for ; p != 0; p &= p - 1 {
		bit := p & -p
		switch {
		case bit == PositionMiddle:
			names = append(names, ShareMiddle)
		default:
			for _, s := range m.spots {
				if s.bit == bit {
					names = append(names, s.name)
				}
			}
		}
	}
	return names
}
