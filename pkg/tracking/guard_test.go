package tracking

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGuards: what is asked before an expression, to spare it, never keeps a match from it.
func TestGuards(t *testing.T) {
	text := rapid.StringMatching(`([{\[*|%_@.:25a-zA-Z ]|%%|__|\*\|){0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "value")
		if placeholder.MatchString(s) && !mayHold(s) {
			t.Fatalf("%q holds a placeholder", s)
		}
		if doubleEncoded.MatchString(s) && !strings.Contains(s, "%25") || mailAddress.MatchString(s) && !strings.Contains(s, "@") {
			t.Fatalf("%q is not asked about", s)
		}
	})
	for _, p := range Parameters() {
		if !isParameter(p) {
			t.Errorf("%s is a parameter", p)
		}
	}
	for _, near := range []string{"um_source", "utm_sourc", "tm_source", "utm_ssource", "utmsource", "atm_source"} {
		if misspelt(near) == "" {
			t.Errorf("%s goes unnoticed", near)
		}
	}
}
