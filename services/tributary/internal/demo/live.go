package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	// chapterDays is how much of the world one chapter of live traffic tells, quickly.
	chapterDays     = 45
	chapterAccounts = 60
)

// Sender sends items; *replay.Sender is one.
type Sender interface {
	Send(ctx context.Context, sources ...replay.Source) error
}

// Live goes on telling stories until ctx ends: at perSecond events a second, each dated now, as if weeks passed in minutes. Spend is left out:
// it belongs to days, not to moments.
func Live(ctx context.Context, to Sender, seed uint64, perSecond float64, now func() time.Time) error {
	pace := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer pace.Stop()
	for chapter := uint64(1); ; chapter++ {
		opened := now()
		w, err := Generate(Options{
			Seed: seed + chapter, Days: chapterDays, End: opened.UTC(), Accounts: chapterAccounts,
			// The second it opened in: a restart does not repeat ids.
			Prefix: fmt.Sprintf("live%d", opened.Unix()),
		})
		if err != nil {
			return err
		}
		for _, e := range w.Events {
			if e.Item.Endpoint == replay.EndpointSpend {
				continue
			}
			select {
			case <-pace.C:
			case <-ctx.Done():
				return nil
			}
			one := &World{Events: []Event{redate(e, now())}}
			if err := to.Send(ctx, one.Source()); err != nil {
				if ctx.Err() != nil {
					return nil
				}
				return err
			}
		}
	}
}

// redate moves an event to another time: every stamp in it that says when it happened.
func redate(e Event, at time.Time) Event {
	e.Item.Body = bytes.ReplaceAll(e.Item.Body, []byte(stamp(e.At)), []byte(stamp(at)))
	e.At = at
	return e
}
