package event

import (
	"slices"
	"strconv"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// ExplicitRules stands in Origin.rules_version of what the sender classified itself.
const ExplicitRules = "explicit"

// stage builds a canonical stage record.
func (b *builder) stage(e *tributaryv1.Event) {
	b.need(sOpportunity, "opportunity_id")
	s := &tributaryv1.Stage{
		OpportunityId: b.text(sOpportunity), Pipeline: b.text(sPipeline), Stage: strings.TrimSpace(b.text(sStage)), SourceStage: b.text(sSourceStage),
		SourceSystem: b.text(sSourceSystem), IsDeleted: b.bool(sDeleted), MergedInto: b.conceal(b.text(sMergedInto)),
		IsWon: b.bool(sIsWon), IsClosed: b.bool(sIsClosed),
	}
	if s.Stage == "" && !s.IsDeleted && s.MergedInto == "" && !b.del.Partial {
		b.fail(refuse("stage", CodeMissing, "is needed, unless the opportunity is deleted or merged"))
	}
	if s.MergedInto != "" && s.MergedInto == s.OpportunityId {
		b.fail(refuse("merged_into", CodeInvalid, "is the opportunity itself"))
	}
	b.probability(s)
	b.mapStage(s)
	if s.IsWon && b.rec.set[sIsClosed] && !s.IsClosed {
		b.fail(refuse("is_closed", CodeInvalid, "is false although is_won is true"))
	}
	s.IsClosed = s.IsClosed || s.IsWon
	e.AccountId = b.accountID(b.text(sAccount))
	b.stagePeople(s)
	if b.rec.set[sAmount] {
		s.Currency = b.currency("currency")
		s.AmountMinor, s.HasAmount = b.amount(b.text(sAmount), s.Currency, "amount"), true
	}
	e.OccurredUs = b.occurred("occurred_at")
	if created := b.timeOf(sCreatedAt, "created_at"); b.rec.set[sCreatedAt] {
		s.CreatedUs = b.notFuture(created, "created_at")
	}
	e.Body = &tributaryv1.Event_Stage{Stage: s}
}

// probability reads what the record itself says of the chance to win.
func (b *builder) probability(s *tributaryv1.Stage) {
	if !b.rec.set[sProbability] {
		return
	}
	ppm, ok := ParseProbability(b.text(sProbability))
	if !ok {
		b.fail(refuse("probability", CodeInvalid, "is not a decimal from 0 to 1"))
	}
	s.HasProbability, s.ProbabilityPpm = ok, ppm
}

// ParseProbability is a decimal from 0 to 1 in millionths; further digits are cut.
func ParseProbability(text string) (ppm int64, ok bool) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	digits := (fraction + "000000")[:6]
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	ppm, err := strconv.ParseInt(whole+digits, 10, 64)
	return ppm, err == nil && whole != "" && len(text) <= 20 && ppm <= 1_000_000
}

// mapStage translates the CRM's word. What the record itself says about won and closed wins over the rule.
func (b *builder) mapStage(s *tributaryv1.Stage) {
	if s.SourceStage == "" {
		s.SourceStage = s.Stage
	}
	for _, r := range b.del.Workspace.Stages {
		anyPipeline := r.Pipeline == "" || b.del.Partial && s.Pipeline == ""
		if !strings.EqualFold(r.From, s.Stage) || !anyPipeline && !strings.EqualFold(r.Pipeline, s.Pipeline) ||
			r.SourceSystem != "" && !strings.EqualFold(r.SourceSystem, s.SourceSystem) {
			continue
		}
		s.Stage = r.To
		if !b.rec.set[sIsWon] && !b.rec.set[sIsClosed] {
			s.IsWon, s.IsClosed = r.IsWon, r.IsWon || r.IsLost
		}
		if !s.HasProbability && s.Stage != "" {
			s.HasProbability, s.ProbabilityPpm = r.HasProbability, r.ProbabilityPPM
		}
		return
	}
}

