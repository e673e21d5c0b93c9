package runner

import (
	"testing"
	"time"
)

func TestPace_followsWhatTransactionsTake(t *testing.T) {
	p := newPace(20_000)
	for i, step := range []struct {
		records int
		took    time.Duration
		want    int
	}{
		{500, 100 * time.Millisecond, 1000}, // full and quick: double
		{300, time.Millisecond, 1000},       // not full: says nothing
		{1500, time.Second, 1000},           // neither quick nor slow: stay
		{1000, 3 * time.Second, 500},        // slow: halve
		{40, 9 * time.Second, 20},           // few records were slow: half of those
		{20, 9 * time.Second, 10},           // down to the least
		{10, time.Minute, 10},               // and no further
		{10, time.Millisecond, 20},          // and up again
		{1 << 20, time.Millisecond, 40},     // a poll may bring more than the limit
		{40, kindOfForever, 20}, {1, 0, 20}, {20, 0, 40},
	} {
		if p.note(step.records, step.took); p.limit != step.want {
			t.Errorf("step %d: limit %d, want %d", i, p.limit, step.want)
		}
	}
	for range 20 {
		p.note(p.limit, 0)
	}
	if p.limit != 20_000 {
		t.Errorf("the limit ends at %d, not at the configured most", p.limit)
	}
	if small := newPace(5); small.limit != 5 {
		t.Errorf("a configured most of 5 gives %d", small.limit)
	}
}

const kindOfForever = 1000 * time.Hour
