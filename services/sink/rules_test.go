package sink_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/enginetest"
	"github.com/tributary-attribution/tributary/pkg/event"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// spendWorld makes up costs and changes of channel rules, and knows where every cost belongs in the end: it classifies each one's last record by the last rules, and
// knows nothing of versions, rows and the order in which anything is read.
type spendWorld struct {
	t       testing.TB
	rng     *rand.Rand
	seq     int64
	shipped channel.RuleSet
	costs   map[string]*pb.Spend
	own     map[string]channel.Own
	log     []message
}

var ownRules = []channel.Own{
	{},
	{Version: "1", Rules: []channel.Rule{{Channel: "Partners", Any: []channel.Condition{{Source: &channel.Match{In: []string{"partner"}}}}}}},
	{
		Version: "2", Rules: []channel.Rule{{Channel: "Ads\\' of 'ours", Any: []channel.Condition{{Medium: &channel.Match{In: []string{"cpc"}}}}}},
		Aliases: []channel.Alias{{Field: "campaign", From: []string{"C1", "c2"}, To: "One"}, {Field: "source", From: []string{"fb"}, To: "facebook"}},
	},
	{Version: "3", Aliases: []channel.Alias{{Field: "source", From: []string{"partner"}, To: "google"}}},
}

// campaigns are names that people give, one with all that could end a text of SQL.
var campaigns = []string{"C0", "C1", "C2", "C3', '') -- \\\\' {day:Date} ? \n\"`"}

func newSpendWorld(t testing.TB) *spendWorld {
	shipped, err := channelfile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	w := &spendWorld{t: t, rng: rand.New(rand.NewPCG(enginetest.Seed(t), 1)), seq: 1_784_109_600_000_000, shipped: shipped, costs: map[string]*pb.Spend{}, own: map[string]channel.Own{}}
	return w
}

