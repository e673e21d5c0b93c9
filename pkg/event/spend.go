package event

import (
	"strconv"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

const dayUS = 24 * 60 * minuteUS

// Spend is the record as a message of spend-v1, without receipt sequence, which the caller gives. The record must be of TypeSpend. The error is
// an *Error.
func (r *Record) Spend(d *Delivery) (*tributaryv1.Spend, error) {
	b := &builder{rec: r, del: d}
	s := &tributaryv1.Spend{
		Workspace: d.Workspace.Name, ReceivedUs: d.ReceivedUS,
		Platform: strings.ToLower(strings.TrimSpace(b.text(sPlatform))), AccountId: b.text(sAccount), CampaignId: b.text(sCampaignID), Campaign: b.text(sCampaign),
		AdGroup: b.text(sAdGroup), Ad: b.text(sAd), Source: b.text(sSource), Medium: b.text(sMedium), IsDeleted: b.bool(sDeleted),
	}
	if r.Type != TypeSpend {
		b.fail(refuse("type", CodeInvalid, "is no spend record"))
	}
	s.Day = b.day()
	if s.Platform == "" && s.Source == "" && !r.set[sChannel] {
		b.fail(refuse("platform", CodeMissing, "one of platform, source and channel is needed"))
	}
	// There is no default: a cost in the wrong currency is wrong by a factor and looks right.
	if !r.set[sCurrency] {
		b.fail(refuse("currency", CodeNoCurrency, "is needed: a cost has no default currency"))
	}
	s.Currency = b.currency("currency")
	if !s.IsDeleted {
		b.need(sSpend, "spend")
	}
	if r.set[sSpend] && b.err == nil {
		s.SpendMinor = b.amount(b.text(sSpend), s.Currency, "spend")
	}
	s.Impressions, s.Clicks = b.count(sImpressions, "impressions"), b.count(sClicks, "clicks")
	s.Channel, _ = b.channel(first(s.Source, platformSource(s.Platform)), first(s.Medium, paidMedium), s.Campaign)
	if b.err != nil {
		return nil, b.err
	}
	return s, nil
}

// day is the record's date in days since 1970. A time of day is allowed and left out.
func (b *builder) day() int32 {
	b.need(sDay, "day")
	us := b.timeOf(sDay, "day")
	if us > b.del.ReceivedUS+b.del.FutureMaxUS {
		b.fail(refuse("day", CodeClockFuture, "is in the future"))
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
