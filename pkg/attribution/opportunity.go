package attribution

import (
	"cmp"
	"slices"
)

// StageRecord is one CRM record of an opportunity. Empty and zero fields say nothing: the value of an earlier record stays.
type StageRecord struct {
	Key Key
	// Stage is canonical, SourceStage the CRM's own word.
	Stage, SourceStage, Pipeline string
	HasAmount                    bool
	AmountMinor                  int64
	Currency                     string
	IsWon, IsClosed              bool
	// CreatedUS is when the opportunity was created, 0 when the record does not say.
	CreatedUS int64
	IsDeleted bool
	// MergedInto names the opportunity this one was merged into.
	MergedInto string
	// AccountID and AccountDomain name the account, ContactIDs and ContactEmails (hashes) the people.
	AccountID, AccountDomain  string
	ContactIDs, ContactEmails []string
	// AddedContacts and RemovedContacts change the people that earlier records named, one by one.
	AddedContacts, RemovedContacts []string
	SourceSystem                   string
	// Probability is the chance to win at this record. Without it a new stage leaves none.
	Probability Probability
}

// Probability is a chance in millionths. The zero value says nothing.
type Probability struct {
	IsKnown bool
	PPM     int64
}

// certain is the probability of what has happened.
func certain(isWon bool) Probability {
	if isWon {
		return Probability{IsKnown: true, PPM: 1_000_000}
	}
	return Probability{IsKnown: true}
}

// StageVisit is one stay in a stage.
type StageVisit struct {
	Stage, SourceStage string
	EnteredUS          int64
	// LeftUS is 0 while the opportunity is in the stage.
	LeftUS int64
	// AmountMinor and Probability are the last known during the stay.
	AmountMinor int64
	Probability Probability
}

// Opportunity is what the set of its records says.
type Opportunity struct {
	// CreatedUS is what the latest record that says so says, else the occurrence of the earliest record.
	CreatedUS int64
	// ClosedUS is when the current close began; 0 while open.
	ClosedUS int64
	// IsClosed is set for won and lost.
	IsWon, IsClosed bool
	HasAmount       bool
	AmountMinor     int64
	Currency        string
	Stage, Pipeline string
	IsDeleted       bool
	MergedInto      string
	AccountID       string
	AccountDomain   string
	ContactIDs      []string
	ContactEmails   []string
	SourceSystem    string
	// Probability is the chance to win: as the last record of the present stage says, and certain once closed.
	Probability Probability
	Visits      []StageVisit
	// People are the persons listed as Touchpoint.PersonID names them: who a contact id or an address stands for is for others to say, so
	// FoldStages leaves it empty.
	People []string
}

// FoldStages reads an opportunity's records. It is a function of the set of records: order does not matter, and of several with the
// same id the one with the lowest receipt sequence counts. The latest record (by Key) decides whether the opportunity is won, closed,
// merged or deleted; records change only what they name. Records is not changed.
func FoldStages(records []StageRecord) Opportunity {
	var o Opportunity
	sorted := recordOrder(records)
	for i := range sorted {
		o.apply(&sorted[i])
	}
	if o.CreatedUS == 0 && len(sorted) > 0 {
		o.CreatedUS = sorted[0].Key.OccurredUS
	}
	return o
}

func recordOrder(records []StageRecord) []StageRecord {
	sorted := slices.Clone(records)
	slices.SortFunc(sorted, func(a, b StageRecord) int {
		return cmp.Or(cmp.Compare(a.Key.ID, b.Key.ID), cmp.Compare(a.Key.ReceiptSeq, b.Key.ReceiptSeq),
			cmp.Compare(a.Key.OccurredUS, b.Key.OccurredUS))
	})
	sorted = slices.CompactFunc(sorted, func(a, b StageRecord) bool { return a.Key.ID == b.Key.ID })
	slices.SortFunc(sorted, func(a, b StageRecord) int { return a.Key.Compare(b.Key) })
	return sorted
}

