package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// strangersPerAccount is how many visits come from people who stay unknown, for each company.
const strangersPerAccount = 10

// strangers adds visitors that never become known; a few fill in a form all the same, with an address at a free mailer.
func (g *generator) strangers(rng *rand.Rand) {
	for n := range g.opts.Accounts * strangersPerAccount {
		at := g.start.Add(time.Duration(rng.Float64() * float64(g.opts.End.Sub(g.start))))
		i := choose(rng, g.sources, func(s *source) float64 {
			if !s.runs(g.share(at)) {
				return 0
			}
			return s.stranger
		})
		s := &g.sources[i]
		p := &person{visitor: uuid(rng), email: fmt.Sprintf("%s.visitor%d@gmail.com", g.opts.Prefix, n)}
		at = workHours(at, rng)
		if _, happened := g.visit(at, s, p, rng); !happened {
			continue
		}
		g.click(at, i, 1)
		if rng.Float64() < s.curious {
			g.form(at.Add(5*time.Minute), p, rng)
		}
	}
}

// click books a paid contact on its day.
func (g *generator) click(at time.Time, source, n int) {
	if g.sources[source].clickCost > 0 {
		g.clicks[clickKey{int(at.Sub(g.start) / (24 * time.Hour)), source}] += n
	}
}

// spend reports every paid source for every day it runs, also on days without a click: a campaign that runs costs something.
func (g *generator) spend(rng *rand.Rand) {
	for day := range g.opts.Days {
		at := g.start.AddDate(0, 0, day)
		for i := range g.sources {
			s := &g.sources[i]
			if s.clickCost == 0 || !s.runs(g.share(at)) {
				continue
			}
			clicks := g.clicks[clickKey{day, i}]
			clicks = clicks * s.waste * (80 + rng.IntN(41)) / 100
			if !s.offline {
				clicks += rng.IntN(4)
			}
			cents := clicks * s.clickCost * (85 + rng.IntN(31)) / 100
			g.emit(at.Add(23*time.Hour), replay.EndpointSpend, map[string]any{
				"type": "spend", "day": at.Format(time.DateOnly), "platform": s.platform, "campaign_id": s.campaignID, "campaign": s.campaign,
				"source": s.source, "medium": s.medium, "channel": explicit(s), "currency": currency,
				"spend": fmt.Sprintf("%d.%02d", cents/100, cents%100), "impressions": clicks * 1000 / s.clickRate, "clicks": clicks,
			})
		}
	}
}

// explicit names the channel of offline campaigns, which no rule would find.
func explicit(s *source) string {
	if s.offline {
		return s.channel
	}
	return ""
}
