package operator

import "testing"

// A sweep begins with little, takes what transactions of a tolerable length have room for, more while nothing streams in, and goes on however slow they are.
func TestSweepPace(t *testing.T) {
	const unknown = 1 << 40
	for _, c := range []struct {
		name string
		// usPerItem is what an item takes in all, ownUS what its computation takes of that; otherUS what else is in each transaction.
		usPerItem, ownUS, otherUS int64
		isLive                    bool
		atLeast, atMost           int
	}{
		{"fast", 10, 3, 50_000, true, 4000, 4000},
		{"slow", 200, 66, 50_000, true, 250, 600},
		{"beside heavy traffic", 20, 6, 600_000, true, 1000, 4000},
		{"beside heavy traffic, without a clock", 20, unknown, 600_000, true, 100, 100},
		{"hopeless", 100_000, 33_000, 0, true, 100, 100},
		{"alone", 10, 3, 50_000, false, 16_000, 16_000},
		{"alone and slow", 200, 66, 50_000, false, 1200, 2200},
	} {
		p, now := &sweepPace{}, int64(sweepQuietUS+1)
		n := 0
		for i := range 200 {
			n = p.items(now, true, c.isLive, 4000)
			if i == 0 && n > 2000 {
				t.Errorf("%s: begins with %d", c.name, n)
			}
			p.ownUS = int64(n) * c.ownUS
			now += int64(n)*c.usPerItem + c.otherUS
		}
		if n < c.atLeast || n > c.atMost {
			t.Errorf("%s: %d items, want %d to %d", c.name, n, c.atLeast, c.atMost)
		}
	}
}

// What streams in makes a sweep that had everything to itself small at once, and a rest is no long transaction.
func TestSweepPace_yields(t *testing.T) {
	p, now := &sweepPace{}, int64(sweepQuietUS+1)
	for range 100 {
		p.ownUS = int64(p.items(now, true, false, 4000)) * 10
		now += 100_000
	}
	if n := p.items(now, true, true, 4000); n > 4000 {
		t.Errorf("%d items beside live events", n)
	}
	now += 100_000
	if n := p.items(now, true, false, 4000); n > 4000 {
		t.Errorf("%d items right after live events", n)
	}
	if p.items(now, false, false, 4000) != 0 || p.items(now, true, true, 5) != 5 {
		t.Error("no sweep, and one of few items")
	}
	was := p.items(now+50_000, true, true, 4000)
	p.items(now+1_000_000, false, true, 4000)
	if n := p.items(now+99_000_000, true, true, 4000); n < was {
		t.Errorf("a rest counted as a long transaction: %d after %d", n, was)
	}
}
