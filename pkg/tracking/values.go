package tracking

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// placeholder is what ad platforms and mail tools replace when they send a link: {campaignid}, {{campaign.name}}, %%CAMPAIGN%%, [campaign], *|CAMPAIGN|*.
var placeholder = regexp.MustCompile(`\{+[A-Za-z_:. ]+\}+|%%[A-Za-z_]+%%|\[[A-Za-z_ ]+\]|\*\|[A-Za-z_:]+\|\*|__[A-Z_]+__`)

// mayHold spares nearly all values the expression, which costs more than everything else that is asked of them.
func mayHold(value string) bool {
	return strings.ContainsAny(value, "{[*") || strings.Contains(value, "%%") || strings.Contains(value, "__")
}

// values checks the values of a tag by the rules.
func (r *Rules) values(tags map[string]string) []Fault {
	var findings []Fault
	for _, name := range r.cfg.Required {
		if strings.TrimSpace(tags[name]) == "" {
			fix := "add " + name
			if e := r.cfg.Examples[name]; e != "" {
				fix += "=" + e
			}
			findings = append(findings, r.finding(CodeMissing, name, "", missing(name), fix))
		}
	}
	for _, name := range Parameters() {
		if value, ok := tags[name]; ok && value != "" {
			findings = append(findings, r.value(name, value)...)
		}
	}
	return findings
}

func missing(name string) string {
	switch name {
	case Source:
		return "without a source nobody can tell who sent the visitor"
	case Medium:
		return "without a medium the channel cannot be told: paid and organic look alike"
	case Campaign:
		return "without a campaign spend and revenue do not meet"
	}
	return "the parameter is required here"
}

func (r *Rules) value(name, value string) []Fault {
	if mayHold(value) && placeholder.MatchString(value) {
		return []Fault{r.finding(CodePlaceholder, name, value, "the platform did not fill in this placeholder", "check how the platform writes it, and that it is switched on")}
	}
	var findings []Fault
	tidy := value
	if t := strings.TrimSpace(value); t != value || strings.ContainsAny(value, " \t\n") {
		tidy = strings.Join(strings.Fields(value), "_")
		findings = append(findings, r.finding(CodeSpace, name, value, "spaces become +, %20 or nothing on the way, and make one name several", "write "+tidy))
	}
	if lower := strings.ToLower(tidy); !r.cfg.AnyCase && lower != tidy {
		tidy = lower
		findings = append(findings, r.finding(CodeCase, name, value, "capitals make two rows of one name", "write "+tidy))
	}
	if allowed := r.cfg.Allowed[name]; len(allowed) > 0 && !slices.Contains(allowed, tidy) {
		findings = append(findings, r.finding(CodeNotAllowed, name, value, "the value is not in this workspace's list", "use "+nearest(tidy, allowed)))
	}
	if p := r.patterns[name]; p != nil && !p.MatchString(tidy) {
		fix := "follow " + r.cfg.Patterns[name]
		if e := r.cfg.Examples[name]; e != "" {
			fix += ", for example " + e
		}
		findings = append(findings, r.finding(CodePattern, name, value, "the name does not follow the convention", fix))
	}
	if n := utf8.RuneCountInString(value); n > r.cfg.MaxLength {
		findings = append(findings, r.finding(CodeTooLong, name, value, fmt.Sprintf("%d characters, and %d are allowed", n, r.cfg.MaxLength), "shorten it"))
	}
	return findings
}

// nearest names the allowed values, the most similar first, a few of them.
func nearest(value string, allowed []string) string {
	sorted := slices.Clone(allowed)
	slices.SortStableFunc(sorted, func(a, b string) int { return distance(value, a) - distance(value, b) })
	if len(sorted) > 5 {
		return strings.Join(sorted[:5], ", ") + " …"
	}
	return strings.Join(sorted, ", ")
}

// Tidy writes a value by the rules as far as that can be done without knowing what was meant: no capitals, no spaces.
func (r *Rules) Tidy(value string) string {
	value = strings.Join(strings.Fields(value), "_")
	if !r.cfg.AnyCase {
		value = strings.ToLower(value)
	}
	return value
}