func (o *Opportunity) apply(r *StageRecord) {
	if r.onlyRemoves() {
		// A CRM takes people off a deal that it deletes, too: that does not bring it back.
		o.applyPeople(r)
		return
	}
	o.IsDeleted, o.MergedInto = r.IsDeleted || r.MergedInto != "", r.MergedInto
	if o.IsDeleted {
		// A deletion record often names nothing else; what it would say about stage and close is not news.
		return
	}
	o.applyNames(r)
	if r.HasAmount {
		o.HasAmount, o.AmountMinor, o.Currency = true, r.AmountMinor, r.Currency
	}
	wasClosed := o.IsClosed
	if r.Stage != "" || r.IsClosed || r.IsWon {
		// A record that names no stage and no outcome, such as a corrected amount, reopens nothing.
		o.applyClose(r)
	}
	o.applyProbability(r, wasClosed)
	o.visit(r)
}

// applyProbability keeps what was said of the stage that the opportunity is in; what was said of another one says nothing any more.
func (o *Opportunity) applyProbability(r *StageRecord, wasClosed bool) {
	switch {
	case o.IsClosed:
		o.Probability = certain(o.IsWon)
	case r.Probability.IsKnown:
		o.Probability = r.Probability
	case wasClosed || r.Stage != "" && r.Stage != o.Stage:
		o.Probability = Probability{}
	}
}

func (o *Opportunity) applyNames(r *StageRecord) {
	set := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	set(&o.Pipeline, r.Pipeline)
	set(&o.AccountID, r.AccountID)
	set(&o.AccountDomain, r.AccountDomain)
	set(&o.SourceSystem, r.SourceSystem)
	if r.CreatedUS != 0 {
		o.CreatedUS = r.CreatedUS
	}
	o.applyPeople(r)
}

// applyPeople takes over the people: a record that lists some lists all of them, one that adds or removes some changes the list.
func (o *Opportunity) applyPeople(r *StageRecord) {
	if len(r.ContactIDs)+len(r.ContactEmails) > 0 {
		o.ContactIDs, o.ContactEmails = r.ContactIDs, r.ContactEmails
	}
	if len(r.AddedContacts)+len(r.RemovedContacts) == 0 {
		return
	}
	people := slices.Clone(o.ContactIDs) // The list may be a record's own.
	for _, id := range r.AddedContacts {
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	o.ContactIDs = slices.DeleteFunc(people, func(id string) bool { return slices.Contains(r.RemovedContacts, id) })
}

// onlyRemoves tells whether a record does nothing but take people off.
func (r *StageRecord) onlyRemoves() bool {
	return len(r.RemovedContacts) > 0 && len(r.AddedContacts)+len(r.ContactIDs)+len(r.ContactEmails) == 0 &&
		r.Stage == "" && !r.HasAmount && !r.IsWon && !r.IsClosed && r.CreatedUS == 0 && !r.IsDeleted && r.MergedInto == "" &&
		r.AccountID == "" && r.AccountDomain == "" && r.Pipeline == "" && !r.Probability.IsKnown
}

// applyClose keeps the time at which the present outcome began: a later record of the same outcome (a corrected amount) does not move
// the close, a change of outcome or a reopening does.
func (o *Opportunity) applyClose(r *StageRecord) {
	closed := r.IsClosed || r.IsWon
	switch {
	case !closed:
		o.ClosedUS = 0
	case !o.IsClosed || o.IsWon != r.IsWon:
		o.ClosedUS = r.Key.OccurredUS
	}
	o.IsClosed, o.IsWon = closed, r.IsWon
}

func (o *Opportunity) visit(r *StageRecord) {
	n := len(o.Visits)
	if r.Stage != "" && (n == 0 || o.Visits[n-1].Stage != r.Stage) {
		if n > 0 {
			o.Visits[n-1].LeftUS = r.Key.OccurredUS
		}
		o.Stage = r.Stage
		o.Visits = append(o.Visits, StageVisit{Stage: r.Stage, SourceStage: r.SourceStage, EnteredUS: r.Key.OccurredUS})
		n++
	}
	if n > 0 {
		o.Visits[n-1].AmountMinor, o.Visits[n-1].Probability = o.AmountMinor, o.Probability
	}
}
