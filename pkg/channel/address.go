package channel

import "strings"

const appScheme = "android-app://"

// address is a page address taken apart leniently: what a browser reports is never refused here, at worst it says nothing.
type address struct {
	// host is lower case, without "www.", user and port; an app's host keeps its scheme.
	host, path, query string
	// shown is the host as the page has it, lower case with its "www.".
	shown string
}

func parseAddress(s string) address {
	s = strings.TrimSpace(s)
	s, _, _ = strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		// Protocol-relative ("//host/path") has a host; a bare path has none, and neither have about: and data:.
		if rest, ok = strings.CutPrefix(s, "//"); !ok {
			return address{path: s, query: query}
		}
	}
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if strings.EqualFold(scheme, "android-app") {
		h := appScheme + strings.ToLower(host)
		return address{host: h, shown: h, path: path, query: query}
	}
	shown := strings.ToLower(stripHost(host))
	return address{host: strings.TrimPrefix(shown, "www."), shown: shown, path: path, query: query}
}

// stripHost drops user and port.
func stripHost(host string) string {
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if strings.HasPrefix(host, "[") { // an IPv6 literal has colons of its own
		if i := strings.IndexByte(host, ']'); i >= 0 {
			return host[:i+1]
		}
		return host
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.TrimSuffix(host, ".")
}

// cleanHost is the form in which configured hosts are compared. It takes whole addresses too.
func cleanHost(s string) string {
	if !strings.Contains(s, "://") {
		s = "//" + s
	}
	return parseAddress(s).host
}

// params calls fn for each parameter of a query. A second question mark separates parameters too: links that already had a query get utm parameters
// appended that way. Names are as written; values are decoded, or kept as they are when the encoding is broken.
func params(query string, fn func(name, value string)) {
	for query != "" {
		var pair string
		if i := strings.IndexAny(query, "&?;"); i >= 0 {
			pair, query = query[:i], query[i+1:]
		} else {
			pair, query = query, ""
		}
		name, value, _ := strings.Cut(pair, "=")
		if name != "" && value != "" {
			fn(name, unescape(value))
		}
	}
}

// unescape decodes %XX and plus signs. A broken escape stays as it is.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}