func (b *builder) stagePeople(s *tributaryv1.Stage) {
	free := b.del.Workspace.FreeMail
	s.AccountDomain = b.companyDomain("account_domain")
	s.ContactIds = b.personIDs(b.rec.contacts)
	s.AddedContactIds, s.RemovedContactIds = b.personIDs(b.rec.added), b.personIDs(b.rec.removed)
	for _, address := range b.rec.emails {
		mail, ok := free.Email(address)
		if !ok {
			b.fail(refuse("contact_emails", CodeInvalid, "has an entry that is not an e-mail address"))
			continue
		}
		if !slices.Contains(s.ContactEmailSha256, mail.SHA256) {
			s.ContactEmailSha256 = append(s.ContactEmailSha256, mail.SHA256)
		}
	}
}

// companyDomain is the registrable domain of an account, empty for none and for one of free mail. name stands in refusals.
func (b *builder) companyDomain(name string) string {
	domain, free := b.text(sAccountDomain), b.del.Workspace.FreeMail
	if domain == "" {
		return ""
	}
	d, ok := free.CompanyDomain(domain)
	switch {
	case ok:
		return d
	case free.Has(strings.ToLower(strings.TrimSpace(domain))):
		b.flag(FlagIDIgnored)
	default:
		b.fail(refuse(name, CodeInvalid, "is not a domain"))
	}
	return ""
}

// account builds a CRM account record.
func (b *builder) account(e *tributaryv1.Event) {
	b.need(sAccount, "account_id")
	e.AccountId = b.accountID(b.text(sAccount))
	a := &tributaryv1.Account{IsDeleted: b.bool(sDeleted), MergedInto: b.accountID(b.text(sMergedInto)), Domain: b.companyDomain("domain")}
	if a.MergedInto != "" && a.MergedInto == e.AccountId {
		b.fail(refuse("merged_into", CodeInvalid, "is the account itself"))
	}
	e.OccurredUs = b.occurred("occurred_at")
	e.Attributes = b.attributes(b.del.Workspace.Attributes.Account, true, "attributes")
	e.Body = &tributaryv1.Event_Account{Account: a}
}

// clears reads what a contact record takes back.
func (b *builder) clears(c *tributaryv1.Contact) {
	for _, field := range b.rec.clear {
		switch field {
		case "anonymous_id":
			c.ClearsVisitor = true
		case "account_id":
			c.ClearsAccount = true
		default:
			b.fail(refuse("clear", CodeInvalid, "names something else than anonymous_id and account_id"))
		}
	}
}

