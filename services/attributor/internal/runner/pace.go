package runner

import (
	"time"

	"github.com/tributary-attribution/tributary/pkg/kafka"
)

// pace bounds the records of a transaction by what the last ones took.
//
// A transaction that outlives the brokers' timeout is aborted by them and ends the session. The process that comes next reads the same records, and with a
// fixed limit it would make the same transaction of them and end the same way, for ever: a few records of long journeys can cost a thousand times
// what a page view costs. So a session begins small, doubles while its transactions are quick, and halves when one was slow. Beginning small also
// makes the first commit after a restart come soon.
type pace struct {
	limit, most int
}

const (
	paceFirst = 500
	paceLeast = 10
	// paceQuick and paceSlow are far below the timeout on both sides of one doubling.
	paceQuick = kafka.TransactionTimeout / 20
	paceSlow  = kafka.TransactionTimeout / 5
)

func newPace(most int) pace { return pace{limit: min(paceFirst, most), most: most} }

// note takes what a transaction of so many records took. A transaction that was not full says nothing about more records.
func (p *pace) note(records int, took time.Duration) {
	switch {
	case took > paceSlow:
		p.limit = max(min(p.limit, records)/2, min(paceLeast, p.most))
	case took < paceQuick && records >= p.limit:
		p.limit = min(p.limit*2, p.most)
	}
}
