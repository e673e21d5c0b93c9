package attribution

import (
	"crypto/sha256"
	"encoding/hex"
)

// TouchpointID returns the id of a touchpoint: 32 hexadecimal digits that follow from the visitor and the event it starts with.
//
// A web session passes its visitor id and the id of its first hit, so the id stays the same while later hits extend the session and
// changes only when an earlier hit arrives. An offline touch passes an empty visitor whatever ids its event carries, because the same
// record may later be known by another id of the same person.
func TouchpointID(visitorID, eventID string) string {
	h := sha256.New()
	h.Write([]byte(visitorID))
	// The separator keeps ("ab","c") and ("a","bc") apart; ids of the collector hold no NUL.
	h.Write([]byte{0})
	h.Write([]byte(eventID))
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:16])
}

// ConversionJourneyID is the journey id of a conversion, named by the id of its event.
func ConversionJourneyID(eventID string) string { return "c:" + eventID }

// OpportunityJourneyID is the journey id of an opportunity.
func OpportunityJourneyID(opportunityID string) string { return "o:" + opportunityID }
