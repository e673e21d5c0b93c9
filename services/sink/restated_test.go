package sink_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/event"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// TestSink_daysStatedAnew sends statements of days and their costs, in any order, in batches of any size and twice: what is current is what the last statement of each day
// and account says, and every earlier figure stays in the history.
func TestSink_daysStatedAnew(t *testing.T) {
	const day = 20635 // 2026-07-01
	var seq int64 = 1_784_109_600_000_000
	var msgs []message
	put := func(m *pb.Spend) {
		seq++
		m.Workspace, m.Platform, m.Currency, m.ReceiptSeq, m.ReceivedUs = "w", "google_ads", "EUR", seq, seq
		msgs = append(msgs, msg(t, "spend-v1", event.SpendKey(m), m))
	}
	anew := func(day int32, account string) { put(&pb.Spend{Day: day, AccountId: account, ReplacesDay: true}) }
	cost := func(day int32, account, campaign string, minor int64) {
		put(&pb.Spend{Day: day, AccountId: account, CampaignId: campaign, SpendMinor: minor, Impressions: minor, Clicks: 1})
	}
	cost(day, "1", "upserted before", 1)
	anew(day, "1")
	cost(day, "1", "stays", 10)
	cost(day, "1", "vanishes", 20)
	cost(day, "2", "other account", 40)
	cost(day+1, "1", "other day", 80)
	anew(day, "1")
	cost(day, "1", "stays", 11)
	cost(day, "1", "comes", 160)
	anew(day, "1")
	cost(day, "1", "stays", 12)
	cost(day, "1", "comes", 160)
	cost(day, "1", "upserted after", 320)
	s := newStack(t)
	s.cfg.BatchRows, s.cfg.FlushInterval = 3, 0
	rng := rand.New(rand.NewPCG(enginetest.Seed(t), 1))
	run := s.start()
	for range 2 {
		rng.Shuffle(len(msgs), func(i, j int) { msgs[i], msgs[j] = msgs[j], msgs[i] })
		s.send(msgs...)
	}
	s.drained()
	run.stop()
	want := "('2026-07-01','1','comes',160,160) ('2026-07-01','1','stays',12,12) ('2026-07-01','1','upserted after',320,320) ('2026-07-01','2','other account',40,40) ('2026-07-02','1','other day',80,80)"
	got := s.rows("SELECT toString(day), account_id, campaign_id, spend_minor, impressions FROM spend ORDER BY day, account_id, campaign_id")
	if strings.Join(got, " ") != want {
		t.Errorf("current:\n%s\nwant\n%s", strings.Join(got, " "), want)
	}
	// Every figure that was ever given is in the history, and each that vanished ends in nothing.
	history := s.rows("SELECT spend_key, argMax(spend_minor, version), countIf(spend_minor > 0) FROM spend_versions_rows FINAL GROUP BY spend_key ORDER BY spend_key")
	for _, v := range []struct {
		campaign      string
		last, figures int
	}{{"upserted before", 0, 1}, {"vanishes", 0, 1}, {"stays", 12, 3}, {"comes", 160, 2}, {"other account", 40, 1}} {
		found := false
		for _, h := range history {
			found = found || strings.Contains(h, "i:"+v.campaign+"|") && strings.HasSuffix(h, fmt.Sprintf(",%d,%d)", v.last, v.figures))
		}
		if !found {
			t.Errorf("history of %s: want %d after %d figures, in\n%s", v.campaign, v.last, v.figures, strings.Join(history, "\n"))
		}
	}
}
