package attribution

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func drawParts(t *rapid.T) []uint64 {
	return rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64()), 1, 40).Draw(t, "parts")
}

// exactSplit is largest remainder as the book has it, in arbitrary precision.
func exactSplit(amount int64, parts []uint64) []int64 {
	total := new(big.Int)
	for _, p := range parts {
		total.Add(total, new(big.Int).SetUint64(p))
	}
	magnitude := new(big.Int).Abs(big.NewInt(amount))
	out, rests, order := make([]*big.Int, len(parts)), make([]*big.Int, len(parts)), make([]int, len(parts))
	left := new(big.Int).Set(magnitude)
	for i, p := range parts {
		out[i], rests[i] = new(big.Int).QuoRem(new(big.Int).Mul(magnitude, new(big.Int).SetUint64(p)), total, new(big.Int))
		left.Sub(left, out[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	for _, i := range order[:left.Int64()] {
		out[i].Add(out[i], big.NewInt(1))
	}
	result := make([]int64, len(parts))
	for i := range out {
		if amount < 0 {
			out[i].Neg(out[i])
		}
		result[i] = out[i].Int64()
	}
	return result
}

func TestSplit_isLargestRemainder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100)).Draw(t, "amount")
		parts := drawParts(t)
		if slices.Max(parts) == 0 {
			if got := Split(amount, parts); got != nil {
				t.Fatalf("got %v for parts of zero", got)
			}
			return
		}
		got := Split(amount, parts)
		if want := exactSplit(amount, parts); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		sum := int64(0)
		for i, g := range got {
			sum += g
			if parts[i] == 0 && g != 0 {
				t.Fatalf("part %d of zero got %d", i, g)
			}
		}
		if sum != amount {
			t.Fatalf("sum %d, want %d", sum, amount)
		}
	})
}

// TestSplit_ofMany: journeys of thousands of touches, where remainders are selected and not sorted.
func TestSplit_ofMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts, few := make([]uint64, rapid.IntRange(33, 3000).Draw(t, "parts")), rapid.Uint64Range(1, 1<<50).Draw(t, "values")
		seed := rapid.Uint64().Draw(t, "seed")
		for i := range parts {
			seed = seed*6364136223846793005 + 1442695040888963407
			parts[i] = 1 + seed>>8%few
		}
		amount := rapid.Int64().Draw(t, "amount")
		if got, want := Split(amount, parts), exactSplit(amount, parts); !slices.Equal(got, want) {
			t.Fatalf("%d among %d parts: not by largest remainder", amount, len(parts))
		}
	})
}

func TestSplit_extremes(t *testing.T) {
	for _, c := range []struct {
		amount int64
		parts  []uint64
		want   []int64
	}{
		{100, []uint64{1, 1, 1}, []int64{34, 33, 33}},
		{-100, []uint64{1, 1, 1}, []int64{-34, -33, -33}},
		{2, []uint64{1, 1, 1}, []int64{1, 1, 0}},
		{1, []uint64{1, 2}, []int64{0, 1}},
		{0, []uint64{1, 2}, []int64{0, 0}},
		{5, []uint64{7}, []int64{5}},
		{5, nil, nil},
		{5, []uint64{0, 0}, nil},
		{math.MinInt64, []uint64{1}, []int64{math.MinInt64}},
		{math.MaxInt64, []uint64{math.MaxUint64, math.MaxUint64}, []int64{1 << 62, 1<<62 - 1}},
		{math.MinInt64, []uint64{math.MaxUint64, 1}, []int64{math.MinInt64, 0}},
		{NanoUnit, []uint64{1, 1, 1}, []int64{333333334, 333333333, 333333333}},
	} {
		if got := Split(c.amount, c.parts); !slices.Equal(got, c.want) {
			t.Errorf("Split(%d, %v) = %v, want %v", c.amount, c.parts, got, c.want)
		}
	}
}

