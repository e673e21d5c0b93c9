package quality

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const today = 20_000

// days is a type's history, oldest first, up to today.
func days(kind string, counts ...int64) []ConversionDay {
	var out []ConversionDay
	for i, n := range counts {
		if n > 0 {
			out = append(out, ConversionDay{Type: kind, Day: today - len(counts) + 1 + i, Count: n})
		}
	}
	return out
}

func repeat(n int64, times int) []int64 { return slices.Repeat([]int64{n}, times) }

func codes(findings []Issue) string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

func TestConversions_whatIsAChangeAndWhatIsChance(t *testing.T) {
	usual := repeat(5, baseDays)
	for name, c := range map[string]struct {
		days []ConversionDay
		want string
	}{
		"as usual":            {days("lead", append(slices.Clone(usual), repeat(5, 7)...)...), ""},
		"a quiet week":        {days("lead", append(slices.Clone(usual), repeat(4, 7)...)...), ""},
		"stopped":             {days("lead", append(slices.Clone(usual), 5, 5, 5, 5, 5, 0, 0)...), "conversions_stopped"},
		"one quiet day":       {days("lead", append(repeat(1, baseDays), 1, 1, 1, 1, 1, 1, 0)...), ""},
		"rare, and quiet":     {days("lead", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), ""},
		"stopped three weeks": {days("lead", append(repeat(5, 14), repeat(0, 21)...)...), "conversions_stopped"},
		"doubled":             {days("lead", append(slices.Clone(usual), repeat(10, 7)...)...), "conversions_doubled"},
		"doubled, of few":     {days("lead", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0), ""},
		"fell":                {days("lead", append(slices.Clone(usual), repeat(2, 7)...)...), "conversions_fell"},
		"new":                 {days("lead", append(repeat(0, baseDays), repeat(5, 7)...)...), ""},
		"repeated": {[]ConversionDay{
			{Type: "lead", Day: today, Count: 20, Duplicates: 9}, {Type: "lead", Day: today - 10, Count: 80},
		}, "conversions_repeated"},
		"one repeated": {[]ConversionDay{{Type: "lead", Day: today, Count: 4, Duplicates: 1}, {Type: "lead", Day: today - 10, Count: 16}}, ""},
		"lost its value": {[]ConversionDay{
			{Type: "buy", Day: today, Count: 20, Valued: 1}, {Type: "buy", Day: today - 10, Count: 80, Valued: 80},
		}, "conversions_lost_value"},
		"never had a value": {[]ConversionDay{{Type: "buy", Day: today, Count: 20}, {Type: "buy", Day: today - 10, Count: 80}}, ""},
		"worth nothing": {[]ConversionDay{
			{Type: "buy", Day: today, Count: 20, Valued: 20, Zero: 20}, {Type: "buy", Day: today - 10, Count: 80, Valued: 80},
		}, "conversions_worth_nothing"},
	} {
		got := conversions(&Data{Conversions: c.days, LastDay: today}, time.Unix((today+1)*86400, 0))
		if codes(got.Findings) != c.want {
			t.Errorf("%s: %q, want %q\n%+v", name, codes(got.Findings), c.want, got.Findings)
		}
	}
}

// TestConversions_aDayThatHasBegun: at one o'clock in the morning nothing has stopped yet.
func TestConversions_aDayThatHasBegun(t *testing.T) {
	data := &Data{Conversions: days("lead", append(repeat(24, 34), 0)...), LastDay: today}
	for hour, want := range map[int]string{0: "", 1: "", 12: "No lead came in today, where 24 a day are usual.", 24: "No lead came in for 1 day, where 24 a day are usual."} {
		got := conversions(data, time.Unix(today*86400, 0).Add(time.Duration(hour)*time.Hour))
		if (len(got.Findings) > 0) != (want != "") || want != "" && got.Title != want {
			t.Errorf("at %d o'clock: %+v, want %q", hour, got, want)
		}
	}
}

func TestJudge_visitsThatStopped(t *testing.T) {
	d := &Data{RecordedAt: time.Unix(today*86400, 0), From: today - 27, To: today, LastDay: today, Before: Counts{Visits: 1200}}
	if r := Judge(d, time.Unix(today*86400, 0)); r.Status != Wrong || r.Headline != "There were no visits. There were 1,200 in the period before." {
		t.Errorf("%s %s", r.Status, r.Headline)
	}
	d.Before.Visits = 3
	if r := Judge(d, time.Unix(today*86400, 0)); r.Status != OK {
		t.Errorf("three visits that nobody repeats: %s %s", r.Status, r.Headline)
	}
}

