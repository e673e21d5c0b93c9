package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-attribution/tributary/services/tributary/internal/replay"
)

const (
	// chapterDays is how much of the world one chapter of live traffic tells, quickly.
	chapterDays     = 45
	chapterAccounts = 60
	// readings is how many pages are read between two events of the story. They belong to visits that are under way and earn nothing, so that
	// something lands all the time and an hour of it is about a usual day, not a month that swells the last day of every trend.
	readings = 30
)

// Sender sends items; *replay.Sender is one.
type Sender interface {
	Send(ctx context.Context, sources ...replay.Source) error
}

// Live goes on telling stories until ctx ends: at perSecond events a second, each dated now. Most are pages that visitors read on; one in
// readings+1 goes on with the story, as if a day passed in an hour. Spend is left out: it belongs to days, not to moments.
func Live(ctx context.Context, to Sender, seed uint64, perSecond float64, now func() time.Time) error {
	pace := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer pace.Stop()
	visitor, read := "", 0
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
			told := []Event{redate(e, now())}
			if v := visitorOf(e); v != "" {
				visitor = v
			}
			for range readings {
				if visitor == "" {
					break
				}
				read++
				page, err := reading(visitor, fmt.Sprintf("live%d-read-%d", opened.UnixNano(), read), read)
				if err != nil {
					return err
				}
				told = append(told, page)
			}
			for _, one := range told {
				select {
				case <-pace.C:
				case <-ctx.Done():
					return nil
				}
				if err := to.Send(ctx, (&World{Events: []Event{redate(one, now())}}).Source()); err != nil {
					if ctx.Err() != nil {
						return nil
					}
					return err
				}
			}
		}
	}
}

// visitorOf is the browser of a page view; empty for everything else.
func visitorOf(e Event) string {
	var page struct {
		Type        string `json:"type"`
		AnonymousID string `json:"anonymousId"`
	}
	if err := json.Unmarshal(e.Item.Body, &page); err != nil || page.Type != "page" {
		return ""
	}
	return page.AnonymousID
}

// reading is the next page of a visit: no source of its own, so it begins no touchpoint. It is dated when it is sent.
func reading(visitor, id string, n int) (Event, error) {
	paths := pagePaths()
	body, err := marshal(map[string]any{
		"type": "page", "messageId": id, "anonymousId": visitor, "timestamp": stamp(time.Time{}),
		"context": withPage(map[string]any{"userAgent": userAgent}, site+paths[n%len(paths)], site+paths[(n+1)%len(paths)]),
	})
	return Event{Item: replay.Item{Endpoint: replay.EndpointBatch, Body: body}}, err
}

// redate moves an event to another time: every stamp in it that says when it happened.
func redate(e Event, at time.Time) Event {
	e.Item.Body = bytes.ReplaceAll(e.Item.Body, []byte(stamp(e.At)), []byte(stamp(at)))
	e.At = at
	return e
}
