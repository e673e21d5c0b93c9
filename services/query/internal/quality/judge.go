package quality

import (
	"fmt"
	"slices"
	"time"

	"github.com/tributary-attribution/tributary/pkg/tracking"
	"github.com/tributary-attribution/tributary/services/query/internal/readable"
)

// FaultSelfReferral is the collector's code for a page that was entered from the site itself; it has a section of its own.
const FaultSelfReferral = "self_referral"

// Judge says what the counts mean. now is for the age of the data, and for how much of the last day has gone.
func Judge(d *Data, now time.Time) *Report {
	r := &Report{Workspace: d.Workspace, Totals: d.Current, Previous: d.Before, Status: OK}
	if !d.RecordedAt.IsZero() {
		at := d.RecordedAt.UTC()
		age := max(0, now.Sub(at).Seconds())
		r.Freshness = Known{RecordedAt: &at, AgeSeconds: &age}
		r.From, r.To = date(d.From), date(d.To)
	}
	for _, s := range []Section{
		conversions(d, now), spend(d), tags(d), unknown(d), untagged(d), self(d), refused(d), visitors(d),
	} {
		r.Sections = append(r.Sections, finish(s))
	}
	r.Headline = "Nothing was received yet: there is nothing to judge."
	if !d.RecordedAt.IsZero() {
		r.Headline = "Nothing is wrong with tracking from " + r.From + " to " + r.To + "."
	}
	for _, s := range r.Sections {
		if weight(s.Status) > weight(r.Status) {
			r.Status = s.Status
			r.Headline = s.Title
		}
	}
	return r
}

func weight(s Status) int { return slices.Index([]Status{OK, Warning, Wrong}, s) }

// finish sorts the findings, the gravest and weightiest first, and gives the section the status of the first.
func finish(s Section) Section {
	slices.SortStableFunc(s.Findings, func(a, b Issue) int {
		if w := weight(b.Status) - weight(a.Status); w != 0 {
			return w
		}
		return int(min(max(b.Count-a.Count, -1), 1))
	})
	s.Status = OK
	if len(s.Findings) > 0 {
		s.Status = s.Findings[0].Status
	}
	if len(s.Findings) > MaxFindings {
		s.More = len(s.Findings) - MaxFindings
		s.Findings = s.Findings[:MaxFindings]
	}
	if s.Findings == nil {
		s.Findings = []Issue{}
	}
	return s
}

func date(day int) string { return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly) }

func percent(part, whole int64) string {
	if whole == 0 {
		return "0%"
	}
	share := float64(part) / float64(whole)
	return readable.Percent(&share)
}

func seen(t time.Time) *time.Time {
	if t.IsZero() || t.Unix() <= 0 {
		return nil
	}
	t = t.UTC()
	return &t
}

func visits(n int64) string { return number(n, "visit") }

func number(n int64, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return readable.Integer(n) + " " + of + "s"
}

// tag names a tag as people know it.
func tag(source, medium, campaign string) string {
	name := source + " / " + medium
	if campaign != "" {
		name = campaign + " (" + name + ")"
	}
	return name
}

// faultWords are what faults do, and what to do about them.
var faultWords = map[string]struct{ is, fix string }{
	tracking.CodeMissing:     {"lack a required parameter", "add the missing utm parameters to the links"},
	tracking.CodeMisspelt:    {"came with a misspelt parameter", "correct its name: nobody reads it"},
	tracking.CodeRepeated:    {"came with a parameter twice", "keep one: the first counts"},
	tracking.CodeCase:        {"have capitals in their tags", "write them in lower case: capitals make two rows of one name"},
	tracking.CodeSpace:       {"have spaces in their tags", "write _ or - in place of spaces"},
	tracking.CodeNotAllowed:  {"have a value that is not in the list", "use one of the allowed values, or add this one to the configuration"},
	tracking.CodePattern:     {"do not follow the naming pattern", "rename the campaign by the convention"},
	tracking.CodeTooLong:     {"have a value that is too long", "shorten it"},
	tracking.CodePlaceholder: {"came with a placeholder that the platform did not fill in", "check how the platform writes it, and that automatic tagging is on"},
	tracking.CodeEncoding:    {"came with a value that was encoded twice, or cannot be decoded", "encode values once"},
	tracking.CodeFragment:    {"have their tags behind #", "move # and what follows to the end of the link"},
	tracking.CodeSecondQuery: {"came by a link with a second ?", "write & in its place"},
	tracking.CodePersonal:    {"came by a link with an e-mail address in it", "take it out: everybody on the way can read it"},
	tracking.CodeUnassigned:  {"have a source and medium that no channel rule knows", "use a medium like cpc, email or social, or add a channel rule"},
	tracking.CodeOwnSite:     {"were tagged within the site", "take tags off links from the site to itself: they end the visit's real source"},
	tracking.CodeConflict:    {"have a medium that contradicts the click id", "use the medium of paid clicks"},
}

