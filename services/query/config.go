package query

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"

	"github.com/tributary-attribution/tributary/pkg/channel"
	"github.com/tributary-attribution/tributary/pkg/clickhouse"
	"github.com/tributary-attribution/tributary/pkg/httpx"
	"github.com/tributary-attribution/tributary/pkg/kafka"
	"github.com/tributary-attribution/tributary/pkg/money"
	"github.com/tributary-attribution/tributary/pkg/rates"
	"github.com/tributary-attribution/tributary/pkg/tracking"
	"github.com/tributary-attribution/tributary/services/query/internal/access"
	"github.com/tributary-attribution/tributary/services/query/internal/performance"
	"github.com/tributary-attribution/tributary/services/query/internal/store"
)

// Config configures the service.
type Config struct {
	// HTTP is where and how it listens.
	HTTP httpx.Config
	// ClickHouse is what it reads. A read-only user is enough.
	ClickHouse clickhouse.Config
	// Readers are users of ClickHouse who see one workspace each, by its name: what is asked of a workspace is asked as its reader, so that even a
	// statement that named another one would find nothing. Empty: everything is asked as the user of ClickHouse.
	Readers map[string]Reader
	// Kafka takes what people save. Without brokers nothing can be saved.
	Kafka kafka.Config
	// Workspaces that can be read; the first is meant when a request names none. At least one.
	Workspaces []Workspace
	// Tokens let readers in. Without any everybody who can connect may read, which is refused on other than loopback addresses unless Open is set.
	Tokens []Token
	// Open allows other addresses without tokens: something in front of the service decides who comes through.
	Open bool
	// Model is taken when a question names none.
	Model string
	// Rates convert currencies, per day.
	Rates []Rate
	// MaxExecution ends a question after so long on the server. At least a second.
	MaxExecution time.Duration
	// MaxResultRows and MaxMemoryBytes bound one question's answer and its memory on the server.
	MaxResultRows  int
	MaxMemoryBytes int64
	// MirrorBytes is about how much memory rows of the roll-up may take that are kept up to date, so that figures by channel and campaign of one model need not be
	// summed anew by ClickHouse whenever something lands. 0: none. Not used on a cluster.
	MirrorBytes int64
	// MaxStreams bounds the clients that watch live at once.
	MaxStreams int
	// StageOrder lists the stages of opportunities, earliest first; the funnel puts others where opportunities enter them.
	StageOrder []string
	// CollectorURL is named on the page as long as nothing is recorded. Empty: the collector's default address.
	CollectorURL string
}

// Reader is a user of ClickHouse.
type Reader struct{ Username, Password string }

// Workspace is one that can be read.
type Workspace struct {
	Name string
	// BaseCurrency is the currency of answers over several currencies. ISO 4217.
	BaseCurrency string
	// Tracking are the conventions of tagging links. Nil: the shipped ones.
	Tracking *tracking.Config
	// ChannelRules come before the shipped ones, as in the collector; ChannelRulesVersion names them.
	ChannelRules        []channel.Rule
	ChannelRulesVersion string
	// GrossMargin is which part of revenue is gross margin, a decimal above 0 and up to 1 with at most three digits: "0.75". Empty: not known, and
	// there is no payback.
	GrossMargin string
	// ContractMonths is over how many months the amount of an opportunity is earned. 0: 12.
	ContractMonths int
}

// Token lets its bearer read, and change what its role allows.
type Token struct {
	// Name stands in the records of what the bearer changed. Empty: its place in the list.
	Name string
	// Secret has at least 16 characters.
	Secret string
	// Role is viewer, editor, approver or admin. Empty: viewer.
	Role string
	// Workspaces the bearer may read. Empty: all.
	Workspaces []string
}

// Rate is what one unit of From is worth in To, from Day (2026-01-31) on until the pair's next rate.
type Rate struct {
	Day, From, To string
	// Rate is a positive decimal: "1.0834".
	Rate string
}

// DefaultModel needs no milestone, so it means something for a shop's purchases and for a deal's stages alike: 40% to the first touch, 40% to
// the last, 20% between. A model of stages such as w_shaped would give a purchase without lead or opportunity to its first touch alone.
const DefaultModel = "position_based"

