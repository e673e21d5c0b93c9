package channelfile_test

import (
	"strings"
	"testing"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
)

func TestShippedRulesCompile(t *testing.T) {
	set, err := channelfile.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 19 {
		t.Errorf("%d rules, want GA4's 19 before Unassigned", len(set.Rules))
	}
	if _, err := channel.New(set, channel.Options{}); err != nil {
		t.Error(err)
	}
}

func TestParse_refusesUnknownKeys(t *testing.T) {
	_, err := channelfile.Parse([]byte("version: x\nrules:\n  - channel: A\n    any:\n      - {medium: {start: [a]}}\n"))
	if err == nil || !strings.Contains(err.Error(), "start") {
		t.Errorf("error %v does not name the unknown key", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("version: x\nrules:\n  - channel: A\n    any:\n      - {medium: {in: [a]}}\n")
	f.Add("version: [")
	f.Fuzz(func(t *testing.T, data string) {
		set, err := channelfile.Parse([]byte(data))
		if err != nil {
			return
		}
		if c, err := channel.New(set, channel.Options{}); err == nil {
			c.Channel("google", "cpc", data)
		}
	})
}
