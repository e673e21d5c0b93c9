package oracle

import (
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor/internal/rules"
)

// world is everything known about one workspace. Persons are named kind|id, accounts by their plain id or @domain.
type world struct {
	workspace string
	rules     *rules.Rules
	channels  *rules.Classifier
	// events in Key order, one per id.
	events []*tributaryv1.Event
	res    *Result

	conversions map[string]rules.Conversion
	forms       map[string]bool

	// records holds each opportunity's stage records in Key order, folded holds what they say.
	records map[string][]attribution.StageRecord
	folded  map[string]*attribution.Opportunity

	// contactMerges, userMerges and accountMerges say who was merged into whom.
	contactMerges, userMerges, accountMerges merges
	// noVisitor and noAccount hold the latest record of each contact that takes back what earlier ones said.
	noVisitor, noAccount map[string]attribution.Key
	// deletedContacts and deletedAccounts are gone, and not merged into others. With keepDeleted nobody is.
	deletedContacts, deletedAccounts map[string]bool
	keepDeleted                      bool

	// attributes are what is known of each account.
	attributes map[string]map[string]statement

	// visitors are the persons of each visitor.
	visitors map[string]timeline
	// canonical is the person of each address (hash), parent the contact of each user.
	canonical, parent map[string]string
	// accounts, hints and domains are the three kinds of account evidence of each terminal person.
	accounts, hints, domains map[string]timeline
	// domainAccount resolves @domain.
	domainAccount map[string]string

	// touches are those of each owner in Key order: a visitor v|id, a person, or an account a|id.
	touches map[string][]attribution.Touchpoint
	leads   map[string][]attribution.Lead
}

func newWorld(workspace string, base *rules.Rules, events []*tributaryv1.Event, res *Result) (*world, error) {
	effective := base.Apply(controlsOf(events))
	r := &effective.Rules
	channels, err := rules.NewClassifier(r.Channels)
	if err != nil {
		return nil, fmt.Errorf("channel rules of workspace %q: %w", workspace, err)
	}
	for i := range r.Models {
		if !r.Models[i].IsUnlearned() {
			res.Models[workspace] = append(res.Models[workspace], r.Models[i].Name())
		}
	}
	w := &world{
		workspace: workspace, rules: r, channels: channels, events: events, res: res,
		conversions: make(map[string]rules.Conversion), forms: make(map[string]bool),
		records: make(map[string][]attribution.StageRecord),
		folded:  make(map[string]*attribution.Opportunity), visitors: make(map[string]timeline),
		canonical: make(map[string]string), parent: make(map[string]string), accounts: make(map[string]timeline),
		hints: make(map[string]timeline), domains: make(map[string]timeline), domainAccount: make(map[string]string),
		noVisitor: make(map[string]attribution.Key), noAccount: make(map[string]attribution.Key),
		contactMerges: make(merges), userMerges: make(merges), accountMerges: make(merges),
		deletedContacts: make(map[string]bool), deletedAccounts: make(map[string]bool), attributes: make(map[string]map[string]statement),
		touches: make(map[string][]attribution.Touchpoint), leads: make(map[string][]attribution.Lead),
	}
	for _, c := range r.Conversions {
		if _, ok := w.conversions[c.Event]; !ok {
			w.conversions[c.Event] = c
		}
	}
	for _, f := range r.Forms {
		w.forms[f] = true
	}
	for _, e := range events {
		if e.GetContact() != nil && e.ContactId != "" {
			// In Key order: the last one stays.
			if e.GetContact().ClearsVisitor {
				w.noVisitor[e.ContactId] = keyOf(e)
			}
			if e.GetContact().ClearsAccount {
				w.noAccount[e.ContactId] = keyOf(e)
			}
		}
		if s := e.GetStage(); s != nil && s.OpportunityId != "" {
			w.records[s.OpportunityId] = append(w.records[s.OpportunityId], stageRecord(e, s))
		}
	}
	for id, records := range w.records {
		o := attribution.FoldStages(records)
		w.folded[id] = &o
	}
	return w, nil
}

// controlsOf picks the controls, in the order in which they take effect.
func controlsOf(events []*tributaryv1.Event) []*tributaryv1.Event {
	var controls []*tributaryv1.Event
	for _, e := range events {
		if e.GetControl() != nil && rules.CheckControl(e.GetControl()) == nil {
			controls = append(controls, e)
		}
	}
	rules.SortControls(controls)
	return controls
}

func stageRecord(e *tributaryv1.Event, s *tributaryv1.Stage) attribution.StageRecord {
	return attribution.StageRecord{
		Key: keyOf(e), Stage: s.Stage, SourceStage: s.SourceStage, Pipeline: s.Pipeline, HasAmount: s.HasAmount,
		AmountMinor: s.AmountMinor, Currency: s.Currency, IsWon: s.IsWon, IsClosed: s.IsClosed, CreatedUS: s.CreatedUs,
		IsDeleted: s.IsDeleted, MergedInto: s.MergedInto, AccountID: e.AccountId, AccountDomain: s.AccountDomain,
		ContactIDs: s.ContactIds, ContactEmails: s.ContactEmailSha256, SourceSystem: s.SourceSystem,
		AddedContacts: s.AddedContactIds, RemovedContacts: s.RemovedContactIds,
		Probability: attribution.Probability{IsKnown: s.HasProbability, PPM: s.ProbabilityPpm},
	}
}

// Kinds of owner, as the first letter of a subject id.
const (
	kindVisitor = "v|"
	kindEmail   = "e|"
	kindUser    = "u|"
	kindContact = "c|"
	kindAccount = "a|"
)

// homePerson is the person an event without a visitor is about: user, else contact, else address; "" when it names none.
func homePerson(e *tributaryv1.Event) string {
	switch {
	case e.UserId != "":
		return kindUser + e.UserId
	case e.ContactId != "":
		return kindContact + e.ContactId
	case e.EmailSha256 != "":
		return kindEmail + e.EmailSha256
	default:
		return ""
	}
}

// personOf returns the terminal person of an event at its time, "" for an unidentified visitor or an event about nobody.
func (w *world) personOf(e *tributaryv1.Event, us int64) string {
	if e.VisitorId != "" {
		return w.terminal(w.visitors[e.VisitorId].at(us))
	}
	return w.terminal(homePerson(e))
}
