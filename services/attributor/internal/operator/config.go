package operator

import (
	"errors"

	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Config is how an Operator computes.
type Config struct {
	// Rules decide what is a conversion, a form, a milestone, and which models run. Required.
	Rules *rules.Set
	// Partitions is the partition count of events-v1, subjects-v1 and state-v1. Required; inputs of others are refused.
	Partitions int32
	// CacheBytes bounds the decoded subjects kept in memory between transactions. It is an estimate: subjects touched by the
	// current transaction are kept whatever their size. Zero: nothing is kept.
	CacheBytes int64
	// TouchPauseUS is how long an owner waits between two computations of a journey, per touch of the owner, when no milestone
	// changed. It keeps the cost of a hot account linear in its touches. Zero: no pause.
	TouchPauseUS int64
	// RowsOff drops touchpoint, conversion and opportunity rows, for measurements of credit alone.
	RowsOff bool
}

// DefaultConfig returns the settings of production without rules and partitions.
func DefaultConfig() Config {
	return Config{CacheBytes: 256 << 20, TouchPauseUS: 1000}
}

// Validate reports every setting that is wrong.
func (c Config) Validate() error {
	var errs []error
	if c.Rules == nil {
		errs = append(errs, errors.New("rules are required"))
	}
	if c.Partitions < 1 {
		errs = append(errs, errors.New("partitions must be at least 1"))
	}
	if c.CacheBytes < 0 {
		errs = append(errs, errors.New("cache bytes must not be negative"))
	}
	if c.TouchPauseUS < 0 {
		errs = append(errs, errors.New("touch pause must not be negative"))
	}
	return errors.Join(errs...)
}
