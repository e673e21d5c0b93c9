package config

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"time"

	"github.com/tributary-attribution/tributary/pkg/attribution"
	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/channelfile"
	"github.com/tributary-attribution/tributary/pkg/event"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/pkg/tracking"
)

// workspaceName keeps names safe in subject ids (never '|'), metrics and URLs.
var workspaceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// problems collects what is wrong, each with its place in the file.
type problems []error

func (p *problems) check(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf(format, args...))
	}
}

func (p *problems) add(key string, err error) {
	if err != nil {
		*p = append(*p, fmt.Errorf("%s: %w", key, err))
	}
}

// Validate names every setting that cannot work, by its place in the file. Settings of a single service are checked by that service.
func (c *Config) Validate() error {
	var p problems
	c.validateWorkspaces(&p)
	c.validateSenders(&p)
	c.validateRules(&p)
	c.validateRates(&p)
	c.validateEngines(&p)
	c.validateReaders(&p)
	return errors.Join(p...)
}

func (c *Config) validateWorkspaces(p *problems) {
	p.check(len(c.Workspaces) > 0, "workspaces: at least one is needed")
	seen := map[string]bool{}
	for i, w := range c.Workspaces {
		p.check(workspaceName.MatchString(w.Name), "workspaces[%d].name: %q is not 1 to 64 letters, digits, '-' or '_'", i, w.Name)
		p.check(!seen[w.Name], "workspaces[%d].name: %s comes twice", i, w.Name)
		p.check(money.IsCurrency(w.Currency), "workspaces[%d].currency: %q is not an ISO 4217 code", i, w.Currency)
		_, err := tracking.New(w.Conventions())
		p.check(err == nil, "workspaces[%d].tracking: %v", i, err)
		err = w.Privacy.validate()
		p.check(err == nil, "workspaces[%d].%v", i, err)
		p.check(w.BaseCurrency == "" || money.IsCurrency(w.BaseCurrency), "workspaces[%d].base_currency: %q is not an ISO 4217 code", i, w.BaseCurrency)
		seen[w.Name] = true
	}
}

func (c *Config) validateSenders(p *problems) {
	names, values := map[string]bool{}, map[Secret]string{}
	for i := range c.Keys {
		k, key := &c.Keys[i], fmt.Sprintf("keys[%d]", i)
		p.check(k.Name != "", "%s.name: is missing", key)
		p.check(!names[k.Name], "%s.name: %s comes twice", key, k.Name)
		p.check(k.Kind == KeyPublic || k.Kind == KeySecret, "%s.kind: %q is neither public nor secret", key, k.Kind)
		p.check(len(k.Key) >= 8, "%s.key: at least 8 characters are needed, or key_file, or key_env", key)
		p.check(values[k.Key] == "", "%s.key: is the same as that of %s", key, values[k.Key])
		c.defaultWorkspace(p, key, &k.Workspace)
		names[k.Name], values[k.Key] = true, k.Name
	}
	providers := []string{ProviderStandard, "stripe", "github", "segment", "hubspot", "salesforce", "pipedrive"}
	hooks := map[string]bool{}
	for i := range c.Webhooks {
		w, key := &c.Webhooks[i], fmt.Sprintf("webhooks[%d]", i)
		p.check(w.Name != "", "%s.name: is missing", key)
		p.check(!hooks[w.Name], "%s.name: %s comes twice", key, w.Name)
		p.check(slices.Contains(providers, w.Provider), "%s.provider: %q is not one of %v", key, w.Provider, providers)
		p.check(w.Secret != "", "%s.secret: is missing, or secret_file, or secret_env", key)
		p.check(w.PreviousSecret == "" || w.PreviousSecret != w.Secret, "%s.previous_secret: is the same as secret", key)
		p.check(w.Currency == "" || money.IsCurrency(w.Currency), "%s.currency: %q is not an ISO 4217 code", key, w.Currency)
		c.defaultWorkspace(p, key, &w.Workspace)
		hooks[w.Name] = true
	}
}

// defaultWorkspace fills in the only workspace, and checks a named one.
func (c *Config) defaultWorkspace(p *problems, key string, name *string) {
	if *name == "" && len(c.Workspaces) == 1 {
		*name = c.Workspaces[0].Name
	}
	known := slices.ContainsFunc(c.Workspaces, func(w Workspace) bool { return w.Name == *name })
	p.check(known, "%s.workspace: %q is not one of the workspaces", key, *name)
}

