package attribution

// Weigh returns the share of every touch that earns credit, in touch order; nil when no touch does, and then the whole amount is
// unattributed. The parts have no common divisor, so equal weights have equal parts. Their sum is below 2^63.
//
// j.Touches must be in Key order and j.Milestones must name each milestone at most once. A model that has yet to learn returns nil.
func (m *Model) Weigh(j *Journey) []Share {
	p := m.eligible(j)
	if len(p.touches) == 0 || m.IsUnlearned() {
		return nil
	}
	if m.config.Rule == RuleMarkov || m.config.Rule == RuleShapley {
		p.transform(&Transform{Kind: TransformUnique}) // what a channel earns is divided equally among its touches
	}
	w := newWeights(p.units())
	switch m.config.Rule {
	case RuleLinear, RuleShapley:
		for i := range w.parts {
			w.parts[i] = 1
		}
	case RuleTimeDecay:
		w.decay(p, m.config.HalfLife.Microseconds())
	case RuleMarkov:
		w.effects(p, m.config.Effects)
	default:
		m.place(p, w)
	}
	return w.shares(p)
}

// weights are the parts and positions of a path's units.
type weights struct {
	parts     []uint64
	positions []Position
}

func newWeights(units int) *weights {
	return &weights{parts: make([]uint64, units), positions: make([]Position, units)}
}

// shares spreads each unit's parts equally over its touches.
func (w *weights) shares(p *path) []Share {
	reduce(w.parts)
	spread := newSpread(w.parts, p.sizes)
	earning := 0
	for u, parts := range w.parts {
		if parts > 0 {
			earning += p.size(u)
		}
	}
	if earning == 0 {
		return nil
	}
	shares := make([]Share, 0, earning)
	for e, touch := range p.touches {
		u := p.unit(e)
		if parts := spread.next(u); parts > 0 {
			shares = append(shares, Share{Touch: touch, Parts: parts, Positions: w.positions[u]})
		}
	}
	spread.reduce(shares)
	return shares
}

// reduce divides the parts by their greatest common divisor.
func reduce(parts []uint64) {
	g := uint64(0)
	for _, p := range parts {
		if g = gcd(g, p); g == 1 {
			return
		}
	}
	if g > 1 {
		for i := range parts {
			parts[i] /= g
		}
	}
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
