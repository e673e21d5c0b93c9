package tracking

import (
	"slices"
	"strings"
)

// clean tells of most tagged addresses, in one pass and without taking memory, that nothing is wrong with them: every visit of every campaign comes by here. It never says so of an
// address with a fault; of one without it may say no, and the thorough look follows.
func (r *Rules) clean(address string) bool {
	_, query, _ := strings.Cut(address, "?")
	if strings.IndexByte(address, '#') >= 0 || strings.IndexByte(query, '?') >= 0 || strings.IndexByte(query, '%') >= 0 || strings.IndexByte(query, '@') >= 0 {
		return false
	}
	var seen, filled [tagCount]bool
	isTagged := false
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(part, "=")
		tag := tagIndex(name)
		if tag < 0 {
			if !isPlain(name, false) || misspelt(name) != "" {
				return false
			}
			continue
		}
		if seen[tag] || !isPlain(value, r.cfg.AnyCase) || !r.keeps(name, value) {
			return false
		}
		isTagged, seen[tag], filled[tag] = true, true, value != ""
	}
	for _, name := range r.cfg.Required {
		if isTagged && !filled[tagIndex(name)] {
			return false
		}
	}
	return true
}

const tagCount = 6

// tagIndex is a number for each of Parameters, -1 for every other name.
func tagIndex(name string) int {
	switch name {
	case Source:
		return 0
	case Medium:
		return 1
	case Campaign:
		return 2
	case ID:
		return 3
	case Term:
		return 4
	case Content:
		return 5
	}
	return -1
}

// isPlain tells that no check of characters can find anything in a text.
func isPlain(s string, anyCase bool) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '.', c == '~', c == '|', c == ':', c == '/':
		case c == '_' && (i == 0 || s[i-1] != '_'): // two are a placeholder's
		case anyCase && 'A' <= c && c <= 'Z':
		default:
			return false
		}
	}
	return true
}

// keeps tells that a plain value keeps to the workspace's conventions.
func (r *Rules) keeps(name, value string) bool {
	if value == "" {
		return true
	}
	allowed, pattern := r.cfg.Allowed[name], r.patterns[name]
	return len(value) <= r.cfg.MaxLength && (len(allowed) == 0 || slices.Contains(allowed, value)) && (pattern == nil || pattern.MatchString(value))
}
