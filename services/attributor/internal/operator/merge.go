package operator

import (
	"slices"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// mergesMax bounds the chain of merges that is followed. Beyond it a subject stands for itself: whoever merges more than this in a row has
// made a mistake that nobody wants to see multiplied.
const mergesMax = 16

// mergePath is the chain of merges from a subject on, its own merge first. It ends with a subject that is not merged, with the edge that
// closes a circle, or at the limit.
//
// Every subject knows its own merge only. It asks the next one for the chain from there on, is told at once and on every change, and tells
// those that asked it. What passes through a subject is cut at the subject itself, so an old word about a circle that is no more goes round
// once and is gone.
type mergePath []*pb.MergeEdge

// mergeEdge is the subject's own merge, nil when it is not merged into another of its kind: of a user by alias calls, of a domain's
// account by what names a CRM account beside the domain, of others by their own records.
func (s *subject) mergeEdge(lines map[pb.LinkKind]timeline) *pb.MergeEdge {
	var said timeline
	switch {
	case s.kind == identity.KindUser:
		said = lines[pb.LinkKind_LINK_KIND_SAME_USER]
	case isDomainAccount(s.id):
		said = lines[pb.LinkKind_LINK_KIND_SAME_ACCOUNT]
	case s.kind == identity.KindContact, s.kind == identity.KindAccount:
		return s.mergeRecord()
	}
	for _, e := range slices.Backward(said) {
		if e.target != s.id {
			return &pb.MergeEdge{Into: e.target, AtUs: e.atUS, ReceiptSeq: e.seq, EventId: e.id}
		}
	}
	return nil
}

// mergeRecord is what the CRM records of a contact or account say of a merge.
func (s *subject) mergeRecord() *pb.MergeEdge {
	merge, into, _ := s.standing()
	if merge == nil {
		return nil
	}
	return &pb.MergeEdge{Into: s.peer(s.kind, into), AtUs: merge.OccurredUs, ReceiptSeq: merge.ReceiptSeq, EventId: merge.Id}
}

// standing is whether a contact or account stands for itself: merge is the record by which another one stands for it, and deleted tells that nothing does.
// CRMs delete what they have merged away, so a deletion does not undo a merge; the record of a living one does.
func (s *subject) standing() (merge *pb.Event, into string, deleted bool) {
	for _, e := range slices.Backward(s.events) {
		into, isDeletion := "", false
		switch b := e.ev.Body.(type) {
		case *pb.Event_Contact:
			into, isDeletion = b.Contact.GetMergedInto(), b.Contact.GetIsDeleted()
		case *pb.Event_Account:
			into, isDeletion = b.Account.GetMergedInto(), b.Account.GetIsDeleted()
		default:
			continue
		}
		switch {
		case into != "" && into != s.name:
			return e.ev, into, false
		case !isDeletion:
			return nil, "", deleted
		}
		deleted = true
	}
	return nil, "", deleted
}

// mergePath composes the subject's own merge with what the next one says.
func (s *subject) mergePath(own *pb.MergeEdge) mergePath {
	if own == nil {
		return nil
	}
	path, seen := mergePath{own}, map[string]bool{s.id: true}
	if info := s.infos[infoKey{about: own.Into, from: own.Into}]; info != nil {
		for _, e := range info.Path {
			if last := path[len(path)-1].Into; seen[last] || len(path) > mergesMax {
				break
			}
			seen[path[len(path)-1].Into] = true
			path = append(path, e)
		}
	}
	return path
}

// root is who stands for the subject in the end, empty for itself. In a circle it is who was merged into last: that one must have been
// there then.
func (p mergePath) root(self string) string {
	if len(p) == 0 || len(p) > mergesMax {
		return ""
	}
	end := p[len(p)-1].Into
	from := self
	for i := range p {
		if from == end {
			end = slices.MaxFunc(p[i:], func(a, b *pb.MergeEdge) int { return entryOfEdge(a).compare(entryOfEdge(b)) }).Into
			break
		}
		from = p[i].Into
	}
	if end == self {
		return ""
	}
	return end
}

func entryOfEdge(e *pb.MergeEdge) linkEntry {
	return linkEntry{atUS: e.AtUs, seq: e.ReceiptSeq, id: e.EventId, target: e.Into}
}

func (p mergePath) equal(o mergePath) bool {
	return slices.EqualFunc(p, o, func(a, b *pb.MergeEdge) bool { return entryOfEdge(a) == entryOfEdge(b) })
}

// pathInquiry starts the ids of questions for the chain of merges.
const pathInquiry = "p:"

// deriveMerge asks the subject that this one is merged into for the chain from there on.
func (d *derivation) deriveMerge() {
	if p := d.s.routes.path; len(p) > 0 {
		id := pathInquiry + d.s.id
		d.add(itemInquiry, id, &pb.AccountInquiry{Id: id, Asker: d.s.id, About: p[0].Into, IsPath: true}, nil, p[0].Into)
	}
}
