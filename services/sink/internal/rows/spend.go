package rows

import (
	"strings"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/rulebook"
)

type spendColumns struct {
	Workspace   []string    `ch:"workspace"`
	Day         []time.Time `ch:"day"`
	SpendKey    []string    `ch:"spend_key"`
	Platform    []string    `ch:"platform"`
	AccountID   []string    `ch:"account_id"`
	CampaignID  []string    `ch:"campaign_id"`
	Campaign    []string    `ch:"campaign"`
	AdGroup     []string    `ch:"ad_group"`
	Ad          []string    `ch:"ad"`
	Source      []string    `ch:"source"`
	Medium      []string    `ch:"medium"`
	Channel     []string    `ch:"channel"`
	Currency    []string    `ch:"currency"`
	Exponent    []uint8     `ch:"exponent"`
	Spend       []int64     `ch:"spend_minor"`
	Impressions []int64     `ch:"impressions"`
	Clicks      []int64     `ch:"clicks"`
	ReceivedAt  []int64     `ch:"received_at"`
	Version     []uint64    `ch:"version"`
	IsDeleted   []uint8     `ch:"is_deleted"`

	PlatformCampaign []string `ch:"platform_campaign"`

	GivenSource   []string `ch:"given_source"`
	GivenMedium   []string `ch:"given_medium"`
	GivenCampaign []string `ch:"given_campaign"`
	GivenChannel  []string `ch:"given_channel"`
	GivenRules    []string `ch:"given_rules"`
	RulesVersion  []string `ch:"rules_version"`
}

type spendDayColumns struct {
	Workspace  []string    `ch:"workspace"`
	Day        []time.Time `ch:"day"`
	Platform   []string    `ch:"platform"`
	AccountID  []string    `ch:"account_id"`
	Version    []uint64    `ch:"version"`
	ReceivedAt []int64     `ch:"received_at"`
}

type spendVersionColumns struct {
	Workspace   []string    `ch:"workspace"`
	Day         []time.Time `ch:"day"`
	SpendKey    []string    `ch:"spend_key"`
	Version     []uint64    `ch:"version"`
	Channel     []string    `ch:"channel"`
	Campaign    []string    `ch:"campaign"`
	Source      []string    `ch:"source"`
	Medium      []string    `ch:"medium"`
	Currency    []string    `ch:"currency"`
	Exponent    []uint8     `ch:"exponent"`
	Spend       []int64     `ch:"spend_minor"`
	Impressions []int64     `ch:"impressions"`
	Clicks      []int64     `ch:"clicks"`
	ReceivedAt  []int64     `ch:"received_at"`

	Classified   []uint64 `ch:"classified"`
	RulesVersion []string `ch:"rules_version"`
	Cause        []string `ch:"cause_event_id"`
}

type spend struct {
	table, versionTable, dayTable Table
	cols                          spendColumns
	versions                      spendVersionColumns
	days                          spendDayColumns
	models                        *models
	// book has the channel rules in force; nil leaves costs as they were given.
	book *rulebook.Book
	// ruled is a digest of the rules that placed the batch's costs, in their order.
	ruled uint64
	msg   pb.Spend
}

func newSpend(m *models) *spend {
	s := &spend{models: m}
	s.table = Table{Name: TableSpend, columns: &s.cols}
	s.versionTable = Table{Name: "spend_versions_rows", columns: &s.versions}
	s.dayTable = Table{Name: TableSpendDays, columns: &s.days}
	return s
}

// tables: days come first, so that whoever writes costs afterwards finds what withdraws them.
func (s *spend) tables() []*Table { return []*Table{&s.dayTable, &s.versionTable, &s.table} }

