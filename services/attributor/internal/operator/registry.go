package operator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// Keys of a registry's state, beside those of subjects.
const (
	controlPrefix = "k/"
	sweepPrefix   = "s/"
)

type registryKey struct {
	workspace string
	partition int32
}

// registry is what a task knows of a workspace's models and channel rules: the controls it received, what they and the configuration amount to, and how
// far its subjects have been brought to that. It counts the changes as revisions; every subject has the revision that it was last computed by.
type registry struct {
	op *Operator
	registryKey
	// key addresses messages to this task.
	key string

	state     *pb.ControlState
	sweep     *pb.SweepState
	effective rules.Effective
	// current are the compiled rules of the latest revision, older those by which some subjects may still be computed.
	current *rules.Compiled
	older   map[int64]*rules.Compiled

	loaded bool
	// stateDirty and sweepDirty are to be written; going tells that this transaction sweeps a slice.
	stateDirty, sweepDirty, going bool
	// told is subjects_done of the last row.
	told int64
}

// registry returns the registry of a workspace in a task, as committed or as the running transaction has changed it.
func (o *Operator) registry(workspace string, partition int32) (*registry, error) {
	k := registryKey{workspace, partition}
	r := o.registries[k]
	if r == nil {
		r = &registry{op: o, registryKey: k, key: o.controlKey(workspace, partition)}
		o.registries[k] = r
	}
	return r, r.ensure()
}

// controlKey is a subject id that the partition's task gets: control subjects are numbered, and the first number whose id hashes there is taken.
func (o *Operator) controlKey(workspace string, partition int32) string {
	return ControlKey(workspace, partition, o.cfg.PartitionOf)
}

// controlTries bounds the search for a key: among n partitions the hash is expected to hit a given one after n tries.
const controlTries = 1 << 20

// ControlKey is the key of a record on subjects-v1 that the task of the partition gets. partitionOf is the producer's partitioner; nil: any key does.
func ControlKey(workspace string, partition int32, partitionOf func([]byte) int32) string {
	key := identity.SubjectID(workspace, identity.KindControl, "0")
	for i := 1; partitionOf != nil && i < controlTries && partitionOf([]byte(key)) != partition; i++ {
		key = identity.SubjectID(workspace, identity.KindControl, strconv.Itoa(i))
	}
	return key
}

// ensure reads the committed state, unless it is there, and compares it with the configuration.
func (r *registry) ensure() error {
	if r.loaded {
		return nil
	}
	r.state, r.sweep, r.older = &pb.ControlState{}, &pb.SweepState{}, nil
	var found [2]bool
	for i, part := range [...]struct {
		prefix string
		into   message
	}{{controlPrefix, r.state}, {sweepPrefix, r.sweep}} {
		raw, err := r.op.store.Get(r.partition, []byte(part.prefix+r.workspace))
		if err != nil {
			return fmt.Errorf("read models and rules of workspace %q: %w", r.workspace, err)
		}
		if err := unmarshalState(part.prefix+r.workspace, part.into, raw); err != nil {
			return err
		}
		found[i] = raw != nil
	}
	r.loaded = true
	if err := r.fold(); err != nil {
		return err
	}
	if !found[0] {
		return r.begin()
	}
	return r.compare(&pb.Cause{
		EventId: "config", ReceiptSeq: r.op.cfg.ConfiguredUS, EffectiveUs: r.op.cfg.ConfiguredUS,
	})
}

// fold computes what the controls and the configuration amount to.
func (r *registry) fold() error {
	base := r.op.cfg.Rules.For(r.workspace)
	r.effective = base.Apply(r.state.Controls)
	compiled, err := r.op.compile(r.workspace, &r.effective)
	if err != nil {
		return err
	}
	r.current = compiled
	return nil
}

func (o *Operator) compile(workspace string, e *rules.Effective) (*rules.Compiled, error) {
	key := workspace + "|" + e.ModelsFingerprint() + "|" + e.Rules.Channels.Fingerprint()
	if c := o.rules[key]; c != nil {
		return c, nil
	}
	c, err := e.Rules.Compile()
	if err != nil {
		return nil, fmt.Errorf("rules of workspace %q: %w", workspace, err)
	}
	o.rules[key] = c
	return c, nil
}

