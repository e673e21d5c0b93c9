package event_test

import (
	"testing"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/identity"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// received is 2026-07-15T21:03:05.2Z.
const received = int64(1784149385200000)

const second = int64(1_000_000)

func newWorkspace() *event.Workspace {
	set, err := channelfile.Shipped()
	if err != nil {
		panic(err)
	}
	c, err := channel.New(set, channel.Options{})
	if err != nil {
		panic(err)
	}
	return &event.Workspace{
		Name: "acme", Currency: "EUR", Channels: c, FreeMail: identity.NewFreeMail(), Bots: event.NewBots(),
		Stages: []event.StageRule{
			{SourceSystem: "hubspot", Pipeline: "default", From: "appointmentscheduled", To: "meeting", HasProbability: true, ProbabilityPPM: 200_000},
			{From: "Closed Won", To: "closed_won", IsWon: true},
			{From: "closedlost", To: "closed_lost", IsLost: true},
		},
	}
}

var workspace = newWorkspace()

// delivery is of a secret key; change adapts it.
func delivery(change ...func(*event.Delivery)) *event.Delivery {
	d := &event.Delivery{
		Workspace: workspace, SourceName: "server", Trusted: true, ReceivedUS: received, FutureMaxUS: 48 * 3600 * second,
	}
	for _, c := range change {
		c(d)
	}
	return d
}

// decode parses a record and gives it its meaning, spend included.
func decode(p *event.Parser, raw []byte, t event.Type, env *event.Envelope, change ...func(*event.Delivery)) (*tributaryv1.Event, error) {
	var r event.Record
	if err := p.Parse(&r, raw, t, env); err != nil {
		return nil, err
	}
	if r.Type == event.TypeSpend {
		_, err := r.Spend(delivery(change...))
		return nil, err
	}
	return r.Event(delivery(change...))
}

func mustDecode(t *testing.T, typ event.Type, raw string, change ...func(*event.Delivery)) *tributaryv1.Event {
	t.Helper()
	e, err := decode(event.NewParser(), []byte(raw), typ, nil, change...)
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return e
}