func (s *spend) add(r Record) error {
	m := &s.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.ReplacesDay {
		s.day(m)
		return nil
	}
	t := &s.cols
	rules := s.book.Of(m.Workspace)
	cost := rulebook.Cost{Platform: m.Platform, Source: m.Source, Medium: m.Medium, Campaign: m.Campaign, Channel: m.Channel, Rules: m.RulesVersion}
	place := rules.Place(cost)
	push(&t.PlatformCampaign, m.PlatformCampaign)
	s.given(cost)
	push(&t.RulesVersion, place.Rules)
	push(&t.Workspace, m.Workspace)
	push(&t.Day, date(m.Day))
	push(&t.SpendKey, spendKey(r.Key, m))
	push(&t.Platform, m.Platform)
	push(&t.AccountID, m.AccountId)
	push(&t.CampaignID, m.CampaignId)
	push(&t.Campaign, place.Campaign)
	push(&t.AdGroup, m.AdGroup)
	push(&t.Ad, m.Ad)
	push(&t.Source, place.Source)
	push(&t.Medium, place.Medium)
	push(&t.Channel, place.Channel)
	push(&t.Currency, m.Currency)
	push(&t.Exponent, exponent(m.Currency))
	push(&t.Spend, m.SpendMinor)
	push(&t.Impressions, m.Impressions)
	push(&t.Clicks, m.Clicks)
	push(&t.ReceivedAt, millis(m.ReceivedUs))
	push(&t.Version, version(m.ReceiptSeq))
	push(&t.IsDeleted, flag(m.IsDeleted))
	s.table.added(m.ReceivedUs)
	s.table.spans(date(m.Day))
	s.version(m, spendKey(r.Key, m), cost.Given())
	if rules.Changed() || place != cost.Given() {
		s.placed(m, spendKey(r.Key, m), place, rules)
	}
	s.models.seen(m.Workspace, "")
	return nil
}

// placed keeps the place that the rules give a cost. What its record says is never known under its own rules then, but how it came to be where it is can be looked up. It is
// kept of a cost that changed rules leave where its record says too: the same record may have been kept before, by rules that put it elsewhere, when the sink ended between
// the table of versions and that of costs, and without this line that place would be the last one known.
func (s *spend) placed(m *pb.Spend, key string, at rulebook.Place, rules *rulebook.Rules) {
	s.version(m, key, at)
	last := len(s.versions.Classified) - 1
	s.versions.Classified[last], s.versions.Cause[last] = rules.Classified(), rules.Cause
	s.versions.ReceivedAt[last] = max(s.versions.ReceivedAt[last], millis(int64(rules.Seq)))
	s.ruled = s.ruled*1099511628211 ^ rules.Fingerprint() // as FNV chains its bytes
}

// day notes that a day was stated anew. The store withdraws what was received of it before, see Table.Span.
func (s *spend) day(m *pb.Spend) {
	t := &s.days
	push(&t.Workspace, m.Workspace)
	push(&t.Day, date(m.Day))
	push(&t.Platform, m.Platform)
	push(&t.AccountID, m.AccountId)
	push(&t.Version, version(m.ReceiptSeq))
	push(&t.ReceivedAt, millis(m.ReceivedUs))
	s.dayTable.added(m.ReceivedUs)
	s.dayTable.spans(date(m.Day))
}

// given keeps what the record says, from which other rules make another place.
func (s *spend) given(c rulebook.Cost) {
	t := &s.cols
	push(&t.GivenSource, c.Source)
	push(&t.GivenMedium, c.Medium)
	push(&t.GivenCampaign, c.Campaign)
	push(&t.GivenChannel, c.Channel)
	push(&t.GivenRules, c.Rules)
}

// version keeps what this record said for good, since a later one takes its place in spend_rows. A withdrawn cost is one of nothing.
func (s *spend) version(m *pb.Spend, key string, at rulebook.Place) {
	t := &s.versions
	push(&t.Workspace, m.Workspace)
	push(&t.Day, date(m.Day))
	push(&t.SpendKey, key)
	push(&t.Version, version(m.ReceiptSeq))
	push(&t.Channel, at.Channel)
	push(&t.Campaign, at.Campaign)
	push(&t.Source, at.Source)
	push(&t.Medium, at.Medium)
	push(&t.Currency, m.Currency)
	push(&t.Exponent, exponent(m.Currency))
	amount, impressions, clicks := m.SpendMinor, m.Impressions, m.Clicks
	if m.IsDeleted {
		amount, impressions, clicks = 0, 0, 0
	}
	push(&t.Spend, amount)
	push(&t.Impressions, impressions)
	push(&t.Clicks, clicks)
	push(&t.ReceivedAt, millis(m.ReceivedUs))
	push(&t.Classified, 0)
	push(&t.RulesVersion, at.Rules)
	push(&t.Cause, "")
	s.versionTable.added(m.ReceivedUs)
}

// spendKey is what a later record replaces an earlier one by: the record's key, since the collector, which writes it, decides what one cost is, and
// compaction of the topic goes by it too. A record without a key gets one of the same parts.
func spendKey(key []byte, m *pb.Spend) string {
	if len(key) > 0 {
		return string(key)
	}
	return strings.Join([]string{m.Platform, m.AccountId, m.CampaignId, m.Campaign, m.AdGroup, m.Ad, m.Source, m.Medium}, "\x00")
}
