package verify

import (
	"strings"
	"testing"
)

func TestMatchAndMissing(t *testing.T) {
	want := map[string]int{"same": 1, "other": 2, "gone": 3}
	p := &Part{Name: "things"}
	match(p, want, "same", 1)
	match(p, want, "other", 5)
	match(p, want, "extra", 9)
	missing(p, want)
	if p.Compared != 4 || p.Differences != 3 {
		t.Fatalf("%d compared, %d different; want 4 and 3", p.Compared, p.Differences)
	}
	var text strings.Builder
	(&Result{Parts: []Part{*p}}).Print(&text)
	for _, line := range []string{
		"things: extra is in ClickHouse, and should not be: 9", "things: gone is missing in ClickHouse: 3", "things: other is 5 in ClickHouse, and should be 2",
	} {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("no line %q in:\n%s", line, text.String())
		}
	}
}

func TestNarrow_keepsOnlyWhatDiffersAgain(t *testing.T) {
	part := func(keys ...string) *Result {
		p := Part{Name: "things"}
		for _, k := range keys {
			p.differ(k, " differs")
		}
		return &Result{Parts: []Part{p}}
	}
	second := part("stays", "new")
	second.Narrow(part("stays", "passed"))
	if second.Differences() != 1 || second.Parts[0].words["stays"] == "" {
		t.Errorf("left: %v", second.Parts[0])
	}
	// More than are kept cannot be told apart, so nothing is taken back.
	many := part()
	for i := range wordsMax + 1 {
		many.Parts[0].differ(i, " differs")
	}
	many.Narrow(part("stays"))
	if many.Differences() != wordsMax+1 {
		t.Errorf("%d differences left of %d", many.Differences(), wordsMax+1)
	}
}

func TestPrint_saysHowManyMore(t *testing.T) {
	p := Part{Name: "things"}
	for i := range shownMax + 5 {
		p.differ(i, " differs")
	}
	var text strings.Builder
	(&Result{Parts: []Part{p}}).Print(&text)
	if !strings.Contains(text.String(), "things: and 5 more\n") || strings.Count(text.String(), " differs\n") != shownMax {
		t.Errorf("printed:\n%s", text.String())
	}
}
