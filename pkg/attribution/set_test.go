package attribution

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func drawHits(t *rapid.T) []Hit {
	hits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Hit {
		h := Hit{
			Key:    Key{OccurredUS: rapid.Int64Range(0, 300).Draw(t, "minute") * 60_000_000, ID: strconv.Itoa(rapid.IntRange(0, 25).Draw(t, "id"))},
			IsPage: rapid.Bool().Draw(t, "page"), Evidence: Evidence(rapid.IntRange(0, 5).Draw(t, "evidence")),
			IsForm: rapid.IntRange(0, 5).Draw(t, "form") == 0, IsBot: rapid.IntRange(0, 9).Draw(t, "bot") == 0,
		}
		if h.Evidence > EvidenceNone {
			h.Source = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "source")
		}
		return h
	}), 0, 30).Draw(t, "hits")
	for i := range hits {
		hits[i].Key.ReceiptSeq = int64(i) * 7 % 31
	}
	return hits
}

type sessionView struct {
	ID, BotReason string
	Key           Key
	LastUS        int64
	Kind          TouchKind
	IsBot         bool
	Hits          int
	First         Hit
}

func viewSessions(hits []Hit) []sessionView {
	var views []sessionView
	for _, s := range Sessions("v", hits, 0) {
		views = append(views, sessionView{s.ID, s.BotReason, s.Key, s.LastUS, s.Kind, s.IsBot, s.Hits, hits[s.First]})
	}
	return views
}

func TestSessions_areAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hits := drawHits(t)
		want := viewSessions(hits)
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(hits)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(hits), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		// Later deliveries of the same events.
		for _, h := range hits {
			h.Key.ReceiptSeq += 100
			shuffled = append(shuffled, h)
		}
		if got := viewSessions(shuffled); !slices.Equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestFoldStages_isAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) StageRecord {
			return StageRecord{
				Key:   Key{OccurredUS: rapid.Int64Range(0, 9).Draw(t, "at"), ID: strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "id"))},
				Stage: rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "stage"), IsClosed: rapid.Bool().Draw(t, "closed"),
				IsWon: rapid.Bool().Draw(t, "won"), HasAmount: rapid.Bool().Draw(t, "has"), AmountMinor: rapid.Int64Range(0, 9).Draw(t, "amount"),
			}
		}), 0, 12).Draw(t, "records")
		for i := range records {
			records[i].Key.ReceiptSeq = int64(i)
		}
		want := FoldStages(records)
		slices.SortFunc(records, func(a, b StageRecord) int { return cmp.Compare(b.Key.ReceiptSeq*17%13, a.Key.ReceiptSeq*17%13) })
		got := FoldStages(append(records, records...))
		if got.CreatedUS != want.CreatedUS || got.ClosedUS != want.ClosedUS || got.AmountMinor != want.AmountMinor || !slices.Equal(got.Visits, want.Visits) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		for i := 1; i < len(want.Visits); i++ {
			if want.Visits[i].Stage == want.Visits[i-1].Stage || want.Visits[i-1].LeftUS != want.Visits[i].EnteredUS {
				t.Fatalf("visits %+v", want.Visits)
			}
		}
	})
}
