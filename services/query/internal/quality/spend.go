package quality

import (
	"fmt"
	"strings"

	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// leastVisits of a campaign whose missing spend deserves a word, leastClicks of one whose missing visits do.
const (
	leastVisits = 10
	leastClicks = 10
)

// spend holds what platforms charged for against the visits that came. A campaign is the same when its id is, or its name whatever the capitals.
func spend(d *Data) Section {
	s := Section{ID: SectionSpend, Title: "Spend and visits name the same campaigns."}
	visited, paid := map[string]int64{}, map[string]bool{}
	for _, c := range d.Campaigns {
		for _, key := range keys(c.CampaignID, c.Campaign) {
			visited[key] += c.Visits
		}
	}
	var lost int64
	for _, c := range d.Spend {
		n := int64(0)
		for _, key := range keys(c.CampaignID, c.Campaign) {
			paid[key] = true
			n = max(n, visited[key])
		}
		if n > 0 || c.Minor <= 0 {
			continue
		}
		lost++
		s.Findings = append(s.Findings, withoutVisits(c))
	}
	if len(d.Spend) > 0 {
		for _, c := range d.Campaigns {
			if f, ok := withoutSpend(c, paid); ok {
				s.Findings = append(s.Findings, f)
			}
		}
	} else if d.Current.Visits > 0 {
		s.Title = "No spend was imported: returns are not known."
	}
	if lost > 0 {
		s.Title = number(lost, "campaign") + " cost money and brought no visit that names them."
		if lost == 1 {
			s.Title = "1 campaign costs money and brought no visit that names it."
		}
	}
	return s
}

func keys(id, name string) []string {
	var out []string
	if id != "" {
		out = append(out, "i:"+id)
	}
	if name != "" {
		out = append(out, "n:"+strings.ToLower(strings.Join(strings.Fields(name), "_")))
	}
	return out
}

func withoutVisits(c Cost) Issue {
	amount := money.FormatDecimal(c.Minor, c.Currency)
	status := Warning
	if c.Clicks >= leastClicks {
		status = Wrong
	}
	name := c.Campaign
	if name == "" {
		name = c.CampaignID
	}
	if name == "" {
		name = "without a name"
	}
	sentence := fmt.Sprintf("%s campaign %s cost %s and %s were charged, but no visit names it.", c.Platform, name, readable.Money(amount, 2, c.Currency), number(c.Clicks, "click"))
	return Issue{
		Code: "spend_without_visits", Status: status, Count: c.Clicks, Spend: amount, Currency: c.Currency, Sentence: sentence,
		Fix:     "tag its ads with the campaign's name as utm_campaign or its id as utm_id, and check that the landing page has the pixel and keeps the parameters",
		Subject: About{Channel: c.Channel, Source: c.Source, Medium: c.Medium, Campaign: c.Campaign, CampaignID: c.CampaignID, Platform: c.Platform},
	}
}

func withoutSpend(c Campaign, paid map[string]bool) (Issue, bool) {
	names := keys(c.CampaignID, c.Campaign)
	if !c.IsPaid || c.Visits < leastVisits || len(names) == 0 {
		return Issue{}, false
	}
	for _, key := range names {
		if paid[key] {
			return Issue{}, false
		}
	}
	return Issue{
		Code: "visits_without_spend", Status: Warning, Count: c.Visits, LastAt: seen(c.LastAt),
		Sentence: fmt.Sprintf("%s came by the paid campaign %s, of which no cost was imported: it looks as if it were free.", visits(c.Visits), tag(c.Source, c.Medium, c.Campaign)),
		Fix:      "import its cost, under the same campaign name or id",
		Subject:  About{Channel: c.Channel, Source: c.Source, Medium: c.Medium, Campaign: c.Campaign, CampaignID: c.CampaignID},
	}, true
}
