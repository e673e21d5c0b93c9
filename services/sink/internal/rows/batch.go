package rows

import (
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

// Topics of the contract that become rows.
const (
	TopicCredits       = "credits-v1"
	TopicLedger        = "ledger-v1"
	TopicCells         = "cells-v1"
	TopicTouchpoints   = "touchpoints-v1"
	TopicConversions   = "conversions-v1"
	TopicOpportunities = "opportunities-v1"
	TopicModels        = "models-v1"
	TopicSpend         = "spend-v1"
	TopicPlans         = "plans-v1"
	TopicRejected      = "rejected-v1"
)

// Topics are all topics that become rows.
func Topics() []string {
	return []string{
		TopicCredits, TopicLedger, TopicCells, TopicTouchpoints, TopicConversions, TopicOpportunities, TopicModels, TopicSpend, TopicPlans,
		TopicRejected,
	}
}

// source turns the records of one topic into rows.
type source interface {
	// add appends the rows of one record. An error wraps ErrMalformed, and then nothing was added.
	add(Record) error
	tables() []*Table
}

// Batch collects the rows of one topic's records. It is used by one goroutine at a time.
type Batch struct {
	source   source
	models   *models
	rejected *rejected
	tables   []*Table
}

// NewBatch returns an empty batch of a topic. Models are those that every workspace has by configuration.
func NewBatch(topic string, models []string) (*Batch, error) {
	b := &Batch{models: newModels(models), rejected: newRejected()}
	switch topic {
	case TopicCredits:
		b.source = newCredits(b.models)
	case TopicLedger:
		b.source = newLedger()
	case TopicCells:
		b.source = newCells(b.models)
	case TopicTouchpoints:
		b.source = newTouchpoints()
	case TopicConversions:
		b.source = newConversions()
	case TopicOpportunities:
		b.source = newOpportunities()
	case TopicModels:
		b.source = newStandings()
	case TopicSpend:
		b.source = newSpend(b.models)
	case TopicPlans:
		b.source = newPlans()
	case TopicRejected:
		b.source = b.rejected
	default:
		return nil, fmt.Errorf("topic %q has no table", topic)
	}
	b.tables = append(b.tables, b.source.tables()...)
	if topic != TopicRejected {
		b.tables = append(b.tables, &b.rejected.table)
	}
	// The models go last, so that a view never shows a model of which nothing is there yet.
	b.tables = append(b.tables, &b.models.table)
	return b, nil
}

// Classify makes costs stand where the rules of the book say.
func (b *Batch) Classify(book *rulebook.Book) {
	if s, ok := b.source.(*spend); ok {
		s.book = book
	}
}

// Add appends a record's rows, or the row that says it could not be read. It reports whether the record could be read.
func (b *Batch) Add(r Record) bool {
	err := b.source.add(r)
	if err == nil {
		return true
	}
	if !errors.Is(err, ErrMalformed) {
		err = malformed(err)
	}
	b.rejected.poison(r, err)
	return false
}

// Ruled tells batches apart that have the same records and other rows, because other channel rules placed their costs. 0: no rules had a say.
func (b *Batch) Ruled() uint64 {
	if s, ok := b.source.(*spend); ok {
		return s.ruled
	}
	return 0
}

// Tables are the tables that may have rows, in the order to write them.
func (b *Batch) Tables() []*Table { return b.tables }

// Rows counts the rows of all tables.
func (b *Batch) Rows() (n int) {
	for _, t := range b.tables {
		n += t.rows
	}
	return n
}

// Reset empties the batch for its next use and keeps its memory. Which models were sent already it remembers.
func (b *Batch) Reset() {
	for _, t := range b.tables {
		t.reset()
	}
	if s, ok := b.source.(*spend); ok {
		s.ruled = 0
	}
}
