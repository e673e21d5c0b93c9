package demo

import (
	"fmt"
	"math"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

// deal is one opportunity.
type deal struct {
	id      string
	account *account
	amount  int64
	number  int
}

// run takes the deal through its stages. Its truth is noted when it was created within the history.
func (d *deal) run(at time.Time) {
	a := d.account
	created := at
	if !d.stage(at, "Qualified", false, false) {
		return
	}
	outcome, closedAt := "open", a.g.opts.End
	won := a.rng.Float64() < 1/(1+math.Exp(-(a.intent-2.3)*1.1))
	steps := []string{"Demo", "Proposal", "Negotiation"}
	for _, stage := range steps {
		at = at.Add(time.Duration((2 + a.rng.ExpFloat64()*4) * float64(24*time.Hour)))
		if a.rng.Float64() < 0.5 {
			a.touch(workHours(at.Add(-20*time.Hour), a.rng), a.people[a.rng.IntN(len(a.people))])
		}
		if stage == "Proposal" {
			d.amount = d.amount * int64(80+a.rng.IntN(50)) / 100
		}
		d.stage(at, stage, false, false)
		if !won && a.rng.Float64() < 0.45 {
			break
		}
	}
	at = at.Add(time.Duration((2 + a.rng.ExpFloat64()*5) * float64(24*time.Hour)))
	name, result := "Closed Lost", "lost"
	if won {
		name, result = "Closed Won", "won"
	}
	if d.stage(at, name, won, true) {
		outcome, closedAt = result, at
	}
	d.note(created, closedAt, outcome)
}

func (d *deal) stage(at time.Time, stage string, won, closed bool) bool {
	d.number++
	var contacts []string
	for _, p := range d.account.people {
		contacts = append(contacts, p.contact)
	}
	return d.account.g.emit(at, replay.EndpointStages, map[string]any{
		"type": "stage", "id": fmt.Sprintf("%s-%d", d.id, d.number), "occurred_at": stamp(at),
		"opportunity_id": d.id, "account_id": d.account.id, "account_domain": d.account.domain, "contact_ids": contacts,
		"pipeline": "new business", "stage": stage, "amount": fmt.Sprintf("%d.00", d.amount), "currency": currency,
		"is_won": won, "is_closed": closed, "source_system": "demo",
	})
}

// note writes down which touches moved the company until the close, in proportion.
func (d *deal) note(created, closed time.Time, outcome string) {
	t := Truth{OpportunityID: d.id, AccountID: d.account.id, CreatedAt: created, Outcome: outcome, Amount: d.amount, Currency: currency}
	total := 0.0
	for _, m := range d.account.moved {
		if !m.At.After(closed) {
			t.Influences = append(t.Influences, m)
			total += m.Share
		}
	}
	for i := range t.Influences {
		t.Influences[i].Share /= total
	}
	d.account.g.world.Truth = append(d.account.g.world.Truth, t)
}
