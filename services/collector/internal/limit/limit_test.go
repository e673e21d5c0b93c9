package limit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tributary-attribution/tributary/services/collector/internal/limit"
)

func TestTake(t *testing.T) {
	s := limit.New(limit.Config{PerSecond: 10, Burst: 20}, 100)
	now := time.Unix(1_000, 0)
	if ok, _ := s.Take("a", 20, now); !ok {
		t.Fatal("a full bucket refused its burst")
	}
	ok, wait := s.Take("a", 5, now)
	if ok || wait != 500*time.Millisecond {
		t.Fatalf("empty bucket: ok %v, wait %v; want refusal and 500ms", ok, wait)
	}
	if ok, _ := s.Take("b", 5, now); !ok {
		t.Error("another name shares the bucket")
	}
	if ok, _ := s.Take("a", 5, now.Add(wait)); !ok {
		t.Error("the announced wait was not enough")
	}
	if ok, _ := s.Take("c", 1_000, now); !ok {
		t.Error("more than the burst can never pass")
	}
}

func TestTake_off(t *testing.T) {
	s := limit.New(limit.Config{}, 1)
	for range 1_000 {
		if ok, _ := s.Take("a", 1_000, time.Unix(0, 0)); !ok {
			t.Fatal("a limit that is off refused")
		}
	}
}

func TestSet_isBounded(t *testing.T) {
	s := limit.New(limit.Config{PerSecond: 1, Burst: 1}, 50)
	now := time.Unix(1_000, 0)
	s.Take("kept", 1, now)
	for i := range 10_000 {
		s.Take(fmt.Sprint(i), 1, now)
		if ok, _ := s.Take("kept", 1, now); ok {
			t.Fatalf("a name in use was forgotten after %d others", i)
		}
	}
	if n := s.Len(); n > 100 {
		t.Errorf("%d buckets are kept, want at most 100", n)
	}
}
