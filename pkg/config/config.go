// Package config is the one YAML file that configures everything: workspaces and their keys, what counts as a conversion, stages,
// channels, models, currencies, engines, and the settings of each service.
//
// A file says only what differs from Default; unknown keys are errors with their line and the key that was probably meant. Secrets may
// stand in the file, in a file of their own or in the environment, and never show when a configuration is printed or logged.
//
// The package knows no service: services/tributary turns these sections into each service's own Config.
package config

import (
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/rates"
	"github.com/tributary-attribution/tributary/pkg/tracking"
)

// DefaultWorkspace is the workspace of installations that name none.
const DefaultWorkspace = "default"

// Config is the whole file. Its zero value is not usable: start from Default.
type Config struct {
	// Workspaces separate organisations or brands: nothing is ever joined across them. At least one.
	Workspaces []Workspace `yaml:"workspaces"`
	// Keys let senders in. Without any, "tributary up" makes development keys.
	Keys []Key `yaml:"keys,omitempty"`
	// Webhooks are signed deliveries by CRMs and other systems.
	Webhooks []Webhook `yaml:"webhooks,omitempty"`
	// Conversions say which events count as an outcome. Entries are merged into the shipped ones by event; disabled removes one.
	Conversions []Conversion `yaml:"conversions"`
	// Forms are names of events that make their session a touchpoint of kind form.
	Forms []string `yaml:"forms"`
	// Stages translate a CRM's stages to the canonical ones and order them.
	Stages Stages `yaml:"stages"`
	// Channels adds to the shipped channel rules.
	Channels Channels `yaml:"channels"`
	// Models all run side by side. Entries are merged into the shipped ones by name; disabled removes one.
	Models []Model `yaml:"models"`
	// Journeys says which touches a journey has.
	Journeys Journeys `yaml:"journeys"`
	// Rates convert currencies in reports, per day.
	Rates []Rate `yaml:"rates,omitempty"`
	// RatesFile holds more of them: CSV with the columns day, from, to and rate, or the ECB's eurofxref-hist.csv. Rates above stand over those of the
	// file. Relative to where the program runs.
	RatesFile string `yaml:"rates_file,omitempty"`
	// fileRates are what RatesFile holds.
	fileRates []rates.Rate
	// Engines are Kafka and ClickHouse: embedded ones, or addresses.
	Engines    Engines    `yaml:"engines"`
	Collector  Collector  `yaml:"collector"`
	Attributor Attributor `yaml:"attributor"`
	Sink       Sink       `yaml:"sink"`
	Query      Query      `yaml:"query"`
	Log        Log        `yaml:"log"`
}

// Workspace is one organisation or brand.
type Workspace struct {
	// Name is stored with every row. Letters, digits, '-' and '_'.
	Name string `yaml:"name"`
	// Currency is taken for amounts that come without one. ISO 4217.
	Currency string `yaml:"currency"`
	// BaseCurrency is the currency of reports over several currencies. Empty: Currency.
	BaseCurrency string `yaml:"base_currency,omitempty"`
	// GrossMargin is which part of revenue is gross margin: a decimal above 0 and up to 1 with at most three digits, as "0.75". Payback needs it.
	GrossMargin string `yaml:"gross_margin,omitempty"`
	// ContractMonths is over how many months the amount of an opportunity is earned, for payback. 0: 12.
	ContractMonths int `yaml:"contract_months,omitempty"`
	// SiteDomains are the workspace's own sites, never a traffic source; the site's own registrable domain is known without them.
	SiteDomains []string `yaml:"site_domains,omitempty"`
	// SpendTemplates are the UTM templates of ad platforms' campaigns; the first that matches a cost gives it the source, medium and campaign of the visits it bought.
	SpendTemplates []SpendTemplate `yaml:"spend_templates,omitempty"`
	// IgnoredReferrers are domains that visitors pass through without being sent by them, as payment providers.
	IgnoredReferrers []string `yaml:"ignored_referrers,omitempty"`
	// FreeMail adds mail domains that stand for no company, Bots words of user agents that are no people.
	FreeMail []string `yaml:"free_mail,omitempty"`
	Bots     []string `yaml:"bots,omitempty"`
	// Tracking are the conventions of tagging links. Empty: source, medium and campaign in lower case.
	Tracking *tracking.Config `yaml:"tracking,omitempty"`
	// Privacy says what is kept of visitors.
	Privacy Privacy `yaml:"privacy,omitempty"`
}

// Kinds of key.
const (
	// KeyPublic is for browsers: it may send Segment calls only.
	KeyPublic = "public"
	// KeySecret is for servers: it may send everything, and its times are believed.
	KeySecret = "secret"
)

