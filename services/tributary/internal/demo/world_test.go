package demo

import (
	"encoding/json"
	"reflect"
	"strconv"
	"testing"
	"time"
)

func end() time.Time { return time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC) }

func world(t *testing.T, change func(*Options)) *World {
	t.Helper()
	o := DefaultOptions(end())
	if change != nil {
		change(&o)
	}
	w, err := Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestGenerate_sameSeedSameWorld(t *testing.T) {
	a, b := world(t, nil), world(t, nil)
	// Not cmp.Diff: thirty seconds for nothing when they are equal.
	if !reflect.DeepEqual(a, b) {
		t.Fatal("the same options give two worlds")
	}
	if c := world(t, func(o *Options) { o.Seed = 2 }); reflect.DeepEqual(a.Truth, c.Truth) {
		t.Error("another seed gives the same world")
	}
}

func TestGenerate_everythingHappensWithinTheHistoryAndOnce(t *testing.T) {
	w := world(t, nil)
	start, ids := end().AddDate(0, 0, -DefaultOptions(end()).Days), map[string]bool{}
	for i, e := range w.Events {
		if e.At.Before(start) || !e.At.Before(end()) || (i > 0 && e.At.Before(w.Events[i-1].At)) {
			t.Fatalf("event %d at %s is out of the history or out of order", i, e.At)
		}
		var r struct{ ID, MessageID string }
		if err := json.Unmarshal(e.Item.Body, &r); err != nil {
			t.Fatal(err)
		}
		if id := r.ID + r.MessageID; id != "" && ids[id] {
			t.Fatalf("id %s comes twice", id)
		} else {
			ids[id] = true
		}
	}
}

func TestGenerate_truthSharesSumToOneAndNameEvents(t *testing.T) {
	w := world(t, nil)
	ids := map[string]bool{}
	for _, e := range w.Events {
		var r struct{ ID, MessageID string }
		if err := json.Unmarshal(e.Item.Body, &r); err != nil {
			t.Fatal(err)
		}
		ids[r.ID+r.MessageID] = true
	}
	outcomes := map[string]int{}
	for _, truth := range w.Truth {
		outcomes[truth.Outcome]++
		sum := 0.0
		for _, i := range truth.Influences {
			sum += i.Share
			if !ids[i.EventID] {
				t.Fatalf("%s: influence of event %s, which never happened", truth.OpportunityID, i.EventID)
			}
		}
		if sum < 0.999999 || sum > 1.000001 {
			t.Errorf("%s: shares sum to %f", truth.OpportunityID, sum)
		}
	}
	for _, o := range []string{"won", "lost", "open"} {
		if outcomes[o] < 5 {
			t.Errorf("%d opportunities are %s, want at least 5: %v", outcomes[o], o, outcomes)
		}
	}
}

// TestGenerate_cheapestChannelIsNotTheBest is the point of the story: Display has the cheapest visits, and LinkedIn the best return.
func TestGenerate_cheapestChannelIsNotTheBest(t *testing.T) {
	w := world(t, nil)
	cents, revenue := map[string]float64{}, map[string]float64{}
	channelOf := map[string]string{}
	for _, s := range sources() {
		channelOf[s.platform+s.campaignID] = s.channel
	}
	for _, e := range w.Events {
		var r struct {
			Type, Platform, Spend string
			CampaignID            string `json:"campaign_id"`
		}
		if err := json.Unmarshal(e.Item.Body, &r); err != nil {
			t.Fatal(err)
		}
		if r.Type == "spend" {
			v, _ := strconv.ParseFloat(r.Spend, 64)
			cents[channelOf[r.Platform+r.CampaignID]] += v
		}
	}
	for _, truth := range w.Truth {
		for _, i := range truth.Influences {
			if truth.Outcome == "won" {
				revenue[i.Channel] += float64(truth.Amount) * i.Share
			}
		}
	}
	roi := map[string]float64{}
	for c, spend := range cents {
		roi[c] = (revenue[c] - spend) / spend
		t.Logf("%-14s spend %8.0f revenue %8.0f roi %6.2f", c, spend, revenue[c], roi[c])
	}
	if roi["Display"] > 0 || roi["Paid Social"] < 1 || roi["Paid Social"] < roi["Paid Search"] {
		t.Errorf("the story does not hold: %v", roi)
	}
}
