package collector

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/pkg/identity"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/pkg/tracking"
	"github.com/tributary-attribution/tributary/services/collector/internal/auth"
	"github.com/tributary-attribution/tributary/services/collector/internal/httpapi"
	"github.com/tributary-attribution/tributary/services/collector/internal/produce"
	"github.com/tributary-attribution/tributary/services/collector/internal/spool"
	"github.com/tributary-attribution/tributary/services/collector/internal/webhook"
)

// Config is everything the collector can be told. Start from DefaultConfig.
type Config struct {
	HTTP  httpx.Config `yaml:"http"`
	Kafka kafka.Config `yaml:"kafka"`
	// Workspaces that keys and webhooks belong to. At least one.
	Workspaces []Workspace `yaml:"workspaces"`
	// Keys and Webhooks let senders in. Without any, nobody can send.
	Keys     []Key     `yaml:"keys"`
	Webhooks []Webhook `yaml:"webhooks"`
	// Limits bound one request and one sender.
	Limits httpapi.Config `yaml:"limits"`
	// Produce bounds what waits for Kafka.
	Produce produce.Config `yaml:"produce"`
	// Spool takes what Kafka does not while it is away. Without a folder there is none.
	Spool spool.Config `yaml:"spool"`
	// FutureMax is how far after its receipt a record may say it happened; it is then set to its receipt. Later ones are refused.
	FutureMax time.Duration `yaml:"future_max"`
	// PublicURL is how browsers reach the collector, scheme and host ("https://t.shop.example"): what SDKs that load their settings from it are told. Empty: as their
	// request says.
	PublicURL string `yaml:"public_url"`
	// DemoPage serves a page for trying the pixel at /demo, with the first public key. For development: what visitors do there is real data.
	DemoPage bool `yaml:"demo_page"`
}

// Workspace is one organisation or brand.
type Workspace struct {
	// Name is letters, digits, '-' and '_'.
	Name string `yaml:"name"`
	// Currency is taken for conversion values and deal amounts that come without one. Empty: USD.
	Currency string `yaml:"currency"`
	// SiteDomains and IgnoredReferrers are never a source, besides the page's own domain, payment and sign-in pages.
	SiteDomains      []string `yaml:"site_domains"`
	IgnoredReferrers []string `yaml:"ignored_referrers"`
	// ChannelRules come before the shipped ones; ChannelRulesVersion names them.
	ChannelRules        []channel.Rule `yaml:"channel_rules"`
	ChannelRulesVersion string         `yaml:"channel_rules_version"`
	// ChannelAliases name sources, mediums and campaigns before any rule; what was received is kept.
	ChannelAliases []channel.Alias `yaml:"channel_aliases"`
	// Stages translate a CRM's stages; they come before the shipped translations of "closedwon" and the like.
	Stages []event.StageRule `yaml:"stages"`
	// SpendTemplates are the UTM templates of ad platforms' campaigns; the first that matches a cost gives it the source, medium and campaign of the visits it bought.
	SpendTemplates []SpendTemplate `yaml:"spend_templates"`
	// Attributes are the names that rules of credit use of traits and properties; nothing else of them is kept.
	Attributes event.Attributes `yaml:"attributes"`
	// FreeMail and Bots add to the shipped lists: mail domains that stand for no company, words in user agents.
	FreeMail []string `yaml:"free_mail"`
	Bots     []string `yaml:"bots"`
	// Tracking are the conventions of tagging.
	Tracking tracking.Config `yaml:"tracking"`
	// IgnoreGPC, DropAddress, InternalNetworks and ConsentCategories are event.Privacy's.
	IgnoreGPC         bool     `yaml:"ignore_gpc"`
	DropAddress       bool     `yaml:"drop_address"`
	InternalNetworks  []string `yaml:"internal_networks"`
	ConsentCategories []string `yaml:"consent_categories"`
}

// SpendTemplate is a UTM template; event.SpendTemplate says what the fields mean.
type SpendTemplate struct {
	Platform string `yaml:"platform"`
	Account  string `yaml:"account"`
	Campaign string `yaml:"campaign"`
	Template string `yaml:"template"`
}

// Key is a write key. A workspace may have any number.
type Key struct {
	// Name stands in events and metrics. Several keys may share one, and then one rate limit.
	Name      string `yaml:"name"`
	Workspace string `yaml:"workspace"`
	// Secret keys are for servers and may send everything. The others are public, for browsers: Segment's calls only.
	Secret bool `yaml:"secret"`
	// AllowValue takes conversion values (properties.revenue) from a public key, which anybody can read from the page. Without it the value is dropped and the event flagged.
	AllowValue bool   `yaml:"allow_value"`
	Value      string `yaml:"key"`
}

// Provider is a CRM: hubspot, salesforce or pipedrive.
type Provider = webhook.Provider