// Key lets a sender in.
type Key struct {
	// Name stands in events and metrics as the source.
	Name string `yaml:"name"`
	// Kind is public or secret.
	Kind      string `yaml:"kind"`
	Workspace string `yaml:"workspace,omitempty"`
	// AllowValue takes conversion values from a public key, which anybody can read from the page.
	AllowValue bool `yaml:"allow_value,omitempty"`
	// One of Key, KeyFile and KeyEnv.
	Key     Secret `yaml:"key,omitempty"`
	KeyFile string `yaml:"key_file,omitempty"`
	KeyEnv  string `yaml:"key_env,omitempty"`
}

// ProviderStandard is the provider of deliveries signed by Standard Webhooks.
const ProviderStandard = "standard"

// Webhook is a source of signed deliveries: POST /v1/webhooks/{provider}/{name}, or /v1/stages for provider standard.
type Webhook struct {
	Name string `yaml:"name"`
	// Provider is standard (Standard Webhooks), hubspot, salesforce or pipedrive. Their secrets are "whsec_" and base64, the app's client
	// secret, the token in the URL's query (?token=), and user:password. Or it is another way of signing canonical records: stripe (Stripe-Signature), github
	// (X-Hub-Signature-256), segment (X-Signature, also on /v1/batch); their secrets are taken as they are.
	Provider  string `yaml:"provider"`
	Workspace string `yaml:"workspace,omitempty"`
	// One of Secret, SecretFile and SecretEnv.
	Secret     Secret `yaml:"secret,omitempty"`
	SecretFile string `yaml:"secret_file,omitempty"`
	SecretEnv  string `yaml:"secret_env,omitempty"`
	// PreviousSecret is taken as well, while senders change from it to Secret. At most one of the three.
	PreviousSecret     Secret `yaml:"previous_secret,omitempty"`
	PreviousSecretFile string `yaml:"previous_secret_file,omitempty"`
	PreviousSecretEnv  string `yaml:"previous_secret_env,omitempty"`
	CRM                `yaml:",inline"`
}

// Secrets are the webhook's, the current one first.
func (w *Webhook) Secrets() []string {
	secrets := []string{w.Secret.Reveal()}
	if w.PreviousSecret != "" {
		secrets = append(secrets, w.PreviousSecret.Reveal())
	}
	return secrets
}

// CRM is what a webhook of a CRM may need to be told.
type CRM struct {
	// PublicURL is how HubSpot calls the collector (scheme, host, and what a proxy cuts from the path), which is part of what it signs. Empty: https and
	// the request's Host.
	PublicURL string `yaml:"public_url,omitempty"`
	// Signatures are the versions taken from HubSpot, of v1, v2 and v3. Empty: all; only v3 has a time.
	Signatures []string `yaml:"signatures,omitempty"`
	// Currency is taken for amounts that come without one. Empty: the workspace's.
	Currency string `yaml:"currency,omitempty"`
	// AmountProperty is HubSpot's property with a deal's amount. Empty: amount; with several currencies amount_in_home_currency is needed.
	AmountProperty string `yaml:"amount_property,omitempty"`
	// LeadStages are HubSpot's lifecycle stages that make a contact a lead. Empty: lead.
	LeadStages []string `yaml:"lead_stages,omitempty"`
	// Organizations are the ids of Salesforce organizations that may send. Empty: all that have the token.
	Organizations []string `yaml:"organizations,omitempty"`
	// StageNames are names of stages by the ids that deliveries have in their place, as the CRM's API lists them (Pipedrive's GET /api/v1/stages). Maps then know
	// a stage by its name, the shipped ones too. What is not named keeps its id.
	StageNames map[string]string `yaml:"stage_names,omitempty"`
	// IDPrefix goes before the CRM's ids of deals, contacts and accounts, for workspaces with several CRMs.
	IDPrefix string `yaml:"id_prefix,omitempty"`
}

// SpendTemplate is the final URL suffix, tracking template or URL parameters of campaigns.
type SpendTemplate struct {
	// Platform (google_ads, meta_ads ...), Account and Campaign (an id, or a name with * for anything) narrow it; empty ones match all.
	Platform string `yaml:"platform,omitempty"`
	Account  string `yaml:"account,omitempty"`
	Campaign string `yaml:"campaign,omitempty"`
	// Template is the query with the platform's placeholders: utm_source=google&utm_medium=cpc&utm_campaign={campaignid}.
	Template string `yaml:"template"`
}

// Stages are a pipeline's stages.
type Stages struct {
	// StageRules order the canonical stages and say which entry into a stage counts.
	attribution.StageRules `yaml:",inline"`
	// Map translates the words of CRMs; what it does not name is kept.
	Map []Stage `yaml:"map,omitempty"`
}

