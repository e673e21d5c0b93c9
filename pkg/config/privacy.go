package config

import (
	"fmt"
	"net/netip"

	"github.com/tributary-attribution/tributary/pkg/tracking"
)

// Ways to keep the addresses that browsers send from.
const (
	AddressTruncate = "truncate"
	AddressDrop     = "drop"
)

// Privacy says what a workspace keeps of its visitors.
type Privacy struct {
	// Address is truncate (the network is kept: /24 of IPv4, /48 of IPv6) or drop. Empty: truncate. A whole address is never kept.
	Address string `yaml:"address,omitempty"`
	// IgnoreGPC does not take a browser's Global Privacy Control for a denial of consent.
	IgnoreGPC bool `yaml:"ignore_gpc,omitempty"`
	// InternalNetworks are the company's own (203.0.113.0/24): what comes from there is flagged, and earns no credit.
	InternalNetworks []string `yaml:"internal_networks,omitempty"`
	// ConsentCategories are the categories of the site's consent manager that measuring needs. Empty: the usual words for analytics and performance.
	ConsentCategories []string `yaml:"consent_categories,omitempty"`
}

func (p *Privacy) validate() error {
	switch p.Address {
	case "", AddressTruncate, AddressDrop:
	default:
		return fmt.Errorf("privacy.address: %q is neither %s nor %s", p.Address, AddressTruncate, AddressDrop)
	}
	for _, n := range p.InternalNetworks {
		if _, err := netip.ParsePrefix(n); err != nil {
			return fmt.Errorf("privacy.internal_networks: %q is not a network like 203.0.113.0/24", n)
		}
	}
	return nil
}

// Conventions are those of tagging links: the workspace's own, else the shipped ones.
func (w *Workspace) Conventions() tracking.Config {
	if w.Tracking == nil {
		return tracking.DefaultConfig()
	}
	return *w.Tracking
}
