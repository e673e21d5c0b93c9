package erasure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Marks are the ids that were erased, as keyed hashes with the last moment that was.
type Marks struct {
	secret []byte
	// until is by the first half of a mark, which is enough to tell them apart.
	until map[[16]byte]marked
}

// marked is the last moment that was erased, and the receipt of what asked for it.
type marked struct{ us, seq int64 }

// NewMarks returns no marks.
func NewMarks(secret []byte) *Marks { return &Marks{secret: secret, until: make(map[[16]byte]marked)} }

// Mark is the mark of a subject: hex HMAC-SHA256 under the secret.
func Mark(secret []byte, subject string) string { return hex.EncodeToString(sumOf(secret, subject)) }

func sumOf(secret []byte, subject string) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(subject))
	return h.Sum(nil)
}

// Len is how many ids are marked.
func (m *Marks) Len() int { return len(m.until) }

// Learn takes a record of the log; it says whether it was a mark.
func (m *Marks) Learn(e *pb.Event) bool {
	mark := e.GetErase().GetMark()
	if mark == "" {
		return false
	}
	m.Add(mark, e.OccurredUs, e.ReceiptSeq)
	return true
}

// Add takes a mark, the last moment it is about and the receipt of what asked for it.
func (m *Marks) Add(mark string, untilUS, seq int64) {
	var k [16]byte
	if _, err := hex.Decode(k[:], []byte(mark[:min(len(mark), 32)])); err == nil {
		was := m.until[k]
		m.until[k] = marked{us: max(was.us, untilUS), seq: max(was.seq, seq)}
	}
}

// Late returns what has to be erased because of an event: it names an id that was erased up to a later moment. Nil: nothing. What is changed is known from
// the receipt of both the event and the request on.
func (m *Marks) Late(e *pb.Event) *Request {
	if len(m.until) == 0 || e == nil || e.ErasedSeq > 0 || e.GetErase() != nil {
		return nil
	}
	var r *Request
	for _, id := range append(mentioned(e), eventMark+e.Id) {
		sum := sumOf(m.secret, e.Workspace+"|"+id)
		until, ok := m.until[[16]byte(sum[:16])]
		if ok && id == eventMark+e.Id {
			until.us = max(until.us, e.OccurredUs) // a copy of what was erased, whenever it says it happened
		}
		if !ok || e.OccurredUs > until.us {
			continue
		}
		if r == nil {
			r = &Request{Workspace: e.Workspace, ID: "late|" + e.Id, Seq: e.ReceiptSeq}
		}
		r.IDs, r.UntilUS, r.Seq = append(r.IDs, id), max(r.UntilUS, until.us), max(r.Seq, until.seq)
	}
	return r
}

// RequestOf reads a request to erase; nil when the event is none.
func RequestOf(key []byte, e *pb.Event) *Request {
	if e.GetErase() == nil || e.GetErase().Mark != "" {
		return nil
	}
	return &Request{
		Workspace: e.Workspace, ID: e.Id, IDs: ownIDs(e), UntilUS: e.OccurredUs, Seq: e.ReceiptSeq, Reason: e.GetErase().Reason, Key: key,
	}
}

// eventMark starts the mark of an event, which tells a late copy of it whoever the browser belongs to by then.
const eventMark = "i|"

func subjectOf(kind identity.Kind, id string) string { return string(rune(kind)) + "|" + id }

// ownIDs are the ids in an event's head, as kind|id.
func ownIDs(e *pb.Event) []string {
	var ids []string
	for _, id := range [...]struct {
		kind identity.Kind
		id   string
	}{
		{identity.KindVisitor, e.VisitorId}, {identity.KindUser, e.UserId}, {identity.KindContact, e.ContactId}, {identity.KindEmail, e.EmailSha256},
	} {
		if id.id != "" {
			ids = append(ids, subjectOf(id.kind, id.id))
		}
	}
	return ids
}

// mentioned are all ids of people and browsers in an event, as kind|id.
func mentioned(e *pb.Event) []string {
	ids := ownIDs(e)
	add := func(kind identity.Kind, list ...string) {
		for _, id := range list {
			if id != "" {
				ids = append(ids, subjectOf(kind, id))
			}
		}
	}
	add(identity.KindVisitor, e.GetAlias().GetPreviousId())
	add(identity.KindUser, e.GetAlias().GetPreviousId()) // nothing says which of the two it is
	add(identity.KindContact, e.GetContact().GetMergedInto())
	if s := e.GetStage(); s != nil {
		add(identity.KindContact, s.ContactIds...)
		add(identity.KindContact, s.AddedContactIds...)
		add(identity.KindContact, s.RemovedContactIds...)
		add(identity.KindEmail, s.ContactEmailSha256...)
	}
	return ids
}
