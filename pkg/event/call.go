package event

import (
	"strings"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/money"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// call builds one of Segment's calls.
func (b *builder) call(e *tributaryv1.Event) {
	r := b.rec
	b.consent = b.consentOf()
	e.VisitorId, e.UserId = b.personID(b.text(sVisitor)), b.personID(b.text(sUser))
	b.callEmail(e)
	if e.VisitorId == "" && e.UserId == "" && e.EmailSha256 == "" {
		b.fail(refuse("anonymousId", CodeNoIdentity, "anonymousId, userId or an e-mail address is needed"))
	}
	e.OccurredUs = b.occurred("timestamp")
	switch r.Type {
	case TypeTrack:
		b.need(sEvent, "event")
		e.Body = &tributaryv1.Event_Track{Track: b.track()}
		e.Attributes = b.attributes(b.del.Workspace.Attributes.Property, false, "properties", "context", "location")
	case TypePage, TypeScreen:
		page := &tributaryv1.Page{Origin: b.origin(), IsScreen: r.Type == TypeScreen, Name: b.cut(b.text(sName), maxText)}
		e.Body = &tributaryv1.Event_Page{Page: page}
	case TypeIdentify:
		e.Body = &tributaryv1.Event_Identify{Identify: &tributaryv1.Identify{Origin: b.callOrigin(), OnPage: r.set[sPage]}}
	case TypeGroup:
		b.need(sAccount, "groupId")
		e.AccountId = b.personID(b.text(sAccount))
		if e.AccountId == "" {
			b.fail(refuse("groupId", CodeInvalid, "names no account"))
		}
		e.Body = &tributaryv1.Event_Group{Group: &tributaryv1.Group{}}
		e.Attributes = b.attributes(b.del.Workspace.Attributes.Account, true, "traits")
	case TypeAlias:
		b.alias(e)
	default: // the canonical records are read elsewhere
	}
}

func (b *builder) alias(e *tributaryv1.Event) {
	b.need(sUser, "userId")
	b.need(sPrevious, "previousId")
	previous := b.personID(b.text(sPrevious))
	if previous == "" || e.UserId == "" {
		b.fail(refuse("previousId", CodeInvalid, "previousId and userId must both name somebody"))
	}
	e.Body = &tributaryv1.Event_Alias{Alias: &tributaryv1.Alias{PreviousId: previous}}
}

// callEmail takes the address from where the type has it. A user id that is an address counts when there is no other.
func (b *builder) callEmail(e *tributaryv1.Event) {
	address := b.text(sContextEmail)
	own := sPropEmail
	if b.rec.Type == TypeIdentify {
		own = sTraitEmail
	}
	if b.rec.Type != TypeGroup && b.text(own) != "" {
		address = b.text(own)
	}
	b.email(e, address, "", false)
	if e.EmailSha256 == "" {
		if mail, ok := b.del.Workspace.FreeMail.Email(b.text(sUser)); ok {
			e.EmailSha256, e.EmailDomain = mail.SHA256, mail.Domain
		}
	}
}

// track builds the event's name, origin and value.
func (b *builder) track() *tributaryv1.Track {
	t := &tributaryv1.Track{Name: strings.TrimSpace(b.text(sEvent)), Origin: b.callOrigin(), OnPage: b.rec.set[sPage]}
	if t.Name == "" {
		b.fail(refuse("event", CodeMissing, "is needed"))
	}
	b.value(t)
	return t
}

// value takes revenue, else value, else total. revenue is Segment's own word for money, so a wrong one is refused; the others are also used for other things.
func (b *builder) value(t *tributaryv1.Track) {
	name, text, ok := "properties.revenue", "", false
	if b.rec.set[sRevenue] {
		if text, ok = rawNumber(b.text(sRevenue)); !ok {
			b.fail(refuse(name, CodeWrongType, "must be a number or a string with one"))
			return
		}
	} else {
		text = b.looseNumber(sValue)
		if text == "" {
			text = b.looseNumber(sTotal)
		}
	}
	if text == "" {
		return
	}
	if !b.del.Trusted && !b.del.AllowValue {
		b.flag(FlagValueUntrusted)
		return
	}
	if b.rec.set[sRevenue] {
		t.Currency = b.currency("properties.currency")
		t.ValueMinor, t.HasValue = b.amount(text, t.Currency, name), true
		return
	}
	given := strings.ToUpper(strings.TrimSpace(b.text(sCurrency)))
	currency := first(given, b.del.Workspace.Currency)
	minor, rounded, err := money.ParseDecimal(text, currency)
	if err != nil || minor < 0 {
		b.flag(FlagValueIgnored)
		return
	}
	if given == "" {
		b.flag(FlagCurrencyDefault)
	}
	if rounded {
		b.flag(FlagAmountRounded)
	}
	t.ValueMinor, t.Currency, t.HasValue = minor, currency, true
}

func (b *builder) looseNumber(s slot) string {
	if !b.rec.set[s] {
		return ""
	}
	text, ok := rawNumber(b.text(s))
	if !ok {
		b.flag(FlagValueIgnored)
	}
	return text
}

// rawNumber is the text of a JSON number, or of a string, which may hold one.
func rawNumber(raw string) (string, bool) {
	switch {
	case raw[0] == '"':
		return strings.TrimSpace(unquote([]byte(raw))), true
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return raw, true
	}
	return "", false
}

// callOrigin is where a track or identify call came from; nil for one that carries neither page nor campaign and is no bot's.
func (b *builder) callOrigin() *tributaryv1.Origin {
	if b.rec.set[sPage] || b.hasCampaign() || b.botReason() != "" {
		return b.origin()
	}
	return nil
}

func (b *builder) hasCampaign() bool {
	for s := sSource; s <= sContent; s++ {
		if b.rec.set[s] {
			return true
		}
	}
	return false
}

func (b *builder) origin() *tributaryv1.Origin {
	hit := channel.Hit{
		PageURL:  first(b.text(sPageURL), b.pageOnly(sPropURL)),
		Referrer: first(b.text(sPageReferrer), b.pageOnly(sPropReferrer), b.text(sReferrerURL)),
		Campaign: channel.Campaign{
			Source: b.text(sSource), Medium: b.text(sMedium), Name: b.text(sCampaign),
			ID: b.text(sCampaignID), Term: b.text(sTerm), Content: b.text(sContent),
		},
	}
	o := b.convert(b.del.Workspace.Channels.Origin(hit))
	o.BotReason = b.botReason()
	o.IsBot = o.BotReason != ""
	o.Consent, o.TagFaults = b.consent, b.tagFaults(hit, o)
	return o
}

// pageOnly is a property of a page call; in a track call the same name may mean anything.
func (b *builder) pageOnly(s slot) string {
	if b.rec.Type == TypePage || b.rec.Type == TypeScreen {
		return b.text(s)
	}
	return ""
}

func (b *builder) botReason() string {
	if reason := b.del.Workspace.Bots.Reason(first(b.text(sUserAgent), b.del.UserAgent)); reason != "" {
		return reason
	}
	if b.del.Prefetch {
		return BotPrefetch
	}
	if b.del.Workspace.Privacy.isInternal(b.client()) {
		return BotInternal
	}
	return ""
}

// convert cuts the texts of an origin to their limits and writes it as a message.
func (b *builder) convert(o channel.Origin) *tributaryv1.Origin {
	return &tributaryv1.Origin{
		Source: b.cut(o.Source, maxText), Medium: b.cut(o.Medium, maxText), Campaign: b.cut(o.Name, maxText),
		CampaignId: b.cut(o.ID, maxText), Term: b.cut(o.Term, maxText), Content: b.cut(o.Content, maxContent),
		ClickIdType: o.ClickIDType, ClickId: b.cut(o.ClickID, maxClickID), ReferrerHost: b.cut(o.ReferrerHost, maxText),
		LandingPage: b.cut(o.LandingPage, maxPage), Channel: o.Channel, RulesVersion: o.RulesVersion, Evidence: evidence(o.Evidence),
	}
}

func evidence(e channel.Evidence) tributaryv1.Evidence {
	switch e {
	case channel.EvidenceUTM:
		return tributaryv1.Evidence_EVIDENCE_UTM
	case channel.EvidenceClickID:
		return tributaryv1.Evidence_EVIDENCE_CLICK_ID
	case channel.EvidenceReferrer:
		return tributaryv1.Evidence_EVIDENCE_REFERRER
	default:
		return tributaryv1.Evidence_EVIDENCE_NONE
	}
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
