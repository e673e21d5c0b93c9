package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/services/collector/internal/numbers"
)

// record is a canonical record as pkg/event reads it: only what the delivery says is set.
type record struct {
	Type       event.Type `json:"type"`
	ID         string     `json:"id"`
	OccurredAt string     `json:"occurred_at,omitempty"`

	OpportunityID  string   `json:"opportunity_id,omitempty"`
	ContactID      string   `json:"contact_id,omitempty"`
	AccountID      string   `json:"account_id,omitempty"`
	ContactIDs     []string `json:"contact_ids,omitempty"`
	AddContacts    []string `json:"add_contact_ids,omitempty"`
	RemoveContacts []string `json:"remove_contact_ids,omitempty"`

	Pipeline     string `json:"pipeline,omitempty"`
	Stage        string `json:"stage,omitempty"`
	SourceStage  string `json:"source_stage,omitempty"`
	Amount       string `json:"amount,omitempty"`
	Currency     string `json:"currency,omitempty"`
	IsWon        *bool  `json:"is_won,omitempty"`
	IsClosed     *bool  `json:"is_closed,omitempty"`
	SourceSystem string `json:"source_system,omitempty"`
	CreatedAt    string `json:"created_at,omitempty"`
	Probability  string `json:"probability,omitempty"`

	Email         string `json:"email,omitempty"`
	LeadCreatedAt string `json:"lead_created_at,omitempty"`

	// Of accounts. An attribute of nil is one that the account no longer has.
	Domain     string         `json:"domain,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`

	IsDeleted  bool   `json:"is_deleted,omitempty"`
	MergedInto string `json:"merged_into,omitempty"`

	// Of touches.
	Source     string `json:"source,omitempty"`
	Medium     string `json:"medium,omitempty"`
	Campaign   string `json:"campaign,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
	Content    string `json:"content,omitempty"`
	Channel    string `json:"channel,omitempty"`
}

// percent is a chance that a CRM gives in hundredths, as records have it: a decimal from 0 to 1. What is none is left out, since the rest of the record still holds.
func percent(text string) string {
	millionths, ok := numbers.Millionths(strings.TrimSuffix(text, "%"), '.')
	if !ok || millionths > 100_000_000 {
		return ""
	}
	return numbers.Decimal(millionths / 100)
}

// saysNothing tells whether a record names nothing but what it is about.
func (r *record) saysNothing() bool {
	return (r.AccountID == "" || r.Type == event.TypeAccount) && len(r.ContactIDs)+len(r.AddContacts)+len(r.RemoveContacts) == 0 && r.Pipeline == "" && r.Stage == "" && r.Amount == "" &&
		r.IsWon == nil && r.IsClosed == nil && r.Probability == "" && r.CreatedAt == "" && r.Email == "" && r.LeadCreatedAt == "" && r.Domain == "" && len(r.Attributes) == 0 && !r.IsDeleted && r.MergedInto == ""
}

// batch collects what a delivery says.
type batch struct {
	source *Source
	Batch

	// line is the row of the file that is being translated.
	line int
}

// objectID is the id of a CRM's object as records bear it.
func (s *Source) objectID(id string) string {
	if s.Provider == Salesforce {
		id = longID(id)
	}
	return s.IDPrefix + id
}

// add takes a record on; the ids in it are the CRM's own.
func (b *batch) add(original []byte, r record) {
	for _, id := range []*string{&r.OpportunityID, &r.ContactID, &r.AccountID, &r.MergedInto} {
		if *id != "" {
			*id = b.source.objectID(*id)
		}
	}
	for _, list := range [][]string{r.ContactIDs, r.AddContacts, r.RemoveContacts} {
		for i := range list {
			list[i] = b.source.objectID(list[i])
		}
	}
	if name := b.source.StageNames[r.Stage]; name != "" {
		r.Stage = name
		if r.SourceStage != "" {
			r.SourceStage = name
		}
	}
	if r.Type == event.TypeStage {
		r.SourceSystem = string(b.source.Provider)
		if r.Amount != "" && r.Currency == "" {
			r.Currency = b.source.Currency
		}
	}
	r.ID = bounded(string(b.source.Provider) + ":" + r.ID)
	raw, err := json.Marshal(r)
	if err != nil { // strings and booleans only: it cannot fail
		b.refuse(original, "", event.CodeInvalid, "cannot be written as a record")
		return
	}
	b.Items = append(b.Items, Item{Record: raw, Original: original, Line: b.line})
}

func (b *batch) refuse(original []byte, field, code, reason string) {
	b.Items = append(b.Items, Item{Original: original, Line: b.line, Err: &event.Error{Field: field, Code: code, Reason: reason}})
}

// bounded keeps an id within the limit of records. The hash of a longer one is as good: it is only ever compared.
func bounded(id string) string {
	if len(id) <= event.MaxMessageID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return id[:strings.IndexByte(id, ':')+1] + hex.EncodeToString(sum[:16])
}

func malformed(reason string) *event.Error {
	return &event.Error{Code: event.CodeMalformed, Reason: reason}
}

func at(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