// testModels are the defaults and variants with every setting.
func testModels(t testing.TB) []Model {
	models := DefaultModels()
	for i, c := range []ModelConfig{
		{Rule: RuleLinear, Direct: DirectKeep, Lookback: Span(20 * 24 * 3600 * 1e9)},
		{Rule: RuleLinear, Transforms: []Transform{{Kind: TransformExposure}}},
		{Rule: RuleTimeDecay, Transforms: []Transform{{Kind: TransformUnique}}},
		{Rule: RulePositionBased, Transforms: []Transform{{Kind: TransformDropIfLast, Channels: []string{"A", "B"}}, {Kind: TransformFirst}}},
		{Rule: RuleFullPath, Middle: MiddleWholeJourney, Missing: MissingEvenly},
		{Rule: RuleWShaped, Missing: MissingEvenly, Transforms: []Transform{{Kind: TransformUnique}}},
		{Rule: RuleLastTouch, Transforms: []Transform{{Kind: TransformDropUnlessOnly, Channels: []string{"C"}}}},
		{Rule: RuleCustom, Shares: map[string]Percent{"first_touch": 100_000, "demo": 333_300, "last_touch": 66_700, "middle": 500_000}},
	} {
		c.Name = "variant" + strconv.Itoa(i)
		m, err := Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	return models
}

func drawJourney(t *rapid.T) Journey {
	touches := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Touchpoint {
		return Touchpoint{
			Key:     Key{OccurredUS: rapid.Int64Range(0, 120).Draw(t, "day") * dayUS, ReceiptSeq: rapid.Int64Range(0, 3).Draw(t, "receipt")},
			Channel: rapid.SampledFrom([]string{"A", "B", "C", "D"}).Draw(t, "channel"), PersonID: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "person"),
			IsDirect: rapid.IntRange(0, 3).Draw(t, "direct") == 0, IsBot: rapid.IntRange(0, 7).Draw(t, "bot") == 0,
		}
	}), 0, 30).Draw(t, "touches")
	for i := range touches {
		touches[i].ID = strconv.Itoa(i)
		touches[i].Key.ID = touches[i].ID
	}
	SortTouchpoints(touches)
	leads := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Lead {
		return Lead{Key: Key{OccurredUS: rapid.Int64Range(0, 120).Draw(t, "lead") * dayUS}, PersonID: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "of")}
	}), 0, 3).Draw(t, "leads")
	created := rapid.Int64Range(0, 120).Draw(t, "created") * dayUS
	if rapid.Bool().Draw(t, "conversion") {
		return NewConversionJourney(&Conversion{Key: Key{OccurredUS: created}, Type: "lead"}, touches, leads)
	}
	o := Opportunity{CreatedUS: created, Visits: []StageVisit{{Stage: "demo", EnteredUS: created + 3*dayUS}}}
	if rapid.Bool().Draw(t, "closed") {
		o.IsClosed, o.IsWon, o.ClosedUS = true, rapid.Bool().Draw(t, "won"), created+rapid.Int64Range(0, 30).Draw(t, "open days")*dayUS
	}
	return NewOpportunityJourney(&o, touches, leads, StageRules{Order: []string{"demo"}})
}

func TestWeigh_laws(t *testing.T) {
	models := testModels(t)
	rapid.Check(t, func(t *rapid.T) {
		j := drawJourney(t)
		for i := range models {
			m := &models[i]
			shares := m.Weigh(&j)
			checkShares(t, m, &j, shares)
			checkConserved(t, m, rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "amount"), shares)
		}
	})
}

func checkShares(t *rapid.T, m *Model, j *Journey, shares []Share) {
	g, sum, others := uint64(0), uint64(0), false
	lookback := m.LookbackUS(j.ConversionType)
	for _, touch := range j.Touches {
		inside := touch.Key.OccurredUS >= j.OpenedUS-lookback && touch.Key.OccurredUS <= j.EndUS
		others = others || inside && !touch.IsBot && !touch.IsDirect
	}
	for i, s := range shares {
		touch := &j.Touches[s.Touch]
		if s.Parts == 0 || i > 0 && shares[i-1].Touch >= s.Touch || touch.IsBot {
			t.Fatalf("%s: share %d of %+v", m.Name(), i, shares)
		}
		if touch.Key.OccurredUS < j.OpenedUS-lookback || touch.Key.OccurredUS > j.EndUS {
			t.Fatalf("%s: touch outside the window has credit", m.Name())
		}
		if touch.IsDirect && others && m.Config().Direct == DirectDropUnlessOnly {
			t.Fatalf("%s: direct touch has credit beside others", m.Name())
		}
		g = gcd(g, s.Parts)
		if sum+s.Parts < sum || sum+s.Parts > math.MaxInt64 {
			t.Fatalf("%s: parts overflow", m.Name())
		}
		sum += s.Parts
	}
	if len(shares) > 0 && g != 1 {
		t.Fatalf("%s: parts have the common divisor %d", m.Name(), g)
	}
}

