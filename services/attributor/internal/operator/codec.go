package operator

import (
	"errors"
	"fmt"
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Keys of state. A header's key is h/<subject>. An item's is i/<subject> NUL <class> ...: the NUL ends the subject, whose own id may
// hold any other character, so that no subject's prefix is a prefix of another's items. Ids with NUL are refused as poison.
const (
	headerPrefix = "h/"
	itemPrefix   = "i/"
	nul          = '\x00'
)

// Classes of items. Contributed items use their itemKind.
const (
	classEvent  = 'e'
	classOwned  = 'J'
	classHome   = 'H'
	classAnswer = 'A'
)

// errState is the error of state that does not decode: it was written by another version or is damaged.
var errState = errors.New("state does not decode")

func headerKey(subject string) []byte { return append([]byte(headerPrefix), subject...) }

func itemsPrefix(subject string) []byte {
	b := make([]byte, 0, len(itemPrefix)+len(subject)+1)
	b = append(b, itemPrefix...)
	b = append(b, subject...)
	return append(b, nul)
}

// stateKey is the key of a subject's item: of one of two parts when second is not empty.
func stateKey(subject string, class byte, first, second string) []byte {
	b := make([]byte, 0, len(itemPrefix)+len(subject)+3+len(first)+len(second))
	b = append(b, itemPrefix...)
	b = append(b, subject...)
	b = append(b, nul, class)
	b = append(b, first...)
	if second != "" {
		b = append(b, nul)
		b = append(b, second...)
	}
	return b
}

// message is what generated messages have in common.
type message interface {
	MarshalVT() ([]byte, error)
	// UnmarshalVTUnsafe makes strings point into the bytes, which must live and stay as they are: decode only what is ours.
	UnmarshalVTUnsafe([]byte) error
	SizeVT() int
}

// encode marshals a message; generated code fails only on a nil element of a repeated field, which nothing here builds.
func encode(m message) ([]byte, error) {
	b, err := m.MarshalVT()
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", m, err)
	}
	return b, nil
}

// hash64 is FNV-1a: it goes into state, so it must never change.
func hash64(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	if h == 0 {
		return 1
	}
	return h
}

// same tells whether two messages of one type have the same content; nil equals nothing.
func same(a, b message) bool {
	if a.SizeVT() != b.SizeVT() {
		return false
	}
	x, errX := a.MarshalVT()
	y, errY := b.MarshalVT()
	return errX == nil && errY == nil && string(x) == string(y)
}

// hasNUL tells whether any id of the event could break a state key.
func hasNUL(ev *pb.Event) bool {
	for _, id := range [...]string{ev.Id, ev.VisitorId, ev.UserId, ev.ContactId, ev.EmailSha256, ev.EmailDomain, ev.AccountId} {
		if strings.IndexByte(id, nul) >= 0 {
			return true
		}
	}
	switch b := ev.Body.(type) {
	case *pb.Event_Alias:
		return strings.IndexByte(b.Alias.GetPreviousId(), nul) >= 0
	case *pb.Event_Account:
		return strings.IndexByte(b.Account.GetMergedInto(), nul) >= 0 || strings.IndexByte(b.Account.GetDomain(), nul) >= 0
	case *pb.Event_Contact:
		return strings.IndexByte(b.Contact.GetMergedInto(), nul) >= 0
	case *pb.Event_Stage:
		st := b.Stage
		bad := strings.IndexByte(st.GetOpportunityId(), nul) >= 0 || strings.IndexByte(st.GetAccountDomain(), nul) >= 0
		for _, ids := range [...][]string{st.GetContactIds(), st.GetContactEmailSha256(), st.GetAddedContactIds(), st.GetRemovedContactIds()} {
			for _, id := range ids {
				bad = bad || strings.IndexByte(id, nul) >= 0
			}
		}
		return bad
	}
	return false
}