// TestPoisson compares with the definition for small numbers.
func TestPoisson(t *testing.T) {
	for _, lambda := range []float64{0.3, 2, 7.5} {
		sum, factorial := 0.0, 1.0
		for n := range int64(12) {
			if n > 0 {
				factorial *= float64(n)
			}
			sum += math.Pow(lambda, float64(n)) * math.Exp(-lambda) / factorial
			if got := below(n, lambda); math.Abs(got-sum) > 1e-12 {
				t.Errorf("P(X <= %d | %v) = %v, want %v", n, lambda, got, sum)
			}
			if got := tail(n+1, lambda); math.Abs(got-(1-sum)) > 1e-12 {
				t.Errorf("P(X > %d | %v) = %v, want %v", n, lambda, got, 1-sum)
			}
		}
	}
	if below(0, 0) != 1 || below(5, 0) != 1 {
		t.Error("where nothing is expected nothing is certain")
	}
}

// TestSpend_meetsVisits joins by id, and by name whatever its capitals and spaces.
func TestSpend_meetsVisits(t *testing.T) {
	d := &Data{
		Spend: []Cost{
			{Platform: "google", Campaign: "Spring Sale", CampaignID: "1", Currency: "EUR", Minor: 1000, Clicks: 50},
			{Platform: "google", Campaign: "by id", CampaignID: "77", Currency: "EUR", Minor: 1000, Clicks: 50},
			{Platform: "meta", Campaign: "lost", Currency: "JPY", Minor: 12345, Clicks: 50},
			{Platform: "meta", Campaign: "lost, few", Currency: "EUR", Minor: 5, Clicks: 1},
			{Platform: "meta", Campaign: "free", Currency: "EUR", Minor: 0},
		},
		Campaigns: []Campaign{
			{Source: "google", Medium: "cpc", Campaign: "spring_sale", IsPaid: true, Visits: 20},
			{Source: "google", Medium: "cpc", Campaign: "named otherwise", CampaignID: "77", IsPaid: true, Visits: 20},
			{Source: "bing", Medium: "cpc", Campaign: "unpaid", IsPaid: true, Visits: 20},
			{Source: "bing", Medium: "cpc", Campaign: "unpaid, few", IsPaid: true, Visits: 2},
			{Source: "mail", Medium: "email", Campaign: "letter", Visits: 200},
		},
	}
	s := finish(spend(d))
	var got []string
	for _, f := range s.Findings {
		got = append(got, f.Code+":"+f.Subject.Campaign)
	}
	want := []string{"spend_without_visits:lost", "visits_without_spend:unpaid", "spend_without_visits:lost, few"}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if s.Findings[0].Spend != "12345" || s.Findings[0].Currency != "JPY" || s.Status != Wrong {
		t.Errorf("%+v", s.Findings[0])
	}
}

// TestJudge_saysSomethingAboutNothing has every section on an empty world, and no percentage of nothing.
func TestJudge_saysSomethingAboutNothing(t *testing.T) {
	r := Judge(&Data{Workspace: "w"}, time.Now())
	if r.Status != OK || len(r.Sections) != 8 || r.From != "" || !strings.Contains(r.Headline, "Nothing was received") {
		t.Errorf("%+v", r)
	}
	for _, s := range r.Sections {
		if s.Title == "" || s.Findings == nil || strings.Contains(s.Title, "NaN") {
			t.Errorf("%+v", s)
		}
	}
}

// TestJudge_theGravestIsTheHeadline and bounds what is shown.
func TestJudge_theGravestIsTheHeadline(t *testing.T) {
	d := &Data{RecordedAt: time.Unix(today*86400, 0), From: today - 27, To: today, LastDay: today, Current: Counts{Visits: 100, Tagged: 80, Faulty: 60}}
	for i := range 70 {
		d.Faults = append(d.Faults, Fault{Code: "upper_case", Source: "s", Medium: "m", Campaign: strings.Repeat("C", i+1), Visits: int64(i), Of: 100})
	}
	d.Faults = append(d.Faults, Fault{Code: "placeholder", Source: "s", Medium: "m", Campaign: "{x}", Visits: 1, Of: 1})
	r := Judge(d, time.Unix(today*86400+60, 0))
	i := slices.IndexFunc(r.Sections, func(s Section) bool { return s.ID == SectionTags })
	s := r.Sections[i]
	if r.Status != Wrong || r.Headline != s.Title || s.Findings[0].Code != "placeholder" || len(s.Findings) != MaxFindings || s.More != 21 {
		t.Errorf("%s: %s; first %s of %d, %d more", r.Status, r.Headline, s.Findings[0].Code, len(s.Findings), s.More)
	}
	if !strings.HasPrefix(s.Title, "75%") {
		t.Errorf("%s", s.Title)
	}
}