// DefaultConfig reads workspace "default" of a ClickHouse on this machine and listens on 127.0.0.1:8090.
func DefaultConfig() Config {
	limits := store.DefaultConfig()
	c := Config{
		HTTP:         httpx.DefaultConfig(),
		ClickHouse:   clickhouse.DefaultConfig(),
		Workspaces:   []Workspace{{Name: "default", BaseCurrency: "USD"}},
		Model:        DefaultModel,
		MaxExecution: limits.MaxExecution, MaxResultRows: limits.MaxResultRows, MaxMemoryBytes: limits.MaxMemoryBytes, MirrorBytes: limits.MirrorBytes,
		MaxStreams:   200,
		CollectorURL: "http://127.0.0.1:8080",
	}
	c.HTTP.Addr = "127.0.0.1:8090"
	return c
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	errs := []error{c.HTTP.Validate(), c.ClickHouse.Validate(), c.access().Validate(), c.limits().Validate()}
	if c.Model == "" {
		errs = append(errs, errors.New("model: a default model is needed"))
	}
	for _, w := range c.Workspaces {
		if w.BaseCurrency != "" && !money.IsCurrency(w.BaseCurrency) {
			errs = append(errs, fmt.Errorf("workspaces: %q of %s is not a currency of ISO 4217", w.BaseCurrency, w.Name))
		}
	}
	if c.MaxStreams <= 0 {
		errs = append(errs, errors.New("max_streams must be positive"))
	}
	for _, w := range c.Workspaces {
		if _, err := w.margin(); err != nil {
			errs = append(errs, err)
		}
	}
	if _, err := rates.NewTable(c.rates()); err != nil {
		errs = append(errs, fmt.Errorf("rates: %w", err))
	}
	if len(c.Kafka.Brokers) > 0 {
		errs = append(errs, c.Kafka.Validate())
	}
	if _, err := c.conventions(); err != nil {
		errs = append(errs, err)
	}
	if u, err := url.Parse(c.CollectorURL); err != nil || (c.CollectorURL != "" && u.Host == "") {
		errs = append(errs, fmt.Errorf("collector_url: %q is not a URL like http://127.0.0.1:8080", c.CollectorURL))
	}
	if len(c.Tokens) == 0 && !c.Open && !isLoopback(c.HTTP.Addr) {
		errs = append(errs, fmt.Errorf("addr: %s can be reached from outside: give the API tokens (query.tokens), or set query.open when something in front of it guards it",
			c.HTTP.Addr))
	}
	return errors.Join(errs...)
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (c Config) access() access.Config {
	a := access.Config{}
	for _, w := range c.Workspaces {
		a.Workspaces = append(a.Workspaces, w.Name)
	}
	for _, t := range c.Tokens {
		a.Tokens = append(a.Tokens, access.Token{Name: t.Name, Secret: t.Secret, Role: access.Role(t.Role), Workspaces: t.Workspaces})
	}
	return a
}

func (c Config) limits() store.Config {
	readers := map[string]store.Reader{}
	for workspace, r := range c.Readers {
		readers[workspace] = store.Reader(r)
	}
	return store.Config{MaxExecution: c.MaxExecution, MaxResultRows: c.MaxResultRows, MaxMemoryBytes: c.MaxMemoryBytes, Readers: readers, MirrorBytes: c.MirrorBytes}
}

func (c Config) rates() []rates.Rate {
	list := make([]rates.Rate, len(c.Rates))
	for i, r := range c.Rates {
		list[i] = rates.Rate(r)
	}
	return list
}

func (c Config) baseCurrencies() map[string]string {
	base := map[string]string{}
	for _, w := range c.Workspaces {
		base[w.Name] = w.BaseCurrency
	}
	return base
}

// defaultContractMonths is what most software contracts run.
const defaultContractMonths = 12

func (w Workspace) margin() (performance.Margin, error) {
	m := performance.Margin{Months: int64(w.ContractMonths)}
	if w.ContractMonths == 0 {
		m.Months = defaultContractMonths
	}
	if m.Months < 0 {
		return m, fmt.Errorf("workspaces: contract_months of %s must be positive", w.Name)
	}
	if w.GrossMargin == "" {
		return m, nil
	}
	margin, ok := new(big.Rat).SetString(w.GrossMargin)
	if !ok {
		return m, fmt.Errorf("workspaces: gross_margin of %s: %q is no decimal", w.Name, w.GrossMargin)
	}
	perMille := margin.Mul(margin, big.NewRat(1000, 1))
	if !perMille.IsInt() || perMille.Sign() <= 0 || perMille.Cmp(big.NewRat(1000, 1)) > 0 {
		return m, fmt.Errorf("workspaces: gross_margin of %s: %s is not above 0 and up to 1, with at most three digits", w.Name, w.GrossMargin)
	}
	m.PerMille = perMille.Num().Int64()
	return m, nil
}

func (c Config) margins() map[string]performance.Margin {
	margins := map[string]performance.Margin{}
	for _, w := range c.Workspaces {
		margins[w.Name], _ = w.margin() // Validate has told
	}
	return margins
}