// Webhook is a source of signed deliveries: of Standard Webhooks on /v1/stages, of a CRM on /v1/webhooks/{provider}/{name}.
type Webhook struct {
	Name      string `yaml:"name"`
	Workspace string `yaml:"workspace"`
	// Provider is hubspot, salesforce or pipedrive, or how canonical records are signed: stripe, github, segment. Empty: Standard Webhooks.
	Provider Provider `yaml:"provider"`
	// Secrets of Standard Webhooks are "whsec_" and base64; of HubSpot the client secret, of Pipedrive user:password, of Salesforce the token in the URL.
	// Two stand side by side while one replaces the other.
	Secrets []string `yaml:"secrets"`
	// The others are settings of CRMs; webhook.Source says what they mean.
	PublicURL      string   `yaml:"public_url"`
	Signatures     []string `yaml:"signatures"`
	Currency       string   `yaml:"currency"`
	AmountProperty string   `yaml:"amount_property"`
	LeadStages     []string `yaml:"lead_stages"`
	Organizations  []string `yaml:"organizations"`
	IDPrefix       string   `yaml:"id_prefix"`
	// StageNames are names of stages by the CRM's ids of them.
	StageNames map[string]string `yaml:"stage_names"`
}

func (w Webhook) source(p auth.Principal) webhook.Source {
	return webhook.Source{
		Principal: p, Provider: w.Provider, Secrets: w.Secrets, PublicURL: w.PublicURL, Signatures: w.Signatures, Currency: w.Currency,
		AmountProperty: w.AmountProperty, LeadStages: w.LeadStages, Organizations: w.Organizations, IDPrefix: w.IDPrefix, StageNames: w.StageNames,
	}
}

// DefaultWorkspace and DefaultCurrency are what DefaultConfig has.
const (
	DefaultWorkspace = "default"
	DefaultCurrency  = "USD"
)

// DefaultConfig listens on the contract's port on loopback, for one workspace, and has no keys.
func DefaultConfig() Config {
	server := httpx.DefaultConfig()
	server.Addr = "127.0.0.1:8080"
	return Config{
		HTTP: server, Kafka: kafka.DefaultConfig(), Limits: httpapi.DefaultConfig(), Produce: produce.DefaultConfig(), Spool: spool.DefaultConfig(),
		Workspaces: []Workspace{{Name: DefaultWorkspace, Currency: DefaultCurrency}},
		FutureMax:  48 * time.Hour, // any mistake about time zones, twice
	}
}

var workspaceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	errs := []error{c.HTTP.Validate(), c.Kafka.Validate(), c.Produce.Validate(), c.Spool.Validate(), c.Limits.Validate()}
	_, err := c.build()
	errs = append(errs, err)
	if u, err := url.Parse(c.PublicURL); err != nil || c.PublicURL != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "") {
		errs = append(errs, errors.New("public_url must be a scheme and a host"))
	}
	if c.FutureMax < 0 {
		errs = append(errs, errors.New("future_max must not be negative"))
	}
	if c.HTTP.WriteTimeout > 0 && c.HTTP.WriteTimeout <= c.Produce.AckTimeout {
		errs = append(errs, errors.New("http.write_timeout must be longer than produce.ack_timeout, or no answer could be written after it"))
	}
	return errors.Join(errs...)
}

// senders are who may send.
type senders struct {
	workspaces map[string]*event.Workspace

	keys     *auth.Keyring
	webhooks *auth.Webhooks
	crms     *webhook.Set
}

// build resolves workspaces, keys and webhooks.
func (c Config) build() (*senders, error) {
	workspaces, err := c.workspaces()
	if err != nil {
		return nil, err
	}
	return c.senders(workspaces)
}

// senders resolves keys and webhooks for workspaces that are there.
func (c Config) senders(workspaces map[string]*event.Workspace) (*senders, error) {
	var keys []auth.Key
	for _, k := range c.Keys {
		w, ok := workspaces[k.Workspace]
		if !ok || k.Name == "" {
			return nil, fmt.Errorf("keys: %q: a name and a known workspace are needed (%q is not)", k.Name, k.Workspace)
		}
		keys = append(keys, auth.Key{Value: k.Value, Principal: auth.Principal{Name: k.Name, Workspace: w, Secret: k.Secret, AllowValue: k.AllowValue}})
	}
	var hooks []auth.Webhook
	var crms []webhook.Source
	for _, h := range c.Webhooks {
		w, ok := workspaces[h.Workspace]
		if !ok || h.Name == "" {
			return nil, fmt.Errorf("webhooks: %q: a name and a known workspace are needed (%q is not)", h.Name, h.Workspace)
		}
		p := auth.Principal{Name: h.Name, Workspace: w}
		switch scheme := auth.Scheme(h.Provider); scheme {
		case auth.SchemeStandard, auth.SchemeStripe, auth.SchemeGitHub, auth.SchemeSegment:
			hooks = append(hooks, auth.Webhook{Scheme: scheme, Secrets: h.Secrets, Principal: p})
		default:
			crms = append(crms, h.source(p))
		}
	}
	s := &senders{workspaces: workspaces}
	var err error
	if s.keys, err = auth.NewKeyring(keys); err != nil {
		return nil, err
	}
	if s.webhooks, err = auth.NewWebhooks(hooks); err != nil {
		return nil, err
	}
	s.crms, err = webhook.NewSet(crms)
	return s, err
}

