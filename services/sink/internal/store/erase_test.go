package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	pb "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/sink/internal/rows"
	"github.com/tributary-attribution/tributary/services/sink/internal/store"
)

// forgetUntil is the moment of the request: what happened up to it goes.
const forgetUntil = int64(1_700_000_000_000_000)

type value interface{ MarshalVT() ([]byte, error) }

// put writes messages of a topic as the sink does.
func put(t *testing.T, s *store.Store, topic string, msgs ...value) {
	t.Helper()
	for i, m := range msgs {
		b, err := rows.NewBatch(topic, nil)
		if err != nil {
			t.Fatal(err)
		}
		v, err := m.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		if !b.Add(rows.Record{Topic: topic, Value: v}) {
			t.Fatalf("%s: message %d was refused", topic, i)
		}
		for _, table := range b.Tables() {
			if table.Rows() == 0 {
				continue
			}
			if err := s.Insert(t.Context(), table, fmt.Sprintf("%s %x", table.Name, sha256.Sum256(v))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// person is one with something in every table that names people.
type person struct{ visitor, user, contact, email string }

func (p person) subjects() []string {
	return []string{"v|" + p.visitor, "u|" + p.user, "c|" + p.contact, "e|" + digest(p.email)}
}

func digest(email string) string {
	sum := sha256.Sum256([]byte(email))
	return hex.EncodeToString(sum[:])
}

// remember writes what the attributor and the collector say about a person: of each row an older version and the current one.
func remember(t *testing.T, s *store.Store, workspace string, p person, replaced bool) {
	t.Helper()
	before := forgetUntil - 1_000_000
	touch := func(version int64, id, who, visitor string, at int64) *pb.Touchpoint {
		return &pb.Touchpoint{Workspace: workspace, TouchpointId: id, VisitorId: visitor, PersonId: who, OccurredUs: at, ReceivedUs: at, Version: version, Origin: &pb.Origin{Channel: "Email"}}
	}
	put(t, s, rows.TopicTouchpoints, touch(1, "t-"+p.visitor, "v|"+p.visitor, p.visitor, before), touch(2, "t-"+p.visitor, "c|"+p.contact, p.visitor, before))
	put(t, s, rows.TopicConversions,
		&pb.ConversionRow{Workspace: workspace, ConversionId: "b-" + p.visitor, Type: "purchase", VisitorId: p.visitor, PersonId: "u|" + p.user, OccurredUs: before, Version: 1},
		&pb.ConversionRow{Workspace: workspace, ConversionId: "b-" + p.visitor, Type: "purchase", VisitorId: p.visitor, PersonId: "c|" + p.contact, OccurredUs: before, Version: 2})
	credit := func(model string, version int64, who string) *pb.CreditSet {
		return &pb.CreditSet{
			Workspace: workspace, JourneyId: "c:b-" + p.visitor, Kind: 1, Model: model, Version: version, Currency: "EUR", CloseUs: before, OpenedUs: before, PartsTotal: 1, PersonId: who,
			Rows: []*pb.CreditRow{{TouchpointId: "t-" + p.visitor, Channel: "Email", TouchUs: before, PersonId: who, Parts: 1, Amounts: []*pb.MeasureAmount{{Measure: 1, Amount: 1e9}}}},
		}
	}
	put(t, s, rows.TopicCredits, credit("linear", 1, "u|"+p.user), credit("linear", 2, "c|"+p.contact), credit("linear@2", 1, "u|"+p.user), credit("linear@2", 2, "c|"+p.contact))
	put(t, s, rows.TopicRejected,
		&pb.Rejected{Id: "r1-" + p.visitor, Workspace: workspace, Raw: []byte(`{"contact_emails":["` + strings.ToUpper(p.email) + `"]}`)},
		&pb.Rejected{Id: "r2-" + workspace + p.visitor, Workspace: "", Raw: []byte(`{"userId":"` + p.user + `","x":1}`)},
		&pb.Rejected{Id: "r3-" + p.visitor, Workspace: workspace, Raw: []byte("nothing of a person"), Reason: "email sha256:" + digest(p.email) + " is wrong"},
		&pb.Rejected{Id: "r4-" + p.visitor, Workspace: workspace, Raw: []byte(`{"userId":"` + p.user[:8] + `"}`)})
	if replaced {
		forget(t, s, workspace, p)
	}
}

// forget writes what takes the place of a person: the attributor's part of an erasure.
func forget(t *testing.T, s *store.Store, workspace string, p person) {
	t.Helper()
	before := forgetUntil - 1_000_000
	put(t, s, rows.TopicTouchpoints, &pb.Touchpoint{Workspace: workspace, TouchpointId: "t-" + p.visitor, VisitorId: p.visitor, OccurredUs: before, Version: 3, IsDeleted: true})
	put(t, s, rows.TopicConversions, &pb.ConversionRow{Workspace: workspace, ConversionId: "b-" + p.visitor, Type: "purchase", OccurredUs: before, Version: 3})
	for _, model := range []string{"linear", "linear@2"} {
		put(t, s, rows.TopicCredits, &pb.CreditSet{
			Workspace: workspace, JourneyId: "c:b-" + p.visitor, Kind: 1, Model: model, Version: 3, Currency: "EUR", CloseUs: before, OpenedUs: before, PartsTotal: 1,
			Removed: []string{"t-" + p.visitor},
			Rows:    []*pb.CreditRow{{TouchpointId: "stub-" + workspace + p.email[:1], Channel: "(erased)", TouchUs: before, Parts: 1, Amounts: []*pb.MeasureAmount{{Measure: 1, Amount: 1e9}}}},
		})
	}
}

// still keeps the server from merging rows by itself, so that every version that was written is there to be found.
func still(t *testing.T, cfg clickhouse.Config) {
	t.Helper()
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, table := range namingTables {
		if err := conn.Exec(t.Context(), "ALTER TABLE "+table+" MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1"); err != nil {
			t.Fatal(err)
		}
	}
}

// namingTables are those that may name a person.
var namingTables = []string{"touchpoints_rows", "conversions_rows", "credits_rows", "shadow_credits_rows", "rejected_rows"}

// everything is all rows of every table that names people, all versions, as text.
func everything(t *testing.T, cfg clickhouse.Config) map[string][]string {
	t.Helper()
	conn, err := clickhouse.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	out := map[string][]string{}
	for _, table := range namingTables {
		var list []string
		if err := conn.QueryRow(t.Context(), "SELECT arraySort(groupArray(toString(tuple(*)))) FROM "+table).Scan(&list); err != nil {
			t.Fatal(err)
		}
		out[table] = list
	}
	return out
}

// with keeps the rows that contain any of the texts; without its opposite.
func with(all map[string][]string, any ...string) (n map[string]int, rest map[string][]string) {
	n, rest = map[string]int{}, map[string][]string{}
	for table, list := range all {
		for _, row := range list {
			found := false
			for _, text := range any {
				found = found || strings.Contains(strings.ToLower(row), strings.ToLower(text))
			}
			if found {
				n[table]++
			} else {
				rest[table] = append(rest[table], row)
			}
		}
	}
	return n, rest
}

// TestStore_erase removes every old version of every row that ever named a person, in every table that names people, and refused input with an id or address of theirs;
// whatever is about others stays to the byte, and doing it again does nothing.
func TestStore_erase(t *testing.T) {
	s, cfg := open(t)
	still(t, cfg)
	ada := person{"browser-of-ada-1234567", "user-ada-12345678901", "contact-ada-12345678", "ada@personal.example"}
	// Bob shares nothing, Cid has Ada's very ids in another workspace.
	bob := person{"browser-of-bob-1234567", "user-bob-12345678901", "contact-bob-12345678", "bob@personal.example"}
	remember(t, s, "w", bob, false)
	remember(t, s, "other", person{ada.visitor, "user-cid", "contact-cid", "cid@personal.example"}, true)
	_, others := with(everything(t, cfg), "no such text")
	remember(t, s, "w", ada, true)
	// What Ada's browser did after the request is a new life, and stays, with its versions.
	later := forgetUntil + 60_000_000
	put(t, s, rows.TopicTouchpoints, &pb.Touchpoint{Workspace: "w", TouchpointId: "t-new", VisitorId: ada.visitor, PersonId: "v|" + ada.visitor, OccurredUs: later, Version: 1})
	_, newLife := with(everything(t, cfg), "nothing has this")
	p := store.Person{Workspace: "w", Subjects: ada.subjects(), Until: time.UnixMicro(forgetUntil)}
	got, err := s.Erase(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	// Two versions of each, and of the touchpoint also the row that says that it is gone, since it names the browser; two refused inputs and one with the digest.
	want := map[string]int64{"touchpoints_rows": 3, "conversions_rows": 2, "credits_rows": 2, "shadow_credits_rows": 2, "rejected_rows": 3}
	if diff := cmp.Diff(want, got.Removed); diff != "" {
		t.Errorf("removed (-want, +got):\n%s", diff)
	}
	if got.Left != 0 {
		t.Errorf("%d rows are left", got.Left)
	}
	after := everything(t, cfg)
	for _, id := range []string{"v|" + ada.visitor, ada.contact, "'u|" + ada.user, digest(ada.email)} {
		n, _ := with(map[string][]string{"w": keep(after, "'w'")}, id)
		if id == "v|"+ada.visitor {
			n["w"]-- // the new life
		}
		if n["w"] != 0 {
			t.Errorf("%s is still in %d rows", id, n["w"])
		}
	}
	for table, list := range others {
		for _, row := range list {
			if !contains(after[table], row) {
				t.Errorf("%s lost a row of somebody else: %s", table, row)
			}
		}
	}
	if !contains(after["touchpoints_rows"], only(t, newLife["touchpoints_rows"], "t-new")) {
		t.Error("what came after the request is gone")
	}
	if only(t, after["rejected_rows"], "('w','r4-"+ada.visitor) == "" {
		t.Error("an input with another id was removed")
	}
	again, err := s.Erase(t.Context(), p)
	if err != nil || again.Left != 0 {
		t.Fatalf("again: %v, %d left", err, again.Left)
	}
	for table, n := range again.Removed {
		if n != 0 {
			t.Errorf("again removed %d rows of %s", n, table)
		}
	}
	if diff := cmp.Diff(after, everything(t, cfg)); diff != "" {
		t.Errorf("again changed (-before, +after):\n%s", diff)
	}
}

// TestStore_eraseTooEarly looks before what takes the person's place is there: current rows stay and are counted, old versions go, and the next look finds the rest. Somebody
// without ids is nobody.
func TestStore_eraseTooEarly(t *testing.T) {
	s, cfg := open(t)
	still(t, cfg)
	ada := person{"browser-of-ada-1234567", "user-ada-12345678901", "contact-ada-12345678", "ada@personal.example"}
	remember(t, s, "w", ada, false)
	p := store.Person{Workspace: "w", Subjects: ada.subjects(), Until: time.UnixMicro(forgetUntil)}
	nobody, err := s.Erase(t.Context(), store.Person{Workspace: "w", Until: p.Until})
	if err != nil || len(nobody.Removed) != 0 || nobody.Left != 0 {
		t.Fatalf("nobody: %v, %v", nobody, err)
	}
	early, err := s.Erase(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if want := (map[string]int64{"touchpoints_rows": 1, "conversions_rows": 1, "credits_rows": 1, "shadow_credits_rows": 1, "rejected_rows": 3}); !cmp.Equal(want, early.Removed) || early.Left != 4 {
		t.Errorf("early: removed %v and left %d, want %v and 4", early.Removed, early.Left, want)
	}
	for _, table := range []string{"touchpoints_rows", "conversions_rows", "credits_rows", "shadow_credits_rows"} {
		if n := count(t, cfg, "SELECT count() FROM "+table+" FINAL"); n != 1 {
			t.Errorf("%s has %d current rows, want the one that was there", table, n)
		}
	}
	forget(t, s, "w", ada)
	late, err := s.Erase(t.Context(), p)
	if err != nil || late.Left != 0 {
		t.Fatalf("late: %v, %d left", err, late.Left)
	}
	n, _ := with(everything(t, cfg), "v|"+ada.visitor, ada.contact, "'u|"+ada.user, digest(ada.email), "'"+ada.visitor+"'")
	if len(n) != 0 {
		t.Errorf("rows that still name the person: %v", n)
	}
}

func keep(all map[string][]string, text string) (out []string) {
	for _, list := range all {
		for _, row := range list {
			if strings.Contains(row, text) {
				out = append(out, row)
			}
		}
	}
	return out
}

func contains(list []string, row string) bool {
	for _, r := range list {
		if r == row {
			return true
		}
	}
	return false
}

// only is the one row with a text; empty when there is none.
func only(t *testing.T, list []string, text string) (found string) {
	t.Helper()
	for _, row := range list {
		if strings.Contains(row, text) {
			if found != "" {
				t.Errorf("%s is in two rows", text)
			}
			found = row
		}
	}
	return found
}
