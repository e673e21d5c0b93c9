package tracking_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/tracking"
)

func rules(t testing.TB, change func(*tracking.Config)) *tracking.Rules {
	t.Helper()
	cfg := tracking.DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	r, err := tracking.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const good = "utm_source=google&utm_medium=cpc&utm_campaign=spring"

func TestLint(t *testing.T) {
	r := rules(t, func(c *tracking.Config) {
		c.Allowed = map[string][]string{tracking.Medium: {"cpc", "email", "social"}}
		c.Patterns = map[string]string{tracking.Campaign: `[a-z0-9]+(_[a-z0-9]+)*`}
	})
	for link, want := range map[string]string{
		"https://a.example/?" + good:                                              "",
		"https://a.example/p?x=1&" + good + "#top":                                "",
		"https://a.example/?UTM_Source=google&utm_medium=cpc&utm_campaign=spring": "",
		"https://a.example/":                                                      "untagged",
		"https://a.example/?gclid=1":                                              "untagged",
		"http://a.example/?" + good:                                               "insecure",
		"a.example/?" + good:                                                      "address",
		"":                                                                        "address",
		"https://a.example/?utm_source=google":                                    "missing",
		"https://a.example/?utm_source=&utm_medium=cpc&utm_campaign=s":                                  "missing",
		"https://a.example/?utm_sorce=google&utm_medium=cpc&utm_campaign=s":                             "missing misspelt_parameter",
		"https://a.example/?utm-source=google&utm_medium=cpc&utm_campaign=s":                            "missing misspelt_parameter",
		"https://a.example/?utmsource=google&utm_medium=cpc&utm_campaign=s":                             "missing misspelt_parameter",
		"https://a.example/?utm_soruce=google":                                                          "missing misspelt_parameter",
		"https://a.example/?source=google":                                                              "untagged",
		"https://a.example/?utm_source=Google&utm_medium=cpc&utm_campaign=s":                            "upper_case",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring%20sale":                "space",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring+sale":                  "space",
		"https://a.example/?utm_source=google&utm_medium=ppc&utm_campaign=s":                            "not_allowed",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring!":                      "pattern",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=%7Bcampaignid%7D":             "placeholder",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign={{campaign.name}}":            "placeholder",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=*|CAMPAIGN_UID|*":             "placeholder",
		"https://a.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring%2520sale":              "encoding pattern",
		"https://a.example/?" + good + "&x=%zz":                                                         "encoding",
		"https://a.example/?" + good + "&utm_source=bing":                                               "repeated_parameter",
		"https://a.example/#/?" + good:                                                                  "behind_fragment",
		"https://a.example/?x=1?" + good:                                                                "second_question_mark",
		"https://a.example/?" + good + "&email=ann%40acme.example":                                      "personal_data",
		"https://a.example/?" + good + "&utm_content=" + strings.Repeat("x", 101):                       "too_long",
		"https://a.example/?" + good + strings.Repeat("x", 9000):                                        "address",
		"https://a.example/?utm_source=google&utm_medium=Email&utm_campaign=Spring Sale&utm_term=a%20b": "space upper_case",
	} {
		_, findings := r.Lint(link)
		if got := tracking.Codes(findings); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s\n  %v, want %s\n  %v", link, got, want, findings)
		}
		for _, f := range findings {
			if f.Reason == "" || f.Severity == "" {
				t.Errorf("%s: %+v says nothing", link, f)
			}
		}
	}
}

// TestLintHit has no fault where nothing is tagged, and does not mind what a visitor cannot help.
func TestLintHit(t *testing.T) {
	r := rules(t, nil)
	for address, want := range map[string]string{
		"":                                       "",
		"http://a.example/?" + good:              "",
		"https://a.example/?q=utm":               "",
		"https://a.example/?page=2":              "",
		"https://a.example/?utm_source=Google":   "missing upper_case",
		"https://a.example/?q=ann@acme.example":  "personal_data",
		"https://a.example/?utm_cmapaign=spring": "misspelt_parameter",
		"https://a.example/#utm_source=google":   "behind_fragment",
		"::utm_source=?":                         "",
	} {
		if got := tracking.Codes(r.LintHit(address)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", address, got, want)
		}
	}
}

func TestBuild(t *testing.T) {
	r := rules(t, nil)
	link, findings := r.Build("https://a.example/p?x=1&utm_source=old#top", map[string]string{
		tracking.Campaign: " Spring Sale ", tracking.Medium: "CPC", tracking.Source: "google", tracking.Content: "a&b=c",
	})
	if want := "https://a.example/p?x=1&utm_source=google&utm_medium=cpc&utm_campaign=spring_sale&utm_content=a%26b%3Dc#top"; link != want {
		t.Errorf("%s, want %s", link, want)
	}
	if len(findings) > 0 {
		t.Error(findings)
	}
	if link, findings := r.Build("nowhere", nil); link != "" || !tracking.Failed(findings) {
		t.Errorf("%q %v", link, findings)
	}
	if _, findings := r.Build("https://a.example/", map[string]string{tracking.Source: "x"}); !tracking.Failed(findings) {
		t.Error("a link without medium and campaign passes")
	}
}

// TestBuild_makesWhatLintTakes builds links of any values: each can be read, says what was asked, and building it again changes nothing.
func TestBuild_makesWhatLintTakes(t *testing.T) {
	r := rules(t, func(c *tracking.Config) { c.MaxLength = 1000 })
	rapid.Check(t, func(t *rapid.T) {
		tags := map[string]string{}
		for _, p := range tracking.Parameters() {
			tags[p] = rapid.StringN(1, 20, -1).Draw(t, p)
		}
		link, _ := r.Build("https://a.example/p?x=%41&y", tags)
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for p, v := range u.Query() {
			got[p] = v[0]
		}
		want := map[string]string{"x": "A", "y": ""}
		for p, v := range tags {
			if v = r.Tidy(v); v != "" {
				want[p] = v
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want, +got):\n%s", link, diff)
		}
		if again, _ := r.Build(link, tags); again != link {
			t.Fatalf("%s becomes %s", link, again)
		}
	})
}

func TestNew_refuses(t *testing.T) {
	for name, cfg := range map[string]tracking.Config{
		"an unknown parameter": {Required: []string{"utm_foo"}}, "a broken pattern": {Patterns: map[string]string{tracking.Source: "("}},
		"capitals that are forbidden": {Allowed: map[string][]string{tracking.Medium: {"CPC"}}}, "a negative length": {MaxLength: -1},
	} {
		if _, err := tracking.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzLint(f *testing.F) {
	r := rules(f, nil)
	for _, s := range []string{"https://a.example/?" + good, "%", "https://a/?utm_source=%25%zz#?utm_", "http://[::1]/?utm_medium=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, link string) {
		l, findings := r.Lint(link)
		if l.URL == nil && !tracking.Failed(findings) {
			t.Fatalf("%q is no address and passes", link)
		}
		if built, _ := r.Build(link, map[string]string{tracking.Source: "s", tracking.Medium: "m", tracking.Campaign: "c"}); built != "" {
			if _, err := url.Parse(built); err != nil {
				t.Fatalf("%q becomes %q: %v", link, built, err)
			}
		}
		_ = r.LintHit(link)
	})
}
