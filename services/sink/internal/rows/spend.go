package rows

import (
	"strings"
	"time"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
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
}

type spend struct {
	table, versionTable, dayTable Table
	cols                          spendColumns
	versions                      spendVersionColumns
	days                          spendDayColumns
	models                        *models
	msg                           pb.Spend
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
	push(&t.PlatformCampaign, m.PlatformCampaign)
	push(&t.Workspace, m.Workspace)
	push(&t.Day, date(m.Day))
	push(&t.SpendKey, spendKey(r.Key, m))
	push(&t.Platform, m.Platform)
	push(&t.AccountID, m.AccountId)
	push(&t.CampaignID, m.CampaignId)
	push(&t.Campaign, m.Campaign)
	push(&t.AdGroup, m.AdGroup)
	push(&t.Ad, m.Ad)
	push(&t.Source, m.Source)
	push(&t.Medium, m.Medium)
	push(&t.Channel, m.Channel)
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
	s.version(m, spendKey(r.Key, m))
	s.models.seen(m.Workspace, "")
	return nil
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

// version keeps what this record said for good, since a later one takes its place in spend_rows. A withdrawn cost is one of nothing.
func (s *spend) version(m *pb.Spend, key string) {
	t := &s.versions
	push(&t.Workspace, m.Workspace)
	push(&t.Day, date(m.Day))
	push(&t.SpendKey, key)
	push(&t.Version, version(m.ReceiptSeq))
	push(&t.Channel, m.Channel)
	push(&t.Campaign, m.Campaign)
	push(&t.Source, m.Source)
	push(&t.Medium, m.Medium)
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
