package webhook

import "github.com/tributary-attribution/tributary/pkg/event"

// ShippedStages translate the stages that the CRMs have out of the box. Configuration comes before them; stages they do not name are kept as they are.
//
// Pipedrive's deliveries name stages by numbers that differ from company to company, so only its ends are known without configuration; its names serve imports.
func ShippedStages() []event.StageRule {
	var rules []event.StageRule
	add := func(p Provider, pairs ...string) {
		for i := 0; i < len(pairs); i += 2 {
			to := pairs[i+1]
			rules = append(rules, event.StageRule{SourceSystem: string(p), From: pairs[i], To: to, IsWon: to == "closed_won", IsLost: to == "closed_lost"})
		}
	}
	add(HubSpot, "appointmentscheduled", "appointment", "qualifiedtobuy", "qualified", "presentationscheduled", "presentation",
		"decisionmakerboughtin", "decision", "contractsent", "contract", "closedwon", "closed_won", "closedlost", "closed_lost")
	add(Salesforce, "Prospecting", "prospecting", "Qualification", "qualified", "Needs Analysis", "needs_analysis",
		"Value Proposition", "value_proposition", "Id. Decision Makers", "decision", "Perception Analysis", "perception_analysis",
		"Proposal/Price Quote", "proposal", "Negotiation/Review", "negotiation", "Closed Won", "closed_won", "Closed Lost", "closed_lost")
	add(Pipedrive, "Qualified", "qualified", "Contact Made", "contact_made", "Demo Scheduled", "presentation",
		"Proposal Made", "proposal", "Negotiations Started", "negotiation", "won", "closed_won", "lost", "closed_lost")
	return rules
}
