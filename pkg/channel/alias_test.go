package channel_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/channel"
)

func aliased(t *testing.T, aliases ...channel.Alias) *channel.Classifier {
	t.Helper()
	set := channel.RuleSet{Version: "v", Rules: []channel.Rule{
		{Channel: "Social", Any: []channel.Condition{{Source: &channel.Match{In: []string{"facebook"}}}}},
		{Channel: "Spring", Any: []channel.Condition{{Campaign: &channel.Match{In: []string{"spring sale"}}}}},
	}}
	c, err := channel.New(set, channel.Own{Version: "own", Aliases: aliases}.Options())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClassifier_aliases(t *testing.T) {
	c := aliased(t,
		channel.Alias{Field: "source", From: []string{"FB ", "m.facebook.com"}, To: "Facebook"},
		channel.Alias{Field: "campaign", From: []string{"spring_24"}, To: "Spring Sale"})
	if got := c.Version(); got != "v+own" {
		t.Errorf("version %q: aliases change what touches are, so they are part of it", got)
	}
	if got := c.Channel("fb", "", ""); got != "Social" {
		t.Errorf("fb is %q, want the channel of what it stands for", got)
	}
	if got := c.Channel("", "", "SPRING_24"); got != "Spring" {
		t.Errorf("the campaign's alias gives %q", got)
	}
	source, medium, campaign := c.Named("fb", "cpc", "Spring_24")
	if source != "facebook" || medium != "cpc" || campaign != "Spring Sale" {
		t.Errorf("named %q %q %q", source, medium, campaign)
	}
	if o := c.Origin(channel.Hit{PageURL: "https://a.example/?utm_source=fb"}); o.Source != "fb" || o.Channel != "Social" {
		t.Errorf("an origin keeps what was received, and its channel follows the alias: %+v", o)
	}
}

func TestNew_refusesAliases(t *testing.T) {
	for want, alias := range map[string]channel.Alias{
		"not one of":         {Field: "term", From: []string{"a"}, To: "b"},
		"at least one":       {Field: "source", To: "b"},
		"a name":             {Field: "source", From: []string{"a"}, To: " "},
		"an empty spelling":  {Field: "source", From: []string{" "}, To: "b"},
		`"a" is "c" already`: {Field: "source", From: []string{"b", "A"}, To: "d"},
	} {
		set := channel.RuleSet{Version: "v", Rules: []channel.Rule{{Channel: "x", Any: []channel.Condition{{Category: "social"}}}}}
		own := channel.Own{Version: "o", Aliases: []channel.Alias{{Field: "source", From: []string{"a"}, To: "c"}, alias}}
		if _, err := channel.New(set, own.Options()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", alias, err, want)
		}
	}
	set := channel.RuleSet{Version: "v", Rules: []channel.Rule{{Channel: "x", Any: []channel.Condition{{Category: "social"}}}}}
	if _, err := channel.New(set, channel.Options{Aliases: []channel.Alias{{Field: "source", From: []string{"a"}, To: "c"}}}); err == nil {
		t.Error("aliases without a version are taken")
	}
}
