package event

import (
	"fmt"
	"net/url"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// SpendTemplate is the UTM template of campaigns: the final URL suffix, tracking template or URL parameters that the platform puts behind their links. A cost gets the source,
// medium and campaign that the visits it bought bear, so that both meet in one row.
type SpendTemplate struct {
	// Platform, Account and Campaign say which costs it is for. Empty: all. Campaign is an id, or a name in which * stands for anything; letter case does not matter.
	Platform, Account, Campaign string
	// Template is the query with the platform's placeholders: {campaignid}, {{campaign.name}}, __CAMPAIGN_ID__. What stands before a question mark is left out.
	Template string
}

// Validate says what cannot work.
func (t SpendTemplate) Validate() error {
	params := templateParams(t.Template)
	if params["utm_source"] == "" && params["utm_medium"] == "" && params["utm_campaign"] == "" {
		return fmt.Errorf("template %q has none of utm_source, utm_medium and utm_campaign", t.Template)
	}
	return nil
}

func (t SpendTemplate) matches(s *tributaryv1.Spend) bool {
	return (t.Platform == "" || strings.EqualFold(t.Platform, s.Platform)) && (t.Account == "" || t.Account == s.AccountId) &&
		(t.Campaign == "" || s.CampaignId != "" && t.Campaign == s.CampaignId || wildcard(strings.ToLower(t.Campaign), strings.ToLower(s.Campaign)) ||
			s.Platform == linkedIn && s.AdGroup != "" && wildcard(strings.ToLower(t.Campaign), strings.ToLower(s.AdGroup)))
}

// wildcard tells whether a pattern, in which * stands for any text, is the whole of a text.
func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := parts[len(parts)-1]
	for _, p := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(text, p)
		if !ok {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, last)
}

// template gives a cost that names neither source nor medium those of its UTM template: its own, else the first of the workspace's that matches.
func (b *builder) template(s *tributaryv1.Spend) {
	if s.Source != "" || s.Medium != "" {
		return
	}
	text := b.text(sTemplate)
	for _, t := range b.del.Workspace.SpendTemplates {
		if text == "" && t.matches(s) {
			text = t.Template
		}
	}
	params := templateParams(text)
	if len(params) == 0 {
		return
	}
	fill := b.placeholders(s)
	s.FromTemplate, s.PlatformCampaign = true, s.Campaign
	s.Source, _ = expand(params["utm_source"], fill)
	s.Medium, _ = expand(params["utm_medium"], fill)
	// A campaign with a hole in it would meet no visit; its name may.
	if campaign, whole := expand(params["utm_campaign"], fill); whole && campaign != "" {
		s.Campaign = campaign
	}
}

// templateParams are the utm parameters of a template.
func templateParams(text string) map[string]string {
	if before, after, ok := strings.Cut(text, "?"); ok && !strings.Contains(before, "=") {
		text = after
	}
	text, _, _ = strings.Cut(text, "#")
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, "&") {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(pair), "?"), "=")
		if name = strings.ToLower(name); !strings.HasPrefix(name, "utm_") || value == "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		out[name] = value
	}
	return out
}

// linkedIn is the one platform whose levels are called otherwise than everybody's.
const linkedIn = "linkedin_ads"

// placeholders are what the platforms' placeholders stand for, by their names without case and signs.
func (b *builder) placeholders(s *tributaryv1.Spend) map[string]string {
	adGroupID, adID := b.text(sAdGroupID), b.text(sAdID)
	out := map[string]string{}
	campaignID, campaign := s.CampaignId, s.Campaign
	if s.Platform == linkedIn && s.AdGroup != "" {
		// LinkedIn's campaigns are ad groups of campaign groups; its placeholders go by its own names.
		campaignID, campaign = adGroupID, s.AdGroup
	}
	for _, p := range []struct{ value, names string }{
		{s.CampaignId, "campaigngroupid"},
		{s.Campaign, "campaigngroup campaigngroupname"},
		{campaignID, "campaignid"},
		{campaign, "campaign campaignname"},
		{adGroupID, "adgroupid adsetid aid"},
		{s.AdGroup, "adgroup adgroupname adsetname aidname"},
		{adID, "adid creative creativeid cid"},
		{s.Ad, "ad adname cidname creativename"},
		{s.AccountId, "accountid customerid"},
	} {
		for name := range strings.FieldsSeq(p.names) {
			if p.value != "" {
				out[name] = p.value
			}
		}
	}
	return out
}

// expand fills placeholders in, {name}, {{name}} or __NAME__. What cannot be filled is left out; whole then is false.
func expand(text string, fill map[string]string) (out string, whole bool) {
	var b strings.Builder
	whole = true
	for text != "" {
		open, end := "{", "}"
		at := strings.Index(text, open)
		if other := strings.Index(text, "__"); other >= 0 && (at < 0 || other < at) {
			open, end, at = "__", "__", other
		}
		if at < 0 {
			break
		}
		if strings.HasPrefix(text[at:], "{{") {
			open, end = "{{", "}}"
		}
		name, rest, ok := strings.Cut(text[at+len(open):], end)
		if !ok {
			break
		}
		b.WriteString(text[:at])
		value := fill[placeholder(name)]
		whole = whole && value != ""
		b.WriteString(value)
		text = rest
	}
	return b.String() + text, whole
}

// placeholder is a placeholder's name without case and signs: campaign.id, CAMPAIGN_ID and CampaignId are one.
func placeholder(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}
