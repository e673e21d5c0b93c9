package tracking

import (
	"net/url"
	"slices"
	"strings"
)

// Build puts a tag on an address: values tidied, encoded once, in a fixed order, before the fragment, in place of any tag that was there. The findings are those of the link it
// made; without a readable address there is no link.
func (r *Rules) Build(address string, tags map[string]string) (string, []Fault) {
	l, findings := r.inspect(address)
	if l.URL == nil {
		return "", findings
	}
	var kept []string
	for part := range strings.SplitSeq(l.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(name); err == nil && part != "" && !slices.Contains(Parameters(), strings.ToLower(decoded)) {
			kept = append(kept, part)
		}
	}
	for _, name := range Parameters() {
		if value := r.Tidy(tags[name]); value != "" {
			kept = append(kept, name+"="+url.QueryEscape(value))
		}
	}
	l.URL.RawQuery = strings.Join(kept, "&")
	link := l.URL.String()
	_, findings = r.Lint(link)
	return link, findings
}
