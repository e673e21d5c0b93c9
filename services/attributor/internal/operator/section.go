package operator

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Sections: the touches and weights of a long claim are its body. It travels and is kept in pieces, because no record may be longer than a topic
// takes, and apart from the claim, because a journey's home has no use for it between two postings: fifty deals of an account with a hundred
// thousand touches would fill the memory with what each of them says of the same touches.
//
//	owner: ClaimSection 0 .. n-1, then Claim{sections: n, body}        a claim of the body it sent last goes without
//	home:  b/<subject> NUL <journey> NUL <owner> NUL <body, section>   read when a posting needs it, gone when no claim names it

// bodyPrefix begins the keys of sections: not that of items, so that loading a subject leaves them where they are.
const bodyPrefix = "b/"

func sectionKey(home, journey, owner string, body uint64, section uint32) []byte {
	b := make([]byte, 0, len(bodyPrefix)+len(home)+len(journey)+len(owner)+3+12)
	b = append(b, bodyPrefix...)
	for _, part := range [...]string{home, journey, owner} {
		b = append(b, part...)
		b = append(b, nul)
	}
	b = binary.BigEndian.AppendUint64(b, body)
	return binary.BigEndian.AppendUint32(b, section)
}

func bodiesPrefix(home string) []byte { return append(append([]byte(bodyPrefix), home...), nul) }

// body is what a claim says at length.
type body struct {
	touches []*pb.ClaimTouch
	models  []*pb.ModelWeights
}

// cutSections takes the touches and weights out of a claim that is longer than most, and returns them in pieces of about that length. The claim
// keeps the names of its models.
func cutSections(c *pb.Claim, most int) []*pb.ClaimSection {
	if c.SizeVT() <= most {
		return nil
	}
	var sections []*pb.ClaimSection
	next := make([]int, len(c.Models))
	for from := 0; from < len(c.Touches); {
		to, bytes := from, 0
		for ; to < len(c.Touches) && (to == from || bytes < most); to++ {
			bytes += c.Touches[to].SizeVT() + weightBytes*len(c.Models)/2
		}
		piece := &pb.ClaimSection{JourneyId: c.JourneyId, Owner: c.Owner, Section: uint32(len(sections)), Touches: c.Touches[from:to]}
		for i, m := range c.Models {
			k := next[i]
			for k < len(m.Index) && m.Index[k] < uint32(to) {
				k++
			}
			if w := cutWeights(m, next[i], k, uint32(from)); w != nil {
				piece.Models = append(piece.Models, w)
			}
			next[i] = k
		}
		sections, from = append(sections, piece), to
	}
	names := make([]*pb.ModelWeights, len(c.Models))
	for i, m := range c.Models {
		names[i] = &pb.ModelWeights{Model: m.Model, ModelVersion: m.ModelVersion}
	}
	c.Touches, c.Models, c.Sections = nil, names, uint32(len(sections))
	return sections
}

// weightBytes is about how long one weight is.
const weightBytes = 12

func cutWeights(m *pb.ModelWeights, from, to int, base uint32) *pb.ModelWeights {
	if from == to {
		return nil
	}
	w := &pb.ModelWeights{Model: m.Model, Index: make([]uint32, to-from), Parts: m.Parts[from:to], Positions: m.Positions[from:to]}
	for i := range w.Index {
		w.Index[i] = m.Index[from+i] - base
	}
	return w
}

// nameBody gives a claim's sections the name that follows from their content.
func nameBody(c *pb.Claim, sections []*pb.ClaimSection) error {
	h := uint64(0)
	for _, piece := range sections {
		raw, err := encode(piece)
		if err != nil {
			return err
		}
		h = h*31 + hash64(raw)
	}
	if len(sections) == 0 {
		return nil
	}
	c.Body = max(h, 1)
	for _, piece := range sections {
		piece.Body = c.Body
	}
	return nil
}

// takeSection keeps a piece of a claim that is to come.
func (s *subject) takeSection(piece *pb.ClaimSection) {
	if s.tx.sections == nil {
		s.tx.sections = make(map[string]*pb.ClaimSection)
	}
	key := string(sectionKey(s.id, piece.JourneyId, piece.Owner, piece.Body, piece.Section))
	if _, ok := s.tx.sections[key]; !ok {
		s.tx.sectionOrder = append(s.tx.sectionOrder, key)
	}
	s.tx.sections[key] = piece
}

// noteArriving keeps a body from being removed between its sections and the claim that they are for, when it is one that the home had before: an owner
// whose weights are again what they were sends the same body anew, and a transaction may end anywhere in it. Messages of one owner come in order, so its
// next claim is the one.
func (s *subject) noteArriving(piece *pb.ClaimSection) {
	h := s.homes[piece.JourneyId]
	if h == nil || h.state.ArrivingBodies[piece.Owner] == piece.Body {
		return
	}
	isIt := func(r bodyRef) bool { return r.owner == piece.Owner && r.body == piece.Body }
	if !slices.ContainsFunc(h.bodies(), isIt) && !slices.ContainsFunc(s.tx.released[h], isIt) {
		return
	}
	if h.state.ArrivingBodies == nil {
		h.state.ArrivingBodies = make(map[string]uint64)
	}
	h.state.ArrivingBodies[piece.Owner] = piece.Body
	s.staleHome(h)
}