// begin makes the first revision. A task without subjects has nothing to sweep; subjects that are there were computed before there were
// revisions, by touches as the collector classified them.
func (r *registry) begin() error {
	r.state.Models, r.state.Channels, r.state.Stages = r.effective.ModelsFingerprint(), r.effective.Rules.Channels.Fingerprint(), r.effective.StagesFingerprint()
	r.state.Derivation = r.effective.DerivationFingerprint()
	empty := true
	prefix := []byte(headerPrefix + r.workspace + "|")
	err := r.op.store.ScanFrom(r.partition, prefix, prefix, func(_, _ []byte) error {
		empty = false
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("look for subjects of workspace %q: %w", r.workspace, err)
	}
	definition, err := r.effective.Rules.Channels.Encode()
	if err != nil {
		return err
	}
	if empty {
		r.state.Revision, r.state.Settled, r.stateDirty = 1, 1, true
		r.state.Rules = []*pb.ChannelsRevision{{Revision: 1, Definition: definition, Roles: r.roles()}}
		return nil
	}
	r.state.Rules = []*pb.ChannelsRevision{{Roles: r.roles()}}
	us := r.op.cfg.ConfiguredUS
	return r.advance(&pb.Cause{EventId: "config", ReceiptSeq: us, EffectiveUs: us, Reason: pb.Reason_REASON_RULES}, true)
}

// compare makes a new revision when models, channel rules or stage rules are others than those of the latest one.
func (r *registry) compare(cause *pb.Cause) error {
	models, channels, stages := r.effective.ModelsFingerprint(), r.effective.Rules.Channels.Fingerprint(), r.effective.StagesFingerprint()
	isRules, isModels, isStages := channels != r.state.Channels, models != r.state.Models, stages != r.state.Stages
	r.checkDerivation()
	if !isRules && !isModels && !isStages {
		return nil
	}
	cause.Reason = pb.Reason_REASON_MODEL
	if isRules || isStages {
		cause.Reason = pb.Reason_REASON_RULES
	}
	r.state.Models, r.state.Channels, r.state.Stages = models, channels, stages
	return r.advance(cause, isRules)
}

// checkDerivation counts a configuration that makes other facts of events than those that subjects have told each other: they stay as they were told until a rebuild.
func (r *registry) checkDerivation() {
	now := r.effective.DerivationFingerprint()
	if r.state.Derivation == "" {
		r.state.Derivation, r.stateDirty = now, true
	}
	stale := 0.0
	if r.state.Derivation != now {
		stale = 1
	}
	r.op.metrics.rebuildNeeded.WithLabelValues(label(r.partition)).Set(stale)
	if stale != 0 && r.op.cfg.RebuildNeeded != nil {
		r.op.cfg.RebuildNeeded(r.workspace)
	}
}

// roles tells whether a model weighs only the people that deals list.
func (r *registry) roles() pb.Roles {
	if r.current.HasRoles {
		return pb.Roles_ROLES_SOME
	}
	return pb.Roles_ROLES_NONE
}

// keep adds a revision of what subjects have sent by, when that is not what it was.
func (r *registry) keep(cause *pb.Cause, isRules bool) error {
	last := r.state.Rules[len(r.state.Rules)-1]
	if !isRules {
		if last.Roles == pb.Roles_ROLES_UNSPECIFIED || last.Roles == r.roles() {
			return nil
		}
		cause = last.Cause
	}
	definition, err := r.effective.Rules.Channels.Encode()
	if err != nil {
		return err
	}
	r.state.Rules = append(r.state.Rules, &pb.ChannelsRevision{Revision: r.state.Revision, Definition: definition, Cause: cause, Roles: r.roles()})
	return nil
}

// advance makes a new revision, and a sweep that brings all subjects to it.
func (r *registry) advance(cause *pb.Cause, isRules bool) error {
	r.state.Revision++
	r.state.Cause = cause
	if err := r.keep(cause, isRules); err != nil {
		return err
	}
	// A sweep that has not begun to move leaves nothing behind.
	r.sweep.Waves = slices.DeleteFunc(r.sweep.Waves, func(w *pb.SweepWave) bool { return w.Cursor == "" })
	r.sweep.Waves = slices.Insert(r.sweep.Waves, 0, &pb.SweepWave{Revision: r.state.Revision})
	r.sweep.IsCounting, r.sweep.CountCursor = true, ""
	r.sweep.SubjectsTotal, r.sweep.SubjectsDone, r.sweep.TouchesDone, r.told = 0, 0, 0, 0
	r.stateDirty, r.sweepDirty, r.going = true, true, true
	return nil
}

// revisionOf is the revision that sweeps have brought a subject to.
func (r *registry) revisionOf(subject string) int64 {
	for _, w := range r.sweep.Waves {
		if subject <= w.Cursor {
			return w.Revision
		}
	}
	return r.state.Settled
}

// place gives a subject that was read its revision and the rules of that revision, so that what it has sent can be computed again as it was.
func (r *registry) place(s *subject) (err error) {
	s.state.RulesRevision = max(s.state.RulesRevision, r.revisionOf(s.id))
	s.rules, err = r.at(s.state.RulesRevision)
	return err
}

// at returns the rules of a revision, as far as they decide what touches are: models do not matter.
func (r *registry) at(revision int64) (*rules.Compiled, error) {
	i := len(r.state.Rules) - 1
	for i > 0 && r.state.Rules[i].Revision > revision {
		i--
	}
	if i == len(r.state.Rules)-1 {
		return r.current, nil
	}
	first := r.state.Rules[i].Revision
	if c := r.older[first]; c != nil {
		return c, nil
	}
	channels, err := rules.DecodeChannels(r.state.Rules[i].Definition)
	if err != nil {
		return nil, fmt.Errorf("%w: workspace %q: %w", errState, r.workspace, err)
	}
	old := *r.current
	if old.Channels, err = rules.NewClassifier(channels); err != nil {
		return nil, fmt.Errorf("rules of revision %d of workspace %q: %w", first, r.workspace, err)
	}
	if r.older == nil {
		r.older = make(map[int64]*rules.Compiled)
	}
	if roles := r.state.Rules[i].Roles; roles != pb.Roles_ROLES_UNSPECIFIED {
		old.HasRoles = roles == pb.Roles_ROLES_SOME
	}
	r.older[first] = &old
	return &old, nil
}

// settle ends the sweeps: every subject is at the latest revision.
func (r *registry) settle() {
	r.state.Settled, r.sweep.Waves = r.state.Revision, nil
	r.state.Rules = r.state.Rules[len(r.state.Rules)-1:]
	r.older = nil
	r.stateDirty, r.sweepDirty = true, true
}

// endTransaction keeps what was written, or forgets it.
func (r *registry) endTransaction(aborted bool) {
	if aborted && (r.stateDirty || r.sweepDirty || r.going) {
		r.loaded = false
	}
	r.stateDirty, r.sweepDirty, r.going = false, false, false
}
