package operator

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// post writes the difference between what is posted and what the facts and the claim say: credits, ledger and cells, in one transaction unless the
// journey is long (unfinished.go). The ledger has a batch for each step on the way there; credits and cells are absolute, and written once.
func (f *flush) post(s *subject, h *homeJourney, now facts, c *pb.Claim) error {
	st := h.state
	p, err := f.newPosting(s, h, st.PostedClaim, c)
	if err != nil {
		return err
	}
	if st.OpenedUs == 0 {
		st.OpenedUs = now.openedUS
	}
	p.first, p.firstState = h.posted(), st.Posted
	p.plan(s.steps(h, p.first, now, c))
	st.Posted, st.UnpostedEventIds = now.state(st.FactsRev), nil
	p.run(nil)
	return nil
}

// newPosting reads what the claims before and after say.
func (f *flush) newPosting(s *subject, h *homeJourney, from, claim *pb.Claim) (*posting, error) {
	if kept := f.op.divided; kept.isOf(s, h, from, claim) {
		return &posting{f: f, s: s, h: h, from: from, claim: claim, pairs: kept.pairs, bodies: kept.bodies}, nil
	}
	p := &posting{f: f, s: s, h: h, from: from, claim: claim, pairs: make(map[[2]*body]*pairing), bodies: make(map[*pb.Claim]*body, 2)}
	for _, c := range [...]*pb.Claim{from, claim} {
		b, err := f.bodyOf(s, c)
		if err != nil {
			return nil, fmt.Errorf("read what is claimed of journey %q: %w", h.id, err)
		}
		p.bodies[c] = b
	}
	return p, nil
}

// plan decides what the batches of each step say.
func (p *posting) plan(steps []step) {
	s, st := p.s, p.h.state
	recordedUS := st.RecordedUs
	p.was, p.before = p.first, p.bodies[p.from]
	for i := range steps {
		sp := &steps[i]
		p.now, p.after = sp.now, p.bodies[sp.claim]
		r := reason(sp.now, p.was, s.tx.cause, p.modelChanged())
		cause, effectiveUS := s.causeOf(p.h, r, sp)
		recordedUS = max(cause.GetReceiptSeq(), s.tx.cause.GetReceiptSeq(), recordedUS)
		p.steps = append(p.steps, plannedStep{
			now: sp.now, claim: sp.claim, reason: r, causeID: cause.GetEventId(), effectiveUS: effectiveUS, recordedUS: recordedUS,
		})
		p.was, p.before = sp.now, p.after
	}
}

// models writes what some models differ by.
func (p *posting) models(names []string) {
	p.splits = p.splits[:0]
	p.was, p.before = p.first, p.bodies[p.from]
	for i := range p.steps {
		sp := &p.steps[i]
		p.plannedStep, p.now, p.after = sp, sp.now, p.bodies[sp.claim]
		p.ledger(names)
		p.was, p.before = p.now, p.after
	}
	p.was, p.before = p.first, p.bodies[p.from]
	p.rows(names)
}

func (p *posting) modelChanged() bool {
	if len(p.was.measures) == 0 {
		return false
	}
	for _, m := range p.before.models {
		if n := p.after.model(m.Model, &p.now); !isShadow(m.Model) && (n == nil || n.ModelVersion != m.ModelVersion) {
			return true
		}
	}
	return len(p.before.models) > 0 && len(p.now.measures) > 0 && slices.ContainsFunc(p.after.models, func(m *pb.ModelWeights) bool {
		return !isShadow(m.Model) && p.before.model(m.Model, &p.was) == nil
	})
}

// isShadow tells that a model runs beside the live ones: it has credit and cells, and no postings.
func isShadow(model string) bool {
	_, _, shadow := attribution.SplitShadow(model)
	return shadow
}

// model returns the weights of a model under which the facts have something to share out, nil when there are none.
func (b *body) model(name string, v *facts) *pb.ModelWeights {
	if len(v.measures) == 0 {
		return nil
	}
	i := slices.IndexFunc(b.models, func(m *pb.ModelWeights) bool { return m.Model == name })
	if i < 0 {
		return nil
	}
	return b.models[i]
}

// causeOf returns the cause a posting names and when it took effect in the business.
func (s *subject) causeOf(h *homeJourney, r pb.Reason, sp *step) (*pb.Cause, int64) {
	cause := sp.cause
	if cause == nil {
		cause = h.state.FactsCause
	}
	switch r {
	case pb.Reason_REASON_CONVERSION, pb.Reason_REASON_OPENED:
		return cause, sp.now.openedUS
	case pb.Reason_REASON_WON, pb.Reason_REASON_LOST:
		return cause, sp.now.closeUS
	case pb.Reason_REASON_STAGE, pb.Reason_REASON_REOPENED:
		return cause, cause.GetEffectiveUs()
	case pb.Reason_REASON_AMOUNT, pb.Reason_REASON_DELETED, pb.Reason_REASON_MERGED:
		if sp.cause != nil {
			return sp.cause, sp.cause.EffectiveUs
		}
	default: // the claim's cause
	}
	return s.tx.cause, s.tx.cause.GetEffectiveUs()
}

