package event

import (
	"strconv"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const dayUS = 24 * 60 * minuteUS

// MaxPeriod is the most days over which one cost is spread.
const MaxPeriod = 366

// Spend is the record as messages of spend-v1, one a day, without receipt sequence, which the caller gives. A cost of a period (from and to, both included) is spread over its
// days so that they sum exactly: the first days have a minor unit more. The record must be of TypeSpend. The error is an *Error.
func (r *Record) Spend(d *Delivery) ([]*tributaryv1.Spend, error) {
	b := &builder{rec: r, del: d}
	s := &tributaryv1.Spend{
		Workspace: d.Workspace.Name, ReceivedUs: d.ReceivedUS,
		Platform: strings.ToLower(strings.TrimSpace(b.text(sPlatform))), AccountId: b.accountID(b.text(sAccount)), CampaignId: b.text(sCampaignID), Campaign: b.text(sCampaign),
		AdGroup: b.text(sAdGroup), Ad: b.text(sAd), Source: b.text(sSource), Medium: b.text(sMedium), IsDeleted: b.bool(sDeleted), ReplacesDay: b.bool(sReplacesDay),
	}
	if r.Type != TypeSpend {
		b.fail(refuse("type", CodeInvalid, "is no spend record"))
	}
	first, days := b.period()
	s.Day = first
	if s.ReplacesDay {
		b.need(sPlatform, "platform")
		return spread(s, days), b.err
	}
	b.cost(s)
	if b.err != nil {
		return nil, b.err
	}
	return spread(s, days), nil
}

// cost sets what a cost says besides its day.
func (b *builder) cost(s *tributaryv1.Spend) {
	if s.Platform == "" && s.Source == "" && !b.rec.set[sChannel] {
		b.fail(refuse("platform", CodeMissing, "one of platform, source and channel is needed"))
	}
	// There is no default: a cost in the wrong currency is wrong by a factor and looks right.
	if !b.rec.set[sCurrency] {
		b.fail(refuse("currency", CodeNoCurrency, "is needed: a cost has no default currency"))
	}
	s.Currency = b.currency("currency")
	if !s.IsDeleted {
		b.need(sSpend, "spend")
	}
	if b.rec.set[sSpend] && b.err == nil {
		s.SpendMinor = b.amount(b.text(sSpend), s.Currency, "spend")
	}
	s.Impressions, s.Clicks = b.count(sImpressions, "impressions"), b.count(sClicks, "clicks")
	b.template(s)
	source, medium := SpendOrigin(s.Platform, s.Source, s.Medium)
	s.Channel, s.RulesVersion = b.channel(source, medium, s.Campaign)
}

// SpendOrigin is the source and medium that a cost is classified by: its own, else the source that its platform is, and a paid medium.
func SpendOrigin(platform, source, medium string) (string, string) {
	return first(source, platformSource(platform)), first(medium, paidMedium)
}

// spread makes a message a day. The parts of every figure sum to it.
func spread(s *tributaryv1.Spend, days int32) []*tributaryv1.Spend {
	if days <= 1 {
		return []*tributaryv1.Spend{s}
	}
	out := make([]*tributaryv1.Spend, days)
	for i := range days {
		out[i] = &tributaryv1.Spend{
			Workspace: s.Workspace, Day: s.Day + i, Platform: s.Platform, AccountId: s.AccountId, CampaignId: s.CampaignId, Campaign: s.Campaign, AdGroup: s.AdGroup,
			Ad: s.Ad, Source: s.Source, Medium: s.Medium, Channel: s.Channel, Currency: s.Currency, SpendMinor: share(s.SpendMinor, days, i),
			Impressions: share(s.Impressions, days, i), Clicks: share(s.Clicks, days, i), ReceivedUs: s.ReceivedUs, IsDeleted: s.IsDeleted,
			ReplacesDay: s.ReplacesDay, PlatformCampaign: s.PlatformCampaign, FromTemplate: s.FromTemplate, RulesVersion: s.RulesVersion,
		}
	}
	return out
}

// share is part i of n equal ones, the rest by largest remainder: all remainders are equal, so the earlier days have it.
func share(total int64, n, i int32) int64 {
	part, rest := total/int64(n), total%int64(n)
	if int64(i) < rest {
		part++
	}
	return part
}

// period is the record's first day, in days since 1970, and how many there are.
func (b *builder) period() (first, days int32) {
	if !b.rec.set[sFrom] && !b.rec.set[sTo] {
		b.need(sDay, "day")
		return b.day(sDay, "day"), 1
	}
	if b.rec.set[sDay] {
		b.fail(refuse("day", CodeInvalid, "is there beside from and to"))
	}
	b.need(sFrom, "from")
	b.need(sTo, "to")
	first, last := b.day(sFrom, "from"), b.day(sTo, "to")
	switch {
	case b.err != nil:
		return first, 1
	case last < first:
		b.fail(refuse("to", CodeInvalid, "is before from"))
	case last-first >= MaxPeriod:
		b.fail(refuse("to", CodeInvalid, "is more than %d days after from", MaxPeriod-1))
	}
	if b.err != nil {
		return first, 1
	}
	return first, last - first + 1
}

// day is a date in days since 1970. A time of day is allowed and left out.
func (b *builder) day(s slot, name string) int32 {
	us := b.timeOf(s, name)
	if us > b.del.ReceivedUS+b.del.FutureMaxUS {
		b.fail(refuse(name, CodeClockFuture, "is in the future"))
	}
	return int32(us / dayUS)
}

// count is a number of impressions or clicks; platforms write whole numbers as 12 or 12.0.
func (b *builder) count(s slot, name string) int64 {
	if !b.rec.set[s] {
		return 0
	}
	text := b.text(s)
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		b.fail(refuse(name, CodeInvalid, "is not a whole number of at least 0"))
	}
	if n > MaxAmount {
		b.fail(refuse(name, CodeInvalid, "is too large"))
	}
	return n
}

// paidMedium classifies a cost that names no medium: what costs by the day is advertising, never organic.
const paidMedium = "cpc"

// platformSource is the source name under which the channel rules know an ad platform: google_ads is google.
func platformSource(platform string) string {
	name := strings.Trim(strings.TrimSuffix(platform, "ads"), "_- ")
	switch name {
	case "meta":
		return "facebook"
	case "microsoft":
		return "bing"
	case "x":
		return "twitter"
	case "adwords", "dv360", "google":
		return "google"
	case "":
		return platform
	}
	return name
}
