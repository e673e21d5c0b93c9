package erasure

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/oracle"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// clearing is the work on one request.
type clearing struct {
	*maker

	r     Request
	rules *rules.Rules
	who   *oracle.Who
	// events are the workspace's up to the request, one per id, in Key order; key is where each is.
	events []*pb.Event
	key    map[string][]byte
	// persons are the terminal persons to erase, and "v|id" for a visitor who is nobody; ids all ids that mean them.
	persons, ids map[string]bool
	// owned says to whom of them an event that goes belonged.
	owned map[string]string
	// substitutes are the contact ids that take the persons' place.
	substitutes map[string]string
}

// findPeople finds who the request is about, and every id that leads to them.
func (c *clearing) findPeople() {
	for _, id := range c.r.IDs {
		if strings.HasPrefix(id, eventMark) {
			c.ids[id] = true
			continue
		}
		visitor, isVisitor := strings.CutPrefix(id, "v|")
		switch person := c.who.VisitorAt(visitor, c.r.UntilUS); {
		case !isVisitor:
			c.ids[id], c.persons[c.who.Terminal(id)] = true, true
		case person != "" && c.r.Key != nil:
			c.persons[person] = true
		default:
			// Nobody is known, or an event came late on a browser that was erased: that somebody else uses it too is no request to erase them.
			c.persons[id] = true
		}
	}
	known := make(map[string]bool)
	for _, e := range c.events {
		for _, id := range mentioned(e) {
			known[id] = known[id] || !strings.HasPrefix(id, "v|")
		}
	}
	// A contact stands for one that was merged into it, and that one for those merged before: repeat until nobody comes in.
	for more := true; more; {
		more = false
		for id, isPerson := range known {
			if t := c.who.Terminal(id); isPerson && (!c.ids[id] || !c.persons[t]) && (c.persons[t] || c.ids[t] || c.ids[id]) {
				c.ids[id], c.ids[t], c.persons[t], more = true, true, true, true
			}
		}
	}
	c.plan.Counts.Persons += len(c.persons)
}

// owner is the person to erase that an event belongs to, "" when it belongs to somebody else.
func (c *clearing) owner(e *pb.Event) string {
	named := c.who.Named(e)
	isLink := e.GetIdentify() != nil || e.GetAlias() != nil || e.GetGroup() != nil || e.GetContact() != nil || e.VisitorId == ""
	switch person := c.who.Person(e); {
	case e.GetStage() != nil:
		return ""
	case isLink && named != "":
		if e.GetContact() != nil {
			named = c.who.Terminal("c|" + e.ContactId)
		}
		if c.persons[named] {
			return named
		}
	case c.persons[person]:
		return person
	case person == "" && e.VisitorId != "" && c.persons["v|"+e.VisitorId]:
		return "v|" + e.VisitorId
	}
	return ""
}

// edit removes the events of the people and takes their ids out of everybody else's.
func (c *clearing) edit() {
	for _, e := range c.events {
		if c.ids[eventMark+e.Id] && !isStub(e) {
			c.remove(Record{Key: c.key[e.Id], Event: e}, c.r.Seq, "") // Its stub is there already.
		} else if owner := c.owner(e); owner != "" {
			c.owned[e.Id] = owner
		} else if slices.ContainsFunc(mentioned(e), func(id string) bool { return c.ids[id] && !strings.HasPrefix(id, "v|") }) {
			c.redact(e)
		}
	}
}

// redact replaces an event of somebody else by one without the ids.
func (c *clearing) redact(e *pb.Event) {
	c.plan.Counts.Redacted++
	e = proto.CloneOf(e)
	e.ErasedSeq = max(c.r.Seq, e.ErasedSeq+1)
	blank := func(kind identity.Kind, id *string) bool {
		isErased := *id != "" && c.ids[subjectOf(kind, *id)]
		if isErased {
			*id = ""
		}
		return isErased
	}
	blank(identity.KindUser, &e.UserId)
	if e.GetContact() == nil {
		blank(identity.KindContact, &e.ContactId)
	} else {
		blank(identity.KindContact, &e.GetContact().MergedInto)
	}
	if a := e.GetAlias(); a != nil {
		blank(identity.KindUser, &a.PreviousId)
	}
	if blank(identity.KindEmail, &e.EmailSha256) {
		e.EmailDomain = ""
	}
	if s := e.GetStage(); s != nil {
		c.redactStage(s)
	}
	c.write(recordKey(Record{Key: c.key[e.Id], Event: e}), e)
}

// redactStage puts substitutes in the place of people, so that the opportunity finds its owner by them as before.
func (c *clearing) redactStage(s *pb.Stage) {
	replace := func(list []string) []string {
		for i, id := range list {
			if c.ids["c|"+id] {
				list[i] = c.substitute(c.who.Terminal("c|" + id))
			}
		}
		return list
	}
	s.ContactIds, s.AddedContactIds, s.RemovedContactIds = replace(s.ContactIds), replace(s.AddedContactIds), replace(s.RemovedContactIds)
	s.ContactEmailSha256 = slices.DeleteFunc(s.ContactEmailSha256, func(id string) bool {
		if !c.ids["e|"+id] {
			return false
		}
		if to := c.substitute(c.who.Terminal("e|" + id)); !slices.Contains(s.ContactIds, to) {
			s.ContactIds = append(s.ContactIds, to)
		}
		return true
	})
}

// substitute is the contact that takes a person's place.
func (c *clearing) substitute(person string) string {
	id := c.substitutes[person]
	if id == "" {
		id = idPrefix + c.o.newID()
		c.substitutes[person] = id
	}
	return id
}

// mark writes the marks of the ids, of browsers that nobody else used, and of the events: a copy of one that comes later may say another time, or belong to
// somebody else, by what is known of a browser then.
func (c *clearing) mark() {
	shared, mine := make(map[string]bool), make(map[string]bool)
	for _, e := range c.events {
		for _, id := range mentioned(e) {
			if strings.HasPrefix(id, "v|") {
				mine[id] = mine[id] || c.owned[e.Id] != ""
				shared[id] = shared[id] || c.owned[e.Id] == ""
			}
		}
	}
	for _, id := range c.r.IDs {
		mine[id] = mine[id] || strings.HasPrefix(id, "v|")
	}
	for id := range mine {
		if mine[id] && !shared[id] {
			c.ids[id] = true
		}
	}
	for _, e := range c.events {
		if c.owned[e.Id] != "" {
			c.ids[eventMark+e.Id] = true
		}
	}
	ids := make([]string, 0, len(c.ids))
	for id := range c.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		subject := c.r.Workspace + "|" + id
		if !strings.HasPrefix(id, eventMark) {
			c.erased[subject] = max(c.erased[subject], c.r.UntilUS)
		}
		mark := Mark(c.o.Secret, subject)
		e := &pb.Event{
			Id: mark, Workspace: c.r.Workspace, OccurredUs: c.r.UntilUS, ReceivedUs: c.r.Seq, ReceiptSeq: c.r.Seq,
			Body: &pb.Event_Erase{Erase: &pb.Erase{Mark: mark, Reason: c.r.Reason}},
		}
		c.write(identity.RecordKey(identity.SubjectID(c.r.Workspace, identity.KindContact, mark), mark, c.r.UntilUS), e)
	}
}