// broken faults make visits count for the wrong source, or for none.
var broken = []string{
	tracking.CodeMissing, tracking.CodeMisspelt, tracking.CodePlaceholder, tracking.CodeFragment, tracking.CodeSecondQuery, tracking.CodePersonal, tracking.CodeEncoding,
}

func tags(d *Data) Section {
	s := Section{ID: SectionTags, Title: "All tags follow the conventions."}
	for _, f := range d.Faults {
		words, ok := faultWords[f.Code]
		if !ok || f.Code == tracking.CodeUnassigned {
			continue // self-referrals and unknown sources have sections of their own
		}
		status := Warning
		if slices.Contains(broken, f.Code) {
			status = Wrong
		}
		s.Findings = append(s.Findings, Issue{
			Code: f.Code, Status: status, Count: f.Visits, Of: f.Of, LastAt: seen(f.LastAt), Example: f.Page, Fix: words.fix,
			Sentence: fmt.Sprintf("%s of %s %s.", visits(f.Visits), tag(f.Source, f.Medium, f.Campaign), words.is),
			Subject:  About{Channel: f.Channel, Source: f.Source, Medium: f.Medium, Campaign: f.Campaign},
		})
	}
	if n := d.Current.Faulty; n > 0 && len(s.Findings) > 0 {
		s.Title = fmt.Sprintf("%s of the tagged visits have something wrong with their tags.", percent(n, max(d.Current.Tagged, n)))
	}
	return s
}

func unknown(d *Data) Section {
	s := Section{ID: SectionUnknown, Title: "Every source has a channel."}
	for _, g := range d.Unassigned {
		s.Findings = append(s.Findings, Issue{
			Code: tracking.CodeUnassigned, Status: Warning, Count: g.Count, Of: d.Current.Visits, LastAt: seen(g.LastAt), Example: g.Page,
			Sentence: fmt.Sprintf("No channel rule knows %s: %s stand under Unassigned.", tag(g.Source, g.Medium, ""), visits(g.Count)),
			Fix:      "use a medium like cpc, email, social or affiliate in the links, or add a channel rule",
			Subject:  About{Channel: "Unassigned", Source: g.Source, Medium: g.Medium, Campaign: g.Campaign},
		})
	}
	if n := d.Current.Unassigned; n > 0 {
		s.Title = fmt.Sprintf("%s (%s) have a source without a channel.", visits(n), percent(n, d.Current.Visits))
	}
	return s
}

// directShare is how much larger the share of visits without source may get before it is a finding, and directLeast how many visits that needs.
// visitsLeast is how many visits before make none a finding.
const (
	visitsLeast  = 10
	directGrowth = 1.25
	directLeast  = 50
)

