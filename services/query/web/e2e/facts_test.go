package e2e_test

import (
	"encoding/csv"
	"math"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// mostShift is the layout shift of a view that the browsers' makers call good.
const mostShift = 0.1

// asked is the period of the figures, as a question to the API.
func asked(s stack, got seen, path string, more url.Values) string {
	values := url.Values{"from": {got.Period.First}, "to": {got.Period.Last}}
	for k, v := range more {
		values[k] = v
	}
	return s.query + "/api/v1/" + path + "?" + values.Encode()
}

// checkReport holds the channel table against what the terminal prints of the same question.
func checkReport(t *testing.T, binary string, s stack, got seen) {
	cmd := exec.CommandContext(t.Context(), binary, "report", "--query", s.query, "--from", got.Period.First, "--to", got.Period.Last, "--format", "csv")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tributary report: %v", err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("tributary report printed %q: %v", out, err)
	}
	printed := map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		printed[row["channel"]] = row
	}
	compared := 0
	for _, f := range got.Figures["channel"] {
		if f.Channel == "" {
			continue
		}
		want, err := strconv.ParseFloat(printed[f.Channel][f.Measure], 64)
		if err != nil {
			continue // A measure that the terminal does not print.
		}
		compared++
		if v := exactValue(t, f.Title); math.Abs(v-want) > 1e-4 {
			t.Errorf("%s of %s is %v on the page and %v in the report", f.Measure, f.Channel, v, want)
		}
	}
	if compared < 20 {
		t.Errorf("only %d figures of the page are in the report, whose columns are %v", compared, lines[0])
	}
}

// checkFacts holds the figures that are no channel's against the API, and what their drawers say.
func checkFacts(t *testing.T, s stack, got seen) {
	checkOpened(t, got)
	var funnel struct {
		Steps []struct {
			Step, Kind string
			Reached    float64
		}
	}
	answer(t, asked(s, got, "funnel", nil), &funnel)
	var layers struct {
		Layers []struct {
			Layer string
			Count float64
		}
	}
	answer(t, asked(s, got, "pipeline", nil), &layers)
	var paths struct {
		Paths []struct{ Journeys float64 }
	}
	answer(t, asked(s, got, "paths", url.Values{"kind": {"opportunity"}, "max_steps": {"5"}, "limit": {"25"}}), &paths)
	want := map[string][]float64{}
	for _, step := range funnel.Steps {
		want["funnel"] = append(want["funnel"], step.Reached)
	}
	for _, l := range layers.Layers {
		want["layers"] = append(want["layers"], l.Count)
	}
	for _, p := range paths.Paths {
		want["paths"] = append(want["paths"], p.Journeys)
	}
	for name, values := range want {
		shown := got.Facts[name]
		if len(shown) != len(values) || len(values) == 0 {
			t.Errorf("%s: %d figures on the page, %d in the API", name, len(shown), len(values))
			continue
		}
		for i, v := range values {
			if text, err := strconv.ParseFloat(strings.ReplaceAll(shown[i].Text, ",", ""), 64); err != nil || math.Abs(text-v) > 0.06 {
				t.Errorf("%s: %s shows %q, the API says %v", name, shown[i].Fact, shown[i].Text, v)
			}
		}
	}
	checkModels(t, s, got)
	checkBridge(t, s, got)
	if got.Findings < 3 || len(got.Unlinked) > 0 || got.FindingOpens == "" {
		t.Errorf("the review has %d findings; without a way on: %q; a figure opens %q", got.Findings, got.Unlinked, got.FindingOpens)
	}
}

// factKinds are the figures that are no channel's measure, by what their drawers explain.
var factKinds = []string{
	"funnel", "funnel-amount", "funnel-rate", "funnel-time", "path", "path-share", "path-customers", "path-value", "path-time", "layer", "layer-share", "layer-missing", "arrival", "wasted",
	"spread", "check-facts", "check-ledger", "stage-lag", "stage-rows", "stage-age", "posting", "credit",
}

var numbers = regexp.MustCompile(`([+−-]?\d[\d.,]*)([KM]?)`)

