package e2e_test

import (
	"math"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostBytes is what the whole dashboard may take over the wire, compressed, font included.
const mostBytes = 250_000

// TestDashboard opens every place, as every role, in both themes, wide and narrow.
func TestDashboard(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser and two engines")
	}
	chromium := need(t, "chromium", "chromium-browser", "google-chrome")
	binary := build(t)
	s := up(t, binary)

	empty := drive(t, chromium, s, "empty")
	clean(t, empty)
	if len(empty.Lines) != 5 || !strings.Contains(empty.Lines[0], s.collector+"/v1/page") {
		t.Errorf("an empty page says what to send, to this collector: %q", empty.Lines)
	}

	run(t, t.TempDir(), binary, "demo", "--collector", s.collector, "--key", s.key, "--days", "240", "--accounts", "300")
	awaitWorld(t, s)
	full := drive(t, chromium, s, "full")
	clean(t, full)
	t.Logf("first contentful paint %.0f ms, figures after %.0f ms, %d bytes over the wire", full.Paint, full.FiguresAfter, full.Bytes)
	if full.Bytes == 0 || full.Bytes > mostBytes {
		t.Errorf("the dashboard takes %d bytes, want at most %d", full.Bytes, mostBytes)
	}
	if full.Lengthened < 500 {
		t.Errorf("only %d long names were looked at", full.Lengthened)
	}
	if full.Cared.Checks < 80 || full.Cared.Stops < 400 {
		t.Errorf("looked at too little with care: %+v", full.Cared)
	}
	t.Run("roles", func(t *testing.T) { checkRoles(t, full) })
	t.Run("figures", func(t *testing.T) { checkFigures(t, s, full) })
	t.Run("report", func(t *testing.T) { checkReport(t, binary, s, full) })
	t.Run("facts", func(t *testing.T) { checkFacts(t, s, full) })
	t.Run("calm", func(t *testing.T) { checkCalm(t, full) })
	t.Run("explain", func(t *testing.T) { checkExplain(t, full) })
	t.Run("live", func(t *testing.T) { checkLive(t, full) })
	t.Run("colours", func(t *testing.T) { checkColours(t, full) })
}

// TestSentences holds what the dashboard says at the edges: none, one, ties, no spend, one week.
func TestSentences(t *testing.T) {
	node := need(t, "node")
	run(t, root(t), "scripts/web.sh")
	if _, err := os.Stat("../node_modules/vite"); err != nil {
		t.Skip("the dashboard cannot be built here")
	}
	out, err := exec.CommandContext(t.Context(), node, "--test", "sentences.test.mjs").CombinedOutput()
	if passed := regexp.MustCompile(`(?m)^(?:#|ℹ) pass (\d+)$`).FindSubmatch(out); err != nil || passed == nil || len(passed[1]) < 2 {
		t.Fatalf("%v\n%s", err, out)
	}
}

// clean holds for every view.
func clean(t *testing.T, s seen) {
	t.Helper()
	for what, all := range map[string][]string{
		"console": s.Complaints, "axe": s.Serious, "wider than the screen": s.Overflows, "request to elsewhere": s.Elsewhere, "never settled": s.Slow,
		"opens nothing": s.Dead, "careless": s.Care,
	} {
		for _, one := range all {
			t.Errorf("%s: %s", what, one)
		}
	}
}

func checkRoles(t *testing.T, s seen) {
	want := map[string][2]string{
		"cmo": {"/outcomes", ""}, "demand": {"/channels", ""}, "paid-search": {"/channels", "Paid Search"}, "content": {"/channels", "Organic Search"},
		"events": {"/channels", "Event"}, "revops": {"/tracking", ""}, "finance": {"/measurement", ""},
	}
	if len(s.Roles) != len(want) {
		t.Errorf("roles: %v", s.Roles)
	}
	for id, w := range want {
		if got := s.Roles[id]; got.Place != w[0] || got.Channel != w[1] {
			t.Errorf("%s starts at %s with channel %q, want %v", id, got.Place, got.Channel, w)
		}
	}
	if s.StartedAt != "/outcomes" {
		t.Errorf("/ leads to %s", s.StartedAt)
	}
	// A cheap lead must not be praised without what it led to.
	heads := strings.Join(s.Roles["demand"].Heads, " ")
	for _, column := range []string{"CPL", "Open pipeline", "Return"} {
		if !strings.Contains(heads, column) {
			t.Errorf("demand generation sees %s, without %s", heads, column)
		}
	}
}