// bodyOf reads what a claim says; of no claim, nothing.
func (f *flush) bodyOf(s *subject, c *pb.Claim) (*body, error) {
	if c.GetSections() == 0 {
		return &body{touches: c.GetTouches(), models: c.GetModels()}, nil
	}
	b := &body{models: make([]*pb.ModelWeights, len(c.Models))}
	byName := make(map[string]*pb.ModelWeights, len(c.Models))
	for i, m := range c.Models {
		b.models[i] = &pb.ModelWeights{Model: m.Model, ModelVersion: m.ModelVersion}
		byName[m.Model] = b.models[i]
	}
	for i := range c.Sections {
		piece, err := f.section(s, c, i)
		if err != nil {
			return nil, err
		}
		base := uint32(len(b.touches))
		b.touches = append(b.touches, piece.Touches...)
		for _, w := range piece.Models {
			m := byName[w.Model]
			if m == nil {
				return nil, fmt.Errorf("%w: claim of %q weighs %q, which it does not name", errState, c.JourneyId, w.Model)
			}
			for _, at := range w.Index {
				m.Index = append(m.Index, base+at)
			}
			m.Parts, m.Positions = append(m.Parts, w.Parts...), append(m.Positions, w.Positions...)
		}
	}
	return b, nil
}

func (f *flush) section(s *subject, c *pb.Claim, i uint32) (*pb.ClaimSection, error) {
	key := sectionKey(s.id, c.JourneyId, c.Owner, c.Body, i)
	if piece := s.tx.sections[string(key)]; piece != nil {
		return piece, nil
	}
	if piece := s.tx.written[string(key)]; piece != nil {
		return piece, nil
	}
	value, err := f.op.store.Get(s.partition, key)
	if err != nil {
		return nil, fmt.Errorf("read section %d of claim %q: %w", i, c.JourneyId, err)
	}
	if value == nil {
		return nil, fmt.Errorf("%w: subject %q: section %d of %d of claim %q is missing", errState, s.id, i, c.Sections, c.JourneyId)
	}
	piece := &pb.ClaimSection{}
	return piece, unmarshalState(s.id, piece, value)
}

// bodyRef names a body that a claim of a home needs.
type bodyRef struct {
	owner    string
	body     uint64
	sections uint32
}

// bodies are those that the claims of a home need.
func (h *homeJourney) bodies() []bodyRef {
	var refs []bodyRef
	for _, c := range append(slices.Clip(h.state.Claims), h.state.PostedClaim, h.state.Unfinished.GetFromClaim()) {
		if c.GetSections() > 0 {
			refs = append(refs, bodyRef{c.Owner, c.Body, c.Sections})
		}
	}
	return refs
}

// releaseBodies notes the bodies that a home needed until now, for saveSections to remove those that it then needs no more. Call it before the claims
// change.
func (s *subject) releaseBodies(h *homeJourney) {
	if refs := h.bodies(); len(refs) > 0 {
		if s.tx.released == nil {
			s.tx.released = make(map[*homeJourney][]bodyRef)
		}
		s.tx.released[h] = append(s.tx.released[h], refs...)
	}
}

// moveBodies takes the sections of a journey along to its new home, those of the posted claim: the others are not handed over.
func (o *Operator) moveBodies(s, t *subject, h *homeJourney, claims []*pb.Claim, moved bool) error {
	f := &flush{op: o}
	posted, from := h.state.PostedClaim, h.state.Unfinished.GetFromClaim()
	if from.GetOwner() == posted.GetOwner() && from.GetBody() == posted.GetBody() {
		from = nil
	}
	for _, c := range append([]*pb.Claim{posted, from}, claims...) {
		for i := range c.GetSections() {
			if moved && (c == posted || c == from) {
				piece, err := f.section(s, c, i)
				if err != nil {
					return err
				}
				t.takeSection(piece)
			}
			key := sectionKey(s.id, h.id, c.Owner, c.Body, i)
			delete(s.tx.sections, string(key))
			s.tx.orphans = append(s.tx.orphans, key)
		}
	}
	return nil
}

// saveSections writes the sections that came and removes those that no claim names any more.
func (f *flush) saveSections(s *subject) error {
	for _, key := range s.tx.sectionOrder {
		if piece := s.tx.sections[key]; piece != nil {
			if err := f.put(s, []byte(key), piece); err != nil {
				return err
			}
		}
	}
	for _, key := range s.tx.orphans {
		f.change(s, key, nil)
	}
	for _, h := range s.tx.dueHomes {
		needed := h.bodies()
		seen := make(map[bodyRef]bool)
		for _, ref := range s.tx.released[h] {
			if seen[ref] || slices.Contains(needed, ref) || h.state.ArrivingBodies[ref.owner] == ref.body {
				continue
			}
			seen[ref] = true
			for i := range ref.sections {
				f.change(s, sectionKey(s.id, h.id, ref.owner, ref.body, i), nil)
			}
		}
	}
	return nil
}

// creditKey is the key of a section of credit.
func creditKey(workspace, journey, model string, section int) string {
	key := workspace + "|" + journey + "|" + model
	if section > 0 {
		key += "|" + strconv.Itoa(section)
	}
	return key
}