// posting is the writing of one change of one journey. It writes one model after the other, so that of a long journey only one model's lines are
// in memory.
type posting struct {
	f *flush
	s *subject
	h *homeJourney
	// from and claim are the claims before and after, each nil when there is none; first is what was posted before.
	from, claim *pb.Claim
	bodies      map[*pb.Claim]*body
	first       facts
	firstState  *pb.PostedFacts
	steps       []plannedStep
	// plannedStep is the one at hand. was and now are the facts before and after it, and before and after what its claims say.
	*plannedStep
	was, now      facts
	before, after *body
	pairs         map[[2]*body]*pairing
	// isNumbered tells that the version counts what is being written: it does from the first record on. Each step has a version of its own, and the
	// rows have the last one.
	isNumbered bool
	batches    ledgerBatches
	// splits are those of the models at hand, of a posting of one step.
	splits []splitPair
	// scratch is the ledger's posting at hand.
	scratch pb.Posting
	// currency is that of the batches being written.
	currency string
}

// plannedStep is a step and what its ledger batches say.
type plannedStep struct {
	now         facts
	claim       *pb.Claim
	reason      pb.Reason
	causeID     string
	effectiveUS int64
	recordedUS  int64
}

// pair connects the touches before and after.
func (p *posting) pair() *pairing {
	key := [2]*body{p.before, p.after}
	if p.pairs[key] == nil {
		p.pairs[key] = pair(p.before, p.after)
	}
	return p.pairs[key]
}

// splitBoth is a model's lines before and after. Of a posting of one step the rows ask for the same as the ledger did.
func (p *posting) splitBoth(model string) (was, now *modelLines) {
	for i := range p.splits {
		if sp := &p.splits[i]; sp.model == model {
			return sp.was, sp.now
		}
	}
	was, now = p.split(&p.was, p.before, p.before.model(model, &p.was)), p.split(&p.now, p.after, p.after.model(model, &p.now))
	if len(p.steps) == 1 {
		p.splits = append(p.splits, splitPair{model, was, now})
	}
	return was, now
}

func (p *posting) split(v *facts, b *body, m *pb.ModelWeights) *modelLines {
	return split(v, b, m, &p.f.op.scratch.splitter)
}

// splitPair is a model's lines before and after.
type splitPair struct {
	model    string
	was, now *modelLines
}

// ledger writes the postings of a step. A batch has one currency: when it changes, the old money goes back under one version and the new comes under
// the next.
func (p *posting) ledger(names []string) {
	pairs := p.pair()
	p.isNumbered = false
	inTwo := p.was.currency != p.now.currency && len(p.was.measures) > 0 && len(p.now.measures) > 0
	if inTwo {
		p.currency = p.was.currency
		for _, m := range p.before.models {
			if isShadow(m.Model) || !slices.Contains(names, m.Model) {
				continue
			}
			p.differ(pairs.match(p.split(&p.was, p.before, m), nil))
		}
		p.endLedger()
		p.isNumbered = false
	}
	p.currency = p.now.currency
	if len(p.now.measures) == 0 { // what goes back is of the currency it was posted in
		p.currency = p.was.currency
	}
	for _, m := range names {
		if isShadow(m) {
			continue
		}
		was, now := p.splitBoth(m)
		if inTwo {
			was = nil
		}
		p.differ(pairs.match(was, now))
	}
	p.endLedger()
}

// rows writes the credit sets that differ, and the cells.
func (p *posting) rows(names []string) {
	pairs := p.pair()
	for _, m := range names {
		both := pairs.match(p.splitBoth(m))
		p.cells(both)
		p.credits(both)
	}
}

// names are the models after, then those that only were before.
func (p *posting) names() []string {
	var names []string
	for _, b := range [...]*body{p.bodies[p.claim], p.bodies[p.from]} {
		for _, m := range b.models {
			if !slices.Contains(names, m.Model) {
				names = append(names, m.Model)
			}
		}
	}
	return names
}

// number counts the posting in the journey's version, once there is something to write.
func (p *posting) number() int64 {
	st := p.h.state
	if !p.isNumbered {
		p.isNumbered = true
		st.Version++
		st.RecordedUs = max(st.RecordedUs, p.recordedUS)
	}
	return st.Version
}

