package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"

	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
)

// States of consent, as they stand on touches. Empty: nothing said anything.
const (
	ConsentGranted = "granted"
	ConsentDenied  = "denied"
	// ConsentImplied: the site assumes it, and the visitor has not said otherwise.
	ConsentImplied = "implied"
)

// ErrWithheld says that a record of a visitor who denies consent has nothing left once its identifiers are gone. It was rightly sent and is not kept anywhere.
var ErrWithheld = errors.New("the visitor denies consent, and the record is about nothing else")

// Privacy is what a workspace keeps of its visitors.
type Privacy struct {
	// IgnoreGPC does not take a browser's Global Privacy Control for a denial.
	IgnoreGPC bool
	// DropAddress keeps nothing of a browser's address; without it its network is kept: /24 of IPv4, /48 of IPv6.
	DropAddress bool
	// InternalNetworks are the workspace's own: what comes from there is flagged and earns no credit.
	InternalNetworks []netip.Prefix
	// ConsentCategories are the consent categories (Segment's categoryPreferences) that measuring needs, in lower case. Empty: DefaultConsentCategories.
	ConsentCategories []string
}

// DefaultConsentCategories are what consent managers call measuring: Segment's and Cookiebot's words, and OneTrust's group of performance cookies.
func DefaultConsentCategories() []string {
	return []string{"analytics", "performance", "statistics", "measurement", "c0002"}
}

func (p *Privacy) isInternal(a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(p.InternalNetworks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// consentOf is what the record says, else what the browser does. A state or a category is the visitor's choice on this site and comes before the browser's general signal; that
// comes before what the site assumes. context.consent is a state ("granted", true), or an object with state, basis (of the pixel) or categoryPreferences (of Segment).
func (b *builder) consentOf() string {
	var given struct {
		State, Basis        any
		CategoryPreferences map[string]any
	}
	if b.rec.set[sConsent] {
		raw := []byte(b.text(sConsent))
		if json.Unmarshal(raw, &given) != nil {
			given.Basis, given.CategoryPreferences = nil, nil
			if json.Unmarshal(raw, &given.State) != nil {
				given.State = nil
			}
		}
	}
	if state := consentState(given.State); state != "" {
		return state
	}
	if state := b.categories(given.CategoryPreferences); state != "" {
		return state
	}
	if b.del.OptOut && !b.del.Workspace.Privacy.IgnoreGPC {
		return ConsentDenied
	}
	switch given.Basis {
	case ConsentImplied:
		return ConsentImplied
	case "required", "tcf":
		return ConsentGranted // the pixel sends nothing before it is
	}
	return consentState(given.Basis)
}

func consentState(given any) string {
	switch given {
	case true, ConsentGranted, "true":
		return ConsentGranted
	case false, ConsentDenied, "false":
		return ConsentDenied
	}
	return ""
}

// categories is denied when one of the categories that measuring needs is.
func (b *builder) categories(given map[string]any) string {
	needed := b.del.Workspace.Privacy.ConsentCategories
	if len(needed) == 0 {
		needed = DefaultConsentCategories()
	}
	state := ""
	for name, value := range given {
		granted, ok := value.(bool)
		if !ok || !slices.Contains(needed, strings.ToLower(name)) {
			continue
		}
		if !granted {
			return ConsentDenied
		}
		state = ConsentGranted
	}
	return state
}

// withhold takes every identifier off a call whose visitor denies consent. What is left says that somebody came from somewhere, or did something; nothing joins two
// such events. It is false when nothing is left: identities, and pages reached from within the site, which nobody can add to a visit without an identifier.
func (b *builder) withhold(e *tributaryv1.Event) bool {
	b.flag(FlagConsentDenied)
	e.UserId, e.ContactId, e.AccountId, e.EmailSha256, e.EmailDomain, e.ClientNetwork = "", "", "", "", "", ""
	sum := sha256.Sum256([]byte(e.Workspace + "\x00" + e.Id))
	e.VisitorId = DeniedVisitor + hex.EncodeToString(sum[:12])
	switch body := e.Body.(type) {
	case *tributaryv1.Event_Page:
		body.Page.Origin.ClickId = ""
		return body.Page.Origin.Evidence != tributaryv1.Evidence_EVIDENCE_NONE || b.text(sPageReferrer)+b.pageOnly(sPropReferrer)+b.text(sReferrerURL) == ""
	case *tributaryv1.Event_Track:
		// Without a source of its own it would be a visit out of nowhere.
		body.Track.OnPage = false
		if o := body.Track.Origin; o != nil && o.Evidence == tributaryv1.Evidence_EVIDENCE_NONE && !o.IsBot {
			body.Track.Origin = nil
		} else if o != nil {
			o.ClickId = ""
		}
		return true
	}
	return false
}

// DeniedVisitor begins the id that stands for the unknown visitor of one event.
const DeniedVisitor = "~"

// client is the visitor's address: the browser's own, or what a server says it was.
func (b *builder) client() netip.Addr {
	if b.del.Address.IsValid() {
		return b.del.Address.Unmap()
	}
	if !b.del.Trusted {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(strings.TrimSpace(b.text(sContextIP)))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// Bits of an address that are kept: a neighbourhood, not a household.
const (
	networkBits4 = 24
	networkBits6 = 48
)

func (b *builder) address(e *tributaryv1.Event) {
	a := b.client()
	if !a.IsValid() || b.del.Workspace.Privacy.DropAddress {
		return
	}
	bits := networkBits6
	if a.Is4() {
		bits = networkBits4
	}
	if p, err := a.WithZone("").Prefix(bits); err == nil {
		e.ClientNetwork = p.String()
	}
}
