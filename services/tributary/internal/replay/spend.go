package replay

import (
	"strconv"
	"time"

	"github.com/tributary-attribution/tributary/pkg/money"
)

// spendRecord is a canonical spend record.
type spendRecord struct {
	Type        string `json:"type"`
	Day         string `json:"day"`
	Platform    string `json:"platform"`
	AccountID   string `json:"account_id,omitempty"`
	CampaignID  string `json:"campaign_id,omitempty"`
	Campaign    string `json:"campaign,omitempty"`
	AdGroup     string `json:"ad_group,omitempty"`
	Ad          string `json:"ad,omitempty"`
	Source      string `json:"source,omitempty"`
	Medium      string `json:"medium,omitempty"`
	Channel     string `json:"channel,omitempty"`
	Currency    string `json:"currency,omitempty"`
	Spend       string `json:"spend"`
	Impressions int64  `json:"impressions"`
	Clicks      int64  `json:"clicks"`
}

// newSpend reads spend by day with the canonical record's fields as columns.
func newSpend(t *table) Source {
	return &rowSource{table: t, convert: func(r row) ([]any, error) {
		if _, err := time.Parse(time.DateOnly, r.get("day")); err != nil {
			return nil, r.bad("day", "a day")
		}
		// Only checked here, and in the finest currency: the collector knows the default one and rounds to its minor unit.
		if amount, _, err := money.ParseDecimal(r.get("spend"), pathsCurrency); err != nil || amount < 0 {
			return nil, r.bad("spend", "an amount")
		}
		counts := map[string]int64{}
		for _, column := range []string{"impressions", "clicks"} {
			if r.get(column) == "" {
				continue
			}
			n, err := strconv.ParseInt(r.get(column), 10, 64)
			if err != nil || n < 0 {
				return nil, r.bad(column, "a count")
			}
			counts[column] = n
		}
		return []any{spendRecord{
			Type: "spend", Day: r.get("day"), Platform: r.get("platform"), AccountID: r.get("account_id"),
			CampaignID: r.get("campaign_id"), Campaign: r.get("campaign"), AdGroup: r.get("ad_group"), Ad: r.get("ad"),
			Source: r.get("source"), Medium: r.get("medium"), Channel: r.get("channel"), Currency: r.get("currency"),
			Spend: r.get("spend"), Impressions: counts["impressions"], Clicks: counts["clicks"],
		}}, nil
	}}
}
