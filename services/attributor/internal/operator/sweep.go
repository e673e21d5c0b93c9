package operator

import (
	"errors"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

const (
	// sweepItemsDefault is about what a transaction applies of events when they come in fast.
	sweepItemsDefault = 4000
	// sweepItemsMin is what every slice computes, however slow everything is: a sweep comes to its end.
	sweepItemsMin = 100
	// sweepTransactionUS is about how long a transaction may take with a slice of a sweep in it. What streams in meanwhile waits for such a transaction and
	// is in the next one. While nothing streams in, and for sweepQuietUS after it did, a transaction may take sweepIdleUS and have sweepIdleTimes as much: the
	// first event after a rest still has its credit within a second.
	sweepTransactionUS = 150_000
	sweepIdleUS        = 400_000
	sweepQuietUS       = 2_000_000
	sweepIdleTimes     = 4
	// sweepWhole is about how much longer a slice takes than its computation, with the writing and committing of what it says.
	sweepWhole = 3
	// countMax is how many headers a transaction counts: some 50 ms.
	countMax = 100_000
	// rowsPerSweep is about how often a sweep tells of its progress.
	rowsPerSweep = 50
)

func (c *Config) sweepItems() int {
	if c.SweepItems > 0 {
		return c.SweepItems
	}
	return sweepItemsDefault
}

// sweepPace makes a sweep yield to what streams in: slices are as long as transactions stay short with them. What a subject costs depends on its touches,
// the models and the machine, so times decide, not a number: that from one transaction to the next, and that of the slice's computation. A transaction that
// is slow for other reasons (a busy machine, a far broker) is no reason for small slices: they would not make it quicker.
type sweepPace struct {
	// most is how many events and items the next slice may have; lastUS when the last one was computed, 0 when the last transaction had none; ownUS what
	// its computation took.
	most          int
	lastUS, ownUS int64
	// liveUS is when a transaction last had events.
	liveUS int64
}

// items is how many events and items this transaction's slices may have together.
func (p *sweepPace) items(nowUS int64, isGoing, isLive bool, most int) int {
	if isLive {
		p.liveUS = nowUS
	}
	if !isGoing {
		p.lastUS = 0
		return 0
	}
	target := int64(sweepTransactionUS)
	if nowUS-p.liveUS > sweepQuietUS {
		target, most = sweepIdleUS, most*sweepIdleTimes
	}
	least := min(sweepItemsMin, most)
	if p.most == 0 {
		p.most = max(most/8, least)
	}
	if took := nowUS - p.lastUS; p.lastUS > 0 && took > 0 {
		own := min(p.ownUS*sweepWhole, took)
		switch {
		case took > target && own > target/2:
			p.most = int(int64(p.most) * max(target*16/took, 8) / 16)
		case took < target*3/4, own < target/4:
			p.most += p.most/8 + 1
		}
	}
	p.most = min(max(p.most, least), most)
	p.lastUS = nowUS
	return p.most
}

// sweepSlice brings some more subjects to the latest revision, and sends the message that lets the sweep go on in a later transaction. It goes on after what
// is before that message in the partition, so a sweep waits for what it caused.
func (f *flush) sweepSlice(r *registry, budget int) error {
	sw := r.sweep
	sw.Step++
	r.sweepDirty = true
	var err error
	if sw.IsCounting {
		err = f.countSlice(r)
	} else {
		err = f.computeSlice(r, budget)
	}
	if err != nil {
		return fmt.Errorf("sweep workspace %q: %w", r.workspace, err)
	}
	f.op.metrics.sweepLeft.WithLabelValues(label(r.partition)).Set(float64(max(sw.SubjectsTotal-sw.SubjectsDone, 0)))
	if len(sw.Waves) > 0 {
		f.emit(topicSubjects, r.key, &pb.SubjectMessage{To: r.key, From: r.key, Body: &pb.SubjectMessage_Sweep{Sweep: &pb.Sweep{Step: sw.Step}}})
	}
	return f.err
}

// countSlice counts subjects, so that progress can be told.
func (f *flush) countSlice(r *registry) error {
	ids, done, err := r.subjectsAfter(r.sweep.CountCursor, countMax)
	if err != nil {
		return err
	}
	r.sweep.SubjectsTotal += int64(len(ids))
	r.sweep.IsCounting = !done
	if len(ids) > 0 {
		r.sweep.CountCursor = ids[len(ids)-1]
	}
	return nil
}

// computeSlice computes subjects again, in order of their ids, until they have used up the budget of events and items.
func (f *flush) computeSlice(r *registry, budget int) error {
	w := r.sweep.Waves[0]
	ids, done, err := r.subjectsAfter(w.Cursor, max(budget, 1))
	if err != nil {
		return err
	}
	for i, id := range ids {
		items, touches, err := f.op.sweepSubject(r, id)
		if err != nil {
			return fmt.Errorf("compute subject %q: %w", id, err)
		}
		w.Cursor = id
		r.sweep.SubjectsDone++
		r.sweep.TouchesDone += int64(touches)
		if budget -= 1 + items; budget <= 0 && i < len(ids)-1 {
			done = false
			break
		}
	}
	if done {
		r.sweep.SubjectsTotal = r.sweep.SubjectsDone
		r.settle()
		return nil
	}
	// Sweeps that this one has caught up with say nothing any more.
	for n := len(r.sweep.Waves); n > 1 && r.sweep.Waves[n-1].Cursor <= w.Cursor; n-- {
		r.sweep.Waves = r.sweep.Waves[:n-1]
	}
	return nil
}

// sweepSubject computes one subject again and says how many events and items, and how many touches it has.
func (o *Operator) sweepSubject(r *registry, id string) (items, touches int, err error) {
	workspace, kind, name, err := identity.ParseSubject(id)
	if err != nil {
		return 0, 0, fmt.Errorf("%w: header of %q: %w", errState, id, err)
	}
	known := o.cache.has(id)
	s, err := o.touch(address{id: id, workspace: workspace, name: name, kind: kind, partition: r.partition})
	if err != nil {
		return 0, 0, err
	}
	if !known {
		o.swept = append(o.swept, s)
	}
	s.each(func(it *item) {
		if it.own() && it.key.kind == itemTouch {
			touches++
		}
	})
	o.metrics.sweptSubjects.Inc()
	o.metrics.sweptTouches.Add(float64(touches))
	return len(s.events) + len(s.received), touches, nil
}

// subjectsAfter returns the next subjects of the workspace, without cells, and whether they are the last ones.
func (r *registry) subjectsAfter(cursor string, limit int) (ids []string, last bool, err error) {
	prefix := []byte(headerPrefix + r.workspace + "|")
	from := prefix
	if cursor != "" {
		from = append(headerKey(cursor), nul)
	}
	err = r.op.store.ScanFrom(r.partition, prefix, from, func(key, _ []byte) error {
		// Cells come last, and there may be many.
		if len(key) > len(prefix) && identity.Kind(key[len(prefix)]) == identity.KindCell {
			return errEnough
		}
		if len(ids) == limit {
			return errFull
		}
		ids = append(ids, string(key[len(headerPrefix):]))
		return nil
	})
	switch {
	case err == nil, errors.Is(err, errEnough):
		return ids, true, nil
	case errors.Is(err, errFull):
		return ids, false, nil
	default:
		return nil, false, err
	}
}

// isNews tells whether the progress since the last row is worth another one.
func (r *registry) isNews() bool {
	return r.sweepDirty && r.sweep.SubjectsDone-r.told > r.sweep.SubjectsTotal/rowsPerSweep
}

// modelsRow tells what models and rules the task has and how far its subjects are.
func (f *flush) modelsRow(r *registry) {
	r.told = r.sweep.SubjectsDone
	r.sweep.Version++
	row := &pb.ModelsRow{
		Workspace: r.workspace, Partition: r.partition, Revision: r.state.Revision, Version: r.sweep.Version,
		ChangedUs: r.state.Cause.GetReceiptSeq(), Reason: r.state.Cause.GetReason(), CauseEventId: r.state.Cause.GetEventId(),
		RulesVersion: r.current.Channels.Version(), SubjectsTotal: r.sweep.SubjectsTotal, SubjectsDone: r.sweep.SubjectsDone,
		TouchesDone: r.sweep.TouchesDone, IsDone: len(r.sweep.Waves) == 0,
	}
	if c := r.effective.Rules.Channels; c != nil {
		row.Rules = rules.EncodeOwn(c.Own)
	}
	if n := len(r.state.Rules); n > 0 {
		row.RulesChangedUs, row.RulesCauseEventId = r.state.Rules[n-1].Cause.GetReceiptSeq(), r.state.Rules[n-1].Cause.GetEventId()
	}
	for i := range r.effective.Standing {
		s := &r.effective.Standing[i]
		m := &pb.ModelEntry{
			Name: s.Model.Name(), Version: s.Model.Version(), Status: string(s.Status), Definition: rules.EncodeModel(&s.Model),
			SinceUs: s.Since.GetReceiptSeq(), Origin: "config",
		}
		if s.Since != nil {
			m.Origin = "control"
		}
		row.Models = append(row.Models, m)
	}
	f.emit(topicModels, r.key, row)
}
