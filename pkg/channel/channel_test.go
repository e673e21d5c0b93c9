package channel_test

import (
	"bufio"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
)

func shipped(t testing.TB, o channel.Options) *channel.Classifier {
	t.Helper()
	set, err := channelfile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	c, err := channel.New(set, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChannel_ga4Vectors(t *testing.T) {
	f, err := os.Open("testdata/ga4-vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := shipped(t, channel.Options{})
	n := 0
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "#") {
			continue
		}
		row := strings.Split(sc.Text(), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		n++
		if got := c.Channel(row[0], row[1], row[2]); got != row[3] {
			t.Errorf("%v: %q", row, got)
		}
	}
	if n != 45 {
		t.Errorf("%d vectors, want 45", n)
	}
}

// TestCategories_agreeWithThePublishedList compares the project's file with the list as others publish it.
func TestCategories_agreeWithThePublishedList(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "ga4-source-categories.csv"))
	if err != nil {
		t.Skip("the published list is not here (../shared/data/ga4-source-categories.csv)")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	// One rule per category shows which one a source has.
	var rules []channel.Rule
	for _, name := range []string{"search", "shopping", "social", "video"} {
		rules = append(rules, channel.Rule{Channel: name, Any: []channel.Condition{{Category: name}}})
	}
	c, err := channel.New(channel.RuleSet{Version: "t", Rules: rules}, channel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		want := strings.ToLower(strings.TrimPrefix(row[1], "SOURCE_CATEGORY_"))
		if got := c.Channel(row[0], "", ""); got != want {
			t.Errorf("%s: category %q, want %q", row[0], got, want)
		}
	}
	if len(rows) != 820 {
		t.Errorf("%d rows, want 819 and a heading", len(rows))
	}
}

func TestOverridesComeFirst(t *testing.T) {
	c := shipped(t, channel.Options{OverridesVersion: "acme-1", Overrides: []channel.Rule{
		{Channel: "Partners", Any: []channel.Condition{{Source: &channel.Match{Suffix: []string{".partner.example"}}}}},
		{Channel: "Brand Search", Any: []channel.Condition{{
			Category: "search", Medium: &channel.Match{In: []string{"CPC"}}, Campaign: &channel.Match{Pattern: "^brand"},
		}}},
	}})
	for _, v := range []struct{ source, medium, campaign, want string }{
		{"a.partner.example", "referral", "", "Partners"},
		{"google", "cpc", "Brand-DE", "Brand Search"},
		{"google", "cpc", "generic", "Paid Search"},
	} {
		if got := c.Channel(v.source, v.medium, v.campaign); got != v.want {
			t.Errorf("%v: %q", v, got)
		}
	}
	if c.Version() != "ga4-2026-05+acme-1" {
		t.Errorf("version %q does not name both rule sets", c.Version())
	}
}

func TestNew_refuses(t *testing.T) {
	ok := channel.Rule{Channel: "A", Any: []channel.Condition{{Medium: &channel.Match{In: []string{"a"}}}}}
	one := func(c channel.Condition) channel.RuleSet {
		return channel.RuleSet{Version: "v", Rules: []channel.Rule{{Channel: "A", Any: []channel.Condition{c}}}}
	}
	for name, v := range map[string]struct {
		set  channel.RuleSet
		opts channel.Options
		want string
	}{
		"no version":       {set: channel.RuleSet{Rules: []channel.Rule{ok}}, want: "version"},
		"no rules":         {set: channel.RuleSet{Version: "v"}, want: "at least one rule"},
		"no channel":       {set: channel.RuleSet{Version: "v", Rules: []channel.Rule{{Any: ok.Any}}}, want: "rule 1"},
		"empty condition":  {set: one(channel.Condition{}), want: "match everything"},
		"empty match":      {set: one(channel.Condition{Medium: &channel.Match{}}), want: "medium"},
		"empty prefix":     {set: one(channel.Condition{Source: &channel.Match{Prefix: []string{""}}}), want: "source"},
		"bad pattern":      {set: one(channel.Condition{Campaign: &channel.Match{Pattern: "("}}), want: "campaign"},
		"unknown category": {set: one(channel.Condition{Category: "radio"}), want: "radio"},
		"unnamed overrides": {
			set: channel.RuleSet{Version: "v", Rules: []channel.Rule{ok}}, opts: channel.Options{Overrides: []channel.Rule{ok}}, want: "overrides",
		},
	} {
		_, err := channel.New(v.set, v.opts)
		if err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s: error %v does not say %q", name, err, v.want)
		}
	}
}

func FuzzChannel(f *testing.F) {
	c := shipped(f, channel.Options{})
	f.Add("google", "cpc", "summer_shop")
	f.Add("(direct)", "(none)", "")
	f.Fuzz(func(t *testing.T, source, medium, campaign string) {
		got := c.Channel(source, medium, campaign)
		if got == "" {
			t.Error("no channel")
		}
		// Letters whose upper case has another lower case are out of scope, so equality under folding would be too wide here.
		lower, back := strings.ToLower(source), strings.ToLower(strings.ToUpper(source))
		if again := c.Channel(" "+strings.ToUpper(source), medium+" ", campaign); lower == back && got != again {
			t.Errorf("%q, but with other letter case and space %q", got, again)
		}
	})
}

func BenchmarkOrigin(b *testing.B) {
	c := shipped(b, channel.Options{})
	for name, h := range map[string]channel.Hit{
		"utm":    {PageURL: "https://shop.example/p?utm_source=google&utm_medium=cpc&utm_campaign=summer-sale-2026", Referrer: "https://www.google.com/"},
		"search": {PageURL: "https://shop.example/p", Referrer: "https://www.google.co.uk/"},
		"direct": {PageURL: "https://shop.example/p"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Origin(h)
			}
		})
	}
}
