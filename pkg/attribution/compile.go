package attribution

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (c ModelConfig) withDefaults() ModelConfig {
	setDefault(&c.Lookback, DefaultLookback)
	if c.People == PeopleAccount {
		// One way to say it: the version follows from the content.
		c.People = ""
	}
	setDefault(&c.Direct, DirectDropUnlessOnly)
	setDefault(&c.Middle, MiddleBetween)
	setDefault(&c.Missing, MissingProportional)
	if c.Rule == RuleTimeDecay {
		setDefault(&c.HalfLife, DefaultHalfLife)
	}
	if c.Rule == RuleMarkov {
		setDefault(&c.Order, 1)
	}
	c.Transforms = slices.DeleteFunc(slices.Clone(c.Transforms), func(t Transform) bool { return t.Kind == TransformNone })
	if len(c.Shares) == 0 {
		c.Shares = c.Rule.shares()
	}
	c.Shares = maps.Clone(c.Shares)
	if c.Version == "" {
		c.Version = c.fingerprint()
	}
	return c
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// shares are the usual shares of the rules that give positions; nil for the others.
func (r Rule) shares() map[string]Percent {
	const p = PercentWhole / 1000
	switch r {
	case RuleFirstTouch:
		return map[string]Percent{MilestoneFirstTouch: PercentWhole}
	case RuleLastTouch, RuleLastNonDirect:
		return map[string]Percent{ShareLastTouch: PercentWhole}
	case RuleLeadCreation:
		return map[string]Percent{MilestoneLeadCreation: PercentWhole}
	case RulePositionBased:
		return map[string]Percent{MilestoneFirstTouch: 400 * p, ShareLastTouch: 400 * p, ShareMiddle: 200 * p}
	case RuleUShaped:
		return map[string]Percent{MilestoneFirstTouch: 500 * p, MilestoneLeadCreation: 500 * p}
	case RuleWShaped:
		return map[string]Percent{
			MilestoneFirstTouch: 300 * p, MilestoneLeadCreation: 300 * p, MilestoneOpportunityCreated: 300 * p, ShareMiddle: 100 * p,
		}
	case RuleFullPath:
		return map[string]Percent{
			MilestoneFirstTouch: 225 * p, MilestoneLeadCreation: 225 * p, MilestoneOpportunityCreated: 225 * p,
			MilestoneClosedWon: 225 * p, ShareMiddle: 100 * p,
		}
	default:
		return nil
	}
}

// mayShare tells whether the rule lets the configuration give a share to the key.
func (r Rule) mayShare(key string) bool {
	if _, usual := r.shares()[key]; usual || r == RuleCustom {
		return true
	}
	return key == ShareMiddle && r == RuleUShaped
}

// fingerprint is a version that follows from the content: 8 hexadecimal digits.
func (c ModelConfig) fingerprint() string {
	// Marshalling cannot fail (plain fields, text marshalers without errors) and writes maps in key order.
	data, _ := json.Marshal(c)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

func (m *Model) compileShares() error {
	c := &m.config
	if c.Shares == nil {
		if c.Rule == RuleCustom {
			return errors.New("shares: custom needs some")
		}
		return nil
	}
	var errs []error
	total := uint64(0)
	for _, key := range slices.Sorted(maps.Keys(c.Shares)) {
		if !c.Rule.mayShare(key) || key == "" || len(key) > nameLengthMax {
			errs = append(errs, fmt.Errorf("shares: %s gives none to %q", c.Rule, key))
		}
		total += uint64(c.Shares[key])
	}
	if total != uint64(PercentWhole) {
		errs = append(errs, errors.New("shares: want a sum of exactly 100"))
	}
	errs = append(errs, m.compileSpots())
	return errors.Join(errs...)
}

// compileSpots orders the spots: standard milestones, then the last touch, then stages as configured or by name.
func (m *Model) compileSpots() error {
	c := &m.config
	m.middle = uint64(c.Shares[ShareMiddle])
	add := func(name string, bit Position) {
		if share := c.Shares[name]; share > 0 {
			m.spots = append(m.spots, spot{name: name, bit: bit, share: uint64(share)})
		}
	}
	for i, name := range standardMilestones() {
		add(name, PositionFirst<<i)
	}
	further := furtherStages(c)
	if len(further) > stagesMax {
		return fmt.Errorf("shares: want at most %d further stages", stagesMax)
	}
	for i, name := range further {
		add(name, PositionStage0<<i)
	}
	for _, name := range c.Stages {
		if c.Shares[name] == 0 {
			return fmt.Errorf("stages: %q has no share", name)
		}
	}
	return nil
}

func standardMilestones() []string {
	return []string{MilestoneFirstTouch, MilestoneLeadCreation, MilestoneOpportunityCreated, MilestoneClosedWon}
}

// furtherStages are the keys of Shares without a bit of their own: those in Stages in their order, the others by name.
func furtherStages(c *ModelConfig) []string {
	further := slices.Clone(c.Stages)
	for _, key := range slices.Sorted(maps.Keys(c.Shares)) {
		if key != ShareMiddle && c.Shares[key] > 0 && !slices.Contains(standardMilestones(), key) && !slices.Contains(further, key) {
			further = append(further, key)
		}
	}
	return further
}

// check finds the mistakes outside the shares.
func (c *ModelConfig) check() []error {
	var errs []error
	bad := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(isName(c.Name), "name: want 1 to %d lower-case letters, digits, '_' or '-'", nameLengthMax)
	bad(len(c.Version) <= nameLengthMax && !strings.ContainsAny(c.Version, "|\x00"), "version: want at most %d characters without '|'", nameLengthMax)
	bad(c.Rule.isKnown(), "rule: %q is not known", c.Rule)
	bad(c.Lookback > 0, "lookback: want more than 0")
	for _, key := range slices.Sorted(maps.Keys(c.LookbackByConversion)) {
		bad(c.LookbackByConversion[key] > 0, "lookback_by_conversion: %s: want more than 0", key)
	}
	bad(c.People == "" || c.People == PeopleContactRoles, "people: want account or contact_roles, not %q", c.People)
	bad(c.Direct == DirectDropUnlessOnly || c.Direct == DirectKeep, "direct: want drop_unless_only or keep, not %q", c.Direct)
	bad(c.Middle == MiddleBetween || c.Middle == MiddleWholeJourney, "middle: want between or whole_journey, not %q", c.Middle)
	bad(c.Missing == MissingProportional || c.Missing == MissingEvenly, "missing: want proportional or evenly, not %q", c.Missing)
	bad(c.HalfLife >= 0, "half_life: want more than 0")
	bad(c.HalfLife == 0 || c.Rule == RuleTimeDecay, "half_life: only for time_decay")
	bad(c.HalfLife == 0 || c.HalfLife.Microseconds() > 0, "half_life: want at least a microsecond")
	bad(c.Order == 0 || c.Rule == RuleMarkov && c.Order > 0 && c.Order <= orderMax, "order: 1 to %d, only for markov", orderMax)
	merging := 0
	for _, t := range c.Transforms {
		errs = append(errs, t.check())
		if t.Kind == TransformExposure || t.Kind == TransformUnique || t.Kind == TransformFirst {
			merging++
		}
	}
	bad(merging <= 1, "transforms: want at most one of exposure, unique and first")
	return errs
}

func (t *Transform) check() error {
	switch t.Kind {
	case TransformExposure, TransformUnique, TransformFirst:
		if len(t.Channels) > 0 {
			return fmt.Errorf("transforms: %s takes no channels", t.Kind)
		}
	case TransformDropIfLast, TransformDropUnlessOnly:
		if len(t.Channels) == 0 {
			return fmt.Errorf("transforms: %s needs channels", t.Kind)
		}
	default:
		return fmt.Errorf("transforms: %q is not known", t.Kind)
	}
	return nil
}

func (r Rule) isKnown() bool {
	return r.shares() != nil || slices.Contains([]Rule{RuleLinear, RuleTimeDecay, RuleCustom, RuleMarkov, RuleShapley}, r)
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= nameLengthMax
}
