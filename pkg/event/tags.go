package event

import (
	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/tracking"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// FaultSelfReferral says that a page was entered from the site itself. Within a visit that is as it should be; where it begins one, the page before was not measured, or the visit had
// ended. Only touches show it: a touch begins a visit.
const FaultSelfReferral = "self_referral"

// tagFaults are the codes of what is wrong with a hit's tags. Values that an SDK parsed from the address are the same values.
func (b *builder) tagFaults(hit channel.Hit, o *tributaryv1.Origin) []string {
	if o.Evidence == tributaryv1.Evidence_EVIDENCE_NONE && hit.Referrer != "" && o.ReferrerHost == "" {
		return []string{FaultSelfReferral}
	}
	rules := b.del.Workspace.Tracking
	if rules == nil {
		return nil
	}
	findings := rules.LintHit(hit.PageURL)
	if hit.PageURL == "" && !hit.Campaign.IsZero() {
		findings = rules.LintTags(tagsOf(hit.Campaign))
	}
	if o.Evidence == tributaryv1.Evidence_EVIDENCE_UTM && o.Channel == channel.Unassigned {
		findings = append(findings, tracking.Fault{Code: tracking.CodeUnassigned})
	}
	return tracking.Codes(findings)
}

func tagsOf(c channel.Campaign) map[string]string {
	tags := map[string]string{}
	for name, value := range map[string]string{
		tracking.Source: c.Source, tracking.Medium: c.Medium, tracking.Campaign: c.Name, tracking.ID: c.ID, tracking.Term: c.Term, tracking.Content: c.Content,
	} {
		if value != "" {
			tags[name] = value
		}
	}
	return tags
}
