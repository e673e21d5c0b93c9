package attribution

import (
	"math"
	"testing"
)

const dayUS = 24 * 3600 * 1_000_000

func weightsOf(t *testing.T, c ModelConfig, j *Journey) []float64 {
	t.Helper()
	if c.Name == "" {
		c.Name = "m"
	}
	m, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	w := make([]float64, len(j.Touches))
	total := 0.0
	for _, s := range m.Weigh(j) {
		total += float64(s.Parts)
	}
	for _, s := range m.Weigh(j) {
		w[s.Touch] = float64(s.Parts) / total
	}
	return w
}

func wantWeights(t *testing.T, got []float64, want ...float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 0.00005 {
			t.Fatalf("touch %d: got %v, want %v", i, got, want)
		}
	}
}

func TestGolden_timeDecay(t *testing.T) {
	end := int64(400 * dayUS)
	j := Journey{OpenedUS: end, EndUS: end}
	for _, d := range []int64{30, 14, 7, 1, 0} {
		j.Touches = append(j.Touches, Touchpoint{Key: Key{OccurredUS: end - d*dayUS}})
	}
	wantWeights(t, weightsOf(t, ModelConfig{Rule: RuleTimeDecay}, &j), .0189, .0924, .1847, .3346, .3694)
	wantWeights(t, weightsOf(t, ModelConfig{Rule: RulePositionBased}, &j), .4, .06667, .06667, .06667, .4)
}

func TestDefaultModels_compile(t *testing.T) {
	if got, want := len(DefaultModels()), len(DefaultModelConfigs()); got != want {
		t.Fatalf("%d of %d default models compile", got, want)
	}
}
