package rows

import (
	"strings"

	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

type touchpointColumns struct {
	Workspace    []string `ch:"workspace"`
	TouchpointID []string `ch:"touchpoint_id"`
	VisitorID    []string `ch:"visitor_id"`
	PersonID     []string `ch:"person_id"`
	AccountID    []string `ch:"account_id"`
	OccurredAt   []int64  `ch:"occurred_at"`
	ReceivedAt   []int64  `ch:"received_at"`
	Kind         []string `ch:"kind"`
	Channel      []string `ch:"channel"`
	Source       []string `ch:"source"`
	Medium       []string `ch:"medium"`
	Campaign     []string `ch:"campaign"`
	CampaignID   []string `ch:"campaign_id"`
	Term         []string `ch:"term"`
	Content      []string `ch:"content"`
	ClickIDType  []string `ch:"click_id_type"`
	ClickID      []string `ch:"click_id"`
	ReferrerHost []string `ch:"referrer_host"`
	LandingPage  []string `ch:"landing_page"`
	Evidence     []string `ch:"evidence"`
	RulesVersion []string `ch:"rules_version"`
	IsBot        []uint8  `ch:"is_bot"`
	BotReason    []string `ch:"bot_reason"`
	EventID      []string `ch:"event_id"`
	Consent      []string `ch:"consent"`
	TagFaults    []string `ch:"tag_faults"`
	Version      []uint64 `ch:"version"`
	IsDeleted    []uint8  `ch:"is_deleted"`
}

type touchpoints struct {
	table Table
	cols  touchpointColumns
	msg   pb.Touchpoint
}

func newTouchpoints() *touchpoints {
	t := &touchpoints{}
	t.table = Table{Name: "touchpoints_rows", columns: &t.cols}
	return t
}

func (t *touchpoints) tables() []*Table { return []*Table{&t.table} }

func (t *touchpoints) add(r Record) error {
	m := &t.msg
	m.Reset()
	if err := m.UnmarshalVT(r.Value); err != nil {
		return malformed(err)
	}
	if m.TouchpointId == "" {
		return missing("touchpoint_id")
	}
	c := &t.cols
	push(&c.Workspace, m.Workspace)
	push(&c.TouchpointID, m.TouchpointId)
	push(&c.VisitorID, m.VisitorId)
	push(&c.PersonID, m.PersonId)
	push(&c.AccountID, m.AccountId)
	push(&c.OccurredAt, millis(m.OccurredUs))
	push(&c.ReceivedAt, millis(m.ReceivedUs))
	push(&c.Kind, touchKinds.of(int32(m.Kind)))
	c.origin(m.GetOrigin())
	push(&c.EventID, m.EventId)
	push(&c.Version, version(m.Version))
	push(&c.IsDeleted, flag(m.IsDeleted))
	t.table.added(m.ReceivedUs)
	return nil
}

// origin takes nil: the row of a touchpoint that is gone has none.
func (c *touchpointColumns) origin(o *pb.Origin) {
	push(&c.Channel, o.GetChannel())
	push(&c.Source, o.GetSource())
	push(&c.Medium, o.GetMedium())
	push(&c.Campaign, o.GetCampaign())
	push(&c.CampaignID, o.GetCampaignId())
	push(&c.Term, o.GetTerm())
	push(&c.Content, o.GetContent())
	push(&c.ClickIDType, o.GetClickIdType())
	push(&c.ClickID, o.GetClickId())
	push(&c.ReferrerHost, o.GetReferrerHost())
	push(&c.LandingPage, o.GetLandingPage())
	push(&c.Evidence, evidences.of(int32(o.GetEvidence())))
	push(&c.RulesVersion, o.GetRulesVersion())
	push(&c.IsBot, flag(o.GetIsBot()))
	push(&c.BotReason, o.GetBotReason())
	push(&c.Consent, o.GetConsent())
	push(&c.TagFaults, strings.Join(o.GetTagFaults(), ","))
}