// demoKey is the first public key, or none.
func (c Config) demoKey() string {
	for _, k := range c.Keys {
		if !k.Secret {
			return k.Value
		}
	}
	return ""
}

// EventWorkspaces are the workspaces as package event takes them, for whoever decodes records without a collector.
func (c Config) EventWorkspaces() (map[string]*event.Workspace, error) { return c.workspaces() }

func (c Config) workspaces() (map[string]*event.Workspace, error) {
	shipped, err := channelfile.Shipped()
	if err != nil {
		return nil, err
	}
	out := map[string]*event.Workspace{}
	for _, w := range c.Workspaces {
		if !workspaceName.MatchString(w.Name) || out[w.Name] != nil {
			return nil, fmt.Errorf("workspaces: %q is not a name of 1 to 64 letters, digits, '-' and '_', or is there twice", w.Name)
		}
		if w.Currency == "" {
			w.Currency = DefaultCurrency
		}
		if !money.IsCurrency(w.Currency) {
			return nil, fmt.Errorf("workspaces: %s: %q is not an ISO 4217 code", w.Name, w.Currency)
		}
		channels, err := channel.New(shipped, channel.Options{
			Overrides: w.ChannelRules, Aliases: w.ChannelAliases, OverridesVersion: w.ChannelRulesVersion, Domains: w.SiteDomains, ExcludedReferrers: w.IgnoredReferrers,
		})
		if err != nil {
			return nil, fmt.Errorf("workspaces: %s: %w", w.Name, err)
		}
		privacy, err := w.privacy()
		if err != nil {
			return nil, err
		}
		conventions, err := tracking.New(w.Tracking)
		if err != nil {
			return nil, fmt.Errorf("workspaces: %s: tracking: %w", w.Name, err)
		}
		templates, err := w.templates()
		if err != nil {
			return nil, err
		}
		out[w.Name] = &event.Workspace{
			Privacy: privacy, Tracking: conventions, SpendTemplates: templates, Attributes: w.Attributes,
			Name: w.Name, Currency: w.Currency, Channels: channels, FreeMail: identity.NewFreeMail(w.FreeMail...),
			Bots: event.NewBots(w.Bots...), Stages: append(append([]event.StageRule{}, w.Stages...), shippedStages()...),
		}
	}
	if len(out) == 0 {
		return nil, errors.New("workspaces: at least one is needed")
	}
	return out, nil
}

func (w *Workspace) templates() (out []event.SpendTemplate, err error) {
	for _, t := range w.SpendTemplates {
		if err = event.SpendTemplate(t).Validate(); err != nil {
			return nil, fmt.Errorf("workspaces: %s: spend_templates: %w", w.Name, err)
		}
		out = append(out, event.SpendTemplate(t))
	}
	return out, nil
}

func (w *Workspace) privacy() (event.Privacy, error) {
	p := event.Privacy{IgnoreGPC: w.IgnoreGPC, DropAddress: w.DropAddress}
	for _, c := range w.ConsentCategories {
		p.ConsentCategories = append(p.ConsentCategories, strings.ToLower(c))
	}
	for _, n := range w.InternalNetworks {
		prefix, err := netip.ParsePrefix(n)
		if err != nil {
			return p, fmt.Errorf("workspaces: %s: internal_networks: %w", w.Name, err)
		}
		p.InternalNetworks = append(p.InternalNetworks, prefix)
	}
	return p, nil
}

// ShippedStages are the translations of stages that come after the configured ones.
func ShippedStages() []event.StageRule { return shippedStages() }

// shippedStages are the stages that CRMs have out of the box, then the words for won and lost of any other system. The canonical words of the ends are
// the models' milestones'.
func shippedStages() []event.StageRule {
	rules := webhook.ShippedStages()
	for _, from := range []string{"closed_won", "closedwon", "Closed Won", "closed-won", "won"} {
		rules = append(rules, event.StageRule{From: from, To: "closed_won", IsWon: true, HasProbability: true, ProbabilityPPM: 1_000_000})
	}
	for _, from := range []string{"closed_lost", "closedlost", "Closed Lost", "closed-lost", "lost"} {
		rules = append(rules, event.StageRule{From: from, To: "closed_lost", IsLost: true, HasProbability: true})
	}
	return rules
}