// personIDs are the ids of a list, each once.
func (b *builder) personIDs(list []string) []string {
	var out []string
	for _, id := range list {
		if id = b.personID(id); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// The reasons of a request to erase.
const (
	ReasonRequest = "request"
	ReasonConsent = "consent"
)

// erase builds a request to remove a person's data.
func (b *builder) erase(e *tributaryv1.Event) {
	e.ContactId, e.VisitorId, e.UserId = b.personID(b.text(sContact)), b.personID(b.text(sVisitor)), b.personID(b.text(sUser))
	b.email(e, b.text(sEmail), "email", true)
	if e.ContactId == "" && e.VisitorId == "" && e.UserId == "" && e.EmailSha256 == "" {
		b.fail(refuse("email", CodeNoIdentity, "one of email, contact_id, anonymous_id and user_id is needed"))
	}
	e.EmailDomain = "" // it says nothing of whom to erase
	reason := b.text(sName)
	if reason != "" && reason != ReasonRequest && reason != ReasonConsent {
		b.fail(refuse("reason", CodeInvalid, "is neither request nor consent"))
	}
	if b.text(sID) == "" && b.del.ID == "" {
		// An id that follows from the content would say whom it was about.
		b.fail(refuse("id", CodeMissing, "is needed: it is the name under which the erasure is followed"))
	}
	e.OccurredUs = b.occurred("occurred_at")
	e.Body = &tributaryv1.Event_Erase{Erase: &tributaryv1.Erase{Reason: reason}}
}

// contact builds a contact or lead record.
func (b *builder) contact(e *tributaryv1.Event) {
	b.need(sContact, "contact_id")
	e.ContactId, e.VisitorId, e.UserId = b.personID(b.text(sContact)), b.personID(b.text(sVisitor)), b.personID(b.text(sUser))
	if e.ContactId == "" && b.rec.set[sContact] {
		b.fail(refuse("contact_id", CodeInvalid, "names nobody"))
	}
	e.AccountId = b.accountID(b.text(sAccount))
	b.email(e, b.text(sEmail), "email", true)
	c := &tributaryv1.Contact{IsDeleted: b.bool(sDeleted), MergedInto: b.personID(b.text(sMergedInto))}
	b.clears(c)
	if c.MergedInto != "" && c.MergedInto == e.ContactId {
		b.fail(refuse("merged_into", CodeInvalid, "is the contact itself"))
	}
	e.OccurredUs = b.occurred("occurred_at")
	if created := b.timeOf(sLeadCreatedAt, "lead_created_at"); b.rec.set[sLeadCreatedAt] {
		c.LeadCreatedUs = b.notFuture(created, "lead_created_at")
	}
	e.Body = &tributaryv1.Event_Contact{Contact: c}
}

// touch builds an offline touch.
func (b *builder) touch(e *tributaryv1.Event) {
	e.ContactId, e.VisitorId, e.UserId = b.personID(b.text(sContact)), b.personID(b.text(sVisitor)), b.personID(b.text(sUser))
	b.email(e, b.text(sEmail), "email", true)
	e.AccountId = b.accountID(b.text(sAccount))
	if domain, ok := b.del.Workspace.FreeMail.CompanyDomain(b.text(sAccountDomain)); e.AccountId == "" && ok {
		e.AccountId = "@" + domain // as the attributor names the account of a domain
	}
	if e.ContactId == "" && e.VisitorId == "" && e.UserId == "" && e.EmailSha256 == "" {
		if e.AccountId == "" {
			b.fail(refuse("email", CodeNoIdentity, "one of email, contact_id, anonymous_id, user_id, account_id and account_domain is needed"))
		}
		e.ContactId = somebodyOf + e.AccountId
	}
	if !b.rec.set[sSource] && !b.rec.set[sMedium] && !b.rec.set[sChannel] {
		b.fail(refuse("channel", CodeMissing, "one of channel, source and medium is needed"))
	}
	e.OccurredUs = b.occurred("occurred_at")
	o := &tributaryv1.Origin{
		Source: b.cut(b.text(sSource), maxText), Medium: b.cut(b.text(sMedium), maxText), Campaign: b.cut(b.text(sCampaign), maxText),
		CampaignId: b.cut(b.text(sCampaignID), maxText), Term: b.cut(b.text(sTerm), maxText), Content: b.cut(b.text(sContent), maxContent),
		LandingPage: b.cut(b.text(sLandingPage), maxPage), Evidence: tributaryv1.Evidence_EVIDENCE_EXPLICIT,
	}
	o.Channel, o.RulesVersion = b.channel(o.Source, o.Medium, o.Campaign)
	e.Body = &tributaryv1.Event_Touch{Touch: &tributaryv1.OfflineTouch{Origin: o}}
}

// somebodyOf begins the contact id of the unknown person of an account whom a touch without a person belongs to.
const somebodyOf = "account:"

// AccountMember is the contact record that puts the unknown person of an account-wide touch into the account, so that the touch counts for its journeys as those of any of
// its people do. It is nil for every other event.
func AccountMember(e *tributaryv1.Event) *tributaryv1.Event {
	if e.GetTouch() == nil || e.AccountId == "" || e.ContactId != somebodyOf+e.AccountId {
		return nil
	}
	return &tributaryv1.Event{
		Id: e.Id + ":account", Workspace: e.Workspace, OccurredUs: e.OccurredUs, ReceivedUs: e.ReceivedUs, ReceiptSeq: e.ReceiptSeq, ContactId: e.ContactId,
		AccountId: e.AccountId, SourceName: e.SourceName, Trusted: e.Trusted, Body: &tributaryv1.Event_Contact{Contact: &tributaryv1.Contact{}},
	}
}

// channel is the record's own word for word, else by the rules.
func (b *builder) channel(source, medium, campaign string) (name, version string) {
	if own := b.text(sChannel); strings.TrimSpace(own) != "" {
		return own, ExplicitRules
	}
	c := b.del.Workspace.Channels
	return c.Channel(source, medium, campaign), c.Version()
}
