package operator

import (
	"slices"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/identity"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// stageRecord reads a stage event as the domain's record.
func stageRecord(ev *pb.Event, st *pb.Stage) attribution.StageRecord {
	return attribution.StageRecord{
		Key: keyOf(ev), Stage: st.Stage, SourceStage: st.SourceStage, Pipeline: st.Pipeline, HasAmount: st.HasAmount,
		AmountMinor: st.AmountMinor, Currency: st.Currency, IsWon: st.IsWon, IsClosed: st.IsClosed, CreatedUS: st.CreatedUs,
		IsDeleted: st.IsDeleted, MergedInto: st.MergedInto, AccountID: ev.AccountId, AccountDomain: st.AccountDomain,
		ContactIDs: st.ContactIds, ContactEmails: st.ContactEmailSha256, SourceSystem: st.SourceSystem,
		AddedContacts: st.AddedContactIds, RemovedContacts: st.RemovedContactIds,
		Probability: attribution.Probability{IsKnown: st.HasProbability, PPM: st.ProbabilityPpm},
	}
}

// deriveOpportunity folds the stage records and says what follows for others: the facts for the owner, hints and questions for the
// people listed, the CRM account for the domain.
func (s *subject) deriveOpportunity() {
	var records []attribution.StageRecord
	d := &derivation{s: s}
	for _, e := range s.events {
		if st := e.ev.GetStage(); st != nil {
			records = append(records, stageRecord(e.ev, st))
			d.sameAccount(e.ev, st)
		}
	}
	if len(records) == 0 {
		return
	}
	o := attribution.FoldStages(records)
	s.opportunity = &o
	if !o.IsDeleted {
		d.opportunity(&o)
	}
	s.reconcile(&s.own, d.want)
	if !s.loading {
		s.noteDue(s.home(attribution.OpportunityJourneyID(s.name)))
	}
}

// sameAccount links a domain to the CRM account named beside it; records come in Key order, so the last one of a domain stays.
func (d *derivation) sameAccount(ev *pb.Event, st *pb.Stage) {
	if ev.AccountId == "" || st.AccountDomain == "" {
		return
	}
	domain := d.s.peer(identity.KindAccount, identity.DomainPrefix+st.AccountDomain)
	id := "a:" + domain + "\x00" + d.s.name
	for i, it := range d.want {
		if it.key.id == id {
			d.want = append(d.want[:i], d.want[i+1:]...)
			break
		}
	}
	d.link(pb.LinkKind_LINK_KIND_SAME_ACCOUNT, id, d.s.peer(identity.KindAccount, ev.AccountId), ev, domain)
}

func (d *derivation) opportunity(o *attribution.Opportunity) {
	s := d.s
	account := s.accountOf(o)
	people := s.listed(o)
	for _, person := range people {
		if account != "" {
			id := "h:" + s.name + "\x00" + person
			d.add(itemLink, id, &pb.Link{
				Id: id, Target: account, EffectiveUs: o.CreatedUS, EventId: s.name, Kind: pb.LinkKind_LINK_KIND_ACCOUNT_HINT,
			}, nil, person)
			if !s.rules.HasRoles {
				continue
			}
		}
		id := "r:" + person + "\x00" + s.id
		d.add(itemInquiry, id, &pb.AccountInquiry{Id: id, Asker: s.id, About: person, AtUs: o.CreatedUS}, nil, person)
	}
	owner := account
	if owner == "" {
		owner = s.ownerByPeople(people)
	}
	if owner == "" {
		return
	}
	facts := opportunityFacts(s, o)
	if s.rules.HasRoles {
		var ok bool
		if facts.People, ok = s.personsOf(people); !ok {
			// The owner waits until everybody is known: credit of some only would be posted to be corrected at once.
			return
		}
	}
	s.notePeople(facts)
	d.add(itemOpportunity, s.name, facts, nil, owner)
}

// personsOf are the persons that the people listed stand for, each once; ok is false while an answer is on its way.
func (s *subject) personsOf(people []string) (persons []string, ok bool) {
	for _, p := range people {
		info := s.answerAbout(p)
		if info == nil {
			return nil, false
		}
		persons = append(persons, shortID(info.Person))
	}
	slices.Sort(persons)
	return slices.Compact(persons), true
}

// notePeople tells a change of the people of a deal from a touch: other touches count because other people do.
func (s *subject) notePeople(now *pb.OpportunityFacts) {
	for _, it := range s.own {
		was, ok := it.msg.(*pb.OpportunityFacts)
		if ok && (!slices.Equal(was.People, now.People) || !slices.Equal(was.ContactIds, now.ContactIds) ||
			!slices.Equal(was.ContactEmailSha256, now.ContactEmailSha256)) {
			s.giveReason(pb.Reason_REASON_IDENTITY)
		}
	}
}

// accountOf returns the account an opportunity names itself, empty when it names none.
func (s *subject) accountOf(o *attribution.Opportunity) string {
	switch {
	case o.AccountID != "":
		return s.peer(identity.KindAccount, o.AccountID)
	case o.AccountDomain != "":
		return s.peer(identity.KindAccount, identity.DomainPrefix+o.AccountDomain)
	default:
		return ""
	}
}

// listed returns the people of an opportunity as subjects: contacts, then e-mails, each once.
func (s *subject) listed(o *attribution.Opportunity) []string {
	people := make([]string, 0, len(o.ContactIDs)+len(o.ContactEmails))
	seen := make(map[string]bool)
	add := func(kind identity.Kind, id string) {
		if p := s.peer(kind, id); id != "" && !seen[p] {
			seen[p] = true
			people = append(people, p)
		}
	}
	for _, id := range o.ContactIDs {
		add(identity.KindContact, id)
	}
	for _, id := range o.ContactEmails {
		add(identity.KindEmail, id)
	}
	return people
}

// ownerByPeople returns the account of the first listed person that has one, else the first person that answered; an opportunity that
// lists nobody owns itself. Empty: answers are still on their way.
func (s *subject) ownerByPeople(people []string) string {
	if len(people) == 0 {
		return s.id
	}
	first := ""
	for _, p := range people {
		info := s.answerAbout(p)
		switch {
		case info == nil:
		case info.Account != "":
			return info.Account
		case first == "":
			first = info.Person
		}
	}
	return first
}

// answerAbout returns what is known of a person; of several answers, while it changes hands, any one as long as it is the same one.
func (s *subject) answerAbout(person string) *pb.AccountInfo {
	var best *pb.AccountInfo
	from := ""
	for k, info := range s.infos {
		if k.about == person && (best == nil || strings.Compare(k.from, from) > 0) {
			best, from = info, k.from
		}
	}
	return best
}

func opportunityFacts(s *subject, o *attribution.Opportunity) *pb.OpportunityFacts {
	return &pb.OpportunityFacts{
		OpportunityId: s.name, Home: s.id, CreatedUs: o.CreatedUS, ClosedUs: o.ClosedUS, IsWon: o.IsWon, IsClosed: o.IsClosed,
		Stages: visitsWithoutMoney(o), ContactIds: o.ContactIDs, ContactEmailSha256: o.ContactEmails, Pipeline: o.Pipeline,
		SourceSystem: o.SourceSystem,
	}
}

func visitsWithoutMoney(o *attribution.Opportunity) []*pb.StageVisit {
	visits := stageVisits(o)
	for _, v := range visits {
		v.AmountMinor, v.HasProbability, v.ProbabilityPpm = 0, false, 0
	}
	return visits
}

func stageVisits(o *attribution.Opportunity) []*pb.StageVisit {
	visits := make([]*pb.StageVisit, len(o.Visits))
	for i, v := range o.Visits {
		visits[i] = &pb.StageVisit{
			Stage: v.Stage, SourceStage: v.SourceStage, EnteredUs: v.EnteredUS, LeftUs: v.LeftUS, AmountMinor: v.AmountMinor,
			HasProbability: v.Probability.IsKnown, ProbabilityPpm: v.Probability.PPM,
		}
	}
	return visits
}

// opportunityOf reads an opportunity's facts back as the domain's type.
func opportunityOf(f *pb.OpportunityFacts) *attribution.Opportunity {
	o := &attribution.Opportunity{
		CreatedUS: f.CreatedUs, ClosedUS: f.ClosedUs, IsWon: f.IsWon, IsClosed: f.IsClosed, Pipeline: f.Pipeline, SourceSystem: f.SourceSystem,
		ContactIDs: f.ContactIds, ContactEmails: f.ContactEmailSha256, People: f.People, Visits: make([]attribution.StageVisit, len(f.Stages)),
	}
	for i, v := range f.Stages {
		o.Visits[i] = attribution.StageVisit{Stage: v.Stage, SourceStage: v.SourceStage, EnteredUS: v.EnteredUs, LeftUS: v.LeftUs}
	}
	return o
}
