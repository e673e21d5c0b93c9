package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// address finds e-mail addresses in any text: in prose, JSON, CSV and links, where the "@" may be percent-encoded or a JSON escape. What may stand before the "@" is
// wider than people use and narrower than RFC 5322: no quoting, and no separators of links, of JSON and of tables.
var address = regexp.MustCompile(`(sha256:)?([^\s"<>()\[\]{},;:@\\=&?/|\x00]{1,64}?)(@|%40|\\u0040)((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.)+[\p{L}\p{N}][\p{L}\p{N}-]{1,62})`)

// isFile tells whether what looks like a domain is what follows the "@" in names of pictures for several resolutions, such as banner@2x.png.
func isFile(domain string) bool {
	switch strings.ToLower(path.Ext(domain)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif", ".mp4", ".js", ".css", ".html":
		return true
	}
	return false
}

// HashAddresses replaces the e-mail addresses in a text by "sha256:", their digest, and "@" with their domain, which FreeMail.Email takes for the same address. It
// reports whether there was any. Addresses that are hashed already stay.
func HashAddresses(text string) (string, bool) {
	if !mayHaveAddress(text) {
		return text, false
	}
	changed := false
	out := address.ReplaceAllStringFunc(text, func(match string) string {
		part := address.FindStringSubmatch(match)
		if part == nil || part[1] != "" || isFile(part[4]) {
			return match
		}
		local := part[2]
		if part[3] == "%40" {
			if plain, err := url.PathUnescape(local); err == nil {
				local = plain
			}
		}
		changed = true
		domain := strings.ToLower(part[4])
		sum := sha256.Sum256([]byte(strings.ToLower(local) + "@" + domain))
		return "sha256:" + hex.EncodeToString(sum[:]) + "@" + domain
	})
	return out, changed
}

// mayHaveAddress is quick: nearly no text has one.
func mayHaveAddress(text string) bool {
	return strings.IndexByte(text, '@') > 0 || strings.Contains(text, "%40") || strings.Contains(text, `\u0040`)
}
