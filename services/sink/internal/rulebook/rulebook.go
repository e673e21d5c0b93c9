// Package rulebook puts costs into channels by the rules that are in force in their workspace, as the attributor does with touches, so that both sides of a
// return meet in one row. It is pure: who tells it the rules, and who asks, is the store and the rows.
package rulebook

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"sync/atomic"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/event"
)

// Standing are the channel rules in force in a workspace, as the attributor's tasks say.
type Standing struct {
	Workspace string
	// Own are the workspace's own rules as JSON. Empty: costs stay as they were given.
	Own string
	// Seq is the receipt sequence of the change that brought them; 0 when they never changed.
	Seq uint64
	// Cause is the control that brought them, or config.
	Cause string
}

// Book has the rules of all workspaces. Any number of goroutines may ask while one sets.
type Book struct {
	shipped channel.RuleSet
	current atomic.Pointer[map[string]*Rules]
}

// Rules are one workspace's. Nil rules leave every cost as it was given.
type Rules struct {
	Standing
	classifier  *channel.Classifier
	aliased     bool
	fingerprint uint64
}

// New returns a book without rules; shipped is the rule set behind what workspaces have of their own.
func New(shipped channel.RuleSet) *Book {
	b := &Book{shipped: shipped}
	b.current.Store(&map[string]*Rules{})
	return b
}

// Of returns a workspace's rules, nil as long as nothing is known of them.
func (b *Book) Of(workspace string) *Rules {
	if b == nil {
		return nil
	}
	return (*b.current.Load())[workspace]
}

// Set replaces the rules. Own rules that this build cannot read leave a workspace with those it had, and the error names them: the others are in force all the same.
func (b *Book) Set(standings []Standing) error {
	before := *b.current.Load()
	now := make(map[string]*Rules, len(standings))
	var errs []error
	for _, s := range standings {
		r := before[s.Workspace]
		if r == nil || r.Standing != s {
			made, err := b.compile(s)
			if err != nil {
				errs = append(errs, fmt.Errorf("channel rules of workspace %q: %w", s.Workspace, err))
			} else {
				r = made
			}
		}
		if r != nil {
			now[s.Workspace] = r
		}
	}
	b.current.Store(&now)
	return errors.Join(errs...)
}

func (b *Book) compile(s Standing) (*Rules, error) {
	if s.Own == "" {
		return nil, nil
	}
	var own channel.Own
	if err := json.Unmarshal([]byte(s.Own), &own); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	c, err := channel.New(b.shipped, own.Options())
	if err != nil {
		return nil, err
	}
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%d %s %s %s", s.Seq, s.Cause, c.Version(), s.Own) // a hash has no errors
	return &Rules{Standing: s, classifier: c, aliased: len(own.Aliases) > 0, fingerprint: sum.Sum64()}, nil
}

// Cost is what a record of spend says of where its money went.
type Cost struct {
	Platform, Source, Medium, Campaign, Channel string
	// Rules is the version that gave the channel, event.ExplicitRules when the sender named it. Empty: a record of before, whose channel stays.
	Rules string
}

// Place is where a cost belongs.
type Place struct{ Source, Medium, Campaign, Channel, Rules string }

// Given is the place that a record itself says.
func (c Cost) Given() Place { return Place{c.Source, c.Medium, c.Campaign, c.Channel, c.Rules} }

// Place says where a cost belongs by the rules: names by their aliases, and the channel, unless the sender named it.
func (r *Rules) Place(c Cost) Place {
	p := c.Given()
	if r == nil {
		return p
	}
	if r.aliased {
		p.Source, p.Medium, p.Campaign = r.classifier.Named(c.Source, c.Medium, c.Campaign)
	}
	if c.Rules == "" || c.Rules == event.ExplicitRules || c.Rules == r.classifier.Version() {
		return p
	}
	source, medium := event.SpendOrigin(c.Platform, c.Source, c.Medium)
	p.Channel, p.Rules = r.classifier.Channel(source, medium, c.Campaign), r.classifier.Version()
	return p
}

// Classified is the sequence under which a version of a cost is kept that the rules put elsewhere than its record: 0 is the record's own.
func (r *Rules) Classified() uint64 { return max(r.Seq, 1) }

// Changed says whether the rules are not the workspace's first: costs may have been placed by others before.
func (r *Rules) Changed() bool { return r != nil && r.Seq > 0 }

// Fingerprint tells rules apart, as far as they place costs and say why.
func (r *Rules) Fingerprint() uint64 { return r.fingerprint }