// checkConserved checks that credits are the amount, and its mirror image for the negative amount.
func checkConserved(t *rapid.T, m *Model, amount int64, shares []Share) {
	if len(shares) == 0 {
		return
	}
	parts := make([]uint64, len(shares))
	for i, s := range shares {
		parts[i] = s.Parts
	}
	sum := int64(0)
	mirror := Split(-amount, parts)
	for i, c := range Split(amount, parts) {
		sum += c
		if mirror[i] != -c {
			t.Fatalf("%s: %d is split unlike its negative", m.Name(), amount)
		}
	}
	if sum != amount {
		t.Fatalf("%s: %d became %d", m.Name(), amount, sum)
	}
}

// Adding a constant to every time changes nothing: no model looks at the calendar.
func TestWeigh_isTimeless(t *testing.T) {
	models := testModels(t)
	rapid.Check(t, func(t *rapid.T) {
		j := drawJourney(t)
		shift := rapid.Int64Range(-1e15, 1e15).Draw(t, "shift")
		moved := j
		moved.OpenedUS += shift
		if moved.EndUS != math.MaxInt64 {
			moved.EndUS += shift
		}
		moved.Touches, moved.Milestones = slices.Clone(j.Touches), slices.Clone(j.Milestones)
		for i := range moved.Touches {
			moved.Touches[i].Key.OccurredUS += shift
		}
		for i := range moved.Milestones {
			moved.Milestones[i].AtUS += shift
		}
		for i := range models {
			if got, want := models[i].Weigh(&moved), models[i].Weigh(&j); !slices.Equal(got, want) {
				t.Fatalf("%s: %v, moved %v", models[i].Name(), want, got)
			}
		}
	})
}

// Touches that are not eligible change nothing.
func TestWeigh_ignoresWhatIsNotEligible(t *testing.T) {
	models := testModels(t)
	rapid.Check(t, func(t *rapid.T) {
		j := drawJourney(t)
		for i := range models {
			m := &models[i]
			lean := j
			lean.Touches = nil
			for _, touch := range j.Touches {
				if !touch.IsBot && touch.Key.OccurredUS >= j.OpenedUS-m.LookbackUS(j.ConversionType) && touch.Key.OccurredUS <= j.EndUS {
					lean.Touches = append(lean.Touches, touch)
				}
			}
			got, want := m.Weigh(&lean), m.Weigh(&j)
			if !slices.EqualFunc(got, want, func(a, b Share) bool {
				return a.Parts == b.Parts && a.Positions == b.Positions && lean.Touches[a.Touch].ID == j.Touches[b.Touch].ID
			}) {
				t.Fatalf("%s: %v, without the rest %v", m.Name(), want, got)
			}
		}
	})
}

// Merged units of sixty different sizes have a least common multiple far beyond 64 bits: the parts are then rounded, and still conserved.
func TestWeigh_unitsOfManySizes(t *testing.T) {
	j := Journey{OpenedUS: 1e12, EndUS: 1e12}
	for size := 1; size <= 60; size++ {
		for range size {
			j.Touches = append(j.Touches, Touchpoint{
				Key: Key{OccurredUS: 1e12 - 10_000 + int64(len(j.Touches))}, ID: strconv.Itoa(len(j.Touches)), Channel: strconv.Itoa(size),
			})
		}
	}
	m, err := Compile(ModelConfig{Name: "m", Rule: RuleLinear, Transforms: []Transform{{Kind: TransformExposure}}})
	if err != nil {
		t.Fatal(err)
	}
	shares := m.Weigh(&j)
	if len(shares) != len(j.Touches) {
		t.Fatalf("%d shares for %d touches", len(shares), len(j.Touches))
	}
	total, units := 0.0, make(map[string]float64)
	for _, s := range shares {
		total += float64(s.Parts)
		units[j.Touches[s.Touch].Channel] += float64(s.Parts)
	}
	for channel, parts := range units {
		if math.Abs(parts/total-1.0/60) > 1e-14 {
			t.Errorf("the unit of %s touches has %v", channel, parts/total)
		}
	}
}
