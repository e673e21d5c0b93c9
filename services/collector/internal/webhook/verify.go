package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
)

// Headers of HubSpot's signatures.
const (
	headerHubSpotV3      = "X-Hubspot-Signature-V3"
	headerHubSpotTime    = "X-Hubspot-Request-Timestamp"
	headerHubSpot        = "X-Hubspot-Signature"
	headerHubSpotVersion = "X-Hubspot-Signature-Version"
)

// secretMin is the shortest secret, in bytes: what is shorter can be guessed.
const secretMin = 8

func (s *Source) validateSecrets() error {
	for _, secret := range s.Secrets {
		if len(secret) < secretMin {
			return fmt.Errorf("webhook %s: a secret of at least %d characters is needed", s.Name, secretMin)
		}
		if user, password, ok := strings.Cut(secret, ":"); s.Provider == Pipedrive && (!ok || user == "" || password == "") {
			return fmt.Errorf("webhook %s: a secret of pipedrive is user:password", s.Name)
		}
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || s.PublicURL != "" && (u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
		return fmt.Errorf("webhook %s: public_url is not an absolute URL without query", s.Name)
	}
	return nil
}

// verifyHubSpot checks the newest signature that the delivery has: an older one beside it must not help a replay past the timestamp.
func (s *Source) verifyHubSpot(d Delivery) error {
	if v3 := d.Header.Values(headerHubSpotV3); len(v3) > 0 {
		stamp := d.Header.Values(headerHubSpotTime)
		if !s.takes("v3") || len(v3) != 1 || len(stamp) != 1 {
			return ErrHeaders
		}
		return s.verifyV3(d, v3[0], stamp[0])
	}
	given := d.Header.Values(headerHubSpot)
	version := d.Header.Get(headerHubSpotVersion)
	if version == "" {
		version = "v1"
	}
	if len(given) != 1 || !s.takes(version) || version == "v3" {
		return ErrHeaders
	}
	signature, err := hex.DecodeString(given[0])
	if err != nil {
		return ErrSignature
	}
	ok := false
	for _, secret := range s.Secrets {
		for _, target := range s.targets(d) {
			h := sha256.New()
			h.Write([]byte(secret))
			if version == "v2" {
				h.Write([]byte(d.Method + target))
			}
			h.Write(d.Body)
			ok = hmac.Equal(h.Sum(nil), signature) || ok
		}
	}
	return matched(ok)
}

func (s *Source) verifyV3(d Delivery, given, stamp string) error {
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return ErrHeaders
	}
	// Compared as numbers: a far timestamp would overflow a duration.
	if age := d.Now.UnixMilli() - ms; age > auth.Tolerance.Milliseconds() || age < -auth.Tolerance.Milliseconds() {
		return ErrStale
	}
	signature, err := base64.StdEncoding.DecodeString(given)
	if err != nil {
		return ErrSignature
	}
	ok := false
	for _, secret := range s.Secrets {
		for _, target := range s.targets(d) {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write([]byte(d.Method + target))
			mac.Write(d.Body)
			mac.Write([]byte(stamp))
			ok = hmac.Equal(mac.Sum(nil), signature) || ok
		}
	}
	return matched(ok)
}

func (s *Source) takes(version string) bool {
	if len(s.Signatures) == 0 {
		return slices.Contains([]string{"v1", "v2", "v3"}, version)
	}
	return slices.Contains(s.Signatures, version)
}

func matched(ok bool) error {
	if !ok {
		return ErrSignature
	}
	return nil
}

// unescaper decodes the escapes that HubSpot decodes before it signs, and no others.
var unescaper = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
	"%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";",
)

// targets are the URL that HubSpot signed, in the two ways in which it can be written.
func (s *Source) targets(d Delivery) []string {
	base := strings.TrimSuffix(s.PublicURL, "/")
	if base == "" {
		base = "https://" + d.Host
	}
	raw := base + d.URI
	if decoded := unescaper.Replace(raw); decoded != raw {
		return []string{raw, decoded}
	}
	return []string{raw}
}

// verifyBasic checks the user and password that Pipedrive was given for its deliveries.
func (s *Source) verifyBasic(d Delivery) error {
	r := http.Request{Header: d.Header}
	user, password, ok := r.BasicAuth()
	if !ok || !s.isSecret(user+":"+password) {
		return ErrCredentials
	}
	return nil
}

// verifyToken checks the token of Salesforce's URL, which signs nothing; a relay may send it as Bearer, or as Basic password.
func (s *Source) verifyToken(d Delivery) error {
	var given string
	if u, err := url.ParseRequestURI(d.URI); err == nil {
		given = u.Query().Get("token")
	}
	if scheme, rest, _ := strings.Cut(d.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
		given = strings.TrimSpace(rest)
	} else if r := (&http.Request{Header: d.Header}); given == "" {
		_, given, _ = r.BasicAuth()
	}
	if !s.isSecret(given) {
		return ErrCredentials
	}
	return nil
}

// isSecret compares digests, in constant time: how long it takes says nothing about how much of a guess was right, nor how long the secret is.
func (s *Source) isSecret(given string) bool {
	sum, ok := sha256.Sum256([]byte(given)), 0
	for _, secret := range s.Secrets {
		want := sha256.Sum256([]byte(secret))
		ok |= subtle.ConstantTimeCompare(sum[:], want[:])
	}
	return ok == 1
}
