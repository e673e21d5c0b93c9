package enginetest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Seed is that of a test whose world or moments are random, another one each time: it logs how to have it again, which is by TRIBUTARY_SEED. Moments come again as far as the
// machine lets them. A value that is no number fails the test, or a repetition would silently be another world.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("TRIBUTARY_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("TRIBUTARY_SEED=%q is no number", text)
		}
		seed = given
	}
	t.Logf("repeat with TRIBUTARY_SEED=%d", seed)
	return seed
}