// credits writes a model's credit when it differs, under a new version.
func (p *posting) credits(m *match) {
	old := p.from
	meta := p.was.closeUS != p.now.closeUS || p.was.currency != p.now.currency || old.GetAccountId() != p.claim.GetAccountId() ||
		old.GetPersonId() != p.claim.GetPersonId()
	switch {
	case m.was == nil && m.now == nil, !meta && m.unchanged():
	case m.now == nil:
		p.creditSets(m, &modelLines{name: m.was.name, version: m.was.version})
	default:
		p.creditSets(m, m.now)
	}
}

// creditSets writes the credit of a model in as many sections as it needs, and as it had before.
func (p *posting) creditSets(m *match, ml *modelLines) {
	w := &creditWriter{p: p, ml: ml, most: p.f.op.cfg.sectionBytes()}
	for i := range ml.lines {
		w.row(i)
	}
	if m.was != nil {
		for i := range m.was.lines {
			if m.nowLine(i) == nobody {
				w.removed(m.was.touch(i).Id)
			}
		}
	}
	w.end(p.h.state.CreditSections[ml.name])
}

// creditWriter collects rows into sections. They are written together at the end, because each says how many there are.
type creditWriter struct {
	p    *posting
	ml   *modelLines
	most int
	sets []*creditSection
	// scratch is the row at hand.
	scratch pb.CreditRow
}

// creditSection is a section and its rows, encoded.
type creditSection struct {
	*pb.CreditSet
	bytes int
	elements
}

// rowBytes is about how long a row is at least.
const rowBytes = 64

// Numbers of CreditSet's repeated fields.
const (
	fieldRows    = 14
	fieldRemoved = 15
)

// set returns the section that takes the next row of so many bytes.
func (w *creditWriter) set(bytes int) *creditSection {
	if n := len(w.sets); n == 0 || w.sets[n-1].bytes+bytes > w.most {
		w.begin()
	}
	set := w.sets[len(w.sets)-1]
	set.bytes += bytes
	return set
}

func (w *creditWriter) begin() {
	set := &creditSection{CreditSet: w.p.creditSet(w.ml, len(w.sets))}
	w.p.f.room(&set.elements, len(w.sets) > 0 || len(w.ml.lines)*rowBytes > w.most)
	w.sets = append(w.sets, set)
}

func (w *creditWriter) row(i int) {
	t, l, row := w.ml.touch(i), &w.ml.lines[i], &w.scratch
	row.TouchpointId, row.Positions, row.Channel, row.Source, row.Medium, row.Campaign = t.Id, l.positions, t.Channel, t.Source, t.Medium, t.Campaign
	row.TouchUs, row.PersonId, row.Parts = t.OccurredUs, t.PersonId, l.parts
	for len(row.Amounts) < len(w.ml.measures) {
		row.Amounts = append(row.Amounts, &pb.MeasureAmount{Measure: w.ml.codes[len(row.Amounts)]})
	}
	for k, a := range row.Amounts {
		a.Amount = w.ml.amounts[k][i]
	}
	size := row.SizeVT()
	if err := w.set(size+4).add(fieldRows, row, size); err != nil {
		w.p.f.err = cmp.Or(w.p.f.err, err)
	}
}

func (w *creditWriter) removed(id string) { w.set(len(id)+4).addString(fieldRemoved, id) }

// end writes the sections. Those that the version before had beyond them are written empty.
func (w *creditWriter) end(before uint32) {
	st, n := w.p.h.state, uint32(max(len(w.sets), 1))
	for len(w.sets) == 0 || len(w.sets) < int(before) {
		w.begin()
	}
	delete(st.CreditSections, w.ml.name)
	if n > 1 {
		if st.CreditSections == nil {
			st.CreditSections = make(map[string]uint32)
		}
		st.CreditSections[w.ml.name] = n
	}
	for i, set := range w.sets {
		if n > 1 {
			set.Sections = n
		}
		w.p.f.emitLong(topicCredits, creditKey(w.p.s.workspace, w.p.h.id, w.ml.name, i), set.CreditSet, &set.elements)
	}
}

func (p *posting) creditSet(m *modelLines, section int) *pb.CreditSet {
	return &pb.CreditSet{
		Workspace: p.s.workspace, JourneyId: p.h.id, Kind: p.now.kind, Model: m.name, ModelVersion: m.version, Version: p.number(),
		ConversionType: p.now.conversionType, Currency: p.now.currency, CloseUs: p.now.closeUS, OpenedUs: p.h.state.OpenedUs,
		AccountId: p.claim.GetAccountId(), PersonId: p.claim.GetPersonId(), PartsTotal: m.total, RecordedUs: p.recordedUS,
		Section: uint32(section),
	}
}