// figureOf reads the first number of a text: "$485K" is 485,000.
func figureOf(text string) (float64, error) {
	found := numbers.FindStringSubmatch(text)
	if found == nil {
		return 0, strconv.ErrSyntax
	}
	v, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(found[1]), 64)
	return v * map[string]float64{"": 1, "K": 1e3, "M": 1e6}[found[2]], err
}

// checkOpened holds what each kind of figure showed against what its drawer says, which is exact where the page rounds.
func checkOpened(t *testing.T, got seen) {
	opened := map[string]bool{}
	for _, o := range got.Opened {
		opened[o.Name] = true
		a, errA := figureOf(o.Shown)
		b, errB := figureOf(o.Amount)
		switch {
		case errA != nil && o.Shown != "" && strings.HasPrefix(o.Amount, o.Shown): // "same day"
		case errA != nil || errB != nil || math.Abs(a-b) > 0.5+math.Abs(b)/100:
			t.Errorf("%s: %q opens as %q", o.Name, o.Shown, o.Amount)
		}
	}
	for _, kind := range factKinds {
		if !opened[kind] {
			t.Errorf("no figure of the kind %s was opened", kind)
		}
	}
}

func checkModels(t *testing.T, s stack, got seen) {
	var a struct {
		Rows []struct {
			Channel string
			Models  []map[string]any
		}
		Totals []map[string]any
	}
	answer(t, asked(s, got, "compare", url.Values{"limit": {"50"}}), &a)
	for _, f := range got.Models {
		models := a.Totals
		for _, r := range a.Rows {
			if r.Channel == f.Channel {
				models = r.Models
			}
		}
		for _, m := range models {
			if m["model"] != f.Model {
				continue
			}
			if want, _ := number(m[f.Measure]); math.Abs(exactValue(t, f.Title)-want) > 1e-4 {
				t.Errorf("%s of %q under %s: %q on the page, %v in the API", f.Measure, f.Channel, f.Model, f.Title, want)
			}
		}
	}
	if len(got.Models) < 50 {
		t.Errorf("only %d figures of models", len(got.Models))
	}
}

func checkBridge(t *testing.T, s stack, got seen) {
	var a struct{ To struct{ Amount string } }
	answer(t, s.query+"/api/v1/ledger/bridge?"+url.Values{"effective_from": {got.Period.First}, "effective_to": {got.Period.Last}, "from": {got.Period.First}, "basis": {"close"}, "measure": {"revenue"}}.Encode(), &a)
	if len(got.Bridge) != 2 {
		t.Fatalf("the bridge has ends %q", got.Bridge)
	}
	want, _ := number(a.To.Amount)
	if v := exactValue(t, "known now: "+got.Bridge[1]); math.Abs(v-want) > 1e-4 {
		t.Errorf("the bridge ends at %v, in the API at %v", v, want)
	}
}

// checkCalm holds what people rely on without seeing it: nothing jumps, the address is the view, trouble is said and passes, updates come back.
func checkCalm(t *testing.T, s seen) {
	for view, shift := range s.Shifts {
		if strings.Contains(view, " 1440 ") && shift > mostShift {
			t.Errorf("%s jumps by %.3f, want at most %v", view, shift, mostShift)
		}
	}
	if len(s.Shifts) == 0 {
		t.Error("no view was measured")
	}
	if len(s.State) != 4 || s.State[1] != s.State[2] || s.State[0] != s.State[3] || s.State[0] == s.State[1] {
		t.Errorf("a view, with a drawer, reloaded, and back:\n%s", strings.Join(s.State, "\n"))
	}
	for name, want := range map[string]string{"stranger": "needs a token", "down": "cannot be reached", "forbidden": "may not read", "question": "one of linear", "slow": "took longer"} {
		if got := s.Trouble[name]; !strings.Contains(got.Said, want) || !got.Back {
			t.Errorf("trouble %s says %q and comes back: %v", name, got.Said, got.Back)
		}
	}
	for _, p := range s.Paper {
		if len(p.Left) > 0 || p.Paper != "rgb(255, 255, 255)" || p.Said == "" {
			t.Errorf("printed: %+v", p)
		}
	}
	if len(s.Paper) < 10 {
		t.Errorf("%d pages were looked at as they are printed", len(s.Paper))
	}
	if !s.Cut || !s.Mended {
		t.Errorf("live updates that break: said %v, back %v", s.Cut, s.Mended)
	}
}
