package operator

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// foldsMax bounds what the versions of one opportunity cost a transaction: records folded and stays written. A deal has tens of records, so it is reached
// by those alone that are sent thousands at once; the earliest versions of those are told as one.
const foldsMax = 100_000

// opportunityRow writes the versions that an opportunity has gone through in this transaction: one for each of its records, in order of receipt, so that
// what was known at a moment does not depend on how records fell into transactions. The last one is the row of now as well.
func (f *flush) opportunityRow(s *subject, h *homeJourney) {
	o := s.opportunity
	if o == nil {
		return
	}
	last := f.versions(s, h, s.newStages())
	// What is left to differ is who owns it, or what rules say now: the cause of that made the version, not a record of the deal.
	if row := s.opportunityRow(o, rowAccount(s, h, o)); f.isNewRow(h, row) {
		st := h.state
		st.RowOwnerRecordedUs = max(st.RowRecordedUs, st.RowOwnerRecordedUs, s.tx.cause.GetReceiptSeq())
		f.history(s, h, row, st.RowOwnerRecordedUs)
		last = row
	}
	if last == nil {
		return
	}
	last.RemovedStagesEnteredUs, last.IsHistory = h.removedStages(last), false
	f.emit(topicOpportunities, s.workspace+"|"+s.name, last)
}

// versions writes those that records made, and returns the latest of them, nil when there is none. A record that names another account changes the owner
// once that one has answered: until then the row stays with the account that it had.
func (f *flush) versions(s *subject, h *homeJourney, news []*pb.Event) (last *pb.OpportunityRow) {
	if len(news) == 0 {
		return nil
	}
	records := s.stagesWithout(news)
	skipped := max(0, len(news)-max(stepsMax, foldsMax/(len(s.events)+len(s.opportunity.Visits)+1)))
	f.op.metrics.versionsJoined.Add(float64(skipped))
	for i, ev := range news {
		records = append(records, stageRecord(ev, ev.GetStage()))
		if i < skipped {
			continue
		}
		o := attribution.FoldStages(records)
		account := shortID(s.accountOf(&o))
		if !o.IsDeleted {
			account = cmp.Or(h.state.RowAccountId, account)
		}
		if row := s.opportunityRow(&o, account); f.isNewRow(h, row) {
			h.state.RowRecordedUs = max(h.state.RowRecordedUs, ev.ReceiptSeq)
			f.history(s, h, row, h.state.RowRecordedUs)
			last = row
		}
	}
	return last
}

// history writes a version under a key of its own, which compaction never takes away. NUL is in no id, so it is no key of another opportunity.
//
// Records of a deal come in order of receipt, and so are its versions by them, whatever other tasks have told meanwhile: a record of January that is read
// after an owner's change of March, as in a rebuild, is known in January. So recorded times may fall from one version to the next, and what was known at a
// moment is the highest version of those recorded by then: what an owner made is never recorded before the records that it says.
func (f *flush) history(s *subject, h *homeJourney, row *pb.OpportunityRow, recordedUS int64) {
	h.state.RowAccountId = row.AccountId
	row.Version, row.RecordedUs, row.IsHistory = h.state.RowVersion, recordedUS, true
	f.emit(topicOpportunities, s.workspace+"|"+s.name+"\x00"+strconv.FormatInt(row.Version, 10), row)
}

// newStages are the stage events of this transaction that no version was written for yet, in order of receipt.
func (s *subject) newStages() []*pb.Event {
	var news []*pb.Event
	for _, e := range s.tx.events[min(s.tx.told, len(s.tx.events)):] {
		if e.ev.GetStage() != nil && e.ev.ErasedSeq == 0 { // a redaction says nothing new
			news = append(news, e.ev)
		}
	}
	s.tx.told = len(s.tx.events)
	slices.SortFunc(news, func(a, b *pb.Event) int {
		return cmp.Or(cmp.Compare(a.ReceiptSeq, b.ReceiptSeq), cmp.Compare(a.Id, b.Id))
	})
	return news
}

// rowAccount is the account that an opportunity's row names: its owner's, or the one that it names itself until an owner is found.
func rowAccount(s *subject, h *homeJourney, o *attribution.Opportunity) string {
	account := ""
	if !o.IsDeleted {
		account = h.state.PostedClaim.GetAccountId()
	}
	return cmp.Or(account, shortID(s.accountOf(o)))
}

func (s *subject) opportunityRow(o *attribution.Opportunity, account string) *pb.OpportunityRow {
	return &pb.OpportunityRow{
		Workspace: s.workspace, OpportunityId: s.name, AccountId: account, Pipeline: o.Pipeline, Stage: o.Stage, IsWon: o.IsWon, IsClosed: o.IsClosed,
		HasAmount: o.HasAmount, AmountMinor: o.AmountMinor, Currency: o.Currency, CreatedUs: o.CreatedUS, ClosedUs: o.ClosedUS,
		SourceSystem: o.SourceSystem, IsDeleted: o.IsDeleted, Stages: stageVisits(o),
		HasProbability: o.Probability.IsKnown, ProbabilityPpm: o.Probability.PPM,
	}
}

// removedStages are the stays of the last row of now that this one does not have, and makes this one the last.
func (h *homeJourney) removedStages(row *pb.OpportunityRow) (removed []int64) {
	entered := make([]int64, len(row.Stages))
	for i, v := range row.Stages {
		entered[i] = v.EnteredUs
	}
	for _, us := range h.state.StagesEnteredUs {
		if !slices.Contains(entered, us) {
			removed = append(removed, us)
		}
	}
	h.state.StagesEnteredUs = entered
	return removed
}
