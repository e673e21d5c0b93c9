package webhook

import "github.com/tributary-attribution/tributary/pkg/event"

// shippedStage is a stage that a CRM has out of the box, with the chance in hundredths that the CRM itself gives it; below 0: it gives none.
type shippedStage struct {
	from, to string
	percent  int64
}

// shipped are the CRMs' own stages. Sources: HubSpot's and Salesforce's default pipelines, with their probabilities; Pipedrive's stages have none until somebody sets them.
func shipped() map[Provider][]shippedStage {
	return map[Provider][]shippedStage{
		HubSpot: {
			{"appointmentscheduled", "appointment", 20},
			{"qualifiedtobuy", "qualified", 40},
			{"presentationscheduled", "presentation", 60},
			{"decisionmakerboughtin", "decision", 80},
			{"contractsent", "contract", 90},
			{"closedwon", closedWon, 100},
			{"closedlost", closedLost, 0},
		},
		Salesforce: {
			{"Prospecting", "prospecting", 10},
			{"Qualification", "qualified", 10},
			{"Needs Analysis", "needs_analysis", 20},
			{"Value Proposition", "value_proposition", 50},
			{"Id. Decision Makers", "decision", 60},
			{"Perception Analysis", "perception_analysis", 70},
			{"Proposal/Price Quote", "proposal", 75},
			{"Negotiation/Review", "negotiation", 90},
			{"Closed Won", closedWon, 100},
			{"Closed Lost", closedLost, 0},
		},
		Pipedrive: {
			{"Qualified", "qualified", -1},
			{"Contact Made", "contact_made", -1},
			{"Demo Scheduled", "presentation", -1},
			{"Proposal Made", "proposal", -1},
			{"Negotiations Started", "negotiation", -1},
			{"won", closedWon, 100},
			{"lost", closedLost, 0},
		},
	}
}

// The canonical words of a deal's ends.
const (
	closedWon  = "closed_won"
	closedLost = "closed_lost"
)

// ShippedStages translate the stages that the CRMs have out of the box. Configuration comes before them; stages they do not name are kept as they are.
//
// Pipedrive's deliveries name stages by numbers that differ from company to company, so only its ends are known without configuration; its names serve imports.
func ShippedStages() []event.StageRule {
	var rules []event.StageRule
	for _, p := range Providers() {
		for _, s := range shipped()[p] {
			rules = append(rules, event.StageRule{
				SourceSystem: string(p), From: s.from, To: s.to, IsWon: s.to == closedWon, IsLost: s.to == closedLost,
				HasProbability: s.percent >= 0, ProbabilityPPM: max(s.percent, 0) * 10_000,
			})
		}
	}
	return rules
}
