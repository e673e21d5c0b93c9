package operator

import (
	"cmp"
	"slices"
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// itemKind is what a contributed item says; its byte is part of the state key.
type itemKind byte

// The kinds of items that subjects give each other.
const (
	itemTouch       itemKind = 't'
	itemConversion  itemKind = 'c'
	itemLead        itemKind = 'l'
	itemLink        itemKind = 'k'
	itemOpportunity itemKind = 'o'
	itemInquiry     itemKind = 'q'
	itemFact        itemKind = 'b'
)

// itemKey identifies what an item says.
type itemKey struct {
	kind itemKind
	id   string
}

func (k itemKey) compare(o itemKey) int {
	return cmp.Or(cmp.Compare(k.kind, o.kind), strings.Compare(k.id, o.id))
}

// item is something a subject knows and either keeps or passes on.
//
//	own events ──> own items ──┐
//	                           ├─ route ──> here (links, touches of an owner ...) or another subject
//	contributions ─> received ─┘
//
// Only events and received items are in state: own items and every item's destination are functions of them, so they are computed again
// when a subject is loaded.
type item struct {
	key itemKey
	// from is the contributing subject; empty for what follows from the subject's own events.
	from string
	msg  message
	// src is the event an own item follows from; nil when it sums up several.
	src *pb.Event
	// atUS places the item on the time lines of links.
	atUS int64
	// fixed is where the item goes whatever the links say; empty: it is routed.
	fixed string
	// sent is where it was when the subject was last settled: a subject id, the own one when it stays. Empty: nowhere yet.
	sent string
	// next is where it has to be; equal to sent once settled, empty when the item is gone.
	next string
	// twin is the same item of the next sender, in order of senders. When something moves from one child to another, the removal by the
	// first and the upsert by the second arrive in any order, so both are kept until then.
	twin *item
	// answer is what an inquiry that stays here was last told.
	answer *pb.AccountInfo
	// changed items are on the transaction's list; gone ones leave at its end; kept is for reconcile alone.
	changed, gone, kept bool
}

func (it *item) own() bool { return it.from == "" }

func (it *item) touch() *pb.Touch {
	t, _ := it.msg.(*pb.Touch)
	return t
}

func (it *item) link() *pb.Link {
	l, _ := it.msg.(*pb.Link)
	return l
}

// best returns the one of an item and its twins that is the news for a destination, nil when none goes there.
func (it *item) best(to string) *item {
	var best *item
	for ; it != nil; it = it.twin {
		if !it.gone && it.next == to && (best == nil || rank(it.msg) > rank(best.msg)) {
			best = it
		}
	}
	return best
}

// rank is the revision by which one of two messages of the same id is the later.
func rank(m message) int64 {
	switch m := m.(type) {
	case *pb.Touch:
		return m.Version
	case *pb.Conversion:
		return m.FactsRev
	case *pb.OpportunityFacts:
		return m.FactsRev
	default:
		return 0
	}
}

// newMessage returns an empty message of the kind, nil when the kind is unknown.
func (k itemKind) newMessage() message {
	switch k {
	case itemTouch:
		return &pb.Touch{}
	case itemConversion:
		return &pb.Conversion{}
	case itemLead:
		return &pb.Lead{}
	case itemLink:
		return &pb.Link{}
	case itemOpportunity:
		return &pb.OpportunityFacts{}
	case itemInquiry:
		return &pb.AccountInquiry{}
	case itemFact:
		return &pb.AccountFact{}
	default:
		return nil
	}
}

// when returns the moment that places a message on time lines.
func when(m message) int64 {
	switch m := m.(type) {
	case *pb.Touch:
		return m.OccurredUs
	case *pb.Conversion:
		return m.OccurredUs
	case *pb.Lead:
		return m.CreatedUs
	case *pb.Link:
		return m.EffectiveUs
	case *pb.OpportunityFacts:
		return m.CreatedUs
	case *pb.AccountInquiry:
		return m.AtUs
	case *pb.AccountFact:
		return m.AtUs
	default:
		return 0
	}
}

// parcel is the contribution being built for one target.
type parcel struct {
	target string
	// bytes is about how long it is.
	bytes int
	pb.Contribution
}

// put adds an upsert.
func (p *parcel) put(m message) {
	p.bytes += m.SizeVT()
	switch m := m.(type) {
	case *pb.Touch:
		p.Touches = append(p.Touches, m)
	case *pb.Conversion:
		p.Conversions = append(p.Conversions, m)
	case *pb.Lead:
		p.Leads = append(p.Leads, m)
	case *pb.Link:
		p.Links = append(p.Links, m)
	case *pb.OpportunityFacts:
		p.Opportunities = append(p.Opportunities, m)
	case *pb.AccountInquiry:
		p.Inquiries = append(p.Inquiries, m)
	case *pb.AccountFact:
		p.AccountFacts = append(p.AccountFacts, m)
	}
}

// remove adds a removal.
func (p *parcel) remove(k itemKey) {
	p.bytes += len(k.id)
	switch k.kind {
	case itemTouch:
		p.RemovedTouches = append(p.RemovedTouches, k.id)
	case itemConversion:
		p.RemovedConversions = append(p.RemovedConversions, k.id)
	case itemLead:
		p.RemovedLeads = append(p.RemovedLeads, k.id)
	case itemLink:
		p.RemovedLinks = append(p.RemovedLinks, k.id)
	case itemOpportunity:
		p.RemovedOpportunities = append(p.RemovedOpportunities, k.id)
	case itemInquiry:
		p.RemovedInquiries = append(p.RemovedInquiries, k.id)
	case itemFact:
		p.RemovedAccountFacts = append(p.RemovedAccountFacts, k.id)
	}
}

// unpack calls put for every upsert and remove for every removal.
func unpack(c *pb.Contribution, put func(itemKind, string, message), remove func(itemKind, string)) {
	for _, m := range c.Touches {
		put(itemTouch, m.Id, m)
	}
	for _, m := range c.Conversions {
		put(itemConversion, m.Id, m)
	}
	for _, m := range c.Leads {
		put(itemLead, m.Id, m)
	}
	for _, m := range c.Links {
		put(itemLink, m.Id, m)
	}
	for _, m := range c.Opportunities {
		put(itemOpportunity, m.OpportunityId, m)
	}
	for _, m := range c.Inquiries {
		put(itemInquiry, m.Id, m)
	}
	for _, m := range c.AccountFacts {
		put(itemFact, m.Id, m)
	}
	removals := [...]struct {
		kind itemKind
		ids  []string
	}{
		{itemTouch, c.RemovedTouches},
		{itemConversion, c.RemovedConversions},
		{itemLead, c.RemovedLeads},
		{itemLink, c.RemovedLinks},
		{itemOpportunity, c.RemovedOpportunities},
		{itemInquiry, c.RemovedInquiries},
		{itemFact, c.RemovedAccountFacts},
	}
	for _, r := range removals {
		for _, id := range r.ids {
			remove(r.kind, id)
		}
	}
}

// linkEntry is one link on a time line.
type linkEntry struct {
	atUS, seq  int64
	id, target string
}

func (a linkEntry) compare(b linkEntry) int {
	return cmp.Or(cmp.Compare(a.atUS, b.atUS), cmp.Compare(a.seq, b.seq), strings.Compare(a.id, b.id), strings.Compare(a.target, b.target))
}

func entryOf(l *pb.Link) linkEntry {
	return linkEntry{atUS: l.EffectiveUs, seq: l.ReceiptSeq, id: l.EventId, target: l.Target}
}

// timeline is links in order.
type timeline []linkEntry

func (t timeline) sort() { slices.SortFunc(t, linkEntry.compare) }

// at returns the target of the latest link at or before us, else of the first; empty when there are none.
func (t timeline) at(us int64) string {
	if len(t) == 0 {
		return ""
	}
	n, _ := slices.BinarySearchFunc(t, us, func(e linkEntry, us int64) int {
		if e.atUS <= us {
			return -1
		}
		return 1
	})
	return t[max(n-1, 0)].target
}

// latest returns the last entry; ok is false when there is none.
func (t timeline) latest() (linkEntry, bool) {
	if len(t) == 0 {
		return linkEntry{}, false
	}
	return t[len(t)-1], true
}