// exactValue reads the figure out of "Spend of all channels: 1,234.50 USD; 90% between ...".
func exactValue(t *testing.T, title string) float64 {
	t.Helper()
	_, text, ok := strings.Cut(title, ": ")
	if !ok {
		t.Fatalf("title %q names no figure", title)
	}
	text, _, _ = strings.Cut(text, ";")
	text = strings.NewReplacer(",", "", " USD", "", "−", "-").Replace(text)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("title %q: %v", title, err)
	}
	return v
}

// checkFigures holds every figure on the pages against the API's answer to the same question.
func checkFigures(t *testing.T, s stack, got seen) {
	for by, figures := range got.Figures {
		group := by
		if by == "outcomes" {
			group = "channel"
		}
		var a struct {
			Rows   []map[string]any
			Totals map[string]any
		}
		answer(t, s.query+"/api/v1/channels?"+url.Values{"from": {got.Period.First}, "to": {got.Period.Last}, "group_by": {group}, "limit": {"50"}}.Encode(), &a)
		if len(figures) < 6 {
			t.Errorf("%s: only %d figures", by, len(figures))
		}
		for _, f := range figures {
			row := a.Totals
			if f.Channel != "" {
				row = find(a.Rows, f.Channel, f.Campaign)
			}
			want, ok := number(row[f.Measure])
			if !ok {
				t.Errorf("%s: the API has no %s of %s %s", by, f.Measure, f.Channel, f.Campaign)
				continue
			}
			if v := exactValue(t, f.Title); math.Abs(v-want) > 1e-4 {
				t.Errorf("%s: %s of %s %s is %v on the page and %v in the API", by, f.Measure, f.Channel, f.Campaign, v, want)
			}
		}
	}
}

func find(rows []map[string]any, channel, campaign string) map[string]any {
	for _, r := range rows {
		c, _ := r["campaign"].(string)
		if r["channel"] == channel && (c == campaign) {
			return r
		}
	}
	return nil
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

func checkExplain(t *testing.T, s seen) {
	if len(s.Explain) != 4 || !strings.Contains(s.Explain[0], "Return of all channels") || !strings.HasSuffix(s.Explain[1], "USD") || !strings.HasPrefix(s.Explain[3], "Journey ") {
		t.Errorf("from the total to the journey: %q", s.Explain)
	}
	if s.Postings == 0 || s.Cause == "" {
		t.Errorf("the journey shows %d postings, the first caused by %q", s.Postings, s.Cause)
	}
	if s.Skip != "Skip to the figures" || s.Presses > 40 || !s.CameBack {
		t.Errorf("keyboard: first %q, a figure after %d presses, back after closing: %v", s.Skip, s.Presses, s.CameBack)
	}
	if !strings.Contains(s.SavedView, "group_by=campaign") || !s.ViewDeleted {
		t.Errorf("the saved view opens %q; deleted: %v", s.SavedView, s.ViewDeleted)
	}
}

func checkLive(t *testing.T, s seen) {
	if s.Sent >= 300 || s.Live.Before == s.Live.After || !s.Live.Kept {
		t.Errorf("an order (answered %d) moves the open page: %+v", s.Sent, s.Live)
	}
	if !strings.Contains(s.Fresh, "ago") {
		t.Errorf("freshness: %q", s.Fresh)
	}
}

// leastDistance is how far apart two channels' colours lie at least in OKLab, as seen with each kind of colour blindness; about 0.02 is just
// noticeable. leastContrast is WCAG's for graphical objects.
const (
	leastDistance = 0.055
	leastContrast = 3.0
)

func checkColours(t *testing.T, s seen) {
	for theme, c := range s.Colours {
		for i, a := range c.Channels {
			if ratio := contrast(a, c.Paper); ratio < leastContrast {
				t.Errorf("%s: colour %d %s has contrast %.2f", theme, i, a, ratio)
			}
			for j := range i {
				if d := distance(a, c.Channels[j]); d < leastDistance {
					t.Errorf("%s: colours %d %s and %d %s are %.3f apart", theme, i, a, j, c.Channels[j], d)
				}
			}
		}
		marks := map[string]bool{}
		for _, m := range c.Marks {
			if marks[m] {
				t.Errorf("%s: two channels in one view have the same mark %s", theme, m)
			}
			marks[m] = true
		}
		if len(marks) < 8 {
			t.Errorf("%s: only %d channels to look at", theme, len(marks))
		}
	}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
