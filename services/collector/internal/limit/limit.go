// Package limit holds token buckets by name, in bounded memory.
package limit

import (
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Config is the shape of every bucket of a set.
type Config struct {
	// PerSecond is the steady rate; 0 turns the limit off.
	PerSecond float64 `yaml:"per_second"`
	// Burst is how much may come at once after a pause. At least the largest single request.
	Burst int `yaml:"burst"`
}

// Validate names what cannot work.
func (c Config) Validate() error {
	if c.PerSecond < 0 || c.PerSecond > 0 && c.Burst < 1 {
		return errors.New("per_second must not be negative, and burst must be positive with it")
	}
	return nil
}

// Set is a bucket for each name. Names come from outside (addresses), so the set is bounded: it keeps two generations of at most max buckets
// and forgets the older one when the younger is full. A forgotten name starts with a full bucket again, which errs on the side of letting in.
type Set struct {
	cfg Config
	max int

	mu          sync.Mutex
	young, aged map[string]*rate.Limiter
}

// New returns a set of at most 2*max buckets.
func New(cfg Config, max int) *Set {
	return &Set{cfg: cfg, max: max, young: map[string]*rate.Limiter{}}
}

// Take takes n tokens from a name's bucket, all or none. When there are not enough it says how long until there would be.
func (s *Set) Take(name string, n int, now time.Time) (ok bool, retryAfter time.Duration) {
	if s.cfg.PerSecond == 0 {
		return true, 0
	}
	// More than the bucket holds would never pass; take it whole instead.
	n = min(n, s.cfg.Burst)
	b := s.bucket(name)
	if b.AllowN(now, n) {
		return true, 0
	}
	missing := float64(n) - b.TokensAt(now)
	return false, time.Duration(missing / s.cfg.PerSecond * float64(time.Second))
}

func (s *Set) bucket(name string) *rate.Limiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.young[name]; ok {
		return b
	}
	if len(s.young) >= s.max {
		s.young, s.aged = make(map[string]*rate.Limiter, s.max), s.young
	}
	b, ok := s.aged[name]
	if !ok {
		b = rate.NewLimiter(rate.Limit(s.cfg.PerSecond), s.cfg.Burst)
	}
	s.young[name] = b
	return b
}

// Len is how many buckets are kept.
func (s *Set) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.young) + len(s.aged)
}
