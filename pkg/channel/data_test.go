package channel

import (
	"strings"
	"testing"
)

// TestData_isUnderstood checks every line of the data files, so that reading them needs no errors.
func TestData_isUnderstood(t *testing.T) {
	kinds := map[string]bool{kindAI: true, kindSearch: true, kindWebmail: true, kindSocial: true, kindVideo: true, kindShopping: true}
	for _, line := range lines(referrersData) {
		f := strings.Fields(line)
		if len(f) < 3 || !kinds[f[0]] || line != strings.ToLower(line) {
			t.Errorf("referrers.txt: %q", line)
		}
	}
	for _, line := range lines(clickIDsData) {
		f := strings.Fields(line)
		if len(f) != 4 || f[3] != "strong" && f[3] != "weak" {
			t.Errorf("clickids.txt: %q", line)
		}
	}
	for _, line := range lines(excludedData) {
		if cleanHost(line) != line || !strings.Contains(line, ".") {
			t.Errorf("excluded.txt: %q is not a clean host", line)
		}
	}
	if n := len(categories()); n != 819 {
		t.Errorf("%d sources have a category, want 819", n)
	}
	// A recognised referrer must end up in a channel of its kind.
	want := map[string]string{
		kindAI: "ai-assistant", kindSearch: "organic", kindWebmail: "email", kindSocial: "social", kindVideo: "video", kindShopping: "shopping",
	}
	cats := categories()
	c := &Classifier{categories: cats}
	for _, line := range lines(referrersData) {
		f := strings.Fields(line)
		r := referrer{kind: f[0], source: strings.ReplaceAll(f[1], "_", " ")}
		medium := c.medium(r)
		if medium != want[r.kind] && cats[r.source] != r.kind {
			t.Errorf("referrers.txt: %q has medium %q and category %q: no rule can tell its kind", line, medium, cats[r.source])
		}
	}
}
