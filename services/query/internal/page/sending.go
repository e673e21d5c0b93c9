package page

import (
	"strconv"
	"strings"
)

// sending is what to send while nothing is recorded: lines to copy, in the order in which a stranger would.
type sending struct {
	Touch, Conversion, Spend, Replay string
}

func (p *Page) sending(today string) sending {
	base := strings.TrimSuffix(p.cfg.CollectorURL, "/")
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	post := func(path, body string) string {
		return "curl -u \"$SECRET_KEY:\" " + base + path + " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + body + "'"
	}
	return sending{
		Touch: post("/v1/page", `{"anonymousId":"visitor-1","properties":{"url":"https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring"}}`),
		Conversion: post("/v1/track",
			`{"anonymousId":"visitor-1","event":"Order Completed","properties":{"revenue":120.50,"currency":"USD"}}`),
		Spend: post("/v1/spend",
			`{"type":"spend","day":"`+today+`","platform":"google_ads","campaign":"spring","source":"google","medium":"cpc","currency":"USD","spend":"40.00","impressions":900,"clicks":30}`),
		Replay: "tributary replay leads.csv",
	}
}

// readableOffset writes an offset as links carry it.
func readableOffset(n int) string { return strconv.Itoa(n) }

// modelLabels are models as people call them; others are shown as they are named.
var modelLabels = map[string]string{
	"first_touch": "First touch", "last_touch": "Last touch", "last_non_direct": "Last non-direct", "lead_creation": "Lead creation",
	"linear": "Linear", "position_based": "Position based", "time_decay": "Time decay", "u_shaped": "U-shaped", "w_shaped": "W-shaped",
	"full_path": "Full path", "markov": "Markov", "shapley": "Shapley",
}

func modelLabel(model string) string {
	if label, ok := modelLabels[model]; ok {
		return label
	}
	return model
}
