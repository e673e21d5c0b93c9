package oracle

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/tributary-attribution/tributary/pkg/attribution"
)

// drawStory makes a small world in which few ids meet often.
func drawStory(t *rapid.T) *story {
	s := &story{}
	pick := func(kind string, n int) string {
		i := rapid.IntRange(0, n).Draw(t, kind)
		if i == 0 {
			return ""
		}
		if kind == "email" {
			return fmt.Sprintf(" email=p%d@%s", i, []string{"acme.com", "free", "beta.com"}[i%3])
		}
		return fmt.Sprintf(" %s=%d", kind, i)
	}
	channel := func() string { return rapid.SampledFrom([]string{"", "Paid", "Organic", "Email"}).Draw(t, "channel") }
	for range rapid.IntRange(1, 40).Draw(t, "events") {
		day := float64(rapid.IntRange(0, 60).Draw(t, "hour")) / 8
		switch rapid.IntRange(0, 9).Draw(t, "type") {
		case 0, 1, 2:
			s.page(day, fmt.Sprintf("visitor=%d", rapid.IntRange(1, 3).Draw(t, "visitor")), channel())
		case 3:
			s.touch(day, pick("contact", 2)+pick("email", 4)+" user=1", channel())
		case 4:
			s.identify(day, pick("visitor", 3)+pick("user", 2)+pick("email", 4))
		case 5:
			s.track(day, pick("visitor", 3)+pick("user", 2)+pick("email", 4), "Lead Submitted")
		case 6:
			s.order(day, pick("visitor", 3)+pick("user", 2)+pick("contact", 2), int64(rapid.IntRange(-50, 1000).Draw(t, "cents")))
		case 7:
			c := s.contact(day, fmt.Sprintf("contact=%d", rapid.IntRange(1, 3).Draw(t, "id"))+pick("visitor", 3)+pick("email", 4)+pick("account", 2), 1)
			c.IsDeleted = rapid.IntRange(0, 9).Draw(t, "deleted") == 0
			if rapid.IntRange(0, 9).Draw(t, "merged") == 0 {
				c.MergedInto = "2"
			}
		default:
			st := s.stage(day, pick("account", 2), fmt.Sprintf("o%d", rapid.IntRange(1, 2).Draw(t, "deal")),
				rapid.SampledFrom([]string{"s1", "s2", "won", "lost"}).Draw(t, "stage"), int64(rapid.IntRange(0, 90).Draw(t, "dollars")))
			st.AccountDomain = rapid.SampledFrom([]string{"", "acme.com"}).Draw(t, "domain")
			st.IsDeleted = rapid.IntRange(0, 19).Draw(t, "gone") == 0
			if rapid.Bool().Draw(t, "lists") {
				st.ContactIds, st.ContactEmailSha256 = []string{"1", ""}, []string{"p1@free"}
			}
		}
	}
	return s
}

// Every journey of any world is conserved, every fact of it is in the result, and every credit belongs to a touch that is.
func TestCompute_anyWorld(t *testing.T) {
	set := testRules(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStory(rt)
		r, err := Compute(s.events, set)
		if err != nil {
			rt.Fatal(err)
		}
		checkConserved(t, r)
		models := len(set.Default.Models)
		lines := make(map[attribution.Measure]int)
		seen := make(map[CreditKey]bool)
		for k := range r.Credits {
			if k.Touchpoint != "" {
				if tp, ok := r.Touchpoints[ID{k.Workspace, k.Touchpoint}]; !ok || tp.IsBot {
					rt.Fatalf("credit of touchpoint %+v", tp)
				}
			}
			k.Touchpoint = ""
			if !seen[k] {
				seen[k] = true
				lines[k.Measure]++
			}
		}
		open := 0
		for _, o := range r.Opportunities {
			if !o.IsDeleted {
				open++
			}
		}
		if lines[attribution.MeasureConversions] != models*len(r.Conversions) || lines[attribution.MeasureOpportunities] != models*open {
			rt.Fatalf("%v lines for %d conversions and %d opportunities", lines, len(r.Conversions), open)
		}
	})
}
