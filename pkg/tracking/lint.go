package tracking

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxLink is the longest link that is looked at, in bytes.
const maxLink = 8 << 10

// Link is an address taken apart.
type Link struct {
	// Tags are the values of the tag's parameters, decoded, first ones first.
	Tags map[string]string
	// Click ids and everything else that the address carries.
	Others map[string]string
	// URL is nil when the address cannot be read.
	URL *url.URL
}

// Lint checks a link before it goes out: it must be tagged, and by the rules.
func (r *Rules) Lint(link string) (Link, []Fault) {
	l, findings := r.inspect(link)
	if l.URL == nil {
		return l, findings
	}
	has := func(code string) bool {
		return slices.ContainsFunc(findings, func(f Fault) bool { return f.Code == code })
	}
	switch {
	case len(l.Tags) > 0 || has(CodeMisspelt):
	case has(CodeFragment):
		return l, findings // the tag is there, in the wrong place
	default:
		return l, append(findings, r.finding(CodeUntagged, "", "", "the link has no utm parameter: its visits count by their referrer, or as direct", "add "+strings.Join(r.cfg.Required, ", ")))
	}
	return l, append(findings, r.values(l.Tags)...)
}

// LintHit checks the address that a visitor came with. One without any tag is no fault: nobody said that it is a campaign's.
func (r *Rules) LintHit(address string) []Fault {
	if !mayBeTagged(address) || r.clean(address) {
		return nil
	}
	l, findings := r.inspect(address)
	findings = slices.DeleteFunc(findings, func(f Fault) bool { return f.Code == CodeInsecure || f.Code == CodeAddress })
	if len(l.Tags) > 0 {
		findings = append(findings, r.values(l.Tags)...)
	}
	return findings
}

// mayBeTagged spares most page views the work.
func mayBeTagged(address string) bool {
	i := strings.IndexAny(address, "?#")
	return i >= 0 && len(address) <= maxLink && (strings.Contains(strings.ToLower(address[i:]), "utm") || strings.Contains(address[i:], "@") || strings.Contains(address[i:], "%40"))
}

// LintTags checks values that are known without an address, as those of spend or of stored touches. Parameters are names like Source.
func (r *Rules) LintTags(tags map[string]string) []Fault { return r.values(tags) }

// inspect takes a link apart and finds what breaks it, whatever its values.
func (r *Rules) inspect(link string) (Link, []Fault) {
	l := Link{Tags: map[string]string{}, Others: map[string]string{}}
	link = strings.TrimSpace(link)
	if len(link) > maxLink {
		return l, []Fault{r.finding(CodeAddress, "", "", fmt.Sprintf("the link is longer than %d characters", maxLink), "")}
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return l, []Fault{r.finding(CodeAddress, "", "", "this is not the address of a page", "begin with https:// and the host")}
	}
	l.URL = u
	var findings []Fault
	if u.Scheme == "http" && !r.cfg.AllowHTTP {
		findings = append(findings, r.finding(CodeInsecure, "", "", "the link is http: everybody on the way can read it, and browsers drop the referrer", "use https://"))
	}
	query := u.RawQuery
	if before, after, ok := strings.Cut(query, "?"); ok && looksTagged(after) {
		findings = append(findings, r.finding(CodeSecondQuery, "", "", "a second ? begins what should be a parameter: everything behind it becomes part of a value", "use & instead"))
		query = before + "&" + after
	}
	if looksTagged(u.EscapedFragment()) {
		findings = append(findings, r.finding(CodeFragment, "", "", "utm parameters stand behind #, where they are not sent to servers", "move # and what follows it to the end"))
	}
	return l, append(findings, r.parameters(l, query)...)
}

func looksTagged(s string) bool { return strings.Contains(strings.ToLower(s), "utm_") }

var (
	doubleEncoded = regexp.MustCompile(`%25[0-9A-Fa-f]{2}`)
	mailAddress   = regexp.MustCompile(`[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]*[A-Za-z]`)
)

// parameters looks at each. Every visit of every campaign comes by here, so that the expressions are asked only about values that may match.
func (r *Rules) parameters(l Link, query string) []Fault {
	var findings []Fault
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(rawName)
		value, valueErr := url.QueryUnescape(rawValue)
		if nameErr != nil || valueErr != nil {
			findings = append(findings, r.finding(CodeEncoding, rawName, rawValue, "a % is not followed by two hexadecimal digits", "write a percent sign as %25"))
			continue
		}
		lower := strings.ToLower(name)
		if strings.Contains(value, "@") && mailAddress.MatchString(value) {
			findings = append(findings, r.finding(CodePersonal, name, "", "an e-mail address stands in the link: every server and tool it passes keeps it", "take it out"))
		}
		if !isParameter(lower) {
			l.Others[lower] = value
			if meant := misspelt(lower); meant != "" {
				findings = append(findings, r.finding(CodeMisspelt, name, value, "nobody reads this parameter", "write "+meant))
			}
			continue
		}
		if strings.Contains(rawValue, "%25") && doubleEncoded.MatchString(rawValue) {
			findings = append(findings, r.finding(CodeEncoding, name, value, "the value was encoded twice, and shows percent signs in reports", "encode it once"))
		}
		if _, again := l.Tags[lower]; again {
			findings = append(findings, r.finding(CodeRepeated, name, value, "the parameter comes twice; the first one counts", "keep one"))
			continue
		}
		l.Tags[lower] = value
	}
	return findings
}

// misspelt is the parameter that a name was probably meant to be, or none.
func misspelt(name string) string {
	if !strings.HasPrefix(name, "utm") && (len(name) < len(Source)-1 || len(name) > len(Source)+1) {
		return "" // nearly every parameter of nearly every page
	}
	plain := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(name)
	if !strings.HasPrefix(plain, "utm") && distance(plain, Source) > 1 {
		return ""
	}
	best, meant := 3, ""
	for _, p := range Parameters() {
		// Short names are near to each other by themselves.
		if d := distance(plain, p); d < best && d*4 <= len(p) {
			best, meant = d, p
		}
		if strings.TrimPrefix(plain, "utm") == strings.TrimPrefix(p, "utm_") {
			return p
		}
	}
	return meant
}

// distance is Damerau and Levenshtein's, in its restricted form: insertions, deletions, substitutions and swaps of neighbours.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func (r *Rules) finding(code, parameter, value, reason, fix string) Fault {
	if utf8.RuneCountInString(value) > defaultMaxLength {
		value = string([]rune(value)[:defaultMaxLength]) + "…"
	}
	return Fault{Code: code, Severity: severity(code), Parameter: parameter, Value: value, Reason: reason, Fix: fix}
}
