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
	// current transaction are kept whatever their size, and one subject counts a quarter of it at most. Zero: nothing is kept.
	CacheBytes int64
	// TouchPauseUS is how long an owner waits between two computations of a journey, per touch of the owner, when no milestone
	// changed. It keeps the cost of a hot account linear in its touches. Zero: no pause.
	TouchPauseUS int64
	// PauseMaxUS bounds such a pause, and with it how long a touch may wait for the longest journey of its account when the account has one.
	// Zero: no bound.
	PauseMaxUS int64
	// SectionBytes is about how long a piece of a claim, a credit set or a ledger batch gets before the next begins. Zero: DefaultSectionBytes.
	SectionBytes int
	// TransactionBytes is about how much a transaction writes before long journeys wait for the next one. Zero: 8 MiB.
	TransactionBytes int
	// ClaimBytes bounds a claim, which a home has in memory whole while it posts: the older half of the touches goes until the rest fits. Only
	// absurdly long names get there. Zero: 64 MiB.
	ClaimBytes int
	// PartitionOf is the partition of a key, as the producer of outputs computes it. Nil: controls reach only the partition they come to.
	PartitionOf func(key []byte) int32
	// ConfiguredUS is when Rules came into force (microseconds): recorded_at of what a change of the configuration posts.
	ConfiguredUS int64
	// SweepItems bounds the events and items of the subjects that one transaction computes again because models or rules changed. There are fewer
	// when transactions take long with them. Zero: the default.
	SweepItems int
	// Clock is the wall clock in microseconds. It measures what a sweep's slice takes, and decides how long the next one is. Nil: slices count as all that
	// their transactions take.
	Clock func() int64
	// RebuildNeeded is told of a workspace whose conversions, forms or session gap are others than those that its state was computed by: what it computed stays as it is
	// until "tributary rebuild". Nil: a metric alone tells.
	RebuildNeeded func(workspace string)
	// SubjectItems bounds the events of one subject, and the items that others give it. Zero: 400,000.
	SubjectItems int
	// SubjectLinks bounds the links that others give a subject. Zero: 20,000.
	SubjectLinks int
	// ExpirySubjects is how many subjects a transaction looks at for what no look-back reaches any more. Zero: 20.
	ExpirySubjects int
	// RowsOff drops touchpoint, conversion and opportunity rows, for measurements of credit alone.
	RowsOff bool
}

// DefaultSectionBytes is far below what a topic takes, and long enough that nearly every journey is one record.
const DefaultSectionBytes = 512 << 10

// pauseMaxUS is what a hundred thousand touches make an account pause by: longer ones would not make it cheaper to anybody, and
// a touch of such an account would be seen later.
const pauseMaxUS = 120_000_000

// claimBytesMax takes the most touches that rules allow, with six names of a hundred characters each.
const claimBytesMax = 64 << 20

// now is the wall clock, 0 when there is none.
func (c *Config) now() int64 {
	if c.Clock == nil {
		return 0
	}
	return c.Clock()
}

// since is how long ago a moment of now was: longer than any transaction when there is no clock.
func (c *Config) since(us int64) int64 {
	if c.Clock == nil {
		return 1 << 40
	}
	return c.Clock() - us
}

func (c *Config) claimBytes() int {
	if c.ClaimBytes > 0 {
		return c.ClaimBytes
	}
	return claimBytesMax
}

func (c *Config) expirySubjects() int {
	if c.ExpirySubjects > 0 {
		return c.ExpirySubjects
	}
	return expirySubjects
}

func (c *Config) transactionBytes() int {
	if c.TransactionBytes > 0 {
		return c.TransactionBytes
	}
	return transactionBytes
}

func (c *Config) sectionBytes() int {
	if c.SectionBytes > 0 {
		return c.SectionBytes
	}
	return DefaultSectionBytes
}

// DefaultConfig returns the settings of production without rules and partitions.
func DefaultConfig() Config {
	return Config{CacheBytes: 256 << 20, TouchPauseUS: 1000, PauseMaxUS: pauseMaxUS, SweepItems: sweepItemsDefault}
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
	if c.TouchPauseUS < 0 || c.PauseMaxUS < 0 {
		errs = append(errs, errors.New("touch pause and its bound must not be negative"))
	}
	if c.SectionBytes < 0 || c.TransactionBytes < 0 || c.ClaimBytes < 0 {
		errs = append(errs, errors.New("section, transaction and claim bytes must not be negative"))
	}
	return errors.Join(errs...)
}
