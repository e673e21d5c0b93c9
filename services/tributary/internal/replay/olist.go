package replay

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/pkg/money"
)

const (
	// olistChannelNotSet stands for a lead without origin, as GA4 writes it.
	olistChannelNotSet = "(not set)"
	olistCurrency      = "BRL"
	olistSource        = "olist"
	olistTime          = "2006-01-02 15:04:05"
)

// touchRecord is a canonical offline touch.
type touchRecord struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	OccurredAt  string `json:"occurred_at"`
	ContactID   string `json:"contact_id,omitempty"`
	AnonymousID string `json:"anonymous_id,omitempty"`
	Email       string `json:"email,omitempty"`
	Source      string `json:"source,omitempty"`
	Medium      string `json:"medium,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	Content     string `json:"content,omitempty"`
	Channel     string `json:"channel,omitempty"`
}

// contactRecord is a canonical contact or lead record.
type contactRecord struct {
	Type          string `json:"type"`
	ID            string `json:"id"`
	OccurredAt    string `json:"occurred_at"`
	ContactID     string `json:"contact_id"`
	AccountID     string `json:"account_id,omitempty"`
	LeadCreatedAt string `json:"lead_created_at,omitempty"`
}

// stageRecord is a canonical stage event.
type stageRecord struct {
	Type          string   `json:"type"`
	ID            string   `json:"id"`
	OccurredAt    string   `json:"occurred_at"`
	OpportunityID string   `json:"opportunity_id"`
	AccountID     string   `json:"account_id"`
	ContactIDs    []string `json:"contact_ids"`
	Stage         string   `json:"stage"`
	Amount        string   `json:"amount,omitempty"`
	Currency      string   `json:"currency,omitempty"`
	IsWon         bool     `json:"is_won"`
	IsClosed      bool     `json:"is_closed"`
	SourceSystem  string   `json:"source_system"`
}

// rowSource makes a fixed number of items of every row and hands them out one by one.
type rowSource struct {
	table   *table
	convert func(row) ([]any, error)
	queue   []Item
}

// Next implements Source.
func (s *rowSource) Next() (Item, error) {
	for len(s.queue) == 0 {
		r, err := s.table.next()
		if err != nil {
			return Item{}, err
		}
		records, err := s.convert(r)
		if err != nil {
			return Item{}, err
		}
		for _, record := range records {
			item, err := encode(record)
			if err != nil {
				return Item{}, err
			}
			s.queue = append(s.queue, item)
		}
	}
	item := s.queue[0]
	s.queue = s.queue[1:]
	return item, nil
}

// encode makes an item of a canonical record.
func encode(record any) (Item, error) {
	body, err := json.Marshal(record)
	if err != nil {
		return Item{}, fmt.Errorf("encode a record: %w", err)
	}
	switch record.(type) {
	case touchRecord:
		return Item{EndpointTouches, body}, nil
	case contactRecord, stageRecord:
		return Item{EndpointStages, body}, nil
	case spendRecord:
		return Item{EndpointSpend, body}, nil
	default:
		return Item{EndpointBatch, body}, nil
	}
}

// newOlistLeads reads marketing-qualified leads: each is a contact whose lead was created on its first contact day, and the touch of
// that day. The file gives a day without a time: midnight UTC.
func newOlistLeads(t *table) Source {
	return &rowSource{table: t, convert: func(r row) ([]any, error) {
		day, err := time.Parse(time.DateOnly, r.get("first_contact_date"))
		if err != nil {
			return nil, r.bad("first_contact_date", "a day")
		}
		lead := r.get("mql_id")
		if lead == "" {
			return nil, r.bad("mql_id", "an id")
		}
		channel := r.get("origin")
		if channel == "" {
			channel = olistChannelNotSet
		}
		at := day.Format(time.RFC3339)
		return []any{
			contactRecord{Type: "contact", ID: "olist-lead-" + lead, OccurredAt: at, ContactID: lead, LeadCreatedAt: at},
			touchRecord{
				Type: "touch", ID: "olist-touch-" + lead, OccurredAt: at, ContactID: lead,
				Channel: channel, Content: r.get("landing_page_id"),
			},
		}, nil
	}}
}

// newOlistDeals reads closed deals, all won: the lead joins the account of its seller, and the seller's opportunity is won. The file
// does not say when the opportunity was created, so neither does the record.
func newOlistDeals(t *table) Source {
	return &rowSource{table: t, convert: func(r row) ([]any, error) {
		won, err := time.Parse(olistTime, r.get("won_date"))
		if err != nil {
			return nil, r.bad("won_date", "a time")
		}
		amount, _, err := money.ParseDecimal(r.get("declared_monthly_revenue"), olistCurrency)
		if err != nil || amount < 0 {
			return nil, r.bad("declared_monthly_revenue", "an amount")
		}
		lead, seller, at := r.get("mql_id"), r.get("seller_id"), won.Format(time.RFC3339)
		if lead == "" || seller == "" {
			return nil, r.bad("mql_id", "an id with a seller_id")
		}
		return []any{
			contactRecord{Type: "contact", ID: "olist-seller-" + lead, OccurredAt: at, ContactID: lead, AccountID: seller},
			stageRecord{
				Type: "stage", ID: "olist-deal-" + lead, OccurredAt: at, OpportunityID: lead, AccountID: seller, ContactIDs: []string{lead},
				Stage: "Closed Won", Amount: money.FormatDecimal(amount, olistCurrency), Currency: olistCurrency, IsWon: true, IsClosed: true, SourceSystem: olistSource,
			},
		}, nil
	}}
}
