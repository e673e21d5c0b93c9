package identity

import (
	"crypto/sha256"
	_ "embed" // the list of free-mail domains
	"encoding/hex"
	"strings"

	"golang.org/x/net/publicsuffix"
)

//go:embed data/freemail.txt
var freeMailData string

// emailMax is the longest address that can be delivered to (RFC 5321).
const emailMax = 254

// FreeMail is the set of domains whose addresses say nothing about a company.
type FreeMail map[string]struct{}

// NewFreeMail reads the project's own list and adds further domains.
func NewFreeMail(more ...string) FreeMail {
	f := FreeMail{}
	for line := range strings.Lines(freeMailData) {
		if line[0] == '#' {
			continue
		}
		for _, d := range strings.Fields(line) {
			f[d] = struct{}{}
		}
	}
	for _, d := range more {
		f[strings.ToLower(strings.TrimSpace(d))] = struct{}{}
	}
	return f
}

// Has tells whether a domain, or its registrable domain, is one of free mail.
func (f FreeMail) Has(domain string) bool {
	if _, ok := f[domain]; ok {
		return true
	}
	_, ok := f[registrable(domain)]
	return ok
}

// Email is what is kept of an address.
type Email struct {
	// SHA256 is the hex digest of the trimmed lower-case address.
	SHA256 string
	// Domain is the registrable domain, empty when it is one of free mail: it stands for the company.
	Domain string
}

// Email hashes an address. It reports false for what cannot be an address. A sender may have hashed it already: "sha256:" and 64 hex digits, with "@" and the
// domain behind them if the company is to be known.
func (f FreeMail) Email(address string) (Email, bool) {
	address = strings.ToLower(strings.TrimSpace(address))
	if hash, ok := strings.CutPrefix(address, "sha256:"); ok { // No address begins like this: a colon must be quoted in one.
		return f.hashed(hash)
	}
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || len(address) > emailMax || strings.ContainsAny(local, " \t\r\n<>,;\x00") || !isDomain(domain) {
		return Email{}, false
	}
	sum := sha256.Sum256([]byte(address))
	e := Email{SHA256: hex.EncodeToString(sum[:])}
	if !f.Has(domain) {
		e.Domain = registrable(domain)
	}
	return e, true
}

func (f FreeMail) hashed(s string) (Email, bool) {
	hash, domain, named := strings.Cut(s, "@")
	if b, err := hex.DecodeString(hash); err != nil || len(b) != sha256.Size || named && !isDomain(domain) {
		return Email{}, false
	}
	e := Email{SHA256: hash}
	if named && !f.Has(domain) {
		e.Domain = registrable(domain)
	}
	return e, true
}

// CompanyDomain brings a domain, or the address of a company's site, to the registrable domain that stands for the account. It reports false for what is no
// domain, or one of free mail.
func (f FreeMail) CompanyDomain(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#:"); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "@"), "www.")
	if !isDomain(s) || f.Has(s) {
		return "", false
	}
	return registrable(s), true
}

// LooksLikeEmail tells whether an id is an address in disguise, which then must not be kept as it is.
func LooksLikeEmail(id string) bool {
	i := strings.IndexByte(id, '@')
	return i > 0 && isDomain(strings.ToLower(id[i+1:]))
}

// isDomain asks for labels of letters, digits and hyphens (any script) with at least one dot.
func isDomain(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") || strings.ContainsAny(s, " \t\r\n@<>,;:/\\()[]\"'\x00") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

func registrable(domain string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return d
	}
	return domain
}
