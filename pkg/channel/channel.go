// Package channel says where a hit or an offline touch came from and which marketing channel that is.
//
// Two steps, both pure: Classifier.Origin derives source, medium and campaign from what the hit carries (utm parameters, click ids, the
// referrer), and Classifier.Channel puts them into a channel by the first rule that holds of a versioned, ordered rule set. The shipped
// rules are schemas/channels.yaml: GA4's default channel group. What is a search engine, a social network and so on is data in this
// package's data folder.
package channel

// Evidence says which step of the source precedence decided an Origin.
type Evidence uint8

// The kinds of evidence, weakest first.
const (
	// EvidenceNone: nothing on the hit says where it came from; it is direct.
	EvidenceNone Evidence = iota
	// EvidenceReferrer: the referring page, recognised or not.
	EvidenceReferrer
	// EvidenceClickID: an ad platform's click id without utm parameters.
	EvidenceClickID
	// EvidenceUTM: utm parameters, in the page address or as the SDK parsed them.
	EvidenceUTM
)

// Source and medium of a hit that came from nowhere in particular, in GA4's words.
const (
	SourceDirect = "(direct)"
	MediumNone   = "(none)"
)

// Direct and Unassigned are the channels of a hit without a source and of one that no rule covers.
const (
	Direct     = "Direct"
	Unassigned = "Unassigned"
)

// Campaign is what utm parameters say. All fields may be empty.
type Campaign struct {
	Source, Medium, Name, ID, Term, Content string
}

// IsZero tells whether nothing is said.
func (c Campaign) IsZero() bool { return c == Campaign{} }

// Hit is what a page, screen or track call carries about its origin.
type Hit struct {
	// PageURL is the address of the page, with its query. Empty for a screen or a server-side call.
	PageURL string
	// Referrer is the address of the page before, empty when there was none.
	Referrer string
	// Campaign is what the sender's SDK parsed or set itself; its fields win over those of PageURL.
	Campaign Campaign
}

// Origin is where a hit came from.
type Origin struct {
	// Source and medium are lower case; the campaign's words are as sent.
	Campaign
	// ClickIDType is the parameter's name (gclid, fbclid ...), ClickID its value; kept even when utm parameters decided.
	ClickIDType, ClickID string
	// ReferrerHost is the referring host without "www.", empty for the site itself and for excluded hosts.
	ReferrerHost string
	// LandingPage is host and path of the page, without query and fragment: those may carry personal data.
	LandingPage string
	// Channel is by the rules of version RulesVersion.
	Channel, RulesVersion string
	Evidence              Evidence
}

// Options are what a workspace adds to the shipped rules and data.
type Options struct {
	// Overrides are tried before the rule set's own rules, in order.
	Overrides []Rule
	// Aliases are applied to source, medium and campaign before the rules.
	Aliases []Alias
	// OverridesVersion names overrides and aliases; it becomes part of RulesVersion. Needed when there are any.
	OverridesVersion string
	// Domains are the workspace's own: a referrer on one of them, or on a sub-domain, is never a source.
	Domains []string
	// ExcludedReferrers are further hosts that are never a source, besides payment and sign-in pages.
	ExcludedReferrers []string
}

// Classifier derives origins and channels. It is immutable: any number of goroutines may use it.
type Classifier struct {
	version    string
	rules      []rule
	aliases    aliases
	categories map[string]string
	clickIDs   []clickID
	referrers  referrerTable
	excluded   map[string]struct{}
}

// New compiles a rule set and a workspace's options. The error names the rule that does not compile.
func New(set RuleSet, o Options) (*Classifier, error) {
	rules, err := compile(set, o)
	if err != nil {
		return nil, err
	}
	replaced, err := compileAliases(o.Aliases)
	if err != nil {
		return nil, err
	}
	c := &Classifier{
		version:    set.Version,
		rules:      rules,
		aliases:    replaced,
		categories: categories(),
		clickIDs:   clickIDs(),
		referrers:  referrers(),
		excluded:   hostSet(excludedData),
	}
	if len(o.Overrides)+len(o.Aliases) > 0 {
		c.version += "+" + o.OverridesVersion
	}
	for _, hosts := range [][]string{o.Domains, o.ExcludedReferrers} {
		for _, h := range hosts {
			c.excluded[cleanHost(h)] = struct{}{}
		}
	}
	return c, nil
}

// Version identifies the rules: the set's version, and the overrides' after a plus sign.
func (c *Classifier) Version() string { return c.version }
