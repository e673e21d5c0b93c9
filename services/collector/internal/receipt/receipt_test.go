package receipt_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector/internal/receipt"
)

func TestStamp_neverRepeats(t *testing.T) {
	clock := []int64{100, 100, 90, 1_000, 101}
	s := receipt.New(func() time.Time {
		us := clock[0]
		clock = clock[1:]
		return time.UnixMicro(us)
	})
	for i, want := range []struct{ received, seq int64 }{{100, 100}, {100, 103}, {90, 104}, {1_000, 1_000}, {101, 1_001}} {
		n := []int{3, 1, 5, 1, 1}[i]
		received, seq := s.Stamp(n)
		if received != want.received || seq != want.seq {
			t.Errorf("stamp %d: (%d, %d), want (%d, %d)", i, received, seq, want.received, want.seq)
		}
	}
}

func TestStamp_isUniqueAcrossGoroutines(t *testing.T) {
	s := receipt.New(func() time.Time { return time.UnixMicro(5) })
	var mu sync.Mutex
	seen := map[int64]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				_, first := s.Stamp(2)
				mu.Lock()
				if seen[first] || seen[first+1] {
					t.Errorf("sequence %d was given twice", first)
				}
				seen[first], seen[first+1] = true, true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
