package rules

import (
	"encoding/json"
	"fmt"

	"github.com/tributary-attribution/tributary/pkg/channel"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// Channels are the channel rules that touches are classified by: the shipped set, and what the workspace puts before it.
type Channels struct {
	Shipped channel.RuleSet `json:"shipped"`
	Own     channel.Own     `json:"own"`
}

// Fingerprint follows from the whole content; that of nil is empty.
func (c *Channels) Fingerprint() string {
	if c == nil {
		return ""
	}
	return fingerprint(c)
}

// Encode writes the rules as JSON; nil is empty.
func (c *Channels) Encode() (string, error) {
	if c == nil {
		return "", nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode channel rules: %w", err)
	}
	return string(data), nil
}

// DecodeChannels reads what Encode wrote.
func DecodeChannels(data string) (*Channels, error) {
	if data == "" {
		return nil, nil
	}
	c := &Channels{}
	if err := json.Unmarshal([]byte(data), c); err != nil {
		return nil, fmt.Errorf("decode channel rules: %w", err)
	}
	return c, nil
}

// originsMax bounds what a Classifier remembers; then it starts anew.
const originsMax = 20_000

// Classifier brings origins to the current channel rules. One goroutine uses it: it remembers what it has judged, because a visit is judged again
// whenever its session changes, and most visits come from few sources.
type Classifier struct {
	rules   *channel.Classifier
	known   map[judged]verdict
	aliased bool
}

type judged struct{ source, medium, campaign string }

type verdict struct{ source, medium, campaign, channel string }

// NewClassifier compiles channel rules; nil rules leave every origin as it is.
func NewClassifier(c *Channels) (*Classifier, error) {
	if c == nil {
		return nil, nil
	}
	compiled, err := channel.New(c.Shipped, c.Own.Options())
	if err != nil {
		return nil, err
	}
	return &Classifier{rules: compiled, known: map[judged]verdict{}, aliased: len(c.Own.Aliases) > 0}, nil
}

// Version is what touches judged by the rules store; empty for none.
func (c *Classifier) Version() string {
	if c == nil {
		return ""
	}
	return c.rules.Version()
}

// explicit is the rules version of an origin whose sender named the channel; see event.ExplicitRules.
const explicit = "explicit"

// Origin returns an origin as the rules say: by its aliases, and in its channel, unless its sender named that. The argument stays as it is; it is
// returned when nothing differs.
func (c *Classifier) Origin(o *tributaryv1.Origin) *tributaryv1.Origin {
	if c == nil || o == nil {
		return o
	}
	stamped := o.RulesVersion == "" || o.RulesVersion == explicit || o.RulesVersion == c.rules.Version()
	if stamped && !c.aliased {
		return o
	}
	v := c.judge(judged{o.Source, o.Medium, o.Campaign})
	if stamped {
		v.channel = o.Channel
	}
	if stamped && v.source == o.Source && v.medium == o.Medium && v.campaign == o.Campaign {
		return o
	}
	out := CopyOrigin(o)
	out.Source, out.Medium, out.Campaign, out.Channel = v.source, v.medium, v.campaign, v.channel
	if !stamped {
		out.RulesVersion = c.rules.Version()
	}
	return out
}

func (c *Classifier) judge(k judged) verdict {
	v, ok := c.known[k]
	if ok {
		return v
	}
	v.source, v.medium, v.campaign = c.rules.Named(k.source, k.medium, k.campaign)
	v.channel = c.rules.Channel(k.source, k.medium, k.campaign)
	if len(c.known) >= originsMax {
		clear(c.known)
	}
	c.known[k] = v
	return v
}

// CopyOrigin returns a copy; that of nil is empty.
func CopyOrigin(o *tributaryv1.Origin) *tributaryv1.Origin {
	if o == nil {
		return &tributaryv1.Origin{}
	}
	return &tributaryv1.Origin{
		Source: o.Source, Medium: o.Medium, Campaign: o.Campaign, CampaignId: o.CampaignId, Term: o.Term, Content: o.Content,
		ClickIdType: o.ClickIdType, ClickId: o.ClickId, ReferrerHost: o.ReferrerHost, LandingPage: o.LandingPage, Channel: o.Channel,
		RulesVersion: o.RulesVersion, Evidence: o.Evidence, IsBot: o.IsBot, BotReason: o.BotReason, Consent: o.Consent, TagFaults: o.TagFaults,
	}
}