// Stage translates one stage of a CRM.
type Stage struct {
	// SourceSystem and Pipeline narrow the rule; empty ones match all.
	SourceSystem string `yaml:"source_system,omitempty"`
	Pipeline     string `yaml:"pipeline,omitempty"`
	// From is the CRM's own word, To the canonical stage.
	From string `yaml:"from"`
	To   string `yaml:"to"`
	// Outcome says what reaching it means, for records that do not say: won, lost or empty.
	Outcome string `yaml:"outcome,omitempty"`
	// Milestone is which milestone of credit reaching the stage is: lead_creation, opportunity_creation, closed_won (the same as outcome won), or one of your
	// own, which models then give shares by that name. Empty: none but the stage itself, which is always one by its own name.
	Milestone string `yaml:"milestone,omitempty"`
	// Probability is the chance that a deal of the stage is won, for records that do not say: a decimal from 0 to 1. Empty: not known.
	Probability string `yaml:"probability,omitempty"`
}

// Won tells whether reaching the stage wins the deal.
func (s Stage) Won() bool {
	return s.Outcome == OutcomeWon || attribution.MilestoneName(s.Milestone) == attribution.MilestoneClosedWon
}

// Marks are the stages of the map that are milestones under another name.
func (s Stages) Marks() []attribution.StageMark {
	var marks []attribution.StageMark
	for _, m := range s.Map {
		name := attribution.MilestoneName(m.Milestone)
		if name == "" || name == attribution.MilestoneClosedWon || name == m.To {
			continue
		}
		marks = append(marks, attribution.StageMark{SourceSystem: m.SourceSystem, Pipeline: m.Pipeline, Stage: m.To, Milestone: name})
	}
	return marks
}

// Values of Stage.Outcome.
const (
	OutcomeWon  = "won"
	OutcomeLost = "lost"
)

// Conversion says that an event is an outcome.
type Conversion struct {
	// Event is the track call's name, compared exactly.
	Event string `yaml:"event"`
	// Type is what reports call it: lead, demo, trial, purchase ...
	Type string `yaml:"type,omitempty"`
	// Primary conversions are what reports count by default.
	Primary bool `yaml:"primary"`
	// Lead conversions also create a lead, which can hold the lead_creation milestone.
	Lead bool `yaml:"lead"`
	// Only and Exclude say which conversions earn credit: all conditions of only must hold, and none of exclude may. Those that earn none
	// stay visible.
	Only    []Condition `yaml:"only,omitempty"`
	Exclude []Condition `yaml:"exclude,omitempty"`
	// Disabled removes the shipped conversion of that event.
	Disabled bool `yaml:"disabled,omitempty"`
}

// Condition is something that may hold of a conversion. It asks for one of Account, Property and EmailDomain.
type Condition struct {
	// Account names an attribute of the person's account: a trait of group calls, or an attribute of account records.
	Account string `yaml:"account,omitempty"`
	// Property names a property of the event, or of its context.location.
	Property string `yaml:"property,omitempty"`
	// EmailDomain asks for the company domains of the person's addresses.
	EmailDomain bool `yaml:"email_domain,omitempty"`
	// In are the values it holds for, without regard to letter case. Empty: any value.
	In []string `yaml:"in,omitempty"`
}

// Channels adds channel rules before the shipped ones.
type Channels struct {
	// Version names the own rules; touches judged by them store it. Required when there are rules.
	Version string `yaml:"version,omitempty"`
	// Rules are tried in order before the shipped ones.
	Rules []channel.Rule `yaml:"rules,omitempty"`
	// Aliases give several spellings of a source, medium or campaign one name, before any rule.
	Aliases []channel.Alias `yaml:"aliases,omitempty"`
}

// Own are the rules and aliases as pkg/channel takes them.
func (c Channels) Own() channel.Own {
	return channel.Own{Version: c.Version, Rules: c.Rules, Aliases: c.Aliases}
}

// Model is a model as pkg/attribution compiles it.
type Model struct {
	attribution.ModelConfig `yaml:",inline"`
	// Disabled removes the shipped model of that name.
	Disabled bool `yaml:"disabled,omitempty"`
}

// Journeys says which touches a journey has.
type Journeys struct {
	// SessionGap without activity ends a web session.
	SessionGap time.Duration `yaml:"session_gap"`
	// People says whose touches the journey of an opportunity has, for models that do not say it themselves: account (everybody of the
	// account) or contact_roles (those that the opportunity lists).
	People attribution.PeopleScope `yaml:"people"`
	// Retention is how late an event may be and still count in full. What is older leaves the attributor's state once no look-back reaches it; rows
	// and postings stay. At least 400 days. Zero: everything is kept.
	Retention time.Duration `yaml:"retention,omitempty"`
	// TouchesMax bounds the touches of one journey that are weighed; the oldest beyond it are left out, counted and visible. Zero: the
	// attributor's default.
	TouchesMax int `yaml:"touches_max,omitempty"`
}

// Rate is what one unit of From was worth in To, from Day on until the pair's next rate.
type Rate struct {
	// Day is YYYY-MM-DD.
	Day  string `yaml:"day"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
	// Rate is a positive decimal.
	Rate string `yaml:"rate"`
}

// Log says how much is logged and in which form.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json or console.
	Format string `yaml:"format"`
}