func (w *spendWorld) classifier(own channel.Own) *channel.Classifier {
	c, err := channel.New(w.shipped, own.Options())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// cost is a day's cost as a collector sends it that knows the shipped rules only.
func (w *spendWorld) cost() {
	w.seq += int64(1 + w.rng.IntN(2))
	platform := []string{"google_ads", "meta", "other"}[w.rng.IntN(3)]
	m := &pb.Spend{
		Workspace: []string{"w", "x"}[w.rng.IntN(2)], Day: 20600 + w.rng.Int32N(40)*10, Platform: platform, AccountId: "1", CampaignId: fmt.Sprint(w.rng.IntN(4)),
		Campaign: campaigns[w.rng.IntN(len(campaigns))], Source: []string{"", "partner", "FB", "google"}[w.rng.IntN(4)], Medium: []string{"", "cpc", "referral"}[w.rng.IntN(3)],
		Currency: "EUR", SpendMinor: 1 + w.rng.Int64N(1000), Clicks: 1, ReceivedUs: w.seq, ReceiptSeq: w.seq,
	}
	if w.rng.IntN(12) == 0 {
		*m = pb.Spend{Workspace: m.Workspace, Day: m.Day, Platform: m.Platform, AccountId: m.AccountId, ReplacesDay: true, ReceivedUs: w.seq, ReceiptSeq: w.seq}
		for key, c := range w.costs {
			if c.Workspace == m.Workspace && c.Day == m.Day && c.Platform == m.Platform {
				delete(w.costs, key)
			}
		}
		w.log = append(w.log, msg(w.t, "spend-v1", event.SpendKey(m), m))
		return
	}
	switch w.rng.IntN(4) {
	case 0:
		m.Channel, m.RulesVersion = "Sponsoring", event.ExplicitRules
	case 1:
		m.Channel = "From before" // a record of an earlier version of the collector
	default:
		c := w.classifier(channel.Own{})
		source, medium := event.SpendOrigin(m.Platform, m.Source, m.Medium)
		m.Channel, m.RulesVersion = c.Channel(source, medium, m.Campaign), c.Version()
	}
	key := event.SpendKey(m)
	w.costs[key] = m
	w.log = append(w.log, msg(w.t, "spend-v1", key, m))
}

// rules is a change of a workspace's rules, as each task tells of it, more than once.
func (w *spendWorld) rules() {
	w.seq += 2
	workspace, own := []string{"w", "x"}[w.rng.IntN(2)], ownRules[w.rng.IntN(len(ownRules))]
	w.own[workspace] = own
	text, err := json.Marshal(own)
	if err != nil {
		w.t.Fatal(err)
	}
	for p := range int32(3) {
		for v := range int64(2) {
			m := &pb.ModelsRow{
				Workspace: workspace, Partition: p, Revision: w.seq, Version: w.seq + v, ChangedUs: w.seq, RulesChangedUs: w.seq, RulesCauseEventId: fmt.Sprint("control ", w.seq),
				RulesVersion: w.classifier(own).Version(), Rules: string(text), Reason: pb.Reason_REASON_RULES,
			}
			w.log = append(w.log, msg(w.t, "models-v1", fmt.Sprint(workspace, p), m))
		}
	}
}

func (w *spendWorld) step(n int) []message {
	from := len(w.log)
	for range n {
		if w.rng.IntN(25) == 0 {
			w.rules()
		} else {
			w.cost()
		}
	}
	return slices.Clone(w.log[from:])
}

func (w *spendWorld) check(s *stack) {
	w.t.Helper()
	var want []string
	for key, c := range w.costs {
		place := [4]string{c.Source, c.Medium, c.Campaign, c.Channel}
		if own, ok := w.own[c.Workspace]; ok {
			r := w.classifier(own)
			source, medium := event.SpendOrigin(c.Platform, c.Source, c.Medium)
			place[0], place[1], place[2] = r.Named(c.Source, c.Medium, c.Campaign)
			if c.RulesVersion != "" && c.RulesVersion != event.ExplicitRules {
				place[3] = r.Channel(source, medium, c.Campaign)
			}
		}
		want = append(want, fmt.Sprintf("('%s','%s','%s','%X','%X',%d)", key, place[0], place[1], place[2], place[3], c.SpendMinor))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.rows("SELECT spend_key, source, medium, hex(campaign), hex(channel), spend_minor FROM spend_rows FINAL")); diff != "" {
		w.t.Errorf("costs (-want, +got):\n%s", diff)
	}
	// What is known of the latest moment is what is current: with amounts, in the same places.
	known := "SELECT spend_key, argMax(source, (version, classified)), argMax(medium, (version, classified)), hex(argMax(campaign, (version, classified))), hex(argMax(channel, (version, classified))), " +
		"argMax(spend_minor, (version, classified)) AS minor FROM spend_versions_rows FINAL GROUP BY spend_key HAVING minor > 0"
	if diff := cmp.Diff(want, s.rows(known)); diff != "" {
		w.t.Errorf("history (-want, +got):\n%s", diff)
	}
}

// TestSink_spendFollowsRules lets costs and changes of channel rules come from two topics at once, each twice and in disorder, while the sink is killed again and again: every
// cost ends where the rules in force put it, what its sender named stays, and what was stated anew stays withdrawn.
func TestSink_spendFollowsRules(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	s, w := newStack(t), newSpendWorld(t)
	for round := range 5 {
		c := s.startChild([]time.Duration{10 * time.Millisecond, time.Hour}[round%2])
		part := w.step(120)
		part = append(part, part...)
		w.rng.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		s.send(part...)
		if round > 0 {
			wait(t, time.Duration(w.rng.IntN(250))*time.Millisecond)
		}
		c.kill()
	}
	s.cfg.InstanceID = "child"
	run := s.start()
	s.drained()
	w.check(s)
	// The same again changes nothing, nor does it matter what came before another change.
	s.send(w.log...)
	s.drained()
	w.check(s)
	from := len(w.log)
	for range 3 {
		w.rules()
	}
	s.send(w.log[from:]...)
	s.drained()
	w.check(s)
	run.stop()
}

// TestSink_spendKeepsItsHistory says what a report as of a moment needs: where a cost stood before its rules changed, since when it stands elsewhere, and why.
func TestSink_spendKeepsItsHistory(t *testing.T) {
	s, w := newStack(t), newSpendWorld(t)
	w.seq = at(7, 1, 0)
	run := s.start()
	c := &pb.Spend{
		Workspace: "w", Day: 19900, Platform: "other", Campaign: "C", Source: "partner", Medium: "referral", Channel: "Referral", RulesVersion: w.classifier(channel.Own{}).Version(),
		Currency: "EUR", SpendMinor: 100, ReceivedUs: w.seq, ReceiptSeq: w.seq,
	}
	s.send(msg(t, "spend-v1", event.SpendKey(c), c))
	s.drained()
	text, err := json.Marshal(ownRules[1])
	if err != nil {
		t.Fatal(err)
	}
	changed := at(7, 2, 0)
	s.send(msg(t, "models-v1", "w", &pb.ModelsRow{Workspace: "w", Revision: 2, Version: 2, RulesChangedUs: changed, RulesCauseEventId: "ctl", RulesVersion: "r+1", Rules: string(text)}))
	s.drained()
	late := &pb.Spend{
		Workspace: "w", Day: 19901, Platform: "other", Campaign: "C", Source: "partner", Medium: "referral", Channel: "Referral", RulesVersion: c.RulesVersion, Currency: "EUR",
		SpendMinor: 7, ReceivedUs: at(7, 3, 0), ReceiptSeq: at(7, 3, 0),
	}
	s.send(msg(t, "spend-v1", event.SpendKey(late), late))
	s.drained()
	run.stop()
	version := w.classifier(ownRules[1]).Version()
	want := []string{
		fmt.Sprintf("('2024-06-26','received','2024-07-01 00:00:00.000','Referral','%s','',100)", c.RulesVersion),
		fmt.Sprintf("('2024-06-26','rules','2024-07-02 00:00:00.000','Partners','%s','ctl',100)", version),
		fmt.Sprintf("('2024-06-27','received','2024-07-03 00:00:00.000','Referral','%s','',7)", c.RulesVersion),
		fmt.Sprintf("('2024-06-27','rules','2024-07-03 00:00:00.000','Partners','%s','ctl',7)", version),
	}
	if diff := cmp.Diff(want, s.rows("SELECT toString(day), reason, toString(recorded_at), channel, rules_version, cause_event_id, spend_minor FROM spend_changes")); diff != "" {
		t.Errorf("history (-want, +got):\n%s", diff)
	}
	// ClickHouse takes a comparison with the empty text for one of sizes, and has to find those behind the view.
	if got := s.rows("SELECT count() FROM spend_changes WHERE cause_event_id != '' AND channel != '' AND rules_version != ''"); got[0] != "(2)" {
		t.Errorf("%v changes have a cause", got)
	}
	if got := strings.Join(s.rows("SELECT channel, rules_version, sum(spend_minor) FROM spend GROUP BY channel, rules_version"), " "); got != fmt.Sprintf("('Partners','%s',107)", version) {
		t.Errorf("current: %s", got)
	}
}

// TestSink_historyEndsWhereCostsStand ends a sink, so to speak, at the two moments at which the history of costs is ahead of the costs, and sets the channel rules back before the
// next one starts: the place that the history was ahead with is not the last one known.
func TestSink_historyEndsWhereCostsStand(t *testing.T) {
	s, w := newStack(t), newSpendWorld(t)
	rules := func(seq int64, own channel.Own) message {
		text, err := json.Marshal(own)
		if err != nil {
			t.Fatal(err)
		}
		w.own["w"] = own
		return msg(t, "models-v1", "w", &pb.ModelsRow{Workspace: "w", Revision: seq, Version: seq, RulesChangedUs: seq, RulesCauseEventId: "ctl", RulesVersion: w.classifier(own).Version(), Rules: string(text)})
	}
	cost := func(day int32, seq int64) (*pb.Spend, message) {
		m := &pb.Spend{
			Workspace: "w", Day: day, Platform: "other", Campaign: "C", Source: "partner", Medium: "referral", Channel: "Referral", RulesVersion: w.classifier(channel.Own{}).Version(),
			Currency: "EUR", SpendMinor: 100, ReceivedUs: seq, ReceiptSeq: seq,
		}
		w.costs[event.SpendKey(m)] = m
		return m, msg(t, "spend-v1", event.SpendKey(m), m)
	}
	stood, stoodMsg := cost(19900, at(7, 1, 0))
	run := s.start()
	s.send(rules(at(7, 1, time.Second), channel.Own{}))
	s.drained()
	s.send(stoodMsg)
	s.drained()
	w.check(s)
	run.stop()

	// Partners is where the rules of 2 July put both costs: one was about to be moved, of the other its version was written and its row not yet.
	half, halfMsg := cost(19910, at(7, 2, time.Second))
	ahead := func(m *pb.Spend) {
		t.Helper()
		err := s.conn.Exec(t.Context(), `INSERT INTO spend_versions_rows (workspace, day, spend_key, version, classified, received_at, cause_event_id, currency, exponent, spend_minor, impressions, clicks, channel, campaign, source, medium, rules_version)
			VALUES ('w', ?, ?, ?, ?, ?, 'ctl', 'EUR', 2, 100, 0, 0, 'Partners', 'C', 'partner', 'referral', ?)`,
			time.Unix(int64(m.Day)*86400, 0).UTC(), event.SpendKey(m), uint64(m.ReceiptSeq), uint64(at(7, 2, 0)), time.UnixMicro(at(7, 2, 0)).UTC(), w.classifier(ownRules[1]).Version())
		if err != nil {
			t.Fatal(err)
		}
	}
	ahead(stood)
	ahead(half)
	back := rules(at(7, 3, 0), channel.Own{})
	s.start()
	s.send(back)
	s.drained()
	s.send(halfMsg)
	s.drained()
	w.check(s)
}
