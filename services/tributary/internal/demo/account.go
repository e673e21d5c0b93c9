package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

const (
	currency = "USD"
	// leadIntent and dealIntent are the levels of a person's and a company's intent at which a form is filled in and a deal opened.
	leadIntent = 0.9
	dealIntent = 1.9
)

// account is one company and what goes on in it.
type account struct {
	g      *generator
	rng    *rand.Rand
	id     string
	domain string
	// size is 0 small, 1 mid-size, 2 large.
	size   int
	people []*person
	intent float64
	// moved is every touch with an effect, in time order.
	moved []Influence
	deals int
}

// person is somebody at the company with one browser.
type person struct {
	number  int
	visitor string
	email   string
	contact string
	known   bool
	intent  float64
}

func newAccount(g *generator, rng *rand.Rand, n int) *account {
	a := &account{g: g, rng: rng, id: fmt.Sprintf("%s-acct-%d", g.opts.Prefix, n), domain: fmt.Sprintf("%s-company-%d.example", g.opts.Prefix, n)}
	switch p := rng.Float64(); {
	case p < 0.5:
	case p < 0.85:
		a.size = 1
	default:
		a.size = 2
	}
	for i := range 1 + a.size + rng.IntN(2) {
		a.people = append(a.people, &person{
			number: i, visitor: uuid(rng), email: fmt.Sprintf("person%d@%s", i, a.domain),
			contact: fmt.Sprintf("%s-contact-%d-%d", g.opts.Prefix, n, i),
		})
	}
	return a
}

// live lets the company meet the marketing: visits at random times, the more the warmer it gets, until it has bought or cooled down.
func (a *account) live() {
	at := a.g.start.Add(time.Duration((0.02 + a.rng.Float64()*0.95) * float64(a.g.opts.End.Sub(a.g.start))))
	visits := 3 + a.rng.IntN(6) + 4*a.size
	for range visits {
		at = at.Add(time.Duration(a.rng.ExpFloat64() * float64(60*time.Hour)))
		if !at.Before(a.g.opts.End) {
			return
		}
		a.touch(workHours(at, a.rng), a.people[a.rng.IntN(len(a.people))])
		if a.intent > dealIntent && a.deals == 0 {
			a.deal(at.Add(time.Duration(1+a.rng.ExpFloat64()*3) * 24 * time.Hour))
		}
	}
}

// touch is one contact of one person with the marketing.
func (a *account) touch(at time.Time, p *person) {
	n := a.pick(at)
	s := &a.g.sources[n]
	if s.offline && !p.known {
		a.becomeLead(at.Add(-time.Hour), p) // Who signs up for a webinar or is scanned at a booth is known from then on.
	}
	var id string
	var happened bool
	if s.offline {
		id, happened = a.g.offlineTouch(at, s, p, a.rng)
	} else {
		id, happened = a.g.visit(at, s, p, a.rng)
	}
	if !happened {
		return
	}
	a.g.click(at, n, 1)
	effect := s.effect * math.Exp(0.6*a.rng.NormFloat64()-0.18) // Mean 1: some ads hit home, most do not.
	if effect > 0 {
		p.intent += effect
		a.intent += effect
		a.moved = append(a.moved, Influence{EventID: id, At: at, Channel: s.channel, Campaign: s.campaign, Share: effect})
	}
	if !p.known && !s.offline && (p.intent > leadIntent || a.rng.Float64() < s.curious*1.6) {
		a.becomeLead(at.Add(4*time.Minute), p)
	}
}

// pick chooses among the sources of the day by the company's size; the late ones are taken when the mind is made up.
func (a *account) pick(at time.Time) int {
	moment := a.g.share(at)
	weight := func(s *source) float64 {
		if !s.runs(moment) {
			return 0
		}
		w := s.weight[a.size]
		if s.late {
			w *= 0.25 + a.intent
		}
		return w
	}
	return choose(a.rng, a.g.sources, weight)
}

// becomeLead fills in a form; the CRM has the lead within the hour.
func (a *account) becomeLead(at time.Time, p *person) {
	p.known = true
	a.g.form(at, p, a.rng)
	created := at.Add(time.Duration(5+a.rng.IntN(50)) * time.Minute)
	a.g.contact(created, p, a.id)
}

// deal takes an opportunity through its stages to won or lost, with visits going on meanwhile.
func (a *account) deal(at time.Time) {
	a.deals++
	d := deal{
		id: fmt.Sprintf("%s-deal-%d", a.id, a.deals), account: a,
		amount: int64([]float64{1400, 4200, 13500}[a.size] * math.Exp(0.45*a.rng.NormFloat64())),
	}
	for _, p := range a.people {
		if !p.known {
			a.becomeLead(at.Add(-30*time.Minute), p)
		}
	}
	d.run(at)
}
