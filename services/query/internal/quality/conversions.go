package quality

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// How conversions are judged: the latest week against the four before. Counts of rare events are Poisson's; what could be chance is no finding.
const (
	// recentDays are looked at, baseDays before them say what is usual.
	recentDays = 7
	baseDays   = 28
	// HistoryDays is how much the judgement needs.
	HistoryDays = recentDays + baseDays
	// chance is the probability below which a count is taken for a change: once in a thousand weeks per type.
	chance = 0.001
	// doubling and halving are changes of the rate that deserve a word.
	doubling, halving = 1.7, 0.6
	// duplicateShare of conversions that follow another of the same person within a minute.
	duplicateShare = 0.05
	// valueKept and valueLost are shares of conversions that carry a value: usually nearly all, now hardly any.
	valueKept, valueLost = 0.8, 0.5
	leastValued          = 5
)

// series is one type's history.
type series struct {
	kind         string
	recent, base ConversionDay // sums
	silent       float64       // days since the end of the day of the last one, up to now or the end of the last day of data
	perDay       float64       // before the silence
	last         int
}

func conversions(d *Data, now time.Time) Section {
	s := Section{ID: SectionConversions, Title: "Conversions come in as they usually do."}
	for _, kind := range types(d.Conversions) {
		s.Findings = append(s.Findings, judge(sum(kind, d, now))...)
	}
	if len(s.Findings) > 0 {
		s.Title = s.Findings[0].Sentence
		for _, f := range s.Findings {
			if weight(f.Status) > weight(s.Findings[0].Status) {
				s.Title = f.Sentence
				break
			}
		}
	}
	return s
}

func types(days []ConversionDay) []string {
	var out []string
	for _, d := range days {
		out = append(out, d.Type)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sum splits a type's days into the latest week and the four before, as of the last day with any data.
func sum(kind string, d *Data, now time.Time) series {
	s := series{kind: kind, last: math.MinInt}
	begin := d.LastDay - HistoryDays + 1
	for _, day := range d.Conversions {
		if day.Type != kind || day.Day > d.LastDay || day.Day < begin {
			continue
		}
		into := &s.base
		if day.Day > d.LastDay-recentDays {
			into = &s.recent
		}
		into.Count += day.Count
		into.Valued += day.Valued
		into.Zero += day.Zero
		into.Duplicates += day.Duplicates
		if day.Count > 0 {
			s.last = max(s.last, day.Day)
		}
	}
	if s.last == math.MinInt {
		return s
	}
	s.silent = float64(d.LastDay - s.last)
	if rest := time.Unix(int64(d.LastDay+1)*86400, 0).Sub(now); rest > 0 && s.silent > 0 { // a day that has begun is not a day without any
		s.silent = max(0, s.silent-rest.Hours()/24)
	}
	if days := s.last - begin + 1; days > 0 {
		s.perDay = float64(s.recent.Count+s.base.Count) / float64(days)
	}
	return s
}

func judge(s series) []Issue {
	var out []Issue
	add := func(code string, status Status, count, of int64, fix, sentence string, args ...any) {
		out = append(out, Issue{
			Code: code, Status: status, Count: count, Of: of, Fix: fix, Sentence: fmt.Sprintf(sentence, args...), Subject: About{ConversionType: s.kind},
		})
	}
	expected := float64(s.base.Count) / baseDays * recentDays
	stopped := s.last != math.MinInt && s.silent > 0 && math.Exp(-s.perDay*s.silent) < chance
	switch {
	case stopped:
		add("conversions_stopped", Wrong, 0, 0, "check the form or the call that sends it: pages change, scripts break, keys expire",
			"No %s came in %s, where %s a day are usual.", s.kind, silence(s.silent), rate(s.perDay))
		last := time.Unix(int64(s.last)*86400, 0).UTC()
		out[len(out)-1].LastAt = &last
	case expected > 0 && float64(s.recent.Count) > doubling*expected && tail(s.recent.Count, expected) < chance:
		add("conversions_doubled", Warning, s.recent.Count, 0, "make sure that it is sent once: a second tag, a page that reloads, a retry with another id look like this; or be glad",
			"%s came in %s times within a week, where %s are usual.", title(s.kind), fmt.Sprint(s.recent.Count), rate(expected))
	case float64(s.recent.Count) < halving*expected && below(s.recent.Count, expected) < chance:
		add("conversions_fell", Warning, s.recent.Count, 0, "compare with visits and spend; if they did not fall, check the form and the call that sends it",
			"%s came in %s times within a week, where %s are usual.", title(s.kind), fmt.Sprint(s.recent.Count), rate(expected))
	}
	if n := s.recent.Duplicates; n > 1 && ratio(n, s.recent.Count) > duplicateShare {
		add("conversions_repeated", Warning, n, s.recent.Count, "give each occurrence one id (messageId, an order's number), whatever page or retry sends it",
			"%s of the last week's %s follow another of the same person within a minute.", percent(n, s.recent.Count), s.kind)
	}
	if s.base.Valued >= leastValued && ratio(s.base.Valued, s.base.Count) >= valueKept && s.recent.Count >= leastValued && ratio(s.recent.Valued, s.recent.Count) <= valueLost {
		add("conversions_lost_value", Wrong, s.recent.Count-s.recent.Valued, s.recent.Count, "check properties.revenue and properties.currency of the call, and that its key may send values",
			"%s of the last week's %s carry no value; before, %s did.", percent(s.recent.Count-s.recent.Valued, s.recent.Count), s.kind, percent(s.base.Valued, s.base.Count))
	}
	if n := s.recent.Zero; n >= leastValued && ratio(n, s.recent.Count) > valueLost && ratio(s.base.Zero, s.base.Count) < valueLost {
		add("conversions_worth_nothing", Wrong, n, s.recent.Count, "check where properties.revenue comes from: it is 0",
			"%s of the last week's %s have the value 0.", percent(n, s.recent.Count), s.kind)
	}
	return out
}

func silence(days float64) string {
	if days < 1 {
		return "today"
	}
	return "for " + number(int64(days), "day")
}

// title is a type's name at the beginning of a sentence.
func title(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(string(first)) + s[size:]
}

func rate(x float64) string {
	if x >= 10 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.1f", x)
}

// tail is the probability of n or more where lambda are expected, below that of n or fewer: Poisson's distribution.
func tail(n int64, lambda float64) float64 { return max(0, 1-below(n-1, lambda)) }

func below(n int64, lambda float64) float64 {
	if n < 0 {
		return 0
	}
	sum, logFactorial := 0.0, 0.0
	for k := int64(0); k <= n && k < 1_000_000; k++ {
		if k > 0 {
			logFactorial += math.Log(float64(k))
		}
		sum += math.Exp(float64(k)*math.Log(max(lambda, 1e-300)) - lambda - logFactorial)
	}
	return min(sum, 1)
}
