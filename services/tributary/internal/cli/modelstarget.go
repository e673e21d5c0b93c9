package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/tributary-attribution/tributary/pkg/kafka"
	tributaryv1 "github.com/tributary-attribution/tributary/schemas/kafka/tributary/v1"
	"github.com/tributary-attribution/tributary/services/attributor"
	"github.com/tributary-attribution/tributary/services/query"
	"github.com/tributary-attribution/tributary/services/tributary/internal/datadir"
	"github.com/tributary-attribution/tributary/services/tributary/internal/host"
)

// modelsFlags say which system is asked and changed. Questions go to the query service, changes to the log.
type modelsFlags struct {
	engineFlags
	URL       address `name:"query" help:"Query service's address; without it, the one running on the data folder." placeholder:"URL"`
	Token     string  `help:"API token." env:"TRIBUTARY_TOKEN" placeholder:"T"`
	Workspace string  `help:"Workspace; without it, the first one." placeholder:"NAME"`
}

// request is a question to the query service.
func (f modelsFlags) request() (query.ModelsRequest, error) {
	r := query.ModelsRequest{URL: string(f.URL), Token: f.Token, Workspace: f.Workspace}
	if r.URL != "" {
		return r, nil
	}
	cfg, err := f.load()
	if err != nil {
		return r, err
	}
	running, err := datadir.Dir(cfg.Engines.DataDir).ReadRunning()
	if errors.Is(err, datadir.ErrNotRunning) {
		return r, fmt.Errorf("%w; start one with \"tributary up\", or give --query", err)
	}
	r.URL = running.Query
	if r.Token == "" {
		r.Token = running.QueryToken
	}
	return r, err
}

// modelsTarget is a system whose models or rules are about to change.
type modelsTarget struct {
	request      query.ModelsRequest
	models       *query.Models
	kafka        kafka.Config
	base         *attributor.Rules
	workspace    string
	defaultModel string
	// sent is the id of the last control.
	sent string
	last time.Time
}

// target finds the system and asks what models it has.
func (f modelsFlags) target(ctx context.Context) (*modelsTarget, error) {
	request, err := f.request()
	if err != nil {
		return nil, err
	}
	cfg, err := f.loadRunning()
	if err != nil {
		return nil, err
	}
	engines, err := host.NewEngines(cfg, zap.NewNop(), nil, nil)
	if err != nil {
		return nil, err
	}
	settings, err := host.AttributorConfig(cfg, engines.Kafka)
	if err != nil {
		return nil, err
	}
	t := &modelsTarget{request: request, kafka: engines.Kafka, workspace: f.Workspace, defaultModel: cfg.Query.Model}
	if t.workspace == "" {
		t.workspace = cfg.Workspaces[0].Name
	}
	t.request.Workspace = t.workspace
	t.base = settings.Rules.For(t.workspace)
	t.models, err = query.AskModels(ctx, t.request)
	return t, err
}

func (t *modelsTarget) send(ctx context.Context, c *tributaryv1.Control) error {
	// What the query service shows is cut to milliseconds.
	if changed, err := time.Parse(time.RFC3339Nano, t.models.Progress.ChangedAt); err == nil && t.last.Before(changed) {
		t.last = changed.Add(time.Millisecond)
	}
	ev, err := attributor.SendControl(ctx, t.kafka, t.workspace, c, t.last)
	if err != nil {
		return err
	}
	t.sent, t.last = ev.Id, time.UnixMicro(ev.ReceiptSeq)
	return nil
}

// awaitEvery is how often a command that waits asks.
const awaitEvery = 500 * time.Millisecond

// errIncomplete says that a wait was over before the computation was.
var errIncomplete = errors.New("not complete yet; it goes on in the background, see: tributary models list")

// await asks until the model is what it should be, and complete.
func (t *modelsTarget) await(ctx context.Context, s Streams, limit time.Duration, name, version, status string) error {
	return t.awaitUntil(ctx, s, limit, func() bool {
		m := t.find(name, version, status)
		return m != nil && m.IsComplete
	})
}

func (t *modelsTarget) awaitUntil(ctx context.Context, s Streams, limit time.Duration, done func() bool) error {
	if limit <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	told, tick := time.Now(), time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		models, err := query.AskModels(ctx, t.request)
		if err == nil {
			if t.models = models; done() {
				fmt.Fprintln(s.Out, models.Headline)
				return nil
			}
			if time.Since(told) > lagEvery {
				told = time.Now()
				fmt.Fprintln(s.Err, models.Headline)
			}
		}
		select {
		case <-ctx.Done():
			return errors.Join(errIncomplete, err)
		case <-tick.C:
		}
	}
}
