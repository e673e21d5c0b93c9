package attribution

import (
	"cmp"
	"math"
	"math/big"
	"math/rand/v2"
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

func drawHits(t *rapid.T) []Hit {
	hits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hit {
		h := Hit{
			Key:    Key{OccurredUS: rapid.Int64Range(0, 300).Draw(t, "minute") * 60_000_000, ID: strconv.Itoa(rapid.IntRange(0, 25).Draw(t, "id"))},
			IsPage: rapid.Bool().Draw(t, "page"), Evidence: Evidence(rapid.IntRange(0, 5).Draw(t, "evidence")),
			IsForm: rapid.IntRange(0, 5).Draw(t, "form") == 0, IsBot: rapid.IntRange(0, 9).Draw(t, "bot") == 0,
		}
		if h.Evidence > EvidenceNone {
			h.Source = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "source")
		}
		return h
	}), 0, 30).Draw(t, "hits")
	for i := range hits {
		hits[i].Key.ReceiptSeq = int64(i) * 7 % 31
	}
	return hits
}

type sessionView struct {
	ID, BotReason string
	Key           Key
	LastUS        int64
	Kind          TouchKind
	IsBot         bool
	Hits          int
	First         Hit
}

func viewSessions(hits []Hit) []sessionView {
	var views []sessionView
	for _, s := range Sessions("v", hits, 0) {
		views = append(views, sessionView{s.ID, s.BotReason, s.Key, s.LastUS, s.Kind, s.IsBot, s.Hits, hits[s.First]})
	}
	return views
}

func TestSessions_areAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hits := drawHits(t)
		want := viewSessions(hits)
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(hits)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(hits), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		// Later deliveries of the same events.
		for _, h := range hits {
			h.Key.ReceiptSeq += 100
			shuffled = append(shuffled, h)
		}
		if got := viewSessions(shuffled); !slices.Equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestFoldStages_isAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) StageRecord {
			return StageRecord{
				Key:   Key{OccurredUS: rapid.Int64Range(0, 9).Draw(t, "at"), ID: strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "id"))},
				Stage: rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "stage"), IsClosed: rapid.Bool().Draw(t, "closed"),
				IsWon: rapid.Bool().Draw(t, "won"), HasAmount: rapid.Bool().Draw(t, "has"), AmountMinor: rapid.Int64Range(0, 9).Draw(t, "amount"),
			}
		}), 0, 12).Draw(t, "records")
		for i := range records {
			records[i].Key.ReceiptSeq = int64(i)
		}
		want := FoldStages(records)
		slices.SortFunc(records, func(a, b StageRecord) int { return cmp.Compare(b.Key.ReceiptSeq*17%13, a.Key.ReceiptSeq*17%13) })
		got := FoldStages(append(records, records...))
		if got.CreatedUS != want.CreatedUS || got.ClosedUS != want.ClosedUS || got.AmountMinor != want.AmountMinor || !slices.Equal(got.Visits, want.Visits) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		for i := 1; i < len(want.Visits); i++ {
			if want.Visits[i].Stage == want.Visits[i-1].Stage || want.Visits[i-1].LeftUS != want.Visits[i].EnteredUS {
				t.Fatalf("visits %+v", want.Visits)
			}
		}
	})
}

func TestExp2Roots(t *testing.T) {
	// root i squared is root i-1; root 0 squared is a half.
	for i, root := range exp2Roots {
		r := new(big.Float).SetPrec(300).SetInt64(2)
		for range i + 1 {
			r.Sqrt(r)
		}
		want := new(big.Float).SetPrec(300).Quo(new(big.Float).SetMantExp(big.NewFloat(1), 64), r)
		diff := new(big.Float).Sub(want, new(big.Float).SetUint64(root))
		if d, _ := diff.Float64(); math.Abs(d) > 0.51 {
			t.Errorf("root %d is off by %v", i, d)
		}
	}
}

func TestHalved_isTwoToTheMinusAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		halfLife := rapid.Uint64Range(1, 1e15).Draw(t, "half-life")
		age := rapid.Uint64Range(0, 40*halfLife).Draw(t, "age")
		got := float64(halved(age, halfLife, 59))
		want := math.Exp2(59 - float64(age)/float64(halfLife))
		if math.Abs(got-want) > 1+want*1e-12 {
			t.Fatalf("halved(%d, %d) = %v, want %v", age, halfLife, got, want)
		}
	})
}

func benchJourney(n int) Journey {
	j := Journey{Kind: JourneyKindOpportunity, OpenedUS: 1000 * dayUS, EndUS: math.MaxInt64}
	for i := range n {
		j.Touches = append(j.Touches, Touchpoint{
			Key: Key{OccurredUS: 950*dayUS + int64(i)*60_000_000, ID: strconv.Itoa(i)}, Channel: string(rune('A' + i%5)), PersonID: "p", IsDirect: i%4 == 0,
		})
	}
	j.Milestones = []Milestone{{Name: MilestoneLeadCreation, AtUS: 960 * dayUS, PersonID: "p"}, {Name: MilestoneOpportunityCreated, AtUS: 1000 * dayUS}}
	return j
}

func BenchmarkWeigh(b *testing.B) {
	for _, n := range []int{5, 1000} {
		j := benchJourney(n)
		models := DefaultModels()
		for i := range models {
			m := &models[i]
			b.Run(m.Name()+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					m.Weigh(&j)
				}
			})
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{5, 1000} {
		parts := make([]uint64, n)
		for i := range parts {
			parts[i] = uint64(i*i%97 + 1)
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Split(123_456_789, parts)
			}
		})
	}
}
