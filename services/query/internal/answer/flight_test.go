package answer

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// TestFly_once lets many ask at once: one reads, all have it.
func TestFly_once(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		reads, release := 0, make(chan struct{})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				got, err := fly(t.Context(), &f, "key", func(context.Context) (int, error) {
					reads++
					<-release
					return 7, nil
				})
				if got != 7 || err != nil {
					t.Errorf("%d %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		all.Wait()
		if reads != 1 || len(f.now) != 0 {
			t.Errorf("read %d times, %d under way at the end", reads, len(f.now))
		}
	})
}

// TestFly_leave lets the first who asked go, then the last: the reading outlives the one and ends with the other, and who comes then reads anew.
func TestFly_leave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f flights
		ended := []error{}
		read := func(ctx context.Context) (int, error) {
			<-ctx.Done()
			ended = append(ended, ctx.Err())
			return 0, ctx.Err()
		}
		errs := make([]error, 2)
		cancels := make([]context.CancelFunc, 2)
		for i := range errs {
			ctx, cancel := context.WithCancel(t.Context())
			cancels[i] = cancel
			go func() { _, errs[i] = fly(ctx, &f, "key", read) }()
			synctest.Wait()
		}
		cancels[0]()
		synctest.Wait()
		if !errors.Is(errs[0], context.Canceled) || len(ended) != 0 {
			t.Fatalf("the first went with %v, the reading ended with %v", errs[0], ended)
		}
		cancels[1]()
		synctest.Wait()
		if !slices.Equal(ended, []error{context.Canceled}) {
			t.Fatalf("nobody waits, and the reading ended with %v", ended)
		}
		if got, err := fly(t.Context(), &f, "key", func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
			t.Errorf("who came later got %d %v", got, err)
		}
	})
}
