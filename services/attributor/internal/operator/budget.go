package operator

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// The cost of long journeys is bounded three times over:
//
//   - in memory, by weighing and posting one journey after the other and one model after the other;
//   - in a transaction, by a budget of bytes: what does not fit waits for the next one (a Wake to itself says so);
//   - in time, by a pause: each touch that a computation weighs costs its owner Config.TouchPauseUS, during which journeys without a milestone
//     wait. What an account costs per second is therefore bounded whatever it is fed, and with it what it takes from others.

// transactionBytes is about how much a transaction writes before long journeys wait for the next one. The largest single posting, a hundred thousand
// touches under ten models, comes on top of it.
const transactionBytes = 8 << 20

// stepTouches is how many touches are weighed in one step of an owner whose journeys take turns.
const stepTouches = 5_000

// isFull tells whether a posting by a claim has to wait for a transaction with room for it. Short ones never wait, and a transaction has room for one model
// of one long journey whatever else it writes: otherwise heavy traffic would hold long journeys up for ever.
func (f *flush) isFull(c *pb.Claim) bool {
	return isLong(c) && (f.op.rest > 0 || f.longs > 0 && f.bytes > f.op.cfg.transactionBytes())
}

// restTransactions is how many transactions have no long posting after one that was filled by one. What streams in needs up to three transactions, one after
// the other, and waits for one that is under way: so at most every third of them is long.
const restTransactions = 2

// endRest counts the transactions without long postings.
func (f *flush) endRest() {
	switch {
	case f.longs > 0 && f.bytes > f.op.cfg.transactionBytes():
		f.op.rest = restTransactions
	case f.op.rest > 0:
		f.op.rest--
	}
}

// recallWaiting makes the journeys due again whose posting waited for this transaction.
func (s *subject) recallWaiting() {
	if !s.tx.woken {
		return
	}
	for _, id := range sortedKeys(s.homes, strings.Compare) {
		if h := s.homes[id]; h.state.IsWaiting {
			s.noteDue(h)
		}
	}
}

// wakeWaiting asks for another transaction when a posting waits for it.
func (f *flush) wakeWaiting(s *subject) {
	for _, h := range s.tx.dueHomes {
		if h.state.IsWaiting && !h.awaitsStub() {
			f.op.metrics.waiting.Inc()
			f.send(s, s.id, &pb.SubjectMessage{Body: &pb.SubjectMessage_Wake{Wake: &pb.Wake{}}})
			return
		}
	}
}

// own computes the journeys that changed and claims them: urgent ones at once, the others when the owner's pause is over, those first that have waited
// longest.
func (f *flush) own(s *subject, rerouted bool) error {
	leads := (s.tx.leads || rerouted) && s.firstLeadChanged()
	// Among the people that a deal lists another lead may be the first.
	leads = leads || s.rules.HasRoles && s.tx.leads
	if len(s.journeys) == 0 {
		return nil
	}
	s.markAffected(rerouted, leads)
	dirty := make([]*ownedJourney, 0, 1)
	for _, j := range s.journeys {
		if j.state.IsDirty {
			dirty = append(dirty, j)
		}
	}
	if len(dirty) == 0 {
		return nil
	}
	slices.SortFunc(dirty, compareTurns)
	// What was put off is computed with whatever comes next, and keeps its cause.
	s.noteCause(s.state.PendingCause)
	isPaused := f.nowUS < s.state.ResumeUs
	var owned *ownedTouches
	weighed, step, left := 0, 0, 0
	for _, j := range dirty {
		it := j.current()
		switch {
		case it == nil:
			f.withdraw(s, j)
			continue
		case !j.state.IsUrgent && (isPaused || step >= stepTouches && f.op.cfg.TouchPauseUS > 0), weighed > 0 && f.bytes > f.op.cfg.transactionBytes():
			left++
			continue
		}
		if owned == nil {
			owned = f.touchesOf(s)
		}
		isUrgent := j.state.IsUrgent
		n, err := f.claim(s, j, it, owned)
		if err != nil {
			return err
		}
		if weighed += n; !isUrgent {
			step += n
		}
	}
	f.rest(s, weighed, left)
	return nil
}

// compareTurns puts urgent journeys first, then those that were computed longest ago.
func compareTurns(a, b *ownedJourney) int {
	if a.state.IsUrgent != b.state.IsUrgent {
		if a.state.IsUrgent {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.state.ComputedUs, b.state.ComputedUs), strings.Compare(a.id, b.id))
}

// rest makes the owner pause for the touches it weighed, and asks for another transaction when journeys are left.
func (f *flush) rest(s *subject, weighed, left int) {
	st := s.state
	if pause := f.op.cfg.TouchPauseUS * int64(weighed); pause > 0 {
		st.ResumeUs = max(st.ResumeUs, f.nowUS) + pause
		if most := f.op.cfg.PauseMaxUS; most > 0 {
			st.ResumeUs = min(st.ResumeUs, f.nowUS+most)
		}
		f.op.metrics.pauses.Observe(float64(st.ResumeUs-f.nowUS) / 1e6)
		s.tx.headerDirty = true
	}
	if left == 0 {
		if st.PendingCause != nil {
			st.PendingCause = nil
			s.tx.headerDirty = true
		}
		return
	}
	f.op.metrics.postponed.Inc()
	st.PendingCause = s.tx.cause
	s.tx.headerDirty = true
	due := st.ResumeUs
	for _, j := range s.journeys {
		if j.state.IsUrgent && j.state.IsDirty {
			due = 0
		}
	}
	if st.WakeUs == 0 || due < st.WakeUs {
		f.wakeAt(s, due)
	}
}

// markAffected finds the journeys that what changed can mean something for.
func (s *subject) markAffected(rerouted, leads bool) {
	all := rerouted || leads || s.tx.infosDirty
	if !all && !s.tx.touches {
		return
	}
	for _, j := range s.journeys {
		it := j.current()
		if it == nil {
			continue
		}
		from, to := s.window(it)
		if all || s.tx.touchesTo >= from && s.tx.touchesFrom <= to {
			s.setDirty(j)
		}
		if leads {
			s.setUrgent(j)
		}
	}
}

// firstLeadChanged notes the earliest lead and tells whether it is another one: later leads hold no milestone, and an account of a thousand people has
// a thousand of them.
func (s *subject) firstLeadChanged() bool {
	var first *pb.Lead
	s.each(func(it *item) {
		l, ok := it.msg.(*pb.Lead)
		if !ok || !s.keeps(it) {
			return
		}
		if first == nil || s.leadOf(l).Key.Before(s.leadOf(first).Key) {
			first = l
		}
	})
	hash := uint64(0)
	if first != nil {
		l := s.leadOf(first)
		hash = hash64([]byte(strconv.FormatInt(l.Key.OccurredUS, 10) + "|" + strconv.FormatInt(l.Key.ReceiptSeq, 10) + "|" + l.Key.ID + "|" + l.PersonID))
	}
	if hash == s.state.FirstLeadHash {
		return false
	}
	s.state.FirstLeadHash, s.tx.headerDirty = hash, true
	return true
}