func (c *Config) validateRules(p *problems) {
	events := map[string]bool{}
	for i, v := range c.Conversions {
		p.check(v.Event != "" && v.Type != "", "conversions[%d]: event and type are needed", i)
		p.check(!events[v.Event], "conversions[%d].event: %q comes twice", i, v.Event)
		events[v.Event] = true
	}
	c.validateConditions(p)
	names := map[string]bool{}
	for i, m := range c.Models {
		_, err := attribution.Compile(m.ModelConfig)
		p.add(fmt.Sprintf("models[%d]", i), err)
		p.check(!names[m.Name], "models[%d].name: %s comes twice", i, m.Name)
		names[m.Name] = true
	}
	p.check(len(c.Models) > 0, "models: at least one is needed")
	occurrences := []attribution.Occurrence{"", attribution.OccurrenceLast, attribution.OccurrenceFirst}
	p.check(slices.Contains(occurrences, c.Stages.Reentered), "stages.reentered: %q is neither last nor first", c.Stages.Reentered)
	for i, s := range c.Stages.Map {
		p.check(s.From != "" && s.To != "", "stages.map[%d]: from and to are needed", i)
		p.check(slices.Contains([]string{"", OutcomeWon, OutcomeLost}, s.Outcome), "stages.map[%d].outcome: %q is neither won nor lost", i, s.Outcome)
		p.add(fmt.Sprintf("stages.map[%d].milestone", i), attribution.CheckMilestone(s.Milestone))
		p.check(s.Outcome != OutcomeLost || attribution.MilestoneName(s.Milestone) != attribution.MilestoneClosedWon, "stages.map[%d]: its outcome is lost and its milestone won", i)
		_, ok := event.ParseProbability(s.Probability)
		p.check(s.Probability == "" || ok, "stages.map[%d].probability: %q is not a decimal from 0 to 1", i, s.Probability)
	}
	p.check(c.Journeys.SessionGap >= time.Minute, "journeys.session_gap: %s is under a minute", c.Journeys.SessionGap)
	people := []attribution.PeopleScope{attribution.PeopleAccount, attribution.PeopleContactRoles}
	p.check(slices.Contains(people, c.Journeys.People), "journeys.people: %q is neither account nor contact_roles", c.Journeys.People)
	p.check(c.Journeys.TouchesMax >= 0, "journeys.touches_max: %d is negative", c.Journeys.TouchesMax)
	p.check(c.Journeys.Retention == 0 || c.Journeys.Retention >= retentionMin, "journeys.retention: %s is less than %s (0 keeps everything)",
		c.Journeys.Retention, retentionMin)
	shipped, err := channelfile.Shipped()
	if err == nil {
		_, err = channel.New(shipped, c.Channels.Own().Options())
	}
	p.add("channels", err)
}

func (c *Config) validateRates(p *problems) {
	type slot struct{ day, from, to string }
	seen := map[slot]bool{}
	for i, r := range c.Rates {
		key := fmt.Sprintf("rates[%d]", i)
		_, err := time.Parse(time.DateOnly, r.Day)
		p.check(err == nil, "%s.day: %q is not YYYY-MM-DD", key, r.Day)
		p.check(money.IsCurrency(r.From), "%s.from: %q is not an ISO 4217 code", key, r.From)
		p.check(money.IsCurrency(r.To), "%s.to: %q is not an ISO 4217 code", key, r.To)
		p.check(r.From != r.To, "%s: a currency is always worth 1 of itself", key)
		_, err = money.ParseRate(r.Rate)
		p.add(key+".rate", err)
		p.check(!seen[slot{r.Day, r.From, r.To}], "%s: a second rate of %s in %s on %s", key, r.From, r.To, r.Day)
		seen[slot{r.Day, r.From, r.To}] = true
	}
}

func (c *Config) validateEngines(p *problems) {
	e := c.Engines
	p.check(e.DataDir != "", "engines.data_dir: is missing")
	p.check(e.Kafka.Partitions >= 0 && e.Kafka.Partitions <= 1024, "engines.kafka.partitions: %d is not 0 to 1024", e.Kafka.Partitions)
	p.check(e.Kafka.Replication >= 1, "engines.kafka.replication: %d is under 1", e.Kafka.Replication)
	for key, addr := range map[string]string{
		"engines.kafka.addr": e.Kafka.Addr, "engines.clickhouse.http_addr": e.ClickHouse.HTTPAddr,
		"engines.clickhouse.tcp_addr": e.ClickHouse.TCPAddr, "collector.addr": c.Collector.Addr,
		"attributor.addr": c.Attributor.Addr, "sink.addr": c.Sink.Addr, "query.addr": c.Query.Addr,
	} {
		_, _, err := net.SplitHostPort(addr)
		p.check(err == nil, "%s: %q is not host:port", key, addr)
	}
	p.check(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level: %q is not debug, info, warn or error", c.Log.Level)
	p.check(c.Log.Format == "json" || c.Log.Format == "console", "log.format: %q is neither json nor console", c.Log.Format)
}

// retentionMin is a year of comparisons with the year before, and a month for what comes late.
const retentionMin = 400 * 24 * time.Hour