func untagged(d *Data) Section {
	s := Section{ID: SectionUntagged, Title: fmt.Sprintf("%s of the visits say where they come from.", percent(d.Current.Visits-d.Current.Direct, d.Current.Visits))}
	if d.Current.Visits == 0 {
		s.Title = "There were no visits."
		if d.Before.Visits >= visitsLeast {
			s.Title += fmt.Sprintf(" There were %s in the period before.", readable.Integer(d.Before.Visits))
			s.Findings = append(s.Findings, Issue{
				Code: "visits_stopped", Status: Wrong, Of: d.Before.Visits, Sentence: fmt.Sprintf("No visit was recorded, after %s in the period before.", readable.Integer(d.Before.Visits)),
				Fix: "check that the pixel is in the pages, that its key is still valid, and that no consent banner or content policy holds it back",
			})
		}
	}
	for _, g := range d.ClickOnly {
		s.Findings = append(s.Findings, Issue{
			Code: "click_id_without_tags", Status: Warning, Count: g.Count, Of: d.Current.Visits, LastAt: seen(g.LastAt), Example: g.Page,
			Sentence: fmt.Sprintf("%s came by an ad (%s) without utm parameters: their campaign is unknown, and their cost meets no visit.", visits(g.Count), g.Name),
			Fix:      "add a tracking template with utm_source, utm_medium, utm_campaign and utm_id to the ad account",
			Subject:  About{Source: g.Source, Medium: g.Medium, Page: g.Page},
		})
	}
	now, before := ratio(d.Current.Direct, d.Current.Visits), ratio(d.Before.Direct, d.Before.Visits)
	if d.Current.Visits >= directLeast && d.Before.Visits >= directLeast && now > before*directGrowth && d.Current.Direct >= directLeast/2 {
		s.Findings = append(s.Findings, Issue{
			Code: "direct_grew", Status: Warning, Count: d.Current.Direct, Of: d.Current.Visits,
			Sentence: fmt.Sprintf("%s of the visits have no source, after %s in the period before.", percent(d.Current.Direct, d.Current.Visits), percent(d.Before.Direct, d.Before.Visits)),
			Fix:      "look for campaigns that went out without tags, for redirects that drop parameters, and for links in mails and documents",
		})
	}
	return s
}

func ratio(a, b int64) float64 { return float64(a) / float64(max(b, 1)) }

// selfShare is how large a share of visits may begin on a page that was entered from within the site: visits end after half an hour and go on.
const selfShare = 0.1

func self(d *Data) Section {
	s := Section{ID: SectionSelf, Title: "Visits begin where they should."}
	if n := d.Current.SelfReferral; n > 0 {
		s.Title = fmt.Sprintf("%s of the visits begin on a page that was entered from the site itself.", percent(n, d.Current.Visits))
	}
	for _, g := range d.SelfReferrals {
		status := OK
		if ratio(d.Current.SelfReferral, d.Current.Visits) > selfShare {
			status = Warning
		}
		s.Findings = append(s.Findings, Issue{
			Code: FaultSelfReferral, Status: status, Count: g.Count, Of: d.Current.Visits, LastAt: seen(g.LastAt), Example: g.Page,
			Sentence: fmt.Sprintf("%s begin on %s, entered from the site itself.", visits(g.Count), g.Page),
			Fix:      "check that the pixel is on the page before, and that both pages share the visitor's id; visits that pause for half an hour look like this too",
			Subject:  About{Page: g.Page},
		})
	}
	return s
}

func visitors(d *Data) Section {
	all := d.Current.Visits + d.Current.Bots
	s := Section{ID: SectionVisitors, Title: fmt.Sprintf("%s of the touches are bots or internal, %s of the visitors deny consent.", percent(d.Current.Bots, all), percent(d.Current.Denied, d.Current.Visits))}
	for _, g := range d.Bots {
		s.Findings = append(s.Findings, Issue{
			Code: "bot", Status: OK, Count: g.Count, Of: all, LastAt: seen(g.LastAt), Example: g.Page,
			Sentence: fmt.Sprintf("%s flagged %s: kept, and never credited.", touches(g.Count), g.Name), Fix: "nothing, unless these are people",
			Subject: About{Field: g.Name},
		})
	}
	return s
}

func touches(n int64) string {
	if n == 1 {
		return "1 touch is"
	}
	return readable.Integer(n) + " touches are"
}

func refused(d *Data) Section {
	s := Section{ID: SectionRefused, Title: "Nothing was refused."}
	if d.Current.Refused > 0 {
		s.Title = number(d.Current.Refused, "record") + " were refused, and are kept with their reason."
	}
	for _, g := range d.Refusals {
		s.Findings = append(s.Findings, Issue{
			Code: "refused", Status: Warning, Count: g.Count, Of: d.Current.Refused, LastAt: seen(g.LastAt), Example: g.Page,
			Sentence: fmt.Sprintf("%s to %s refused: %s.", number(g.Count, "record"), g.Source, g.Name), Fix: g.Medium, Subject: About{Field: g.Field},
		})
	}
	return s
}
