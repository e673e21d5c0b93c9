package operator

import "testing"

// A sweep begins with little, takes what transactions of a tolerable length have room for, and goes on however slow they are.
func TestSweepPace(t *testing.T) {
	for _, c := range []struct {
		name string
		// usPerItem is what an item takes; otherUS what else is in each transaction.
		usPerItem, otherUS int64
		atLeast, atMost    int
	}{
		{"fast", 10, 50_000, 4000, 4000},
		{"slow", 200, 50_000, 250, 600},
		{"beside heavy traffic", 20, 600_000, 100, 100},
		{"hopeless", 100_000, 0, 100, 100},
	} {
		p, now := &sweepPace{}, int64(1)
		n := 0
		for i := range 200 {
			n = p.items(now, true, 4000)
			if i == 0 && n > 500 {
				t.Errorf("%s: begins with %d", c.name, n)
			}
			now += int64(n)*c.usPerItem + c.otherUS
		}
		if n < c.atLeast || n > c.atMost {
			t.Errorf("%s: %d items, want %d to %d", c.name, n, c.atLeast, c.atMost)
		}
	}
	p := &sweepPace{}
	if p.items(1, false, 4000) != 0 || p.items(10_000_000, true, 5) != 5 {
		t.Error("no sweep, and one of few items")
	}
	was := p.items(10_050_000, true, 4000)
	p.items(11_000_000, false, 4000)
	if n := p.items(99_000_000, true, 4000); n < was {
		t.Errorf("a rest counted as a long transaction: %d after %d", n, was)
	}
}
